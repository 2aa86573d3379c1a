// string_agg, array_agg, range_agg: aggregates that keep what they see.
#include <algorithm>
#include <iterator>
#include <vector>

#include "aggregate_kernel.h"
#include "functions/json_build.h"
#include "types/array.h"
#include "types/array_stack.h"
#include "types/json.h"
#include "types/range.h"
#include "types/sql_error.h"
#include "xml/declaration.h"

namespace functions {
namespace {

using std::string_view;

// A buffer that doubles in the arena.
struct Buffer {
  char* data;
  std::size_t size, capacity;

  void append(Arena& arena, string_view bytes) {
    if (size + bytes.size() > capacity) {
      capacity = std::max<std::size_t>((size + bytes.size()) * 2, 64);
      auto* grown = static_cast<char*>(arena.allocate(capacity, 1));
      if (size > 0) std::memcpy(grown, data, size);
      data = grown;
    }
    if (!bytes.empty()) std::memcpy(data + size, bytes.data(), bytes.size());
    size += bytes.size();
  }
};

struct StringAgg {
  struct State {
    Buffer text;                  // delimiter value delimiter value ...
    std::size_t first_delimiter;  // its bytes are not shown
    bool any;
  };
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (a[0]->is_null(row)) return;
    string_view delimiter;
    if (a.size() > 1 && !a[1]->is_null(row)) delimiter = a[1]->get<string_view>(row);
    if (!s.any) s.first_delimiter = delimiter.size();
    s.any = true;
    s.text.append(*ctx.arena, delimiter);
    s.text.append(*ctx.arena, a[0]->get<string_view>(row));
  }
  static void combine(EvalContext& ctx, const FunctionCall&, const State& from, State& into) {
    if (!from.any) return;
    if (!into.any) into.first_delimiter = from.first_delimiter;
    into.any = true;
    into.text.append(*ctx.arena, {from.text.data, from.text.size});
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (!s.any) return out.set_null(row);
    string_view text(s.text.data, s.text.size);
    out.set(row, ctx.arena->copy(text.substr(s.first_delimiter)));
  }
};

struct ArrayAgg {
  struct State {
    Datum* values;
    std::size_t size, capacity;
  };
  static void add(Arena& arena, State& s, const Datum& value) {
    if (s.size == s.capacity) {
      s.capacity = s.capacity == 0 ? 16 : s.capacity * 2;
      auto* grown = arena.allocate_array<Datum>(s.capacity);
      if (s.size > 0) std::memcpy(static_cast<void*>(grown), s.values, s.size * sizeof(Datum));
      s.values = grown;
    }
    s.values[s.size++] = value;
  }
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    add(*ctx.arena, s, types::copy_datum(*ctx.arena, a[0]->type(), a[0]->datum(row)));
  }
  static void combine(EvalContext& ctx, const FunctionCall&, const State& from, State& into) {
    for (std::size_t i = 0; i < from.size; ++i) add(*ctx.arena, into, from.values[i]);
  }
  static void finalize(EvalContext& ctx, const FunctionCall& call, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.size == 0) return out.set_null(row);
    types::ArrayBuilder builder(call.arguments[0].oid, types::type_support(ctx, call.arguments[0].oid).physical);
    for (std::size_t i = 0; i < s.size; ++i) builder.add(s.values[i]);
    out.set_datum(row, builder.finish(*ctx.arena));
  }
};

// array_agg(anyarray): one dimension more; all arrays of one shape.
struct ArrayAggArray : ArrayAgg {
  static void combine(EvalContext& ctx, const FunctionCall& call, const State& from, State& into) {
    if (from.size > 0 && into.size > 0) types::check_stackable(from.values[0], &into.values[0]);
    ArrayAgg::combine(ctx, call, from, into);
  }
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    types::check_stackable(a[0]->datum(row), s.size > 0 ? &s.values[0] : nullptr);
    ArrayAgg::add(*ctx.arena, s, types::copy_datum(*ctx.arena, a[0]->type(), a[0]->datum(row)));
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (s.size == 0) return out.set_null(row);
    out.set_datum(row, types::stack_arrays(*ctx.arena, types::ArrayView(s.values[0]).element_type(),
                                           {s.values, s.size}));
  }
};

