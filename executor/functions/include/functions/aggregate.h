// Aggregates: state machines over batches, found by name and argument type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "functions/function.h"

namespace functions {

// The state of one group is `state_size` bytes that the operator allocates (8-aligned) and
// passes to init; anything larger the aggregate takes from ctx.arena, which during update and
// combine is the group table's arena. States are plain memory: no destructors. Functions with one
// `update` make equal states of equal rows (sum and avg), so that an operator keeps one for them.
struct AggregateFunction {
  std::size_t state_size;
  void (*init)(std::byte* state);
  // states[i] belongs to rows[i]. Nulls are the aggregate's business (most skip them). Copies
  // varlen arguments that it keeps.
  void (*update)(types::EvalContext&, const FunctionCall&,
                 std::span<const types::Vector* const> arguments, types::Selection rows,
                 std::byte* const* states);
  // Folds `from` into `into` (parallel and spilled aggregation); null when it cannot.
  void (*combine)(types::EvalContext&, const FunctionCall&, const std::byte* from,
                  std::byte* into);
  // Writes the group's value to out[row].
  void (*finalize)(types::EvalContext&, const FunctionCall&, const std::byte* state,
                   types::Vector& out, std::uint32_t row);
  // As update, with every row in the one group `state`: aggregation without GROUP BY.
  void (*update_one)(types::EvalContext&, const FunctionCall&,
                     std::span<const types::Vector* const> arguments, types::Selection rows,
                     std::byte* state);
};

// By pg_proc.oid of the aggregate (pg_aggregate.aggfnoid); null when not built yet.
const AggregateFunction* find_aggregate(types::Oid aggregate);

}  // namespace functions
