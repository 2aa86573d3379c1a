#include "types/key_encoding.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace types {
namespace {

template <typename U>
void append_big_endian(std::string& out, U value) {
  char bytes[sizeof(U)];
  for (std::size_t i = 0; i < sizeof(U); ++i)
    bytes[i] = static_cast<char>(value >> (8 * (sizeof(U) - 1 - i)));
  out.append(bytes, sizeof(U));
}

}  // namespace

void append_key_u8(std::string& out, std::uint8_t value) { out += static_cast<char>(value); }
void append_key_u32(std::string& out, std::uint32_t value) { append_big_endian(out, value); }
void append_key_u64(std::string& out, std::uint64_t value) { append_big_endian(out, value); }
void append_key_i16(std::string& out, std::int16_t value) {
  append_big_endian(out, static_cast<std::uint16_t>(static_cast<std::uint16_t>(value) ^ 0x8000U));
}
void append_key_i32(std::string& out, std::int32_t value) {
  append_big_endian(out, static_cast<std::uint32_t>(value) ^ 0x80000000U);
}
void append_key_i64(std::string& out, std::int64_t value) {
  append_big_endian(out, static_cast<std::uint64_t>(value) ^ 0x8000000000000000U);
}

void append_key_f64(std::string& out, double value) {
  if (std::isnan(value)) {
    append_big_endian(out, ~std::uint64_t{0});
    return;
  }
  if (value == 0) value = 0;  // -0 sorts as 0
  auto bits = std::bit_cast<std::uint64_t>(value);
  // Negative numbers: all bits flipped reverses their order; positive: above all negatives.
  bits = (bits >> 63) != 0 ? ~bits : bits | 0x8000000000000000U;
  append_big_endian(out, bits);
}

void append_key_bytes(std::string& out, std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t zero = bytes.find('\0');
    if (zero == std::string_view::npos) {
      out.append(bytes);
      break;
    }
    out.append(bytes.substr(0, zero));
    out.append("\x00\xff", 2);
    bytes.remove_prefix(zero + 1);
  }
  out.append("\x00\x00", 2);
}

void append_key_text(std::string& out, std::string_view text) {
  out.append(text);
  out += '\0';
}

}  // namespace types
