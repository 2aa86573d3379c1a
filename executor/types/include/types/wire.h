// Big-endian fields of PostgreSQL's binary format, and small parsing helpers for input functions.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "types/ascii.h"
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

// 22P02: invalid input syntax for type <type>: "<text>".
[[noreturn]] void throw_invalid_syntax(std::string_view type, std::string_view text);

}  // namespace types
