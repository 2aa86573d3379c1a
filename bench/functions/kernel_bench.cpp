// Kernels over batches of 1024 rows: items are rows. Expected on a 3 GHz core: integer and float
// arithmetic and comparison well under 1 ns a row (memory-bound SIMD loops), short text equality
// 2 to 3 ns, numeric addition below 15 ns, LIKE with a constant contains-pattern about 10 ns.
#include <benchmark/benchmark.h>

#include "functions/aggregate.h"
#include "functions/function.h"
#include "types/type_io.h"

namespace {

using namespace types;
using functions::FunctionCall;

struct Columns {
  Arena arena{1 << 16};
  EvalContext ctx;
  Vector a, b;
  std::uint16_t selected[kBatchRows];

  Columns(Oid type, const std::function<std::string(int)>& left,
          const std::function<std::string(int)>& right) {
    ctx.arena = &arena;
    const TypeSupport& support = type_support(type);
    a = Vector::allocate(arena, support.physical, kBatchRows);
    b = Vector::allocate(arena, support.physical, kBatchRows);
    for (std::uint32_t i = 0; i < kBatchRows; ++i) {
      a.set_datum(i, support.input(ctx, left(static_cast<int>(i)), -1));
      b.set_datum(i, support.input(ctx, right(static_cast<int>(i)), -1));
    }
    for (std::uint32_t i = 0; i < kBatchRows; i += 2) selected[i / 2] = static_cast<std::uint16_t>(i);
  }
};

void binary(benchmark::State& state, const char* name, Oid type, PhysicalType result,
            bool sparse = false) {
  Columns columns(
      type, [](int i) { return std::to_string(i * 7 + 1); },
      [](int i) { return std::to_string(i % 5 + 1); });
  auto kernel = functions::find_scalar(name);
  std::array<const Vector*, 2> arguments{&columns.a, &columns.b};
  Selection rows{sparse ? columns.selected : nullptr, sparse ? kBatchRows / 2 : kBatchRows};
  Arena results(1 << 20);
  for (auto _ : state) {
    results.reset();
    columns.ctx.arena = &results;
    Vector out = Vector::allocate(results, result, kBatchRows);
    kernel(columns.ctx, FunctionCall{}, arguments, rows, out);
    benchmark::DoNotOptimize(out.data<char>());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * rows.count);
}

BENCHMARK_CAPTURE(binary, int4pl, "int4pl", oid::int4, PhysicalType::int32);
BENCHMARK_CAPTURE(binary, int4pl_half, "int4pl", oid::int4, PhysicalType::int32, true);
BENCHMARK_CAPTURE(binary, int4lt, "int4lt", oid::int4, PhysicalType::boolean);
BENCHMARK_CAPTURE(binary, int8mul, "int8mul", oid::int8, PhysicalType::int64);
BENCHMARK_CAPTURE(binary, int4div, "int4div", oid::int4, PhysicalType::int32);
BENCHMARK_CAPTURE(binary, float8mul, "float8mul", oid::float8, PhysicalType::float64);
BENCHMARK_CAPTURE(binary, float8lt, "float8lt", oid::float8, PhysicalType::boolean);
BENCHMARK_CAPTURE(binary, texteq, "texteq", oid::text, PhysicalType::boolean);
BENCHMARK_CAPTURE(binary, text_lt, "text_lt", oid::text, PhysicalType::boolean);
BENCHMARK_CAPTURE(binary, numeric_add, "numeric_add", oid::numeric, PhysicalType::varlen);
BENCHMARK_CAPTURE(binary, numeric_mul, "numeric_mul", oid::numeric, PhysicalType::varlen);
BENCHMARK_CAPTURE(binary, numeric_lt, "numeric_lt", oid::numeric, PhysicalType::boolean);

void like(benchmark::State& state, const char* pattern) {
  Columns columns(
      oid::text, [](int i) { return "the quick brown fox number " + std::to_string(i) + " jumps over the lazy dog"; },
      [](int) { return std::string(); });
  Vector constant = Vector::constant(columns.arena, PhysicalType::varlen, Datum::of(std::string_view(pattern)));
  auto kernel = functions::find_scalar("textlike");
  std::array<const Vector*, 2> arguments{&columns.a, &constant};
  Vector out = Vector::allocate(columns.arena, PhysicalType::boolean, kBatchRows);
  for (auto _ : state) {
    kernel(columns.ctx, FunctionCall{}, arguments, {nullptr, kBatchRows}, out);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kBatchRows);
}
BENCHMARK_CAPTURE(like, contains, "%number 77%");
BENCHMARK_CAPTURE(like, general, "%fox%over_the%");

void aggregate(benchmark::State& state, Oid function, Oid type, bool one_group) {
  Columns columns(
      type, [](int i) { return std::to_string(i * 7 + 1); }, [](int) { return std::string("1"); });
  const auto* aggregate = functions::find_aggregate(function);
  auto* memory = static_cast<std::byte*>(columns.arena.allocate(aggregate->state_size, 16));
  aggregate->init(memory);
  std::vector<std::byte*> states(kBatchRows, memory);
  std::array<const Vector*, 1> arguments{&columns.a};
  for (auto _ : state) {
    if (one_group)
      aggregate->update_one(columns.ctx, FunctionCall{}, arguments, {nullptr, kBatchRows}, memory);
    else
      aggregate->update(columns.ctx, FunctionCall{}, arguments, {nullptr, kBatchRows}, states.data());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * kBatchRows);
}
BENCHMARK_CAPTURE(aggregate, count_star, 2803, oid::int4, true);
BENCHMARK_CAPTURE(aggregate, sum_int4_one, 2108, oid::int4, true);
BENCHMARK_CAPTURE(aggregate, sum_int4_grouped, 2108, oid::int4, false);
BENCHMARK_CAPTURE(aggregate, sum_numeric_one, 2114, oid::numeric, true);
BENCHMARK_CAPTURE(aggregate, max_text_one, 2129, oid::text, true);

}  // namespace
