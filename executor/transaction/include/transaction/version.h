// Versioned entries: what every table and index entry's value begins with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <vector>

#include "btree/bytes.h"
#include "transaction/ids.h"
#include "transaction/view.h"

namespace transaction {

using btree::Bytes;

enum VersionFlags : std::uint8_t {
  kDeleted = 1,      // delete mark; the payload is what it was before
  kMoved = 2,        // with kDeleted, rows: the key was changed; the payload is the new key
  kKeyKept = 4,      // rows: made by an update that changed no unique column (FOR NO KEY UPDATE)
  kOverflow = 8,     // the payload ends with overflow references: 16 bytes each, then u8 count
};

// Layout: u64 xid | u64 undo pointer | u8 flags | payload. Unaligned.
inline constexpr std::size_t kVersionHeaderSize = 17;

struct VersionHeader {
  Xid xid{kNoXid};
  UndoPointer undo{kNoUndo};
  std::uint8_t flags = 0;

  bool deleted() const { return (flags & kDeleted) != 0; }
};

inline VersionHeader parse_version(Bytes value) {
  VersionHeader header;
  std::memcpy(&header.xid, value.data(), 8);
  std::memcpy(&header.undo, value.data() + 8, 8);
  header.flags = static_cast<std::uint8_t>(value[16]);
  return header;
}
inline void put_version(std::byte* to, const VersionHeader& header) {
  std::memcpy(to, &header.xid, 8);
  std::memcpy(to + 8, &header.undo, 8);
  to[16] = std::byte{header.flags};
}
inline Bytes payload_of(Bytes value) { return value.subspan(kVersionHeaderSize); }

// How an entry's newest version stands to a view.
enum class Standing : std::uint8_t {
  seen,       // committed at or below the view, or made by an earlier command of its transaction
  own_later,  // made by this command of the view's transaction, or a later one
  newer,      // committed after the view was taken
  in_flight,  // of another transaction that has not ended
};

// With a latch held: nothing when an undo page is needed that is not cached (own versions made
// in the current command only); then release all latches, load_undo() and look again.
std::optional<Standing> try_standing(const View& view, const VersionHeader& version);
// Parks if it must; no latch may be held.
Standing standing(const View& view, const VersionHeader& version);
// Whether another transaction that has not ended made the version. Never parks.
bool in_flight_elsewhere(const View& view, const VersionHeader& version);
void load_undo(const View& view, UndoPointer pointer);

// A version copied out of its page.
struct VersionCopy {
  VersionHeader header;
  Xid successor{kNoXid};  // who made the version after this one, if one was passed over on the way here
  std::vector<std::byte> payload;
  std::vector<std::byte> undo_buffer;  // for those who follow undo pointers

  void assign(Bytes value) {
    header = parse_version(value);
    successor = kNoXid;
    const Bytes payload_bytes = payload_of(value);
    payload.assign(payload_bytes.begin(), payload_bytes.end());
  }
};

// Turns the newest version, just copied, into the one that the view sees. False: the view sees no
// entry there (none existed, or it was deleted). Parks; no latch may be held.
bool find_visible(const View& view, VersionCopy& version);
// The version before; false when there was none. The caller knows that the undo is still there.
bool previous_version(const View& view, VersionCopy& version);

}  // namespace transaction
