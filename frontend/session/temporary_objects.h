// A session's temporary objects: what is due at ends of transactions, and at its own.
#pragma once

#include <vector>

#include "commands/commands.h"

namespace session {

class SessionState;

// Not thread-safe. Calls park and throw SqlError but where noted.
class TemporaryObjects {
 public:
  explicit TemporaryObjects(SessionState& session) : session_(session) {}

  void on_commit(types::Oid relation, query::OnCommit action);
  // Before a commit: ON COMMIT DELETE ROWS and DROP.
  void before_commit();
  // DISCARD TEMP.
  void discard();
  // The session ends: its schema goes. No transaction runs. Never throws: what could not be removed
  // is removed by remove_leftovers() when the database is opened next.
  void end() noexcept;
  // Schemas of sessions that ended in a crash. Never throws.
  void remove_leftovers() noexcept;

 private:
  void remove(types::Oid schema);

  SessionState& session_;
  std::vector<commands::OnCommitAction> actions_;
};

}  // namespace session
