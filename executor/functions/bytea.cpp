// bytea: length, pieces, bits.
#include <fmt/format.h>

#include "errors.h"
#include "function_table.h"
#include "kernel.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

std::int32_t octets(string_view bytes) { return static_cast<std::int32_t>(bytes.size()); }

string_view concatenate(EvalContext& ctx, string_view a, string_view b) {
  auto* p = static_cast<char*>(ctx.arena->allocate(a.size() + b.size(), 1));
  if (!a.empty()) std::memcpy(p, a.data(), a.size());
  if (!b.empty()) std::memcpy(p + a.size(), b.data(), b.size());
  return {p, a.size() + b.size()};
}

string_view slice(string_view bytes, std::int64_t from, std::int64_t end) {
  from = std::max<std::int64_t>(from, 1);
  end = std::min<std::int64_t>(end, static_cast<std::int64_t>(bytes.size()) + 1);
  if (from >= end) return {"", 0};
  return bytes.substr(static_cast<std::size_t>(from - 1), static_cast<std::size_t>(end - from));
}

string_view substring(string_view bytes, std::int32_t from, std::int32_t length) {
  if (length < 0) throw SqlError("22011", "negative substring length not allowed");
  return slice(bytes, from, std::int64_t{from} + length);
}
string_view substring_from(string_view bytes, std::int32_t from) {
  return slice(bytes, from, std::numeric_limits<std::int64_t>::max());
}

std::string overlay(string_view bytes, string_view with, std::int32_t from, std::int32_t length) {
  if (from <= 0) throw SqlError("22011", "negative substring length not allowed");
  std::int32_t end;
  if (__builtin_add_overflow(from, length, &end)) throw_integer_out_of_range();
  std::string result(slice(bytes, 1, from));
  result += with;
  result += slice(bytes, end, std::numeric_limits<std::int64_t>::max());
  return result;
}
std::string overlay_all(string_view bytes, string_view with, std::int32_t from) {
  return overlay(bytes, with, from, static_cast<std::int32_t>(with.size()));
}

std::int32_t position(string_view bytes, string_view what) {
  auto at = bytes.find(what);
  return at == string_view::npos ? 0 : static_cast<std::int32_t>(at + 1);
}

[[noreturn]] void throw_index(std::int64_t index, std::int64_t count) {
  throw SqlError("2202E",
                 fmt::format("index {} out of valid range, 0..{}", index, count - 1));
}

std::size_t byte_index(string_view bytes, std::int64_t index) {
  if (index < 0 || index >= static_cast<std::int64_t>(bytes.size()))
    throw_index(index, static_cast<std::int64_t>(bytes.size()));
  return static_cast<std::size_t>(index);
}
std::size_t bit_index(string_view bytes, std::int64_t bit) {
  if (bit < 0 || bit >= static_cast<std::int64_t>(bytes.size()) * 8)
    throw_index(bit, static_cast<std::int64_t>(bytes.size()) * 8);
  return static_cast<std::size_t>(bit / 8);
}

std::int32_t get_byte(string_view bytes, std::int32_t index) {
  return static_cast<unsigned char>(bytes[byte_index(bytes, index)]);
}
std::string set_byte(string_view bytes, std::int32_t index, std::int32_t value) {
  std::string result(bytes);
  result[byte_index(bytes, index)] = static_cast<char>(value);
  return result;
}
std::int32_t get_bit(string_view bytes, std::int64_t bit) {
  return static_cast<unsigned char>(bytes[bit_index(bytes, bit)]) >> (bit % 8) & 1;
}
std::string set_bit(string_view bytes, std::int64_t bit, std::int32_t value) {
  std::size_t at = bit_index(bytes, bit);
  if (value != 0 && value != 1) throw SqlError("22023", "new bit must be 0 or 1");
  std::string result(bytes);
  auto byte = static_cast<unsigned char>(result[at]);
  auto mask = static_cast<unsigned char>(1 << (bit % 8));
  result[at] = static_cast<char>(value != 0 ? byte | mask : byte & ~mask);
  return result;
}
std::int64_t bit_count(string_view bytes) {
  std::int64_t count = 0;
  for (char c : bytes) count += std::popcount(static_cast<unsigned char>(c));
  return count;
}

string_view trim_bytes(string_view bytes, string_view set, bool left, bool right) {
  if (left) {
    auto first = bytes.find_first_not_of(set);
    bytes = first == string_view::npos ? string_view("", 0) : bytes.substr(first);
  }
  if (right) {
    auto last = bytes.find_last_not_of(set);
    bytes = bytes.substr(0, last == string_view::npos ? 0 : last + 1);
  }
  return bytes;
}
string_view trim_both(string_view bytes, string_view set) { return trim_bytes(bytes, set, true, true); }
string_view trim_left(string_view bytes, string_view set) { return trim_bytes(bytes, set, true, false); }
string_view trim_right(string_view bytes, string_view set) { return trim_bytes(bytes, set, false, true); }

constexpr ScalarFunction kByteaFunctions[] = {
    {"byteaoctetlen", strict<&octets>},
    {"byteacat", strict<&concatenate>},
    {"bytea_substr", strict<&substring>},
    {"bytea_substr_no_len", strict<&substring_from>},
    {"byteaoverlay", strict<&overlay>},
    {"byteaoverlay_no_len", strict<&overlay_all>},
    {"byteapos", strict<&position>},
    {"byteaGetByte", strict<&get_byte>},
    {"byteaSetByte", strict<&set_byte>},
    {"byteaGetBit", strict<&get_bit>},
    {"byteaSetBit", strict<&set_bit>},
    {"bytea_bit_count", strict<&bit_count>},
    {"byteatrim", strict<&trim_both>},
    {"bytealtrim", strict<&trim_left>},
    {"byteartrim", strict<&trim_right>},
};

}  // namespace

std::span<const ScalarFunction> bytea_functions() { return kByteaFunctions; }

}  // namespace functions
