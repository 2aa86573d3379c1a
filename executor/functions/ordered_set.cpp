#include "functions/ordered_set.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "aggregate_kernel.h"
#include "interval_math.h"
#include "types/array.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using types::Interval;
using types::PhysicalType;
using std::string_view;

double checked_percentile(double value) {
  if (value < 0 || value > 1 || std::isnan(value)) {
    const std::string shown = std::isnan(value)   ? "NaN"
                              : std::isinf(value) ? (value > 0 ? "Infinity" : "-Infinity")
                                                  : fmt::format("{:g}", value);
    throw types::SqlError("22003", "percentile value " + shown + " is not between 0 and 1");
  }
  return value;
}

// Rows count from 1.
std::uint64_t discrete_row(double percentile, std::uint64_t rows) {
  const auto row = static_cast<std::uint64_t>(std::ceil(percentile * static_cast<double>(rows)));
  return std::max<std::uint64_t>(row, 1);
}

// A continuous percentile lies between two rows, `share` of the way from the first to the second.
struct Between {
  std::uint64_t first, second;
  double share;
};
Between continuous_rows(double percentile, std::uint64_t rows) {
  const double place = percentile * static_cast<double>(rows - 1);
  const double below = std::floor(place);
  return {static_cast<std::uint64_t>(below) + 1, static_cast<std::uint64_t>(std::ceil(place)) + 1, place - below};
}

struct Floats {
  static constexpr types::Oid kType = types::oid::float8;
  static constexpr PhysicalType kPhysical = PhysicalType::float64;
  static Datum between(const Datum& low, const Datum& high, double share) {
    return Datum::of(low.as<double>() + share * (high.as<double>() - low.as<double>()));
  }
};
struct Intervals {
  static constexpr types::Oid kType = types::oid::interval;
  static constexpr PhysicalType kPhysical = PhysicalType::fixed16;
  static Datum between(const Datum& low, const Datum& high, double share) {
    const Interval difference = subtract_intervals(high.as<Interval>(), low.as<Interval>());
    return Datum::of(add_intervals(low.as<Interval>(), multiply_interval(difference, share)));
  }
};

void put(Vector& out, std::uint32_t row, const Datum& value) {
  if (value.is_null)
    out.set_null(row);
  else
    out.set_datum(row, value);
}

struct PercentileDisc {
  struct State {
    std::uint64_t wanted, seen;  // wanted 0: the answer is null
    Datum value;
    bool found;
  };
  static void begin(EvalContext&, const FunctionCall&, Arguments direct, std::uint32_t row, std::uint64_t rows,
                    State& s) {
    if (direct[0]->is_null(row)) return;
    const double percentile = checked_percentile(direct[0]->get<double>(row));
    if (rows > 0) s.wanted = discrete_row(percentile, rows);
  }
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (++s.seen != s.wanted) return;
    s.value = types::copy_datum(*ctx.arena, a[0]->type(), a[0]->datum(row));
    s.found = true;
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out, std::uint32_t row) {
    put(out, row, s.found ? s.value : Datum::null());
  }
};

template <typename T>
struct PercentileCont {
  struct State {
    Between wanted;  // rows 0: the answer is null
    std::uint64_t seen;
    Datum first, second;
  };
  static void begin(EvalContext&, const FunctionCall&, Arguments direct, std::uint32_t row, std::uint64_t rows,
                    State& s) {
    if (direct[0]->is_null(row)) return;
    const double percentile = checked_percentile(direct[0]->get<double>(row));
    if (rows > 0) s.wanted = continuous_rows(percentile, rows);
  }
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    ++s.seen;
    if (s.seen == s.wanted.first) s.first = a[0]->datum(row);
    if (s.seen == s.wanted.second) s.second = a[0]->datum(row);
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out, std::uint32_t row) {
    if (s.wanted.first == 0) return out.set_null(row);
    out.set_datum(row, s.wanted.first == s.wanted.second ? s.first : T::between(s.first, s.second, s.wanted.share));
  }
};

// Several percentiles: the rows that are wanted, in their order, are picked as they pass.
struct Picked {
  struct Want {
    std::uint64_t row;
    std::uint32_t slot;
  };
  Want* wants;
  std::uint32_t count, next;
  std::uint64_t seen;
  Datum* slots;
  string_view percentiles;  // the argument; without data: the answer is null

