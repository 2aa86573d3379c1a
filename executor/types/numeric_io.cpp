// numeric: text, binary, conversions, and its type entry.
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "numeric_big.h"
#include "type_table.h"
#include "types/float.h"
#include "types/integer.h"
#include "types/wire.h"

namespace types {

using namespace decimal;

NumericView parse_numeric(Arena& arena, std::string_view text, std::int32_t typmod) {
  std::string_view body = trim(text);
  auto fail = [&] { throw_invalid_syntax("numeric", text); };
  bool negative = false, is_signed = false;
  if (!body.empty() && (body[0] == '-' || body[0] == '+')) {
    negative = body[0] == '-';
    is_signed = true;
    body.remove_prefix(1);
  }
  if (!is_signed && equals_ignoring_case(body, "nan")) return encode_special(arena, Kind::nan);
  if (equals_ignoring_case(body, "infinity") || equals_ignoring_case(body, "inf"))
    return numeric_apply_typmod(
        arena, encode_special(arena, negative ? Kind::minus_infinity : Kind::infinity), typmod);

  std::string digits;
  digits.reserve(body.size());
  std::int64_t scale = 0;
  bool point = false, any = false;
  std::size_t i = 0;
  for (; i < body.size(); ++i) {
    char c = body[i];
    if (c == '.' && !point) {
      point = true;
    } else if (is_digit(c)) {
      any = true;
      if (point) ++scale;
      if (!(digits.empty() && c == '0')) digits += c;
    } else {
      break;
    }
  }
  if (!any) fail();
  if (i < body.size() && lower_ascii(body[i]) == 'e') {
    ++i;
    std::int64_t exponent = 0;
    bool minus = false;
    if (i < body.size() && (body[i] == '-' || body[i] == '+')) minus = body[i++] == '-';
    if (i >= body.size()) fail();
    for (; i < body.size() && is_digit(body[i]); ++i)
      if (exponent < 1'000'000'000) exponent = exponent * 10 + (body[i] - '0');
    if (!is_digit(body[i - 1])) fail();
    if (exponent >= 1'000'000'000 / 2) throw_overflow();
    scale += minus ? exponent : -exponent;
  }
  if (i != body.size()) fail();
  auto significant = static_cast<std::int64_t>(digits.size());
  if (significant > 0 && significant - scale > kMaxIntegerDigits) throw_overflow();
  if (scale > kMaxScale) throw_overflow();
  if (scale < 0) {
    if (!digits.empty()) digits.append(static_cast<std::size_t>(-scale), '0');
    scale = 0;
  }
  NumericView value;
  if (digits.size() <= 18 && scale <= kSmallNumericScale) {
    std::int64_t mantissa = 0;
    for (char c : digits) mantissa = mantissa * 10 + (c - '0');
    value = make_numeric(arena, negative ? -mantissa : mantissa, static_cast<int>(scale));
  } else {
    Big big;
    if (!digits.empty()) big.mantissa = BigInt(digits);
    if (negative) big.mantissa = -big.mantissa;
    big.scale = static_cast<int>(scale);
    value = encode(arena, big);
  }
  return numeric_apply_typmod(arena, value, typmod);
}

void append_numeric(std::string& out, NumericView v) {
  std::string digits;
  int scale;
  bool negative;
  if (is_small_numeric(v)) {
    auto small = small_numeric(v);
    negative = small.mantissa < 0;
    scale = small.scale;
    char buffer[24];
    auto end = std::to_chars(buffer, buffer + sizeof buffer,
                             negative ? -small.mantissa : small.mantissa).ptr;
    digits.assign(buffer, end);
  } else {
    Big big = decode(v);
    if (big.kind != Kind::finite) {
      out += big.kind == Kind::nan ? "NaN" : big.kind == Kind::infinity ? "Infinity" : "-Infinity";
      return;
    }
    negative = big.mantissa < 0;
    scale = big.scale;
    digits = BigInt(abs(big.mantissa)).str();
  }
  if (negative) out += '-';
  auto places = static_cast<std::size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  out.append(digits, 0, digits.size() - places);
  if (places > 0) {
    out += '.';
    out.append(digits, digits.size() - places);
  }
}

namespace {

template <typename F>
NumericView from_float(Arena& arena, F value) {
  if (std::isnan(value)) return encode_special(arena, Kind::nan);
  if (std::isinf(value))
    return encode_special(arena, value < 0 ? Kind::minus_infinity : Kind::infinity);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%.*g", std::numeric_limits<F>::digits10,
                static_cast<double>(value));
  return parse_numeric(arena, buffer);
}

template <typename T>
T to_integer(NumericView v, std::string_view type) {
  Int128 rounded;
  bool fits = true;
  if (is_small_numeric(v)) {
    auto [m, scale] = small_numeric(v);
    std::int64_t divisor = 1;
    for (int i = 0; i < scale; ++i) divisor *= 10;
    std::int64_t quotient = m / divisor, remainder = m % divisor;
    if ((remainder < 0 ? -remainder : remainder) >= divisor - (remainder < 0 ? -remainder : remainder))
      if (remainder != 0) quotient += m < 0 ? -1 : 1;
    rounded = quotient;
  } else {
    Big big = decode(v);
    if (big.kind != Kind::finite)
      throw SqlError("0A000", fmt::format("cannot convert {} to {}",
                                          big.kind == Kind::nan ? "NaN" : "infinity", type));
    BigInt whole = rescaled(big, 0);
    fits = abs(whole) <= BigInt(1) << 63;
    rounded = fits ? whole.convert_to<Int128>() : 0;
  }
  if (!fits || rounded < std::numeric_limits<T>::min() || rounded > std::numeric_limits<T>::max())
    throw SqlError("22003", fmt::format("{} out of range", type));
  return static_cast<T>(rounded);
}

double to_double(NumericView v) {
  if (numeric_is_nan(v)) return std::numeric_limits<double>::quiet_NaN();
  if (numeric_is_infinite(v))
    return numeric_sign(v) * std::numeric_limits<double>::infinity();
  std::string text;
  append_numeric(text, v);
  return std::strtod(text.c_str(), nullptr);
}

// The binary form's base-10000 digits.
void send(EvalContext&, const Datum& d, std::string& out) {
  Big big = decode(d.as<std::string_view>());
  if (big.kind != Kind::finite) {
    append_wire<std::int16_t>(out, 0);
    append_wire<std::int16_t>(out, 0);
    append_wire<std::uint16_t>(out, big.kind == Kind::nan        ? 0xc000
                                    : big.kind == Kind::infinity ? 0xd000
                                                                 : 0xf000);
    append_wire<std::uint16_t>(out, big.kind == Kind::nan ? 0 : 0x20);  // as PostgreSQL reads it from its own header
    return;
  }
  // Decimal text aligned so that the point lies between groups of four.
  std::string text = BigInt(abs(big.mantissa)).str();
  if (big.mantissa == 0) text.clear();
  int fraction = big.scale;
  while (fraction % 4 != 0) {
    text += '0';
    ++fraction;
  }
  while (text.size() % 4 != 0) text.insert(text.begin(), '0');
  int groups = static_cast<int>(text.size() / 4);
  int weight = groups - fraction / 4 - 1;
  std::vector<std::int16_t> digits;
  for (int i = 0; i < groups; ++i)
    digits.push_back(static_cast<std::int16_t>(std::stoi(text.substr(i * 4, 4))));
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  std::size_t first = 0;
  while (first < digits.size() && digits[first] == 0) {
    ++first;
    --weight;
  }
  if (digits.empty()) weight = 0;
  append_wire(out, static_cast<std::int16_t>(digits.size() - first));
  append_wire(out, static_cast<std::int16_t>(weight));
  append_wire<std::uint16_t>(out, big.mantissa < 0 ? 0x4000 : 0);
  append_wire(out, static_cast<std::uint16_t>(big.scale));
  for (std::size_t i = first; i < digits.size(); ++i) append_wire(out, digits[i]);
}

Datum receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t typmod) {
  WireReader reader(bytes);
  int count = reader.read<std::uint16_t>();
  int weight = reader.read<std::int16_t>();
  int sign = reader.read<std::uint16_t>();
  int scale = reader.read<std::uint16_t>();
  if (sign != 0 && sign != 0x4000 && sign != 0xc000 && sign != 0xd000 && sign != 0xf000)
    throw SqlError("22P03", "invalid sign in external \"numeric\" value");
  if (scale > kMaxScale) throw SqlError("22P03", "invalid scale in external \"numeric\" value");
  Big big;
  std::string digits;
  for (int i = 0; i < count; ++i) {
    int digit = reader.read<std::int16_t>();
    if (digit < 0 || digit > 9999)
      throw SqlError("22P03", "invalid digit in external \"numeric\" value");
    digits += fmt::format("{:04}", digit);
  }
  reader.finish();
  if (sign == 0xc000) return Datum::of(encode_special(*ctx.arena, Kind::nan));
  if (sign >= 0xd000)
    return Datum::of(numeric_apply_typmod(
        *ctx.arena, encode_special(*ctx.arena, sign == 0xd000 ? Kind::infinity : Kind::minus_infinity),
        typmod));
  // Digits beyond the display scale are cut off.
  std::int64_t wanted = std::int64_t{weight + 1} * 4 + scale;
  if (count == 0 || wanted <= 0)
    digits.clear();
  else
    digits.resize(static_cast<std::size_t>(wanted), '0');
  auto nonzero = digits.find_first_not_of('0');
  digits.erase(0, nonzero == std::string::npos ? digits.size() : nonzero);
  if (!digits.empty()) big.mantissa = BigInt(digits);
  if (sign == 0x4000) big.mantissa = -big.mantissa;
  big.scale = scale;
  return Datum::of(numeric_apply_typmod(*ctx.arena, encode(*ctx.arena, big), typmod));
}

constexpr TypeSupport kNumericIoTypes[] = {{
    .oid = oid::numeric,
    .name = "numeric",
    .physical = PhysicalType::varlen,
    .input = [](EvalContext& ctx, std::string_view text, std::int32_t typmod) {
      return Datum::of(parse_numeric(*ctx.arena, text, typmod));
    },
    .output = [](EvalContext&, const Datum& d,
                 std::string& out) { append_numeric(out, d.as<std::string_view>()); },
    .receive = receive,
    .send = send,
    .compare =
        [](const Datum& a, const Datum& b) {
          return compare_numeric(a.as<std::string_view>(), b.as<std::string_view>());
        },
    .hash = [](const Datum& d) { return hash_numeric(d.as<std::string_view>()); },
    .encode_key = [](const Datum& d,
                     std::string& out) { append_numeric_key(out, d.as<std::string_view>()); },
}};

}  // namespace

std::span<const TypeSupport> numeric_types() { return kNumericIoTypes; }

NumericView numeric_from_float8(Arena& arena, double value) { return from_float(arena, value); }
NumericView numeric_from_float4(Arena& arena, float value) { return from_float(arena, value); }
std::int64_t numeric_to_int64(NumericView v) { return to_integer<std::int64_t>(v, "bigint"); }
std::int32_t numeric_to_int32(NumericView v) { return to_integer<std::int32_t>(v, "integer"); }
std::int16_t numeric_to_int16(NumericView v) { return to_integer<std::int16_t>(v, "smallint"); }
double numeric_to_float8_no_overflow(NumericView v) { return to_double(v); }
double numeric_to_float8(NumericView v) {
  double value = to_double(v);
  const bool vanished = value == 0 && numeric_sign(v) != 0;
  if ((std::isinf(value) && !numeric_is_infinite(v)) || vanished) {
    std::string text;
    append_numeric(text, v);
    throw SqlError("22003", fmt::format("\"{}\" is out of range for type double precision", text));
  }
  return value;
}

}  // namespace types
