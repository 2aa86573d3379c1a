#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>

#include "type_table.h"
#include "types/float.h"
#include "types/wire.h"

namespace types {
namespace {

template <typename F>
F parse_float(std::string_view text, std::string_view type_name) {
  std::string_view body = trim(text);
  if (body.empty()) throw_invalid_syntax(type_name, text);
  std::string_view digits = body;
  bool negative = false;
  if (digits[0] == '+' || digits[0] == '-') {
    negative = digits[0] == '-';
    digits.remove_prefix(1);
  }
  if (equals_ignoring_case(digits, "infinity") || equals_ignoring_case(digits, "inf"))
    return negative ? -std::numeric_limits<F>::infinity() : std::numeric_limits<F>::infinity();
  if (equals_ignoring_case(body, "nan")) return std::numeric_limits<F>::quiet_NaN();
  if (digits.empty() || !(is_digit(digits[0]) || digits[0] == '.'))
    throw_invalid_syntax(type_name, text);
  // strtod accepts hexadecimal floats; so does PostgreSQL, through it.
  auto format = std::chars_format::general;
  if (digits.size() > 2 && digits[0] == '0' && lower_ascii(digits[1]) == 'x') {
    format = std::chars_format::hex;
    digits.remove_prefix(2);
  }
  F value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, format);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size())
    throw_invalid_syntax(type_name, text);
  if (error == std::errc::result_out_of_range)
    throw SqlError("22003", fmt::format("\"{}\" is out of range for type {}", body, type_name));
  return negative ? -value : value;
}

// Whether digits, an integer, lie exactly between the value and one of its neighbours: a reader that rounds to even takes
// them for the value all the same, but PostgreSQL writes none such. Only large integers have so few digits there.
template <typename F>
bool is_between_neighbours(F value, std::string_view scientific) {
  constexpr int kBits = std::numeric_limits<F>::digits;
  const F magnitude = std::abs(value);
  if (magnitude < std::ldexp(F{1}, kBits) || magnitude >= std::ldexp(F{1}, 126)) return false;
  const auto mark = scientific.find('e');
  unsigned __int128 written = 0;
  int zeros = 0;
  std::from_chars(scientific.data() + mark + 2, scientific.data() + scientific.size(), zeros);
  for (const char c : scientific.substr(0, mark)) {
    if (!is_digit(c)) continue;
    written = written * 10 + static_cast<unsigned>(c - '0');
  }
  zeros -= static_cast<int>(mark) - (scientific[0] == '-' ? 1 : 0) - (scientific.substr(0, mark).find('.') == scientific.npos ? 1 : 2);
  if (zeros < 0) return false;
  for (; zeros > 0; --zeros) written *= 10;
  const auto exact = static_cast<unsigned __int128>(magnitude);
  const unsigned __int128 distance = written > exact ? written - exact : exact - written;
  // Half the place of the last bit, and below a power of two half of that.
  const int exponent = std::ilogb(magnitude) - (kBits - 1);
  const auto half = (static_cast<unsigned __int128>(1) << exponent) / 2;
  const bool is_power = exact == static_cast<unsigned __int128>(1) << std::ilogb(magnitude);
  return distance != 0 && (distance == half || (is_power && written < exact && distance == half / 2));
}

