// The body of a log object: parts, back to back.
#pragma once

#include <cstdint>
#include <type_traits>

namespace archive {

struct LogPartHeader {
  std::uint64_t begin;     // the records lie within (begin, end]
  std::uint64_t end;
  std::uint64_t bytes;     // of the records, which follow
};
static_assert(sizeof(LogPartHeader) == 24);
static_assert(std::has_unique_object_representations_v<LogPartHeader>);

// What a commit record says: u64 xid, i64 time.
inline constexpr std::size_t kCommitPayloadBytes = 16;

}  // namespace archive
