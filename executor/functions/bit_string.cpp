#include "bit_string.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "comparison.h"
#include "errors.h"
#include "types/bit_string.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::BitView;
using types::SqlError;
using CompareBits = CompareBy<string_view, &types::compare_bits>;

unsigned char byte_of(char c) { return static_cast<unsigned char>(c); }

std::int32_t length(string_view a) { return BitView(a).length(); }
std::int32_t octets(string_view a) { return static_cast<std::int32_t>(BitView(a).bytes().size()); }

std::int64_t count(string_view a) {
  std::int64_t ones = 0;
  for (char c : BitView(a).bytes()) ones += std::popcount(byte_of(c));
  return ones;
}

// --- lengths ---

// A length that no bit string can have asks for nothing.
constexpr std::int32_t kMostBits = 2147483640;

std::string to_bit(string_view a, std::int32_t typmod, bool is_explicit) {
  if (typmod <= 0 || typmod > kMostBits || typmod == length(a)) return std::string(a);
  if (!is_explicit) types::check_bit_length(length(a), typmod);
  return types::resize_bits(a, typmod);
}
std::string to_varbit(string_view a, std::int32_t typmod, bool is_explicit) {
  if (typmod <= 0 || typmod >= length(a)) return std::string(a);
  if (!is_explicit) types::check_varbit_length(length(a), typmod);
  return types::resize_bits(a, typmod);
}

// --- numbers ---

// The lowest bits, the sign going on to the left.
template <typename T>
std::string from_integer(T value, std::int32_t typmod) {
  std::string result = types::make_bits(typmod <= 0 ? 1 : typmod);
  const std::int32_t bits = length(result);
  const auto wide = static_cast<std::int64_t>(value);
  for (std::int32_t i = 0; i < bits; ++i) {
    const std::int32_t place = bits - 1 - i;
    if ((wide >> std::min(place, 63) & 1) != 0) {
      char& byte = result[static_cast<std::size_t>(i) / 8];
      byte = static_cast<char>(byte_of(byte) | 0x80 >> i % 8);
    }
  }
  return result;
}
template <typename T>
T to_integer(string_view a) {
  const BitView bits(a);
  if (bits.length() > static_cast<std::int32_t>(sizeof(T) * 8)) throw_out_of_range<T>();
  std::make_unsigned_t<T> value = 0;
  for (std::int32_t i = 0; i < bits.length(); ++i) value = value << 1 | std::make_unsigned_t<T>{bits.bit(i)};
  return static_cast<T>(value);
}

// --- bit by bit ---

enum class Operation { and_, or_, xor_ };

template <Operation Op>
void fold(char* into, string_view a, string_view b) {
  const BitView x(a), y(b);
  if (x.length() != y.length()) {
    constexpr const char* kName = Op == Operation::and_ ? "AND" : Op == Operation::or_ ? "OR" : "XOR";
    throw SqlError("22026", fmt::format("cannot {} bit strings of different sizes", kName));
  }
  const std::size_t bytes = x.bytes().size();
  for (std::size_t i = 0; i < bytes; ++i) {
    const int p = byte_of(a[i]), q = byte_of(b[i]);
    into[i] = static_cast<char>(Op == Operation::and_ ? p & q : Op == Operation::or_ ? p | q : p ^ q);
  }
  into[bytes] = a[bytes];
}

template <Operation Op>
string_view combine(EvalContext& ctx, string_view a, string_view b) {
  auto* p = static_cast<char*>(ctx.arena->allocate(a.size(), 1));
  fold<Op>(p, a, b);
  return {p, a.size()};
}

std::string negate(string_view a) {
  std::string result(a);
  for (std::size_t i = 0; i + 1 < result.size(); ++i) result[i] = static_cast<char>(~byte_of(result[i]));
  if (result.size() > 1) {
    char& last = result[result.size() - 2];
    last = static_cast<char>(byte_of(last) & 0xff << result.back());
  }
  return result;
}

// Bits that are shifted out are lost, the length stays.
std::string shifted_left(string_view a, std::int32_t by) { return types::copy_bits(a, by, length(a)); }
std::string shifted_right(string_view a, std::int32_t by) { return types::copy_bits(a, -std::int64_t{by}, length(a)); }

// --- pieces ---

std::string concatenate(string_view a, string_view b) {
  const std::int64_t before = length(a);
  std::string result = types::copy_bits(a, 0, before + length(b));
  const std::string behind = types::copy_bits(b, -before, before + length(b));
  for (std::size_t i = static_cast<std::size_t>(before) / 8; i + 1 < result.size(); ++i)
    result[i] = static_cast<char>(byte_of(result[i]) | byte_of(behind[i]));
  return result;
}

std::string slice(string_view a, std::int64_t from, std::int64_t end) {
  from = std::max<std::int64_t>(from, 1);
  end = std::min<std::int64_t>(end, std::int64_t{length(a)} + 1);
  return types::copy_bits(a, from - 1, std::max<std::int64_t>(end - from, 0));
}

[[noreturn]] void throw_negative_length() { throw SqlError("22011", "negative substring length not allowed"); }

