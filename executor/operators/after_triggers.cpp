#include "after_triggers.h"

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

void AfterTriggers::statement(const TriggerEvent& event) {
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
  arena_.reset();
}

void StatementTriggers::open(ExecutionState& state, std::vector<TriggerEvent> events) {
  events_ = std::move(events);
  for (const TriggerEvent& event : events_)
    if (has_triggers(*event.relation, event.event, catalog::TriggerInfo::kBefore))
      require_triggers(state).statement(event, true);
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
