// Triggers of users that fire once a statement, or when it has ended.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "operators/transition_tables.h"
#include "operators/triggers.h"
#include "tuple_store.h"
#include "types/datum.h"

namespace operators {

class ExecutionState;

// AFTER triggers: what they are to see is kept until the whole statement, with all of its WITH
// queries, has ended; then they fire in the order of the events. The rows of an event go to disk past the memory.
class AfterTriggers {
 public:
  // Where rows go from now on; `space` outlives them.
  void configure(SpillSpace& space, std::size_t memory_bytes) {
    space_ = &space;
    memory_bytes_ = memory_bytes;
  }
  // `event` outlives run(); the rows, of those types, are copied. An empty row: there is none.
  void row(const TriggerEvent& event, std::span<const types::PhysicalType> types,
           std::span<const types::Datum> before, std::span<const types::Datum> after);
  // Instead of one that is queued for the same table and event.
  void statement(const TriggerEvent& event);

  // What all parts of the statement that cause this event of this table have in common: triggers of the
  // statement fire once, and see what all of them change.
  struct Shared {
    types::Oid relation = 0;
    std::int16_t event = 0;
    bool opened = false;   // BEFORE triggers have fired
    std::shared_ptr<TransitionTables> transition;
  };
  Shared& shared(const TriggerEvent& event);

  bool empty() const { return runs_.empty(); }
  void run(Triggers& triggers);
  void clear();

 private:
  // The rows of an event: those before, those after or both.
  struct Queue {
    Queue(const TriggerEvent& e, std::span<const types::PhysicalType> columns, std::size_t of_before, std::size_t of_after);
    const TriggerEvent& event;
    std::size_t before, after;  // columns
    TupleStore rows;
    TupleCursor cursor;
    std::uint64_t fired = 0;
  };
  // Rows of one event that came one after the other; without a queue: the statement's triggers.
  struct Run {
    const TriggerEvent* event;
    Queue* queue;
    std::uint64_t rows;
  };
  Queue& queue_of(const TriggerEvent& event, std::span<const types::PhysicalType> types, std::size_t before, std::size_t after);

  SpillSpace* space_ = nullptr;
  std::size_t memory_bytes_ = SIZE_MAX;
  std::vector<std::unique_ptr<Queue>> queues_;
  std::vector<Run> runs_;
  std::vector<Shared> shared_;
  std::vector<types::Datum> row_;
};

// The statement's own triggers on the table that it names.
class StatementTriggers {
 public:
  // Fires the BEFORE triggers of each event in turn. `columns`: the table's, where it has triggers.
  void open(ExecutionState& state, std::vector<TriggerEvent> events, std::span<const types::PhysicalType> columns);
  // Of the i-th event; null: no trigger asks.
  const std::shared_ptr<TransitionTables>& transition(std::size_t i) const { return events_[i].transition; }
  // Queues the AFTER triggers, of the last event first.
  void finish(ExecutionState& state);

 private:
  std::vector<TriggerEvent> events_;
};

// 0A000 where triggers cannot be fired.
Triggers& require_triggers(ExecutionState& state);

}  // namespace operators
