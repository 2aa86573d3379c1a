// Names of transactions, commands and undo records.
#pragma once

#include <cstdint>

#include "wal/ids.h"

namespace transaction {

// Given to a transaction at its first write, in rising order, never reused, never wrapping.
enum class Xid : std::uint64_t {};
inline constexpr Xid kNoXid{0};
// Writes of bootstrap: visible to everybody from the start.
inline constexpr Xid kFrozenXid{1};
inline constexpr Xid kFirstXid{3};

// A statement's number within its transaction, from 0. A statement does not see its own changes.
enum class Command : std::uint32_t {};

// Where an undo record lies: page number << 16 | offset in the page. 0 = none: there is no
// version before this one. Nor is there with the top bit set: the entry was loaded into a tree
// that its transaction had just made, which is undone as a whole, and the low half is the command
// that loaded it.
enum class UndoPointer : std::uint64_t {};
inline constexpr UndoPointer kNoUndo{0};
inline constexpr std::uint64_t kLoadedBit = std::uint64_t{1} << 63;

constexpr UndoPointer loaded_by(Command command) {
  return UndoPointer{kLoadedBit | static_cast<std::uint32_t>(command)};
}
constexpr bool is_loaded(UndoPointer pointer) { return (wal::raw(pointer) & kLoadedBit) != 0; }
constexpr bool has_record(UndoPointer pointer) {
  return pointer != kNoUndo && !is_loaded(pointer);
}
constexpr Command loading_command(UndoPointer pointer) {
  return Command{static_cast<std::uint32_t>(wal::raw(pointer))};
}

constexpr UndoPointer make_undo_pointer(wal::PageNo page, std::uint16_t offset) {
  return UndoPointer{(std::uint64_t{wal::raw(page)} << 16) | offset};
}
constexpr wal::PageNo page_of(UndoPointer pointer) {
  return wal::PageNo{static_cast<std::uint32_t>(wal::raw(pointer) >> 16)};
}
constexpr std::uint16_t offset_of(UndoPointer pointer) {
  return static_cast<std::uint16_t>(wal::raw(pointer) & 0xffff);
}

}  // namespace transaction
