#include "after_triggers.h"

#include <utility>

#include "execution_state.h"
#include "types/sql_error.h"

namespace operators {

namespace {

std::vector<types::PhysicalType> columns_of(std::span<const types::PhysicalType> types, std::size_t before, std::size_t after) {
  std::vector<types::PhysicalType> columns;
  for (const std::size_t count : {before, after}) columns.insert(columns.end(), types.begin(), types.begin() + static_cast<std::ptrdiff_t>(count));
  return columns;
}

}  // namespace

AfterTriggers::Queue::Queue(const TriggerEvent& e, std::span<const types::PhysicalType> columns, std::size_t of_before,
                            std::size_t of_after)
    : event(e),
      before(of_before),
      after(of_after),
      rows(columns_of(columns, of_before, of_after)),
      cursor(rows, columns_of(columns, of_before, of_after)) {}

AfterTriggers::Queue& AfterTriggers::queue_of(const TriggerEvent& event, std::span<const types::PhysicalType> types,
                                              std::size_t before, std::size_t after) {
  if (!runs_.empty() && runs_.back().queue != nullptr && runs_.back().event == &event) {
    Queue& last = *runs_.back().queue;
    if (last.before == before && last.after == after) return last;
  }
  for (const auto& queue : queues_)
    if (&queue->event == &event && queue->before == before && queue->after == after) return *queue;
  queues_.push_back(std::make_unique<Queue>(event, types, before, after));
  if (space_ != nullptr) queues_.back()->rows.start(*space_, memory_bytes_);
  return *queues_.back();
}

void AfterTriggers::row(const TriggerEvent& event, std::span<const types::PhysicalType> types,
                        std::span<const types::Datum> before, std::span<const types::Datum> after) {
  Queue& queue = queue_of(event, types, before.size(), after.size());
  row_.assign(before.begin(), before.end());
  row_.insert(row_.end(), after.begin(), after.end());
  queue.rows.append_row(row_);
  if (!runs_.empty() && runs_.back().queue == &queue)
    ++runs_.back().rows;
  else
    runs_.push_back({&event, &queue, 1});
}

AfterTriggers::Shared& AfterTriggers::shared(const TriggerEvent& event) {
  for (Shared& s : shared_)
    if (s.relation == event.relation->oid && s.event == event.event) return s;
  return shared_.emplace_back(Shared{event.relation->oid, event.event, false, nullptr});
}

void AfterTriggers::statement(const TriggerEvent& event) {
  std::erase_if(runs_, [&](const Run& run) {
    return run.queue == nullptr && run.event->relation->oid == event.relation->oid && run.event->event == event.event;
  });
  runs_.push_back({&event, nullptr, 0});
}

void AfterTriggers::run(Triggers& triggers) {
  for (const Run& run : runs_) {
    if (run.queue == nullptr) {
      triggers.statement(*run.event, false);
      continue;
    }
    Queue& queue = *run.queue;
    for (std::uint64_t i = 0; i < run.rows; ++i) {
      const std::byte* record = queue.cursor.record(queue.fired++);
      row_.resize(queue.before + queue.after);
      for (std::size_t c = 0; c < row_.size(); ++c) row_[c] = queue.rows.layout().datum(record, c);
      const std::span<const types::Datum> values(row_);
      triggers.after_row(queue.event, values.first(queue.before), values.subspan(queue.before));
    }
  }
  clear();
}

void AfterTriggers::clear() {
  runs_.clear();
  queues_.clear();
  shared_.clear();
}

void StatementTriggers::open(ExecutionState& state, std::vector<TriggerEvent> events,
                             std::span<const types::PhysicalType> columns) {
  events_ = std::move(events);
  for (TriggerEvent& event : events_) {
    AfterTriggers::Shared& shared = state.after_triggers().shared(event);
    if (!shared.opened)
      shared.transition = TransitionTables::make_if_wanted(state.context, *event.relation, event.event, columns);
    event.transition = shared.transition;
    if (std::exchange(shared.opened, true)) continue;
    if (has_triggers(*event.relation, event.event, catalog::TriggerInfo::kBefore))
      require_triggers(state).statement(event, true);
  }
}

void StatementTriggers::finish(ExecutionState& state) {
  for (auto event = events_.rbegin(); event != events_.rend(); ++event)
    if (has_triggers(*event->relation, event->event, 0)) state.after_triggers().statement(*event);
}

Triggers& require_triggers(ExecutionState& state) {
  if (state.context.triggers == nullptr) throw types::SqlError::not_supported("triggers in this place");
  return *state.context.triggers;
}

}  // namespace operators
