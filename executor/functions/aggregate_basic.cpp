// count, min, max, bool_and/or, bit_and/or/xor, and sums of integers.
#include "aggregate_kernel.h"
#include "functions/collated.h"
#include "errors.h"
#include "types/array.h"
#include "types/datetime.h"
#include "types/float.h"
#include "types/numeric.h"
#include "types/collator.h"
#include "types/sql_error.h"
#include "types/text.h"

namespace functions {
namespace {

using std::string_view;

struct CountStar {
  struct State {
    std::int64_t count;
  };
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments, std::uint32_t) { ++s.count; }
  static void combine(EvalContext&, const FunctionCall&, const State& from, State& into) {
    into.count += from.count;
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    out.set(row, s.count);
  }
};

struct CountAny : CountStar {
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    s.count += !a[0]->is_null(row);
  }
};

// sum(smallint), sum(integer): bigint.
template <typename T>
struct SumInt {
  struct State {
    std::int64_t sum;
    bool any;
  };
  static void add(State& s, std::int64_t value) {
    if (__builtin_add_overflow(s.sum, value, &s.sum)) throw_bigint_out_of_range();
    s.any = true;
  }
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (!a[0]->is_null(row)) add(s, a[0]->get<T>(row));
  }
  static void combine(EvalContext&, const FunctionCall&, const State& from, State& into) {
    if (from.any) add(into, from.sum);
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.any)
      out.set(row, s.sum);
    else
      out.set_null(row);
  }
};

// sum(bigint) and avg of integers: exact in 128 bits.
template <typename T>
struct SumWide {
  struct State {
    std::int64_t count;
    std::int64_t high;  // the sum in two words: no 16-byte alignment wanted of the state
    std::uint64_t low;

    types::Int128 sum() const { return types::Int128{high} << 64 | low; }
    void set(types::Int128 value) {
      high = static_cast<std::int64_t>(value >> 64);
      low = static_cast<std::uint64_t>(value);
    }
  };
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (a[0]->is_null(row)) return;
    ++s.count;
    s.set(s.sum() + a[0]->get<T>(row));
  }
  static void combine(EvalContext&, const FunctionCall&, const State& from, State& into) {
    into.count += from.count;
    into.set(into.sum() + from.sum());
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.count == 0)
      out.set_null(row);
    else
      out.set(row, types::make_numeric(*ctx.arena, s.sum(), 0));
  }
};

template <typename T>
struct AverageInt : SumWide<T> {
  using State = typename SumWide<T>::State;
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.count == 0) return out.set_null(row);
    out.set(row, types::numeric_div(*ctx.arena, types::make_numeric(*ctx.arena, s.sum(), 0),
                                    types::make_numeric(*ctx.arena, s.count, 0)));
  }
};

// min and max of fixed-width types: Better(a, b) says whether a replaces b. Equal values that look
// different (1.5 and 1.50) are replaced as PostgreSQL replaces them: the last one stays.
template <typename T, auto Better>
struct Extreme {
  struct State {
    T value;
    bool any;
  };
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (a[0]->is_null(row)) return;
    T value = a[0]->get<T>(row);
    if (!s.any || Better(value, s.value)) s.value = value;
    s.any = true;
  }
  static void combine(EvalContext&, const FunctionCall&, const State& from, State& into) {
    if (from.any && (!into.any || Better(from.value, into.value))) into = from;
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.any)
      out.set(row, s.value);
    else
      out.set_null(row);
  }
};

template <typename T>
bool above(T a, T b) { return a > b; }
template <typename T>
bool below(T a, T b) { return a < b; }
template <typename F>
bool float_above(F a, F b) { return types::compare_floats(a, b) >= 0; }
template <typename F>
bool float_below(F a, F b) { return types::compare_floats(a, b) <= 0; }
bool interval_above(types::Interval a, types::Interval b) { return types::compare_interval(a, b) >= 0; }
bool interval_below(types::Interval a, types::Interval b) { return types::compare_interval(a, b) <= 0; }
bool timetz_above(types::TimeTz a, types::TimeTz b) { return types::compare_timetz(a, b) >= 0; }
bool timetz_below(types::TimeTz a, types::TimeTz b) { return types::compare_timetz(a, b) <= 0; }

// min and max of varlen types: the value so far in a buffer that grows.
template <auto Better>
struct ExtremeVarlen {
  struct State {
    char* data;
    std::size_t size, capacity;
    bool any;
    string_view view() const { return {data, size}; }
  };
  static void keep(EvalContext& ctx, State& s, string_view value) {
    if (value.size() > s.capacity) {
      s.capacity = value.size() * 2 + 8;
      s.data = static_cast<char*>(ctx.arena->allocate(s.capacity, 1));
    }
    if (!value.empty()) std::memcpy(s.data, value.data(), value.size());
    s.size = value.size();
    s.any = true;
  }
  static void step(EvalContext& ctx, const FunctionCall& call, State& s, Arguments a,
                   std::uint32_t row) {
    if (a[0]->is_null(row)) return;
    auto value = a[0]->get<string_view>(row);
    if (!s.any || Better(ctx, call, value, s.view())) keep(ctx, s, value);
  }
  static void combine(EvalContext& ctx, const FunctionCall& call, const State& from, State& into) {
    if (from.any && (!into.any || Better(ctx, call, from.view(), into.view()))) keep(ctx, into, from.view());
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.any)
      out.set(row, ctx.arena->copy(s.view()));
    else
      out.set_null(row);
  }
};

