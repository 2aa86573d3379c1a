// The prepared transactions of a volume, and how they are written down.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "transaction/prepared.h"
#include "transaction/wait_control.h"

namespace transaction {

class Running;
struct ManagerState;
struct Unfinished;

struct Prepared {
  Prepared();
  ~Prepared();
  PreparedInfo info;
  WaitControl wait_control;  // nobody waits through it for long; outlives the transaction
  std::unique_ptr<Running> transaction;
  bool ending = false;
};

struct PreparedList {
  ~PreparedList();
  mutable std::mutex mutex;
  std::map<std::string, std::unique_ptr<Prepared>> by_gid;
};

// What UndoKind::prepared records hold: who, and the locks.
std::vector<std::byte> describe_prepared(const PreparedInfo& info, std::uint64_t timeline,
                                         Running& transaction);

// At start: makes the transaction anew from its log. False: it was prepared in a volume that this
// one is a clone of.
bool restore_prepared(TransactionManager& manager, ManagerState& state, const Unfinished& found);

}  // namespace transaction
