// pg_advisory_lock() and its kin. Their names say it all: pg_[try_]advisory_[xact_]lock[_shared]_
// or pg_advisory_unlock[_shared]_, then the type of the key.
#include <charconv>

#include <fmt/format.h>

#include "session_functions.h"
#include "session_state.h"
#include "transaction/lock_manager.h"
#include "transaction/manager.h"
#include "types/sql_error.h"

namespace session {
namespace {

using transaction::AdvisoryMode;
using transaction::LockTag;
using transaction::LockWait;

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

template <typename T>
T number(const std::string& text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

bool call_advisory_function(SessionState& session, std::string_view function,
                            const TextArguments& arguments, std::optional<std::string>& answer) {
  if (!take_prefix(function, "pg_")) return false;
  const bool is_try = take_prefix(function, "try_");
  if (!take_prefix(function, "advisory_")) return false;
  transaction::LockManager& locks = session.database().transactions().locks();
  if (function == "unlock_all") {
    locks.unlock_all_advisory(session.identity.process_id);
    answer = "";
    return true;
  }
  const bool for_transaction = take_prefix(function, "xact_");
  const bool unlock = take_prefix(function, "unlock_");
  if (!unlock && !take_prefix(function, "lock_")) return false;
  const AdvisoryMode mode =
      take_prefix(function, "shared_") ? AdvisoryMode::shared : AdvisoryMode::exclusive;
  const LockTag tag =
      function == "int4" ? transaction::advisory_tag(number<std::int32_t>(*arguments.at(0)),
                                                     number<std::int32_t>(*arguments.at(1)))
                         : transaction::advisory_tag(number<std::int64_t>(*arguments.at(0)));
  if (unlock) {
    const bool held = locks.unlock_advisory(session.identity.process_id, tag, mode);
    if (!held)
      session.notice(protocol::Severity::warning,
                     types::SqlError("01000", fmt::format("you don't own a lock of type {}",
                                                          mode == AdvisoryMode::shared
                                                              ? "ShareLock"
                                                              : "ExclusiveLock")));
    answer = held ? "t" : "f";
    return true;
  }
  const bool taken =
      locks.lock_advisory(session.block->database_transaction(), tag, mode, !for_transaction,
                          is_try ? LockWait::nowait : LockWait::block);
  answer = !is_try ? "" : taken ? "t" : "f";
  return true;
}

}  // namespace session