bool text_above(EvalContext&, const FunctionCall&, string_view a, string_view b) { return a > b; }
bool text_below(EvalContext&, const FunctionCall&, string_view a, string_view b) { return a < b; }
bool bpchar_above(EvalContext&, const FunctionCall&, string_view a, string_view b) {
  return types::trim_padding(a) > types::trim_padding(b);
}
bool bpchar_below(EvalContext&, const FunctionCall&, string_view a, string_view b) {
  return types::trim_padding(a) < types::trim_padding(b);
}
const types::Collator& collator(const FunctionCall& call) { return types::Collator::numbered(call.collation); }
// Equal strings of a nondeterministic collation: the later one stays, as in PostgreSQL.
bool collated_above(EvalContext&, const FunctionCall& call, string_view a, string_view b) {
  return collator(call).compare(a, b) >= 0;
}
bool collated_below(EvalContext&, const FunctionCall& call, string_view a, string_view b) {
  return collator(call).compare(a, b) <= 0;
}
bool collated_bpchar_above(EvalContext&, const FunctionCall& call, string_view a, string_view b) {
  return collator(call).compare(types::trim_padding(a), types::trim_padding(b)) >= 0;
}
bool collated_bpchar_below(EvalContext&, const FunctionCall& call, string_view a, string_view b) {
  return collator(call).compare(types::trim_padding(a), types::trim_padding(b)) <= 0;
}
[[noreturn]] void undetermined_comparison() {
  throw types::SqlError("42P22", "could not determine which collation to use for string comparison")
      .with_hint("Use the COLLATE clause to set the collation explicitly.");
}
bool undetermined(EvalContext&, const FunctionCall&, string_view, string_view) { undetermined_comparison(); }
bool numeric_above(EvalContext&, const FunctionCall&, string_view a, string_view b) {
  return types::compare_numeric(a, b) >= 0;
}
bool numeric_below(EvalContext&, const FunctionCall&, string_view a, string_view b) {
  return types::compare_numeric(a, b) <= 0;
}
int array_order(EvalContext& ctx, string_view a, string_view b) {
  return types::compare_arrays(types::type_support(ctx, types::ArrayView(a).element_type()),
                               Datum::of(a), Datum::of(b));
}
bool array_above(EvalContext& ctx, const FunctionCall&, string_view a, string_view b) {
  return array_order(ctx, a, b) >= 0;
}
bool array_below(EvalContext& ctx, const FunctionCall&, string_view a, string_view b) {
  return array_order(ctx, a, b) <= 0;
}
// Where the arguments' collations conflict; arrays of what has no collation come here, too.
int undetermined_array_order(EvalContext& ctx, string_view a, string_view b) {
  static const types::TypeSupport strings = [] {
    types::TypeSupport support = *types::find_type(types::oid::text);
    support.compare = [](const Datum&, const Datum&) -> int { undetermined_comparison(); };
    return support;
  }();
  const types::Oid element = types::ArrayView(a).element_type();
  const bool collatable = element == types::oid::text || element == types::oid::varchar || element == types::oid::bpchar;
  return collatable ? types::compare_arrays(strings, Datum::of(a), Datum::of(b)) : array_order(ctx, a, b);
}
bool undetermined_array_above(EvalContext& ctx, const FunctionCall&, string_view a, string_view b) {
  return undetermined_array_order(ctx, a, b) >= 0;
}
bool undetermined_array_below(EvalContext& ctx, const FunctionCall&, string_view a, string_view b) {
  return undetermined_array_order(ctx, a, b) <= 0;
}

template <typename T, auto Fold>
struct Folding {
  struct State {
    T value;
    bool any;
  };
  static void add(State& s, T value) {
    s.value = s.any ? Fold(s.value, value) : value;
    s.any = true;
  }
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (!a[0]->is_null(row)) add(s, a[0]->get<T>(row));
  }
  static void combine(EvalContext&, const FunctionCall&, const State& from, State& into) {
    if (from.any) add(into, from.value);
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.any)
      out.set(row, s.value);
    else
      out.set_null(row);
  }
};
template <typename T>
T bits_and(T a, T b) { return static_cast<T>(a & b); }
template <typename T>
T bits_or(T a, T b) { return static_cast<T>(a | b); }
template <typename T>
T bits_xor(T a, T b) { return static_cast<T>(a ^ b); }

using I2 = std::int16_t;
using I4 = std::int32_t;
using I8 = std::int64_t;
using U4 = std::uint32_t;
using U8 = std::uint64_t;

template <typename T>
using Max = Extreme<T, &above<T>>;
template <typename T>
using Min = Extreme<T, &below<T>>;