  // Wants follow by add(); then order().
  void reserve(Arena& arena, const Datum& argument, std::uint32_t wants_most, std::uint32_t slot_count) {
    percentiles = arena.copy(argument.as<string_view>());
    wants = arena.allocate_array<Want>(wants_most);
    slots = arena.allocate_array<Datum>(slot_count);
    std::fill_n(slots, slot_count, Datum::null());
  }
  void add(std::uint64_t row, std::uint32_t slot) { wants[count++] = {row, slot}; }
  void order() {
    std::sort(wants, wants + count, [](const Want& a, const Want& b) { return a.row < b.row; });
  }
  void step(Arena& arena, const Vector& values, std::uint32_t row) {
    ++seen;
    if (next == count || wants[next].row != seen) return;
    const Datum value = types::copy_datum(arena, values.type(), values.datum(row));
    while (next < count && wants[next].row == seen) slots[wants[next++].slot] = value;
  }
};

// The elements of an array of percentiles, checked; nulls give nulls.
template <typename F>
void for_each_percentile(const types::ArrayView& array, F&& f) {
  std::uint32_t i = 0;
  for (types::ArrayView::Cursor c(array); c.next(); ++i)
    if (!c.value().is_null) f(i, checked_percentile(c.value().as<double>()));
}

// The answers in the shape of the percentiles.
template <typename F>
void put_shaped(EvalContext& ctx, types::Oid element, PhysicalType physical, string_view percentiles, Vector& out,
                std::uint32_t row, F&& value) {
  const types::ArrayView shape(percentiles);
  types::ArrayBuilder builder(element, physical);
  for (std::uint32_t i = 0; i < shape.size(); ++i) builder.add(value(i));
  if (shape.size() == 0) return out.set_datum(row, builder.finish(*ctx.arena));
  std::vector<std::int32_t> lengths, lower_bounds;
  for (int d = 0; d < shape.dimensions(); ++d) {
    lengths.push_back(shape.length(d));
    lower_bounds.push_back(shape.lower_bound(d));
  }
  out.set_datum(row, builder.finish(*ctx.arena, lengths, lower_bounds));
}

struct PercentilesDisc {
  struct State {
    Picked picked;
  };
  static void begin(EvalContext& ctx, const FunctionCall&, Arguments direct, std::uint32_t row, std::uint64_t rows,
                    State& s) {
    if (rows == 0 || direct[0]->is_null(row)) return;
    const types::ArrayView array(direct[0]->datum(row));
    s.picked.reserve(*ctx.arena, direct[0]->datum(row), array.size(), array.size());
    for_each_percentile(array, [&](std::uint32_t i, double p) { s.picked.add(discrete_row(p, rows), i); });
    s.picked.order();
  }
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    s.picked.step(*ctx.arena, *a[0], row);
  }
  static void finalize(EvalContext& ctx, const FunctionCall& call, const State& s, Vector& out, std::uint32_t row) {
    if (s.picked.percentiles.data() == nullptr) return out.set_null(row);
    const types::Oid element = call.arguments[1].oid;
    put_shaped(ctx, element, types::type_support(ctx, element).physical, s.picked.percentiles, out, row,
               [&](std::uint32_t i) { return s.picked.slots[i]; });
  }
};

template <typename T>
struct PercentilesCont {
  struct State {
    Picked picked;  // of percentile i: slots 2i and 2i + 1
    double* shares;
  };
  static void begin(EvalContext& ctx, const FunctionCall&, Arguments direct, std::uint32_t row, std::uint64_t rows,
                    State& s) {
    if (rows == 0 || direct[0]->is_null(row)) return;
    const types::ArrayView array(direct[0]->datum(row));
    s.picked.reserve(*ctx.arena, direct[0]->datum(row), 2 * array.size(), 2 * array.size());
    s.shares = ctx.arena->allocate_array<double>(array.size());
    for_each_percentile(array, [&](std::uint32_t i, double p) {
      const Between between = continuous_rows(p, rows);
      s.picked.add(between.first, 2 * i);
      s.picked.add(between.second, 2 * i + 1);
      s.shares[i] = between.share;
    });
    s.picked.order();
  }
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    s.picked.step(*ctx.arena, *a[0], row);
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out, std::uint32_t row) {
    if (s.picked.percentiles.data() == nullptr) return out.set_null(row);
    put_shaped(ctx, T::kType, T::kPhysical, s.picked.percentiles, out, row, [&](std::uint32_t i) {
      const Datum &first = s.picked.slots[2 * i], &second = s.picked.slots[2 * i + 1];
      if (first.is_null || s.shares[i] == 0) return first;
      return T::between(first, second, s.shares[i]);
    });
  }
};

// Runs of equal values: the first of the longest ones. Both values lie in buffers that grow, so that a group of many
// different values needs no more memory than two of them.
struct Mode {
  struct Kept {
    Datum value;
    char* buffer;
    std::size_t capacity;
    std::uint64_t times;

