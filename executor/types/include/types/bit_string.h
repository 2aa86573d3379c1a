// Values of bit and bit varying: the bits from the highest of the first byte on, unused ones of the
// last byte zero, and behind them one byte that says how many those are. B'' is that byte alone.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace types {

struct TypeSupport;

inline constexpr std::int64_t kMaxBits = 0x7fffffff - 8;

class BitView {
 public:
  explicit BitView(std::string_view value) : value_(value) {}

  std::int32_t length() const {  // in bits
    return static_cast<std::int32_t>(bytes().size() * 8) - static_cast<unsigned char>(value_.back());
  }
  std::string_view bytes() const { return value_.substr(0, value_.size() - 1); }
  bool bit(std::int32_t at) const {  // from the left
    return (static_cast<unsigned char>(value_[static_cast<std::size_t>(at) / 8]) >> (7 - at % 8) & 1) != 0;
  }

 private:
  std::string_view value_;
};

// Zero bits. Throws 54000 beyond kMaxBits.
std::string make_bits(std::int64_t length);
// Of another length: cut off or filled up with zeros at the right.
std::string resize_bits(std::string_view value, std::int64_t length);
// The bits [from, from + length) of the value, zero where it has none; from may be negative.
std::string copy_bits(std::string_view value, std::int64_t from, std::int64_t length);

// By bits as bytes, then by length.
std::int32_t compare_bits(std::string_view a, std::string_view b) noexcept;

// Text as the input functions read it: binary digits, or behind b or x.
std::string parse_bits(std::string_view text);

// Throws 22026 (bit) and 22001 (bit varying) for a length that the typmod does not allow.
void check_bit_length(std::int32_t length, std::int32_t typmod);
void check_varbit_length(std::int32_t length, std::int32_t typmod);

std::span<const TypeSupport> bit_types();

}  // namespace types
