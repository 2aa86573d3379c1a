#include "operators/execution.h"

#include "execution_impl.h"
#include "foreign_keys.h"
#include "operator.h"
#include "subplans.h"
#include "table_writer.h"
#include "transaction/manager.h"
#include "transaction/transaction.h"
#include "transaction/view.h"

namespace operators {

ExecutionState::ExecutionState(const planner::Plan& p)
    : plan(p), run_arena(1024), common_tables(p.common_tables.size()) {
  environment.execution_parameters.resize(static_cast<std::size_t>(p.execution_parameters));
  for (const auto& [parameter, subplan] : p.init_plans)
    environment.execution_parameters[static_cast<std::size_t>(parameter)].init_subplan = subplan;
  work_tables.resize(static_cast<std::size_t>(p.work_tables));
  subplans = std::make_unique<Subplans>(*this);
  environment.subplans = subplans.get();
}

ExecutionState::~ExecutionState() = default;

void ExecutionState::configure_spilling() {
  spill.configure(context.temp_directory, context.temp_file_limit_bytes,
                  context.transaction == nullptr ? nullptr : &context.transaction->manager().usage());
  after_triggers_.configure(spill, context.work_mem_bytes);
}

ForeignKeys& ExecutionState::foreign_keys() {
  if (!foreign_keys_) foreign_keys_ = std::make_unique<ForeignKeys>(*this);
  return *foreign_keys_;
}

bool ExecutionState::has_foreign_key_work() const {
  return foreign_keys_ != nullptr && !foreign_keys_->empty();
}

Execution::Execution(std::shared_ptr<const planner::Plan> plan)
    : impl_(std::make_unique<Impl>(std::move(plan))) {
  if (impl_->plan->denied) throw *impl_->plan->denied;
}

Execution::~Execution() { finish(); }

const planner::Plan& Execution::plan() const { return *impl_->plan; }

void Execution::start(const ExecutionContext& context) {
  finish();
  ExecutionState& state = impl_->state;
  state.context = context;
  state.instrumented = context.instrument;
  state.rows_affected = 0;
  state.configure_spilling();
  state.writers_to_settle.clear();
  state.environment.parameters = context.parameters;
  for (eval::ExecutionParameter& parameter : state.environment.execution_parameters)
    parameter.ready = false;
  impl_->running = true;
  impl_->opened = false;
  impl_->ended = false;
}

bool Execution::next(types::Batch& batch) {
  Impl& impl = *impl_;
  if (impl.ended) return false;
  if (!impl.opened) {
    impl.opened = true;
    impl.root->open();
  }
  if (impl.root->next(batch)) {
    if (!impl.plan->modifies_data || impl.plan->command == query::CommandKind::select)
      impl.state.rows_affected += batch.rows.count;
    return true;
  }
  impl.ended = true;
  impl.run_unread_common_tables();
  if (impl.state.has_foreign_key_work()) impl.state.foreign_keys().run();
  for (TableWriter* writer : impl.state.writers_to_settle) writer->settle_exclusions();
  if (!impl.state.after_triggers().empty()) impl.state.after_triggers().run(require_triggers(impl.state));
  if (const auto* at_end = impl.state.context.at_end) (*at_end)(*this);
  return false;
}

std::uint64_t Execution::rows_affected() const { return impl_->state.rows_affected; }

void Execution::finish() noexcept {
  Impl& impl = *impl_;
  if (!impl.running) return;
  impl.running = false;
  impl.close();
}

// A data-modifying WITH query runs to its end whether or not anybody reads it; one of the others may do so only now.
void Execution::Impl::run_unread_common_tables() {
  const auto is_left = [&](std::size_t i) { return plan->common_tables[i].modifies_data && !state.common_tables[i].opened; };
  for (std::size_t i = 0; i < plan->common_tables.size(); ++i) {
    if (!plan->common_tables[i].modifies_data) continue;
    CommonTableState& table = state.common_tables[i];
    if (!table.root) {
      table.root = make_operator(*plan->common_tables[i].root, state);
      table.rows = std::make_unique<TupleStore>(table.root->node().columns);
    }
    if (!table.opened) {
      table.rows->start(state.spill, state.context.work_mem_bytes);
      table.opened = true;
      table.root->open();
    }
    bool has_readers = false;
    for (std::size_t other = 0; other < plan->common_tables.size() && !has_readers; ++other) has_readers = is_left(other);
    types::Batch rows;
    while (!table.done) {
      table.done = !table.root->next(rows);
      if (!table.done && has_readers) table.rows->append(rows);
    }
  }
}

void Execution::Impl::close() {
  root->close();
  if (!plan->subplans.empty()) state.subplans->reset();
  for (CommonTableState& table : state.common_tables) {
    if (table.root) table.root->close();
    if (table.rows) table.rows->clear();
    table.opened = table.done = false;
  }
  if (state.has_foreign_key_work()) state.foreign_keys().clear();
  state.after_triggers().clear();
  state.run_arena.reset();
}

}  // namespace operators
