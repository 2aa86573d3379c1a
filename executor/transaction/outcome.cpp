#include "transaction/outcome.h"

#include "manager_state.h"

namespace transaction {

std::optional<Outcome> outcome_of(const TransactionManager& manager, Xid xid) {
  const ManagerState& state = manager.state();
  if (xid < kFirstXid) return Outcome::committed;
  switch (state.rolled_back.find(xid)) {
    case RolledBack::Answer::forgotten: return std::nullopt;
    case RolledBack::Answer::yes: return Outcome::aborted;
    case RolledBack::Answer::no: break;
  }
  if (xid < state.xids->stable()) return Outcome::committed;
  switch (state.xids->lookup(xid).state) {
    case XidFate::State::in_progress: return Outcome::in_progress;
    case XidFate::State::aborted: return Outcome::aborted;
    case XidFate::State::committed: break;
  }
  return Outcome::committed;
}

}  // namespace transaction
