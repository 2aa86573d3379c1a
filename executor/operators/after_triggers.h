// Triggers of users that fire once a statement, or when it has ended.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "operators/triggers.h"
#include "types/arena.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace operators {

class ExecutionState;

// AFTER triggers: what they are to see is kept until the whole statement, with all of its WITH
// queries, has ended; then they fire in the order of the events.
class AfterTriggers {
 public:
  // `event` outlives run(); the rows, of those types, are copied. An empty row: there is none.
  void row(const TriggerEvent& event, std::span<const types::PhysicalType> types,
           std::span<const types::Datum> before, std::span<const types::Datum> after);
  void statement(const TriggerEvent& event);

  bool empty() const { return entries_.empty(); }
  void run(Triggers& triggers);
  void clear();

 private:
  struct Entry {
    const TriggerEvent* event;
    bool per_row;
    std::vector<types::Datum> before, after;
  };
  std::deque<Entry> entries_;
  types::Arena arena_{1024};
};

// The statement's own triggers on the table that it names.
class StatementTriggers {
 public:
  // Fires the BEFORE triggers of each event in turn.
  void open(ExecutionState& state, std::vector<TriggerEvent> events);
  // Queues the AFTER triggers, of the last event first.
  void finish(ExecutionState& state);

 private:
  std::vector<TriggerEvent> events_;
};

// 0A000 where triggers cannot be fired.
Triggers& require_triggers(ExecutionState& state);

}  // namespace operators
