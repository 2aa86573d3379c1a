// How long the text of a value may be.
#pragma once

#include <cstddef>
#include <string>

namespace types {

// Bytes; PostgreSQL's bound for a string buffer.
inline constexpr std::size_t kMaxTextBytes = 0x3fffffff;

[[noreturn]] void throw_no_room(std::size_t size, std::size_t more);

// SqlError 54000 when `out` would be longer than that with `more` bytes. Rows in rows double their quotes at every level,
// so that a short query makes a text that no memory holds.
inline void require_room(const std::string& out, std::size_t more) {
  if (more > kMaxTextBytes || out.size() > kMaxTextBytes - more) [[unlikely]] throw_no_room(out.size(), more);
}

}  // namespace types
