// Running the triggers that users made: the session implements it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "catalog/relation.h"
#include "types/arena.h"
#include "types/datum.h"

namespace operators {

class TransitionTables;  // operators/transition_tables.h

// One event of one table, as the statement that causes it says it.
struct TriggerEvent {
  const catalog::RelationDescriptor* relation = nullptr;
  std::int16_t event = 0;          // catalog::TriggerInfo::kInsert, ...
  std::span<const int> updated;    // columns that UPDATE sets
  class RowPlacement* placement = nullptr;  // of a partition's rows; null: they are anywhere
  std::shared_ptr<TransitionTables> transition = {};  // what the statement changes; null: no trigger asks
};

// Says where rows belong whose table is one of several.
class RowPlacement {
 public:
  virtual ~RowPlacement() = default;
  // Whether a row (in the shape of `partition`) belongs to that partition.
  virtual bool stays(const catalog::RelationDescriptor& partition, std::span<const types::Datum> row) = 0;
};

class Triggers {
 public:
  virtual ~Triggers() = default;

  virtual void statement(const TriggerEvent& event, bool before) = 0;
  // BEFORE (or INSTEAD OF) row triggers in turn; empty rows: there is none. `changed` row values go
  // to new_row, varlen ones in `arena`. False: nothing happens to this row.
  virtual bool before_row(const TriggerEvent& event, std::span<const types::Datum> old_row,
                          std::span<types::Datum> new_row, types::Arena& arena) = 0;
  virtual void after_row(const TriggerEvent& event, std::span<const types::Datum> old_row,
                         std::span<const types::Datum> new_row) = 0;
  // One row trigger, whose condition has been found to hold.
  virtual void fire_row(const catalog::TriggerInfo& trigger, const TriggerEvent& event,
                        std::span<const types::Datum> old_row, std::span<const types::Datum> new_row) = 0;
  // A foreign key's action as a statement with parameters, run by the table's owner.
  virtual void run_action(const std::string& statement, std::span<const types::Oid> types,
                          std::span<const types::Datum> values, types::Oid owner) = 0;
};

// Whether a table has any for the event: `bits` of kRow and kBefore, as they are wanted.
inline bool has_triggers(const catalog::RelationDescriptor& relation, std::int16_t event, std::int16_t bits) {
  constexpr std::int16_t kMask =
      catalog::TriggerInfo::kRow | catalog::TriggerInfo::kBefore | catalog::TriggerInfo::kInstead;
  for (const catalog::TriggerInfo& t : relation.triggers)
    if (relation.acts(t, event) && (t.type & kMask) == bits) return true;
  return false;
}

}  // namespace operators
