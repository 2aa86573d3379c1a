// Foreign keys, EXCLUDE constraints and constraint triggers that wait for the end of the transaction.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "operators/execution.h"
#include "operators/triggers.h"
#include "types/oid.h"

namespace operators {

struct ForeignKeyEvent;

// One session's: what SET CONSTRAINTS said, and what is still to be checked. Savepoints are
// numbered from 0 as they are open. Not thread-safe.
class DeferredChecks {
 public:
  DeferredChecks();
  ~DeferredChecks();

  // SET CONSTRAINTS: of every deferrable constraint, or of one (pg_constraint.oid).
  void set_all(bool deferred);
  void set(types::Oid constraint, bool deferred);

  bool is_deferred(types::Oid constraint, bool initially_deferred) const;
  // Takes what the event needs into its own memory.
  void add(const ForeignKeyEvent& event, catalog::CatalogView& catalog);
  // A constraint trigger of a relation, whose condition holds for the rows (empty: none).
  void add(const catalog::TriggerInfo& trigger, const catalog::RelationPtr& relation, std::int16_t event,
           std::span<const types::Datum> before, std::span<const types::Datum> after,
           catalog::CatalogView& catalog);

  // A row that an EXCLUDE constraint has yet to let pass.
  void add(const catalog::RelationPtr& relation, const catalog::IndexDescriptor& index, std::string row_key);

  bool empty() const;
  // Whether rows of that table are yet to be checked, or triggers on it yet to fire.
  bool pending_on(types::Oid relation) const;
  // Does what is due, in the order of the events: everything at the transaction's end, else what is
  // immediate now. Throws SqlError 23503, 23P01 and what triggers throw.
  void run(const ExecutionContext& context, bool at_end);

  void savepoint();
  void rollback_to(std::size_t savepoint);   // the savepoint stays
  void release(std::size_t savepoint);
  void end();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace operators
