// What the operators of one execution share.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "after_triggers.h"
#include "eval/environment.h"
#include "operators/execution.h"
#include "planner/plan.h"
#include "row_store.h"
#include "spill_file.h"
#include "tuple_store.h"
#include "types/arena.h"

namespace operators {

class ForeignKeys;
class Operator;
class Subplans;
class TableWriter;

// The rows of a common table, filled as its readers ask for them.
struct CommonTableState {
  std::unique_ptr<Operator> root;
  std::unique_ptr<TupleStore> rows;
  bool opened = false;
  bool done = false;
  // Of the execution parameters that it reads, at the time it was opened.
  std::vector<std::uint64_t> versions;
};

class ExecutionState {
 public:
  explicit ExecutionState(const planner::Plan& plan);
  ~ExecutionState();

  const planner::Plan& plan;
  ExecutionContext context;
  eval::Environment environment;
  bool instrumented = false;
  std::uint64_t rows_affected = 0;

  // Values that live as long as the run.
  types::Arena run_arena;

  // Outlives every operator, whose files it counts.
  SpillSpace spill;
  void configure_spilling();  // as `context` says

  // By work table: the rows that a recursive term reads in this round.
  std::vector<TupleStore*> work_tables;
  std::vector<CommonTableState> common_tables;

  AfterTriggers& after_triggers() { return after_triggers_; }
  ForeignKeys& foreign_keys();
  bool has_foreign_key_work() const;
  std::unique_ptr<Subplans> subplans;

  void check() {
    if (context.interrupts != nullptr) context.interrupts->check();
  }
  types::EvalContext eval_context() const { return context.eval; }
  TableAccess open_table(const catalog::RelationDescriptor& relation) {
    TableAccess access = context.tables->open(relation);
    if (access.view == nullptr) access.view = context.view;
    return access;
  }

  // Sets an execution parameter; the value's bytes must outlive its use.
  void set_parameter(int number, const types::Datum& value) {
    eval::ExecutionParameter& parameter = environment.execution_parameters[number];
    parameter.value = value;
    parameter.ready = true;
    ++parameter.version;
  }

 private:
  AfterTriggers after_triggers_;
  std::unique_ptr<ForeignKeys> foreign_keys_;

 public:
  // Those that may have left rows which EXCLUDE constraints have yet to let pass.
  std::vector<TableWriter*> writers_to_settle;
};

}  // namespace operators
