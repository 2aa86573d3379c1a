#include "after_triggers.h"

#include <utility>

#include "execution_state.h"
#include "types/sql_error.h"

namespace operators {

void AfterTriggers::row(const TriggerEvent& event, std::span<const types::PhysicalType> types,
                        std::span<const types::Datum> before, std::span<const types::Datum> after) {
  Entry& entry = entries_.emplace_back(Entry{&event, true, {}, {}});
  const auto keep = [&](std::span<const types::Datum> row, std::vector<types::Datum>& to) {
    to.reserve(row.size());
    for (std::size_t i = 0; i < row.size(); ++i)
      to.push_back(row[i].is_null ? types::Datum::null() : types::copy_datum(arena_, types[i], row[i]));
  };
  keep(before, entry.before);
  keep(after, entry.after);
}

AfterTriggers::Shared& AfterTriggers::shared(const TriggerEvent& event) {
  for (Shared& s : shared_)
    if (s.relation == event.relation->oid && s.event == event.event) return s;
  return shared_.emplace_back(Shared{event.relation->oid, event.event, false, nullptr});
}

void AfterTriggers::statement(const TriggerEvent& event) {
  std::erase_if(entries_, [&](const Entry& e) {
    return !e.per_row && e.event->relation->oid == event.relation->oid && e.event->event == event.event;
  });
  entries_.push_back(Entry{&event, false, {}, {}});
}

void AfterTriggers::run(Triggers& triggers) {
  for (const Entry& entry : entries_) {
    if (entry.per_row)
      triggers.after_row(*entry.event, entry.before, entry.after);
    else
      triggers.statement(*entry.event, false);
  }
  clear();
}

void AfterTriggers::clear() {
  entries_.clear();
  shared_.clear();
  arena_.reset();
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
