#include "cancel_registry.h"

#include <openssl/rand.h>

#include "wal/check.h"

namespace server {

CancelRegistry::Key CancelRegistry::add(Actions actions) {
  std::int32_t secret = 0;
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&secret), sizeof secret) == 1);
  std::lock_guard lock(mutex_);
  // Ids stay positive and unique among the living, however long the server runs.
  do {
    next_id_ = next_id_ == INT32_MAX ? 1000 : next_id_ + 1;
  } while (entries_.contains(next_id_));
  const auto& entry = entries_.emplace(next_id_, Entry{secret, std::move(actions)}).first->second;
  if (ending_) entry.actions.shut_down(*ending_);
  return {next_id_, secret};
}

void CancelRegistry::remove(std::int32_t process_id) {
  std::lock_guard lock(mutex_);
  entries_.erase(process_id);
}

void CancelRegistry::cancel(std::int32_t process_id, std::int32_t secret) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(process_id);
  if (found != entries_.end() && found->second.secret == secret) found->second.actions.cancel();
}

void CancelRegistry::shut_down_all(const std::string& message) {
  std::lock_guard lock(mutex_);
  ending_ = message;
  for (auto& [id, entry] : entries_) entry.actions.shut_down(message);
}

}  // namespace server
