#include "functions/user_aggregate.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "functions/ordered_set.h"
#include "types/arena.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace functions {
namespace {

using types::Arena;
using types::Datum;
using types::EvalContext;
using types::PhysicalType;
using types::Selection;
using types::Vector;

using Arguments = std::span<const Vector* const>;

// All zero bytes at first.
struct State {
  Datum value;            // varlen: in `buffer`
  char* buffer;
  std::size_t capacity;
  const Datum* direct;    // of an ordered set: its direct arguments, the first of final_extra
  std::size_t direct_count;
  bool started;
  bool awaits_first;      // strict, without an initial value: the first argument becomes the state
  bool pending;           // a row of it is collected and not computed yet
};

const UserAggregateCall& of(const FunctionCall& call) { return static_cast<const UserAggregateCall&>(call); }

void keep(EvalContext& ctx, PhysicalType type, State& state, const Datum& value) {
  state.value = value;
  if (type != PhysicalType::varlen || value.is_null) return;
  const std::string_view bytes = value.as<std::string_view>();
  if (bytes.size() > state.capacity) {
    state.capacity = std::max(bytes.size() * 2, std::size_t{32});
    state.buffer = static_cast<char*>(ctx.arena->allocate(state.capacity));
  }
  // The value may be the old one, or a part of it.
  if (!bytes.empty()) std::memmove(state.buffer, bytes.data(), bytes.size());
  state.value = Datum::of(std::string_view(state.buffer, bytes.size()));
}

void start(EvalContext& ctx, const UserAggregateCall& call, State& state) {
  state.started = true;
  state.awaits_first = call.transition.strict && call.initial.is_null;
  keep(ctx, call.state, state, call.initial);
}

// Rows of different groups, for which the transition function is called at once.
class Run {
 public:
  Run(EvalContext& ctx, const UserAggregateCall& call, Arguments arguments, std::uint32_t row_limit)
      : ctx_(ctx), inner_(ctx), call_(call) {
    if (arguments.size() + 1 > inputs_.size())
      throw types::SqlError::not_supported("a user-defined aggregate with so many arguments");
    inner_.arena = &results_;
    old_ = Vector::allocate(vectors_, call.state, row_limit);
    new_ = Vector::allocate(vectors_, call.state, row_limit);
    inputs_[0] = &old_;
    std::copy(arguments.begin(), arguments.end(), inputs_.begin() + 1);
    count_inputs_ = arguments.size() + 1;
  }

  void add(std::uint32_t row, State& state) {
    if (state.value.is_null) {
      old_.set_null(row);
    } else {
      old_.set_not_null(row);
      old_.set_datum(row, state.value);
    }
    state.pending = true;
    rows_[count_] = static_cast<std::uint16_t>(row);
    states_[count_++] = &state;
  }

  void compute() {
    if (count_ == 0) return;
    results_.reset();
    new_.clear();
    call_.transition.kernel(inner_, *call_.transition.call, {inputs_.data(), count_inputs_}, {rows_.data(), count_}, new_);
    for (std::uint32_t i = 0; i < count_; ++i) {
      const std::uint32_t row = rows_[i];
      keep(ctx_, call_.state, *states_[i], new_.is_null(row) ? Datum::null() : new_.datum(row));
      states_[i]->pending = false;
    }
    count_ = 0;
  }

 private:
  EvalContext& ctx_;
  EvalContext inner_;
  const UserAggregateCall& call_;
  Arena vectors_{65536}, results_;
  Vector old_, new_;
  std::array<const Vector*, 101> inputs_;
  std::size_t count_inputs_ = 0;
  std::array<std::uint16_t, types::kBatchRows> rows_;
  std::array<State*, types::kBatchRows> states_;
  std::uint32_t count_ = 0;
};

bool any_null(Arguments arguments, std::uint32_t row) {
  return std::ranges::any_of(arguments, [row](const Vector* v) { return v->is_null(row); });
}

template <typename StateAt>
void update_rows(EvalContext& ctx, const UserAggregateCall& call, Arguments arguments, Selection rows, StateAt state_at) {
  if (rows.count == 0) return;
  Run run(ctx, call, arguments, rows[rows.count - 1] + 1);
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    State& state = state_at(i);
    if (!state.started) start(ctx, call, state);
    if (state.pending) run.compute();
    if (call.transition.strict) {
      if (any_null(arguments, row)) continue;
      if (state.awaits_first) {
        state.awaits_first = false;
        keep(ctx, call.state, state, arguments[0]->datum(row));
        continue;
      }
      if (state.value.is_null) continue;
    }
    run.add(row, state);
  }
  run.compute();
}

