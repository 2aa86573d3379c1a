#include "stored_rows.h"

#include <algorithm>

#include "wal/check.h"

namespace operators {

void Materialize::close() {
  Operator::close();
  rows_.clear();
  opened_ = complete_ = false;
}

void Materialize::do_open() {
  std::vector<std::uint64_t> versions;
  for (const int parameter : static_cast<const planner::MaterializeNode&>(node_).parameters)
    versions.push_back(
        environment().execution_parameters[static_cast<std::size_t>(parameter)].version);
  reader_.rewind();
  if (opened_ && versions == versions_) return;
  versions_ = std::move(versions);
  rows_.start(state().spill, state().context.work_mem_bytes);
  complete_ = false;
  opened_ = true;
  child().open();
}

bool Materialize::produce(types::Batch& raw) {
  if (reader_.next(rows_, raw)) return true;
  if (complete_) return false;
  types::Batch batch;
  complete_ = !child().next(batch);
  if (complete_) return false;
  rows_.append(batch);
  return reader_.next(rows_, raw);
}

void CteScan::do_open() {
  CommonTableState& table = state().common_tables[static_cast<std::size_t>(cte_.table)];
  const planner::Subplan& plan = state().plan.common_tables[static_cast<std::size_t>(cte_.table)];
  if (!table.root) {
    table.root = make_operator(*plan.root, state());
    table.rows = std::make_unique<TupleStore>(table.root->node().columns);
  }
  std::vector<std::uint64_t> versions;
  for (const int parameter : plan.parameters)
    versions.push_back(
        environment().execution_parameters[static_cast<std::size_t>(parameter)].version);
  if (!table.opened || versions != table.versions) {
    table.rows->start(state().spill, state().context.work_mem_bytes);
    table.versions = std::move(versions);
    table.opened = true;
    table.done = false;
    table.root->open();
    // What it changes, it changes as a whole before anybody looks.
    if (plan.modifies_data) {
      types::Batch batch;
      while (table.root->next(batch)) table.rows->append(batch);
      table.done = true;
    }
  }
  reader_.rewind();
}

bool CteScan::produce(types::Batch& raw) {
  CommonTableState& table = state().common_tables[static_cast<std::size_t>(cte_.table)];
  if (reader_.next(*table.rows, raw)) return true;
  if (table.done) return false;
  types::Batch batch;
  table.done = !table.root->next(batch);
  if (table.done) return false;
  table.rows->append(batch);
  return reader_.next(*table.rows, raw);
}

bool WorkTableScan::produce(types::Batch& raw) {
  TupleStore* rows = state().work_tables[static_cast<std::size_t>(scan_.work_table)];
  CHECK(rows != nullptr);
  return reader_.next(*rows, raw);
}

RecursiveUnion::RecursiveUnion(const planner::RecursiveUnionNode& node, ExecutionState& state)
    : Operator(node, state), union_(node), work_(node.raw_columns), next_(node.raw_columns) {
  if (!node.all) seen_ = std::make_unique<SeenRows>(node.raw_columns, node.keys);
}

void RecursiveUnion::close() {
  Operator::close();
  work_.clear();
  next_.clear();
  if (seen_) seen_->clear();
}

void RecursiveUnion::do_open() {
  work_.start(state().spill, state().context.work_mem_bytes);
  next_.start(state().spill, state().context.work_mem_bytes);
  if (seen_) seen_->start(state().spill, state().context.hash_memory_bytes);
  in_base_ = true;
  round_read_ = false;
  child(0).open();
}

bool RecursiveUnion::next_new(types::Batch& raw) {
  while (!round_read_) {
    if (!child(in_base_ ? 0 : 1).next(raw)) {
      round_read_ = true;
      break;
    }
    if (seen_) raw.rows = seen_->fresh(raw);
    if (raw.rows.count > 0) return true;
  }
  return seen_ && seen_->settle(raw);
}

bool RecursiveUnion::produce(types::Batch& raw) {
  for (;;) {
    if (next_new(raw)) {
      next_.append(raw);
      return true;
    }
    in_base_ = round_read_ = false;
    std::swap(work_, next_);
    next_.start(state().spill, state().context.work_mem_bytes);
    if (work_.rows() == 0) return false;
    state().work_tables[static_cast<std::size_t>(union_.work_table)] = &work_;
    state().set_parameter(union_.round_parameter, {});
    child(1).open();
  }
}

}  // namespace operators