// range_agg(): the union of ranges or multiranges.
template <bool Multi>
struct RangeAgg : ArrayAgg {
  static void step(EvalContext& ctx, const FunctionCall& call, State& s, Arguments a, std::uint32_t row) {
    if (!a[0]->is_null(row)) ArrayAgg::step(ctx, call, s, a, row);
  }
  static void finalize(EvalContext& ctx, const FunctionCall& call, const State& s, Vector& out, std::uint32_t row) {
    if (s.size == 0) return out.set_null(row);
    std::vector<types::Range> ranges;
    ranges.reserve(s.size);
    for (std::size_t i = 0; i < s.size; ++i) {
      const auto bytes = s.values[i].template as<string_view>();
      if constexpr (Multi) std::ranges::copy(types::read_multirange(bytes), std::back_inserter(ranges));
      else ranges.push_back(types::read_range(bytes));
    }
    out.set(row, types::make_multirange(*ctx.arena, *types::type_support(ctx, call.result.oid).user, std::move(ranges)));
  }
};

// xmlagg(): as xmlconcat() of all; a single value stays as it is.
struct XmlAgg : ArrayAgg {
  static void step(EvalContext& ctx, const FunctionCall& call, State& s, Arguments a, std::uint32_t row) {
    if (!a[0]->is_null(row)) ArrayAgg::step(ctx, call, s, a, row);
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out, std::uint32_t row) {
    if (s.size == 0) return out.set_null(row);
    if (s.size == 1) return out.set(row, ctx.arena->copy(s.values[0].as<string_view>()));
    xml::Concatenation all;
    for (std::size_t i = 0; i < s.size; ++i) all.add(s.values[i].as<string_view>());
    out.set(row, ctx.arena->copy(std::move(all).finish()));
  }
};

// json_agg and json_object_agg: the text so far; jsonb is made of it in the end.
template <bool Object, bool Binary>
struct JsonAgg {
  struct State {
    Buffer text;
    bool any;
  };
  static void step(EvalContext& ctx, const FunctionCall& call, State& s, Arguments a, std::uint32_t row) {
    std::string item = s.any ? ", " : "";
    s.any = true;
    if constexpr (Object) {
      if (a[0]->is_null(row)) throw types::SqlError("22023", "field name must not be null");
      append_as_json_key(ctx, call.arguments[0].oid, a[0]->datum(row), item);
      item += " : ";
      append_as_json(ctx, call.arguments[1].oid, a[1]->datum(row), item);
    } else {
      const Datum value = a[0]->datum(row);
      if (!item.empty() && !value.is_null && is_structured(ctx, call.arguments[0].oid)) item += "\n ";
      append_as_json(ctx, call.arguments[0].oid, value, item);
    }
    s.text.append(*ctx.arena, item);
  }
  static void combine(EvalContext& ctx, const FunctionCall& call, const State& from, State& into) {
    if (!from.any) return;
    if (into.any) {
      const bool new_line =
          !Object && from.text.data[0] != 'n' && is_structured(ctx, call.arguments[0].oid);
      into.text.append(*ctx.arena, new_line ? ", \n " : ", ");
    }
    into.any = true;
    into.text.append(*ctx.arena, {from.text.data, from.text.size});
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out,
                       std::uint32_t row) {
    if (!s.any) return out.set_null(row);
    std::string text = Object ? "{ " : "[";
    text.append(s.text.data, s.text.size);
    text += Object ? " }" : "]";
    out.set(row, Binary ? types::to_jsonb(*ctx.arena, text) : ctx.arena->copy(text));
  }
};

constexpr AggregateEntry kEntries[] = {
    {3175, &aggregate<JsonAgg<false, false>>},
    {3267, &aggregate<JsonAgg<false, true>>},
    {3197, &aggregate<JsonAgg<true, false>>},
    {3270, &aggregate<JsonAgg<true, true>>},
    {3538, &aggregate<StringAgg>},
    {3545, &aggregate<StringAgg>},
    {2335, &aggregate<ArrayAgg>},
    {2901, &aggregate<XmlAgg>},
    {4053, &aggregate<ArrayAggArray>},
    {4301, &aggregate<RangeAgg<false>>},
    {6227, &aggregate<RangeAgg<true>>},
};

}  // namespace

std::span<const AggregateEntry> collecting_aggregates() { return kEntries; }

}  // namespace functions
