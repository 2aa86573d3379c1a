// Big-endian fields of PostgreSQL's binary format, and small parsing helpers for input functions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "types/sql_error.h"

namespace types {

template <typename T>
void append_wire(std::string& out, T value) {
  using U = std::conditional_t<
      sizeof(T) == 1, std::uint8_t,
      std::conditional_t<sizeof(T) == 2, std::uint16_t,
                         std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;
  auto bits = std::bit_cast<U>(value);
  char bytes[sizeof(T)];
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes[i] = static_cast<char>(bits >> (8 * (sizeof(T) - 1 - i)));
  out.append(bytes, sizeof(T));
}

// Reads fields in order; throws as PostgreSQL's pq_getmsg* do.
class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <typename T>
  T read() {
    using U = std::conditional_t<
        sizeof(T) == 1, std::uint8_t,
        std::conditional_t<sizeof(T) == 2, std::uint16_t,
                           std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>>;
    need(sizeof(T));
    U bits = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bits = static_cast<U>(static_cast<std::uint64_t>(bits) << 8 |
                            static_cast<std::uint64_t>(bytes_[i]));
    bytes_ = bytes_.subspan(sizeof(T));
    return std::bit_cast<T>(bits);
  }

  std::span<const std::byte> read_bytes(std::size_t count) {
    need(count);
    auto result = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return result;
  }

  std::size_t left() const { return bytes_.size(); }

  void finish() const {
    if (!bytes_.empty()) throw SqlError("22P03", "incorrect binary data format");
  }

 private:
  void need(std::size_t count) const {
    if (bytes_.size() < count) throw SqlError("08P01", "insufficient data left in message");
  }

  std::span<const std::byte> bytes_;
};

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// isspace() of the C locale.
constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

inline bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (ascii_lower(a[i]) != lower[i]) return false;
  return true;
}

// 22P02: invalid input syntax for type <type>: "<text>".
[[noreturn]] void throw_invalid_syntax(std::string_view type, std::string_view text);

}  // namespace types
