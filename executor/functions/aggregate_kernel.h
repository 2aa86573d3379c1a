// Turns a small struct into an AggregateFunction:
//
//   struct CountAny {
//     struct State { std::int64_t count; };                  // all zero bytes at first
//     static void step(EvalContext&, const FunctionCall&, State&, Arguments, std::uint32_t row);
//     static void combine(EvalContext&, const FunctionCall&, const State& from, State& into);
//     static void finalize(EvalContext&, const FunctionCall&, const State&, Vector& out,
//                          std::uint32_t row);
//   };
#pragma once

#include "functions/aggregate.h"
#include "kernel.h"

namespace functions {

using Arguments = std::span<const Vector* const>;

namespace detail {

template <typename A>
struct Aggregate {
  using State = typename A::State;
  static_assert(std::is_trivially_destructible_v<State>);

  static State& state_of(std::byte* p) { return *reinterpret_cast<State*>(p); }
  static const State& state_of(const std::byte* p) { return *reinterpret_cast<const State*>(p); }

  static void init(std::byte* state) { std::memset(state, 0, sizeof(State)); }

  static void update(EvalContext& ctx, const FunctionCall& call, Arguments arguments,
                     Selection rows, std::byte* const* states) {
    std::uint32_t i = 0;
    for_each_row(rows, [&](std::uint32_t row) {
      A::step(ctx, call, state_of(states[i++]), arguments, row);
    });
  }

  static void update_one(EvalContext& ctx, const FunctionCall& call, Arguments arguments,
                         Selection rows, std::byte* state) {
    // A local copy lives in registers.
    State local = state_of(state);
    for_each_row(rows, [&](std::uint32_t row) { A::step(ctx, call, local, arguments, row); });
    state_of(state) = local;
  }

  static void combine(EvalContext& ctx, const FunctionCall& call, const std::byte* from,
                      std::byte* into) {
    A::combine(ctx, call, state_of(from), state_of(into));
  }

  static void finalize(EvalContext& ctx, const FunctionCall& call, const std::byte* state,
                       Vector& out, std::uint32_t row) {
    A::finalize(ctx, call, state_of(state), out, row);
  }
};

}  // namespace detail

template <typename A>
inline constexpr AggregateFunction aggregate = {
    sizeof(typename A::State),      &detail::Aggregate<A>::init,
    &detail::Aggregate<A>::update,  &detail::Aggregate<A>::combine,
    &detail::Aggregate<A>::finalize, &detail::Aggregate<A>::update_one,
};

// One whose states are made as `Base`'s are, by the same functions: operators keep one state for both.
template <typename Base, typename A>
inline constexpr AggregateFunction aggregate_of = {
    sizeof(typename Base::State),      &detail::Aggregate<Base>::init,
    &detail::Aggregate<Base>::update,  &detail::Aggregate<Base>::combine,
    &detail::Aggregate<A>::finalize,   &detail::Aggregate<Base>::update_one,
};

struct AggregateEntry {
  types::Oid oid;  // pg_proc.oid
  const AggregateFunction* function;
};

std::span<const AggregateEntry> basic_aggregates();
std::span<const AggregateEntry> float_aggregates();
std::span<const AggregateEntry> numeric_aggregates();
std::span<const AggregateEntry> collecting_aggregates();

}  // namespace functions
