// Bytes as OpenSSL takes them, and random ones. For pgcrypto alone.
#pragma once

#include <sys/random.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "types/sql_error.h"

namespace extensions {

inline const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
inline unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// From the kernel, which may give fewer than it is asked for.
inline void fill_randomly(std::span<unsigned char> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got <= 0) throw types::SqlError("XX000", "could not generate random values");
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

inline std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill_randomly({bytes_of(bytes), bytes.size()});
  return bytes;
}

}  // namespace extensions