    void keep(Arena& arena, PhysicalType type, const Datum& from) {
      value = from;
      times = 1;
      if (type != PhysicalType::varlen) return;
      const string_view bytes = from.as<string_view>();
      if (bytes.size() > capacity) {
        capacity = std::max<std::size_t>(bytes.size() * 2, 32);
        buffer = static_cast<char*>(arena.allocate(capacity, 1));
      }
      if (!bytes.empty()) std::memcpy(buffer, bytes.data(), bytes.size());
      value = Datum::of(string_view(buffer, bytes.size()));
    }
  };
  struct State {
    Kept run, best;
    bool run_is_best;  // `best` is the run; `run` counts no more
  };
  static void begin(EvalContext&, const FunctionCall&, Arguments, std::uint32_t, std::uint64_t, State&) {}
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    const bool equals_last = a[a.size() - 1]->get<bool>(row);
    if (!equals_last) {
      s.run_is_best = s.best.times == 0;
      (s.run_is_best ? s.best : s.run).keep(*ctx.arena, a[0]->type(), a[0]->datum(row));
    } else if (s.run_is_best) {
      ++s.best.times;
    } else if (++s.run.times > s.best.times) {
      std::swap(s.run, s.best);
      s.run_is_best = true;
    }
  }
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out, std::uint32_t row) {
    put(out, row, s.best.times == 0 ? Datum::null() : s.best.value);
  }
};

// Rows before the hypothetical one; of equal ones all, or the first.
struct Hypothetical {
  struct State {
    std::uint64_t rows, before;
    bool met;
  };
  static void begin(EvalContext&, const FunctionCall&, Arguments, std::uint32_t, std::uint64_t rows, State& s) {
    s.rows = rows;
  }
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (a[a.size() - 2]->get<bool>(row)) s.met = true;
    s.before += !s.met;
  }
};

struct Rank : Hypothetical {
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out, std::uint32_t row) {
    out.set(row, static_cast<std::int64_t>(s.before + 1));
  }
};

struct DenseRank : Rank {
  static void step(EvalContext&, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (a[a.size() - 2]->get<bool>(row)) s.met = true;
    s.before += !s.met && !a[a.size() - 1]->get<bool>(row);
  }
};

struct PercentRank : Hypothetical {
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out, std::uint32_t row) {
    out.set(row, s.rows == 0 ? 0.0 : static_cast<double>(s.before) / static_cast<double>(s.rows));
  }
};

struct CumeDist : Hypothetical {
  static void finalize(EvalContext&, const FunctionCall&, const State& s, Vector& out, std::uint32_t row) {
    out.set(row, static_cast<double>(s.before + 1) / static_cast<double>(s.rows + 1));
  }
};

template <typename A>
constexpr OrderedSetFunction ordered_set(HypotheticalRow hypothetical, bool skips_nulls, bool compares_rows) {
  using Machine = detail::Aggregate<A>;
  return {{sizeof(typename A::State), &Machine::init, &Machine::update, nullptr, &Machine::finalize, &Machine::update_one},
          [](EvalContext& ctx, const FunctionCall& call, Arguments direct, std::uint32_t row, std::uint64_t rows,
             std::byte* state) { A::begin(ctx, call, direct, row, rows, Machine::state_of(state)); },
          hypothetical,
          skips_nulls,
          compares_rows};
}
template <typename A>
constexpr OrderedSetFunction kPercentile = ordered_set<A>(HypotheticalRow::none, true, false);

struct Entry {
  types::Oid oid;  // pg_proc.oid
  OrderedSetFunction function;
};
constexpr Entry kEntries[] = {
    {3972, kPercentile<PercentileDisc>},
    {3974, kPercentile<PercentileCont<Floats>>},
    {3976, kPercentile<PercentileCont<Intervals>>},
    {3978, kPercentile<PercentilesDisc>},
    {3980, kPercentile<PercentilesCont<Floats>>},
    {3982, kPercentile<PercentilesCont<Intervals>>},
    {3984, ordered_set<Mode>(HypotheticalRow::none, true, true)},
    {3986, ordered_set<Rank>(HypotheticalRow::before_equals, false, false)},
    {3988, ordered_set<PercentRank>(HypotheticalRow::before_equals, false, false)},
    {3990, ordered_set<CumeDist>(HypotheticalRow::after_equals, false, false)},
    {3992, ordered_set<DenseRank>(HypotheticalRow::before_equals, false, true)},
};

}  // namespace

const OrderedSetFunction* find_ordered_set(types::Oid aggregate) {
  for (const Entry& entry : kEntries)
    if (entry.oid == aggregate) return &entry.function;
  return nullptr;
}

std::vector<types::Oid> built_ordered_sets() {
  std::vector<types::Oid> oids;
  for (const Entry& entry : kEntries) oids.push_back(entry.oid);
  return oids;
}

}  // namespace functions
