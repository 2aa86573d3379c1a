#include "listening.h"

#include <algorithm>
#include <unordered_set>

#include "types/sql_error.h"

namespace session {

using types::SqlError;

void Listening::listen(const std::string& channel, std::size_t depth) {
  actions_.push_back({Action::Kind::listen, channel, depth});
}

void Listening::unlisten(const std::string& channel, std::size_t depth) {
  // Nothing was listened to: nothing to remember.
  if (actions_.empty() && channels_.empty()) return;
  actions_.push_back({channel.empty() ? Action::Kind::unlisten_all : Action::Kind::unlisten,
                      channel, depth});
}

void Listening::notify(const std::string& channel, const std::string& payload, std::size_t depth) {
  constexpr std::size_t kMaxName = 63, kMaxPayload = 8000;
  if (channel.empty()) throw SqlError("22023", "channel name cannot be empty");
  if (channel.size() > kMaxName) throw SqlError("22023", "channel name too long");
  if (payload.size() >= kMaxPayload) throw SqlError("22023", "payload string too long");
  messages_.push_back({{channel, payload}, depth});
}

void Listening::prepare_commit() {
  if (messages_.empty()) return;
  // What is said twice is heard once.
  std::vector<Notification> distinct;
  std::unordered_set<std::string> seen;
  for (Said& said : messages_) {
    if (!seen.insert(said.notification.channel + '\0' + said.notification.payload).second) continue;
    distinct.push_back(std::move(said.notification));
  }
  messages_.clear();
  batch_ = hub_.reserve(database_, pid_, std::move(distinct));
}

void Listening::committed() {
  if (!actions_.empty()) {
    for (const Action& action : actions_) {
      if (action.kind == Action::Kind::unlisten_all) {
        channels_.clear();
        continue;
      }
      const auto found = std::find(channels_.begin(), channels_.end(), action.channel);
      if (action.kind == Action::Kind::listen) {
        if (found == channels_.end()) channels_.push_back(action.channel);
      } else if (found != channels_.end()) {
        channels_.erase(found);
      }
    }
    actions_.clear();
    if (channels_.empty()) {
      listener_.reset();
    } else {
      if (!listener_) listener_ = std::make_unique<Notifications::Listener>(hub_, database_, wake_);
      listener_->set_channels({channels_.begin(), channels_.end()});
    }
  }
  if (batch_) hub_.publish(std::exchange(batch_, nullptr));
}

void Listening::rolled_back() {
  actions_.clear();
  messages_.clear();
  if (batch_) hub_.discard(std::exchange(batch_, nullptr));
}

void Listening::rolled_back_to(std::size_t depth) {
  std::erase_if(actions_, [&](const Action& action) { return action.depth > depth; });
  std::erase_if(messages_, [&](const Said& said) { return said.depth > depth; });
}

void Listening::released_to(std::size_t depth) {
  for (Action& action : actions_) action.depth = std::min(action.depth, depth);
  for (Said& said : messages_) said.depth = std::min(said.depth, depth);
}

}  // namespace session
