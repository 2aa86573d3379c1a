#include "notifications.h"

#include <algorithm>

#include "types/sql_error.h"

namespace session {

Notifications::Batch::Batch(std::atomic<std::size_t>& queued_in, types::Oid database_in,
                            std::int32_t pid_in, std::vector<Notification> messages_in)
    : queued(queued_in), database(database_in), pid(pid_in), messages(std::move(messages_in)) {
  for (const Notification& message : messages)
    bytes += sizeof(Notification) + message.channel.size() + message.payload.size();
  queued.fetch_add(bytes);
}

Notifications::Batch::~Batch() { queued.fetch_sub(bytes); }

Notifications::Listener::Listener(Notifications& hub, types::Oid database,
                                  std::function<void()> wake)
    : hub_(hub), database_(database), wake_(std::move(wake)) {
  std::lock_guard lock(hub_.mutex_);
  hub_.listeners_.insert(this);
}

Notifications::Listener::~Listener() {
  std::lock_guard lock(hub_.mutex_);
  hub_.listeners_.erase(this);
}

void Notifications::Listener::set_channels(std::set<std::string> channels) {
  std::lock_guard lock(hub_.mutex_);
  channels_ = std::move(channels);
}

std::vector<std::pair<std::int32_t, Notification>> Notifications::Listener::take() {
  std::vector<std::pair<std::int32_t, Notification>> found;
  if (!has_any()) return found;
  std::deque<BatchPtr> batches;  // freed without the mutex
  std::lock_guard lock(hub_.mutex_);
  batches.swap(inbox_);
  any_.store(false, std::memory_order_release);
  for (const BatchPtr& batch : batches)
    for (const Notification& message : batch->messages)
      if (channels_.contains(message.channel)) found.emplace_back(batch->pid, message);
  return found;
}

Notifications::BatchPtr Notifications::reserve(types::Oid database, std::int32_t pid,
                                               std::vector<Notification> messages) {
  if (queued_.load() > kMaxQueuedBytes)
    throw types::SqlError("54000", "too many notifications in the NOTIFY queue");
  auto batch = std::make_shared<Batch>(queued_, database, pid, std::move(messages));
  std::lock_guard lock(mutex_);
  pending_.push_back(batch);
  return batch;
}

void Notifications::settle(const BatchPtr& batch, Batch::State state) {
  std::lock_guard lock(mutex_);
  batch->state = state;
  while (!pending_.empty() && pending_.front()->state != Batch::State::reserved) {
    BatchPtr next = std::move(pending_.front());
    pending_.pop_front();
    if (next->state == Batch::State::discarded) continue;
    for (Listener* listener : listeners_) {
      if (listener->database_ != next->database) continue;
      const bool wanted = std::any_of(
          next->messages.begin(), next->messages.end(),
          [&](const Notification& message) { return listener->channels_.contains(message.channel); });
      if (!wanted) continue;
      listener->inbox_.push_back(next);
      listener->any_.store(true, std::memory_order_release);
      listener->wake_();
    }
  }
}

double Notifications::usage() const {
  return static_cast<double>(queued_.load()) / static_cast<double>(kMaxQueuedBytes);
}

}  // namespace session
