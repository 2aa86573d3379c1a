// A volume as the engine sees it: pages to read, a log to append to, durability to wait for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/page.h"
#include "wal/record.h"
#include "wal/result.h"

namespace wal {

class MiniTransaction;

// One open volume on one timeline. Implementations: WriterVolume (six copies over the page
// store), MemoryVolume (wal/testing, keeps its records in memory and replays them on every
// read, so that a test sees at once when a page and its log differ).
// Thread-safe unless said otherwise. Nothing here may be called with a page latch held, but for
// MiniTransaction::commit(), vdl() and last_lsn().
class Volume {
 public:
  virtual ~Volume() = default;

  virtual TimelineId timeline() const = 0;

  // Where this timeline left its parent: nothing at or below it is this volume's own.
  virtual Lsn branch_lsn() const = 0;

  // Volume durable LSN: the highest consistency point such that it and every record below it are
  // on a write quorum. Never decreases while the volume is open. One atomic load.
  virtual Lsn vdl() const = 0;

  // Lsn of the newest record appended, durable or not. One atomic load.
  virtual Lsn last_lsn() const = 0;

  // Parks until vdl() >= lsn. Fails when the volume lost its quorum for good or was fenced off
  // by a newer writer: then nobody may be told that anything above vdl() was committed.
  [[nodiscard]] virtual Result<void> wait_durable(Lsn lsn) = 0;

  // Parks while the log runs too far ahead of vdl() (LSN allocation limit). Call before a
  // statement's mini-transactions, with no latch held; a commit itself never waits.
  [[nodiscard]] virtual Result<void> wait_for_room() = 0;

  // Reads the newest version of a page that is at or below vdl() and holds at least every record
  // at or below `at_least` for that page. A page never written reads as zeros. Parks.
  [[nodiscard]] virtual Result<void> read_page(PageNo page_no, Lsn at_least, Page& into) = 0;

  // Appends a control record as a mini-transaction of its own; returns its Lsn.
  virtual Lsn append_control(RecordKind kind, std::span<const std::byte> payload) = 0;

  // History below `lsn` (at or below vdl()) may go, but for what a read at one of `pins`
  // (ascending) needs. Reads under way are looked after here. A grant may be held back; the next
  // one includes it.
  virtual void grant_horizon(Lsn lsn, std::span<const Lsn> pins) = 0;

 private:
  friend class MiniTransaction;
  // Gives every record its Lsn in order, stamps the pages and appends to the log, atomically
  // against other callers. Returns the consistency point. Does not park and does not fail.
  virtual Lsn append(MiniTransaction& mtr) = 0;
};

}  // namespace wal
