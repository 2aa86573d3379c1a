// Ordered-set and hypothetical-set aggregates: state machines over the sorted rows of a group.
#pragma once

#include <vector>

#include "functions/aggregate.h"

namespace functions {

// Where the hypothetical row stands among the rows that are equal to it.
enum class HypotheticalRow : std::uint8_t { none, before_equals, after_equals };

// The operator counts the rows of a group and sorts them. Then it calls begin() once for the group, and
// machine.update() with the group's rows in their order. Its arguments are the ordered columns and two
// booleans: whether the row is the hypothetical one, and whether it equals the one before it in its group
// (known only where compares_rows). machine.combine is null.
struct OrderedSetFunction {
  AggregateFunction machine;
  // direct[i]->datum(row) are the direct arguments; `rows` counts the group's rows without the hypothetical one.
  // ctx.arena is the group table's, as in update.
  void (*begin)(types::EvalContext& ctx, const FunctionCall&, std::span<const types::Vector* const> direct,
                std::uint32_t row, std::uint64_t rows, std::byte* state);
  HypotheticalRow hypothetical = HypotheticalRow::none;
  bool skips_nulls = false;
  bool compares_rows = false;
  // False: update() takes rows as they come, with the ordered columns alone, and begin() follows the last of them.
  bool sorted = true;
};

// An aggregate that a user made: UserAggregateCall::final_extra are its direct arguments' types, then those of
// nulls. Rows come in no order: the transition function is there to keep them.
const OrderedSetFunction& user_ordered_set();

// By pg_proc.oid; null when it is none of the built-in ones.
const OrderedSetFunction* find_ordered_set(types::Oid aggregate);
// The OIDs that find_ordered_set() knows.
std::vector<types::Oid> built_ordered_sets();

}  // namespace functions