void init(std::byte* state) { std::memset(state, 0, sizeof(State)); }

void update(EvalContext& ctx, const FunctionCall& call, Arguments arguments, Selection rows, std::byte* const* states) {
  update_rows(ctx, of(call), arguments, rows,
              [states](std::uint32_t i) -> State& { return *reinterpret_cast<State*>(states[i]); });
}

void update_one(EvalContext& ctx, const FunctionCall& call, Arguments arguments, Selection rows, std::byte* state) {
  update_rows(ctx, of(call), arguments, rows,
              [state](std::uint32_t) -> State& { return *reinterpret_cast<State*>(state); });
}

void finalize(EvalContext& ctx, const FunctionCall& function, const std::byte* bytes, Vector& out, std::uint32_t row) {
  const UserAggregateCall& call = of(function);
  const State& state = *reinterpret_cast<const State*>(bytes);
  const Datum value = state.started ? state.value : call.initial;
  auto put = [&](const Datum& result) {
    if (result.is_null)
      out.set_null(row);
    else
      out.set_datum(row, result);
  };
  if (call.final.kernel == nullptr) return put(value);
  // Arguments that only tell the types are null.
  const auto extra = [&](std::size_t i) { return i < state.direct_count ? state.direct[i] : Datum::null(); };
  bool any_null = value.is_null;
  for (std::size_t i = 0; i < call.final_extra.size(); ++i) any_null = any_null || extra(i).is_null;
  if (call.final.strict && any_null) return out.set_null(row);
  const std::size_t count = 1 + call.final_extra.size();
  auto* vectors = ctx.arena->allocate_array<Vector>(count + 1);
  auto** inputs = ctx.arena->allocate_array<const Vector*>(count);
  auto one = [&](std::size_t at, PhysicalType type, const Datum& datum) {
    vectors[at] = Vector::allocate(*ctx.arena, type, 1);
    if (datum.is_null)
      vectors[at].set_null(0);
    else
      vectors[at].set_datum(0, datum);
    inputs[at] = &vectors[at];
  };
  one(0, call.state, value);
  for (std::size_t i = 0; i < call.final_extra.size(); ++i) one(i + 1, call.final_extra[i], extra(i));
  Vector& result = vectors[count] = Vector::allocate(*ctx.arena, out.type(), 1);
  call.final.kernel(ctx, *call.final.call, {inputs, count}, {nullptr, 1}, result);
  put(result.is_null(0) ? Datum::null() : result.datum(0));
}

void keep_direct(EvalContext& ctx, const FunctionCall& function, Arguments direct, std::uint32_t row, std::uint64_t,
                 std::byte* bytes) {
  auto& state = *reinterpret_cast<State*>(bytes);
  state.direct_count = std::min(direct.size(), of(function).final_extra.size());
  auto* kept = ctx.arena->allocate_array<Datum>(state.direct_count);
  for (std::size_t i = 0; i < state.direct_count; ++i)
    kept[i] = direct[i]->is_null(row) ? Datum::null()
                                      : types::copy_datum(*ctx.arena, direct[i]->type(), direct[i]->datum(row));
  state.direct = kept;
}

constexpr AggregateFunction kUserAggregate{sizeof(State), &init, &update, nullptr, &finalize, &update_one};
constexpr OrderedSetFunction kUserOrderedSet{kUserAggregate, &keep_direct, HypotheticalRow::none, false, false, false};

}  // namespace

const AggregateFunction& user_aggregate() { return kUserAggregate; }
const OrderedSetFunction& user_ordered_set() { return kUserOrderedSet; }

}  // namespace functions
