// Names of pages, timelines and protection groups.
#pragma once

#include <cstdint>
#include <type_traits>

namespace wal {

// A page's place in its volume, counted from 0. Page 0 is the volume header.
enum class PageNo : std::uint32_t {};
inline constexpr PageNo kNoPage{0xffff'ffff};

// One linear redo history. Never reused. A volume is named by the timeline its head is on.
enum class TimelineId : std::uint64_t {};
inline constexpr TimelineId kNoTimeline{0};
// The system volume (databases, roles) begins on this one.
inline constexpr TimelineId kSystemTimeline{1};

// A protection group's number within its volume: page / pages per group.
enum class GroupNo : std::uint32_t {};

// Rises whenever a writer takes over a timeline; storage refuses anything older.
enum class Epoch : std::uint64_t {};

// The number behind one of the names above.
template <typename Id>
  requires std::is_enum_v<Id>
constexpr std::underlying_type_t<Id> raw(Id id) {
  return static_cast<std::underlying_type_t<Id>>(id);
}

}  // namespace wal
