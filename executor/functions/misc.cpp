// uuid, pg_lsn, tid, name; sizes for people.
#include <sys/random.h>

#include <cmath>

#include <fmt/format.h>

#include "comparison.h"
#include "errors.h"
#include "function_table.h"
#include "types/ascii.h"
#include "types/numeric.h"
#include "types/sql_error.h"
#include "types/text.h"
#include "types/utf8.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;
using types::Uuid;
using I8 = std::int64_t;
using U8 = std::uint64_t;

int order_uuid(Uuid a, Uuid b) {
  int order = std::memcmp(a.bytes, b.bytes, 16);
  return order < 0 ? -1 : order > 0;
}
using CompareUuid = CompareBy<Uuid, &order_uuid>;
using CompareLsn = Compare<U8, U8>;

Uuid random_uuid() {
  Uuid uuid;
  if (getrandom(uuid.bytes, 16, 0) != 16) throw SqlError("XX000", "could not generate random values");
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x40);  // version 4
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);  // variant 1
  return uuid;
}

std::string name_concat_oid(string_view name, types::Oid oid) {
  std::string suffix = fmt::format("_{}", oid);
  return std::string(types::utf8_clip(name, types::kNameBytes - suffix.size())) + suffix;
}

// Halves round away from zero, as PostgreSQL's half_rounded does.
constexpr I8 kFirstLimit = 10 * 1024;
constexpr const char* kUnits[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};

std::string size_pretty(I8 size) {
  // Values are kept doubled until they are shown, so that the rounding bit is not lost.
  auto magnitude = [](I8 v) { return v < 0 ? ~static_cast<U8>(v) + 1 : static_cast<U8>(v); };
  if (magnitude(size) < static_cast<U8>(kFirstLimit)) return fmt::format("{} bytes", size);
  size /= 1 << 9;
  for (int unit = 1;; ++unit) {
    if (unit == 5 || magnitude(size) < static_cast<U8>(20 * 1024 - 1)) {
      I8 rounded = (size + (size < 0 ? -1 : 1)) / 2;
      return fmt::format("{} {}", rounded, kUnits[unit]);
    }
    size /= 1 << 10;
  }
}

std::string size_pretty_numeric(EvalContext& ctx, types::NumericView size) {
  types::Arena& arena = *ctx.arena;
  auto number = [&](I8 n) { return types::make_numeric(arena, n, 0); };
  auto is_below = [&](I8 limit) { return types::compare_numeric(types::numeric_abs(arena, size), number(limit)) < 0; };
  std::string text;
  if (is_below(kFirstLimit)) {
    types::append_numeric(text, size);
    return text + " bytes";
  }
  size = types::numeric_div_trunc(arena, size, number(1 << 9));
  for (int unit = 1;; ++unit) {
    if (unit == 5 || is_below(20 * 1024 - 1)) {
      size = types::numeric_div_trunc(
          arena, types::numeric_add(arena, size, number(types::numeric_sign(size) < 0 ? -1 : 1)), number(2));
      types::append_numeric(text, size);
      return text + ' ' + kUnits[unit];
    }
    size = types::numeric_div_trunc(arena, size, number(1 << 10));
  }
}

I8 size_bytes(EvalContext& ctx, string_view text) {
  auto fail = [&](string_view detail = {}) {
    SqlError error("22023", fmt::format("invalid size: \"{}\"", text));
    if (detail.empty()) throw error;
    throw std::move(error)
        .with_detail(std::string(detail))
        .with_hint("Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".");
  };
  std::size_t i = 0;
  auto skip = [&] {
    while (i < text.size() && (text[i] == ' ' || (text[i] >= '\t' && text[i] <= '\r'))) ++i;
  };
  skip();
  std::size_t start = i;
  bool digits = false;
  auto take_digits = [&] {
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i, digits = true;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  take_digits();
  if (i < text.size() && text[i] == '.') ++i, take_digits();
  if (!digits) fail();
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    std::size_t mark = i++;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (i < text.size() && text[i] >= '0' && text[i] <= '9')
      take_digits();
    else
      i = mark;
  }
  auto number = types::parse_numeric(*ctx.arena, text.substr(start, i - start));
  skip();
  string_view unit = text.substr(i);
  while (!unit.empty() && (unit.back() == ' ' || (unit.back() >= '\t' && unit.back() <= '\r'))) unit.remove_suffix(1);
  if (!unit.empty()) {
    const std::string lower = types::lower_ascii(unit);
    constexpr string_view kNames[] = {"bytes", "kb", "mb", "gb", "tb", "pb"};
    I8 factor = 0;
    for (int k = 0; k < 6; ++k)
      if (lower == kNames[k]) factor = I8{1} << (10 * k);
    if (factor == 0) fail(fmt::format("Invalid size unit: \"{}\".", unit));
    number = types::numeric_mul(*ctx.arena, number, types::make_numeric(*ctx.arena, factor, 0));
  }
  return types::numeric_to_int64(number);
}

types::NumericView lsn_difference(EvalContext& ctx, U8 a, U8 b) {
  return types::make_numeric(*ctx.arena, static_cast<types::Int128>(a) - static_cast<types::Int128>(b), 0);
}

#define SEXTANT_UNDERSCORED(prefix, C)                                               \
  {prefix "_eq", strict<&C::eq>}, {prefix "_ne", strict<&C::ne>},                    \
      {prefix "_lt", strict<&C::lt>}, {prefix "_le", strict<&C::le>},                \
      {prefix "_gt", strict<&C::gt>}, {prefix "_ge", strict<&C::ge>},                \
      {prefix "_cmp", strict<&C::cmp>}

constexpr ScalarFunction kMiscFunctions[] = {
    SEXTANT_UNDERSCORED("uuid", CompareUuid),
    SEXTANT_UNDERSCORED("pg_lsn", CompareLsn),
    {"pg_lsn_larger", strict<&CompareLsn::larger>},
    {"pg_lsn_smaller", strict<&CompareLsn::smaller>},
    {"pg_lsn_mi", strict<&lsn_difference>},
    {"pg_wal_lsn_diff", strict<&lsn_difference>},
    SEXTANT_COMPARISONS("tid", CompareLsn),
    {"bttidcmp", strict<&CompareLsn::cmp>},
    {"tidlarger", strict<&CompareLsn::larger>},
    {"tidsmaller", strict<&CompareLsn::smaller>},
    {"gen_random_uuid", strict<&random_uuid>},
    {"nameconcatoid", strict<&name_concat_oid>},
    {"pg_size_pretty", strict<&size_pretty>},
    {"pg_size_pretty_numeric", strict<&size_pretty_numeric>},
    {"pg_size_bytes", strict<&size_bytes>},
};

}  // namespace

std::span<const ScalarFunction> misc_functions() { return kMiscFunctions; }

}  // namespace functions