// `fixed_below`: decimal exponents from -4 up to here are written without an exponent.
template <typename F>
void append_shortest(std::string& out, F value, int fixed_below) {
  char buffer[32];
  auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  if (is_between_neighbours(value, std::string_view(buffer, static_cast<std::size_t>(end - buffer)))) {
    // The next longer ones that are the value's own.
    for (int places = 0;; ++places) {
      end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific, places).ptr;
      const std::string_view written(buffer, static_cast<std::size_t>(end - buffer));
      F read = 0;
      std::from_chars(written.data(), end, read, std::chars_format::scientific);
      if ((read == value && !is_between_neighbours(value, written)) || places > std::numeric_limits<F>::max_digits10) break;
    }
  }
  // [-]d[.ddd]e[+-]xx
  char* p = buffer;
  if (*p == '-') out += *p++;
  char digits[24];
  int count = 0;
  digits[count++] = *p++;
  if (*p == '.')
    for (++p; *p != 'e'; ++p) digits[count++] = *p;
  ++p;
  int exponent = 0;
  std::from_chars(*p == '+' ? p + 1 : p, end, exponent);
  if (exponent < -4 || exponent >= fixed_below) {
    out += digits[0];
    if (count > 1) {
      out += '.';
      out.append(digits + 1, count - 1);
    }
    out += 'e';
    out += exponent < 0 ? '-' : '+';
    int magnitude = exponent < 0 ? -exponent : exponent;
    if (magnitude < 10) out += '0';
    out += std::to_string(magnitude);
  } else if (exponent < 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-exponent - 1), '0');
    out.append(digits, count);
  } else if (count <= exponent + 1) {
    out.append(digits, count);
    out.append(static_cast<std::size_t>(exponent + 1 - count), '0');
  } else {
    out.append(digits, exponent + 1);
    out += '.';
    out.append(digits + exponent + 1, count - exponent - 1);
  }
}

template <typename F>
void append_float(std::string& out, F value, int extra_float_digits) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value < 0 ? "-Infinity" : "Infinity";
  } else if (extra_float_digits > 0) {
    // PostgreSQL's %g-like threshold: 15 and 6 significant digits.
    append_shortest(out, value, sizeof(F) == 8 ? 15 : 6);
  } else {
    char buffer[64];
    int digits = std::numeric_limits<F>::digits10 + extra_float_digits;
    std::snprintf(buffer, sizeof buffer, "%.*g", digits < 1 ? 1 : digits, static_cast<double>(value));
    out += buffer;
  }
}

template <typename F>
Datum float_receive(EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
  WireReader reader(bytes);
  F value = reader.read<F>();
  reader.finish();
  return Datum::of(value);
}

template <typename F>
constexpr TypeSupport floating(Oid oid, std::string_view name, PhysicalType physical) {
  return {
      .oid = oid,
      .name = name,
      .physical = physical,
      .input =
          [](EvalContext&, std::string_view text, std::int32_t) {
            return Datum::of(
                parse_float<F>(text, sizeof(F) == 8 ? "double precision" : "real"));
          },
      .output =
          [](EvalContext& ctx, const Datum& d, std::string& out) {
            append_float(out, d.as<F>(), ctx.format ? ctx.format->extra_float_digits : 1);
          },
      .receive = float_receive<F>,
      .send = [](EvalContext&, const Datum& d, std::string& out) { append_wire(out, d.as<F>()); },
      .compare = [](const Datum& a,
                    const Datum& b) { return compare_floats(a.as<F>(), b.as<F>()); },
      // Widened, so that real and double precision hash alike.
      .hash =
          [](const Datum& d) {
            double value = d.as<F>();
            if (value == 0) value = 0;
            if (std::isnan(value)) value = std::numeric_limits<double>::quiet_NaN();
            return hash_u64(std::bit_cast<std::uint64_t>(value));
          },
      .encode_key = [](const Datum& d,
                       std::string& out) { append_key_f64(out, static_cast<double>(d.as<F>())); },
  };
}

constexpr TypeSupport kFloatTypes[] = {
    floating<float>(oid::float4, "float4", PhysicalType::float32),
    floating<double>(oid::float8, "float8", PhysicalType::float64),
};

}  // namespace

std::span<const TypeSupport> float_types() { return kFloatTypes; }

double parse_float8(std::string_view text, std::string_view type_name) {
  return parse_float<double>(text, type_name);
}
float parse_float4(std::string_view text) { return parse_float<float>(text, "real"); }
void append_float8(std::string& out, double value, int extra_float_digits) {
  append_float(out, value, extra_float_digits);
}
void append_float4(std::string& out, float value, int extra_float_digits) {
  append_float(out, value, extra_float_digits);
}

}  // namespace types