constexpr AggregateEntry kEntries[] = {
    {2803, &aggregate<CountStar>},
    {2147, &aggregate<CountAny>},
    {2107, &aggregate<SumWide<I8>>},
    {2108, &aggregate<SumInt<I4>>},
    {2109, &aggregate<SumInt<I2>>},
    {2100, &aggregate_of<SumWide<I8>, AverageInt<I8>>},
    {2101, &aggregate_of<SumWide<I4>, AverageInt<I4>>},
    {2102, &aggregate_of<SumWide<I2>, AverageInt<I2>>},
    {2115, &aggregate<Max<I8>>},
    {3526, &aggregate<Max<I8>>},  // enums: their order is in their values
    {3527, &aggregate<Min<I8>>},
    {2116, &aggregate<Max<I4>>},
    {2117, &aggregate<Max<I2>>},
    {2118, &aggregate<Max<U4>>},
    {2119, &aggregate<Extreme<float, &float_above<float>>>},
    {2120, &aggregate<Extreme<double, &float_above<double>>>},
    {2122, &aggregate<Max<I4>>},
    {2123, &aggregate<Max<I8>>},
    {2124, &aggregate<Extreme<types::TimeTz, &timetz_above>>},
    {2125, &aggregate<Max<I8>>},
    {2126, &aggregate<Max<I8>>},
    {2127, &aggregate<Max<I8>>},
    {2128, &aggregate<Extreme<types::Interval, &interval_above>>},
    {2129, &aggregate<ExtremeVarlen<&text_above>>},
    {2130, &aggregate<ExtremeVarlen<&numeric_above>>},
    {2244, &aggregate<ExtremeVarlen<&bpchar_above>>},
    {2797, &aggregate<Max<U8>>},
    {2050, &aggregate<ExtremeVarlen<&array_above>>},
    {4189, &aggregate<Max<U8>>},
    {5099, &aggregate<Max<U8>>},
    {2131, &aggregate<Min<I8>>},
    {2132, &aggregate<Min<I4>>},
    {2133, &aggregate<Min<I2>>},
    {2134, &aggregate<Min<U4>>},
    {2135, &aggregate<Extreme<float, &float_below<float>>>},
    {2136, &aggregate<Extreme<double, &float_below<double>>>},
    {2138, &aggregate<Min<I4>>},
    {2139, &aggregate<Min<I8>>},
    {2140, &aggregate<Extreme<types::TimeTz, &timetz_below>>},
    {2141, &aggregate<Min<I8>>},
    {2142, &aggregate<Min<I8>>},
    {2143, &aggregate<Min<I8>>},
    {2144, &aggregate<Extreme<types::Interval, &interval_below>>},
    {2145, &aggregate<ExtremeVarlen<&text_below>>},
    {2146, &aggregate<ExtremeVarlen<&numeric_below>>},
    {2245, &aggregate<ExtremeVarlen<&bpchar_below>>},
    {2798, &aggregate<Min<U8>>},
    {2051, &aggregate<ExtremeVarlen<&array_below>>},
    {4190, &aggregate<Min<U8>>},
    {5100, &aggregate<Min<U8>>},
    {2517, &aggregate<Folding<bool, &bits_and<bool>>>},
    {2518, &aggregate<Folding<bool, &bits_or<bool>>>},
    {2519, &aggregate<Folding<bool, &bits_and<bool>>>},
    {2236, &aggregate<Folding<I2, &bits_and<I2>>>},
    {2237, &aggregate<Folding<I2, &bits_or<I2>>>},
    {6164, &aggregate<Folding<I2, &bits_xor<I2>>>},
    {2238, &aggregate<Folding<I4, &bits_and<I4>>>},
    {2239, &aggregate<Folding<I4, &bits_or<I4>>>},
    {6165, &aggregate<Folding<I4, &bits_xor<I4>>>},
    {2240, &aggregate<Folding<I8, &bits_and<I8>>>},
    {2241, &aggregate<Folding<I8, &bits_or<I8>>>},
    {6166, &aggregate<Folding<I8, &bits_xor<I8>>>},
};

}  // namespace

const AggregateFunction* find_undetermined_aggregate(types::Oid oid) {
  if (oid == 2050) return &aggregate<ExtremeVarlen<&undetermined_array_above>>;
  if (oid == 2051) return &aggregate<ExtremeVarlen<&undetermined_array_below>>;
  return find_collated_aggregate(oid) != nullptr ? &aggregate<ExtremeVarlen<&undetermined>> : nullptr;
}

const AggregateFunction* find_collated_aggregate(types::Oid oid) {
  switch (oid) {
    case 2129: return &aggregate<ExtremeVarlen<&collated_above>>;
    case 2145: return &aggregate<ExtremeVarlen<&collated_below>>;
    case 2244: return &aggregate<ExtremeVarlen<&collated_bpchar_above>>;
    case 2245: return &aggregate<ExtremeVarlen<&collated_bpchar_below>>;
    default: return nullptr;
  }
}

std::span<const AggregateEntry> basic_aggregates() { return kEntries; }

}  // namespace functions
