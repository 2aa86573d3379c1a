// pg_lsn: distances and moves, in bytes.
#include "function_table.h"
#include "kernel.h"
#include "types/numeric.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;
using U8 = std::uint64_t;

string_view as_numeric(EvalContext& ctx, U8 lsn) {
  return types::make_numeric(*ctx.arena, static_cast<types::Int128>(lsn), 0);
}
U8 from_numeric(EvalContext& ctx, string_view value) {
  if (types::numeric_is_nan(value)) throw SqlError("0A000", "cannot convert NaN to pg_lsn");
  if (types::numeric_is_infinite(value)) throw SqlError("0A000", "cannot convert infinity to pg_lsn");
  const string_view limit = as_numeric(ctx, ~U8{0});
  const string_view rounded = types::numeric_round(*ctx.arena, value, 0);
  if (types::numeric_sign(rounded) < 0 || types::compare_numeric(rounded, limit) > 0)
    throw SqlError("22023", "pg_lsn out of range");
  std::string text;
  types::append_numeric(text, rounded);
  return std::stoull(text);
}
U8 forward(EvalContext& ctx, U8 lsn, string_view bytes) {
  if (types::numeric_is_nan(bytes)) throw SqlError("0A000", "cannot add NaN to pg_lsn");
  return from_numeric(ctx, types::numeric_add(*ctx.arena, as_numeric(ctx, lsn), bytes));
}
U8 back(EvalContext& ctx, U8 lsn, string_view bytes) {
  if (types::numeric_is_nan(bytes)) throw SqlError("0A000", "cannot subtract NaN from pg_lsn");
  return from_numeric(ctx, types::numeric_sub(*ctx.arena, as_numeric(ctx, lsn), bytes));
}

constexpr ScalarFunction kPgLsnFunctions[] = {
    {"numeric_pg_lsn", strict<&from_numeric>},
    {"pg_lsn_pli", strict<&forward>},
    {"pg_lsn_mii", strict<&back>},
};

}  // namespace

std::span<const ScalarFunction> pg_lsn_functions() { return kPgLsnFunctions; }

}  // namespace functions
