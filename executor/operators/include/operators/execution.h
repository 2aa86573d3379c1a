// Running a plan.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "planner/plan.h"
#include "types/eval_context.h"
#include "types/vector.h"

namespace catalog {
class CatalogView;
}
namespace table {
class Table;
}
namespace transaction {
class Transaction;
class View;
}  // namespace transaction

namespace operators {

class DeferredChecks;
class Triggers;  // operators/triggers.h

// Where a relation's rows are; the session implements it.
struct TableAccess {
  const table::Table* table = nullptr;       // valid while the execution runs
  const transaction::View* view = nullptr;   // null: the statement's (else the system volume's)
};
class TableProvider {
 public:
  virtual ~TableProvider() = default;
  virtual TableAccess open(const catalog::RelationDescriptor& relation) = 0;
};

// Called before every batch: throws SqlError 57014 for a cancelled statement, and lets other
// coroutines of the thread run when this one has run long enough.
class Interruptible {
 public:
  virtual ~Interruptible() = default;
  virtual void check() = 0;
  // Parks until the current Parker is unparked; throws as check() does, then or as soon as the
  // statement is cancelled.
  virtual void wait() = 0;
};

class Execution;

// Everything of one run; all of it outlives the run (until finish()).
struct ExecutionContext {
  transaction::Transaction* transaction = nullptr;
  const transaction::View* view = nullptr;      // the statement's
  catalog::CatalogView* catalog = nullptr;
  TableProvider* tables = nullptr;
  Interruptible* interrupts = nullptr;
  Triggers* triggers = nullptr;                 // null: tables that have some are not written
  DeferredChecks* deferred = nullptr;           // null: every constraint is checked at once
  types::EvalContext eval;                      // its arena is not used
  std::span<const types::Datum> parameters;     // $1 first, of the types the query was analysed with
  std::size_t work_mem_bytes = std::size_t{4} << 20;
  std::size_t hash_memory_bytes = std::size_t{8} << 20;  // work_mem * hash_mem_multiplier
  std::string_view temp_directory;              // spill files; empty: never spill
  std::uint64_t temp_file_limit_bytes = UINT64_MAX;
  bool instrument = false;                      // EXPLAIN ANALYZE
  // Called when next() has come to the end, before it says so; for who does not run the query itself.
  const std::function<void(const Execution&)>* at_end = nullptr;
};

// The state of one run of a plan, kept for the next one: making it allocates, running it again
// does not (point plans) or hardly. One run at a time; not thread-safe.
//
//   Execution execution(plan);        // once, then pooled beside the cached plan
//   execution.start(context);
//   while (execution.next(batch)) ...
//   execution.finish();
class Execution {
 public:
  explicit Execution(std::shared_ptr<const planner::Plan> plan);
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  const planner::Plan& plan() const;

  void start(const ExecutionContext& context);

  // Fills `batch` with the next rows of plan().columns, valid until the next call; false at the
  // end. A statement without result rows does all its work in the first call and returns false.
  // Foreign keys and the like are checked before false is returned. Throws SqlError; then only
  // finish() may follow.
  bool next(types::Batch& batch);

  // Rows inserted, updated, deleted or selected so far: what the command tag tells.
  std::uint64_t rows_affected() const;

  // Ends the run, complete or not, and drops what it holds. Called by start() and the destructor
  // when forgotten. Never throws.
  void finish() noexcept;

  // The tree of operators with their counters, in EXPLAIN's text or JSON form. After a run, or
  // (without ANALYZE) before any. The plan was made with Options::explain.
  struct ExplainOptions {
    enum class Format : std::uint8_t { text, json, yaml, xml } format = Format::text;
    bool analyze = false, verbose = false, costs = true, timing = true, summary = false;
    double planning_ms = 0, execution_ms = 0;
  };
  std::string explain(const ExplainOptions& options) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace operators