std::string substring(string_view a, std::int32_t from, std::int32_t count) {
  if (count < 0) throw_negative_length();
  return slice(a, from, std::int64_t{from} + count);
}
std::string substring_from(string_view a, std::int32_t from) {
  return slice(a, from, std::numeric_limits<std::int64_t>::max());
}

std::string overlay(string_view a, string_view with, std::int32_t from, std::int32_t count) {
  if (from <= 0) throw_negative_length();
  std::int32_t end;
  if (__builtin_add_overflow(from, count, &end)) throw_integer_out_of_range();
  return concatenate(concatenate(slice(a, 1, from), with), slice(a, end, std::numeric_limits<std::int64_t>::max()));
}
std::string overlay_all(string_view a, string_view with, std::int32_t from) {
  return overlay(a, with, from, length(with));
}

std::int32_t position(string_view a, string_view what) {
  const BitView text(a), wanted(what);
  if (text.length() == 0 || wanted.length() > text.length()) return 0;
  for (std::int32_t at = 0; at + wanted.length() <= text.length(); ++at) {
    std::int32_t same = 0;
    while (same < wanted.length() && text.bit(at + same) == wanted.bit(same)) ++same;
    if (same == wanted.length()) return at + 1;
  }
  return 0;
}

void check_index(string_view a, std::int32_t at) {
  if (at < 0 || at >= length(a))
    throw SqlError("2202E", fmt::format("bit index {} out of valid range (0..{})", at, length(a) - 1));
}
std::int32_t get_bit(string_view a, std::int32_t at) {
  check_index(a, at);
  return BitView(a).bit(at) ? 1 : 0;
}
std::string set_bit(string_view a, std::int32_t at, std::int32_t value) {
  check_index(a, at);
  if (value != 0 && value != 1) throw SqlError("22023", "new bit must be 0 or 1");
  std::string result(a);
  char& byte = result[static_cast<std::size_t>(at) / 8];
  const int mask = 0x80 >> at % 8;
  byte = static_cast<char>(value != 0 ? byte_of(byte) | mask : byte_of(byte) & ~mask);
  return result;
}

// --- bit_and, bit_or, bit_xor: all values of a group have one length ---

template <Operation Op>
struct Folded {
  struct State {
    char* data;
    std::size_t size;
    string_view view() const { return {data, size}; }
  };
  static void add(EvalContext& ctx, State& s, string_view value) {
    if (s.data != nullptr) {
      fold<Op>(s.data, s.view(), value);
      return;
    }
    s.size = value.size();
    s.data = static_cast<char*>(ctx.arena->allocate(s.size, 1));
    std::memcpy(s.data, value.data(), s.size);
  }
  static void step(EvalContext& ctx, const FunctionCall&, State& s, Arguments a, std::uint32_t row) {
    if (!a[0]->is_null(row)) add(ctx, s, a[0]->get<string_view>(row));
  }
  static void combine(EvalContext& ctx, const FunctionCall&, const State& from, State& into) {
    if (from.data != nullptr) add(ctx, into, from.view());
  }
  static void finalize(EvalContext& ctx, const FunctionCall&, const State& s, Vector& out, std::uint32_t row) {
    if (s.data != nullptr)
      out.set(row, ctx.arena->copy(s.view()));
    else
      out.set_null(row);
  }
};

constexpr ScalarFunction kBitStringFunctions[] = {
    SEXTANT_COMPARISONS("bit", CompareBits),
    {"bitcmp", strict<&CompareBits::cmp>},
    {"bitlength", strict<&length>},
    {"bitoctetlength", strict<&octets>},
    {"bit_bit_count", strict<&count>},
    {"bit", strict<&to_bit>},
    {"varbit", strict<&to_varbit>},
    {"bitfromint4", strict<&from_integer<std::int32_t>>},
    {"bitfromint8", strict<&from_integer<std::int64_t>>},
    {"bittoint4", strict<&to_integer<std::int32_t>>},
    {"bittoint8", strict<&to_integer<std::int64_t>>},
    {"bit_and", strict<&combine<Operation::and_>>},
    {"bit_or", strict<&combine<Operation::or_>>},
    {"bitxor", strict<&combine<Operation::xor_>>},
    {"bitnot", strict<&negate>},
    {"bitshiftleft", strict<&shifted_left>},
    {"bitshiftright", strict<&shifted_right>},
    {"bitcat", strict<&concatenate>},
    {"bitsubstr", strict<&substring>},
    {"bitsubstr_no_len", strict<&substring_from>},
    {"bitoverlay", strict<&overlay>},
    {"bitoverlay_no_len", strict<&overlay_all>},
    {"bitposition", strict<&position>},
    {"bitgetbit", strict<&get_bit>},
    {"bitsetbit", strict<&set_bit>},
};

constexpr AggregateEntry kAggregates[] = {
    {2242, &aggregate<Folded<Operation::and_>>},
    {2243, &aggregate<Folded<Operation::or_>>},
    {6167, &aggregate<Folded<Operation::xor_>>},
};

}  // namespace

std::span<const ScalarFunction> bit_string_functions() { return kBitStringFunctions; }
std::span<const AggregateEntry> bit_string_aggregates() { return kAggregates; }

}  // namespace functions
