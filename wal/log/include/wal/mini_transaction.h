// A mini-transaction: changes to latched pages that become durable together or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/page.h"
#include "wal/record.h"
#include "wal/volume.h"

namespace wal {

// Changes a page and writes down the change in one step, so that page and log cannot differ.
//
//   MiniTransaction mtr(volume);
//   mtr.write(page, offset, bytes);     // page latched exclusively by the caller
//   Lsn end = mtr.commit();             // then the latches may go
//
// Every page passed in stays exclusively latched until commit() returned. A MiniTransaction that
// changed something must be committed: the pages are already changed. Reuses its buffers, so a
// long-lived one costs no allocation. Not thread-safe.
// Source: Verbitski et al., SIGMOD 2017, section 3.3 (MTR, CPL).
class MiniTransaction {
 public:
  explicit MiniTransaction(Volume& volume);
  ~MiniTransaction();  // CHECKs that nothing is left uncommitted
  MiniTransaction(const MiniTransaction&) = delete;
  MiniTransaction& operator=(const MiniTransaction&) = delete;

  Volume& volume() const { return volume_; }

  // Offsets and lengths are bytes within the page, in [kPageLsnSize, kPageSize).
  void write(Page& page, std::size_t offset, std::span<const std::byte> bytes);
  void move(Page& page, std::size_t destination, std::size_t source, std::size_t length);
  void fill(Page& page, std::size_t offset, std::size_t length, std::byte value);
  // Logs the page as it stands (the caller has just formatted it in place, header().page_no
  // set). Drops operations already collected for the page; trailing zeros cost nothing.
  void image(Page& page);

  // Fixed-size integers and plain structs.
  template <typename T>
    requires std::is_trivially_copyable_v<T>
  void put(Page& page, std::size_t offset, const T& value) {
    write(page, offset, std::as_bytes(std::span<const T, 1>(&value, 1)));
  }

  // Rides in the same atomic group, behind the page changes: a commit record, an invalidation.
  void control(RecordKind kind, std::span<const std::byte> payload);

  bool empty() const { return used_ == 0 && controls_used_ == 0; }

  // Lsn of the last record (the consistency point). An empty mini-transaction returns
  // volume().last_lsn() and logs nothing.
  Lsn commit();

  // One record in the making: for Volume implementations.
  struct PendingRecord {
    Page* page = nullptr;             // null for a control record
    RecordKind kind = RecordKind::page_change;
    std::vector<std::byte> encoded;   // RecordHeader (lsn, prev, crc still open) and payload
    std::size_t last_write = 0;       // where in `encoded` the last operation is, if a write
  };
  // In log order; the last one gets the consistency-point flag. Names the pages in the records,
  // so every page's header().page_no must be set by now. Called once, by Volume::append().
  std::span<PendingRecord> pending();

 private:
  PendingRecord& record_for(Page& page);
  static void bound(PendingRecord& record);

  Volume& volume_;
  std::vector<PendingRecord> records_;   // [0, used_) are live, the rest keep their buffers
  std::size_t used_ = 0;
  std::vector<PendingRecord> controls_;  // likewise
  std::size_t controls_used_ = 0;
};

}  // namespace wal
