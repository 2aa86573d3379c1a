// A volume for tests: a log in memory, pages replayed from it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/page.h"
#include "wal/record.h"
#include "wal/volume.h"

namespace wal {

class Parker;

namespace testing {

// Keeps every record and replays a page from nothing each time it is read, so a test sees at once
// when a page and its log differ:
//  - append() CHECKs that each page, as its mini-transaction leaves it, equals what its records
//    yield, and that the page was the newest version (no lost update between two copies);
//  - read_page() CHECKs every link of the page's chain.
// Everything appended is durable at once unless the test holds the VDL back.
class MemoryVolume final : public Volume {
 public:
  explicit MemoryVolume(TimelineId timeline = TimelineId{2}, Lsn branch_lsn = kNoLsn);
  ~MemoryVolume() override;

  TimelineId timeline() const override { return timeline_; }
  Lsn branch_lsn() const override { return branch_lsn_; }
  Lsn vdl() const override { return vdl_.load(std::memory_order_acquire); }
  Lsn last_lsn() const override { return last_lsn_.load(std::memory_order_acquire); }
  Result<void> wait_durable(Lsn lsn) override;
  Result<void> wait_for_room() override { return {}; }
  Result<void> read_page(PageNo page_no, Lsn at_least, Page& into) override;
  Lsn append_control(RecordKind kind, std::span<const std::byte> payload) override;
  void grant_horizon(Lsn lsn, std::span<const Lsn> pins) override;

  // --- what tests do with it -----------------------------------------------------------------

  // From now on the VDL stands still; waits for what lies above it park.
  void hold_vdl();
  // Moves a held VDL up to the highest consistency point at or below `lsn`.
  void advance_vdl(Lsn lsn);
  // Lets the VDL go: everything appended is durable again.
  void release_vdl();
  // The quorum is lost for good: waits and reads fail from now on.
  void break_quorum();

  // What a new writer finds after this one crashed with `durable_through` as its VDL: a volume
  // with the whole mini-transactions at or below that LSN. New LSNs begin a gap above, as after
  // a real truncation. This volume stays as it is. By default, the crash happens at vdl().
  std::unique_ptr<MemoryVolume> reopen() const { return reopen(vdl()); }
  std::unique_ptr<MemoryVolume> reopen(Lsn durable_through) const;
  // A copy-on-write child on a timeline of its own, branched at `at` (a consistency point).
  std::unique_ptr<MemoryVolume> clone(TimelineId child, Lsn at) const;

  // The page as of `read_point`, which need not be a consistency point.
  void read_page_at(PageNo page_no, Lsn read_point, Page& into) const;

  // The log so far, for tests that look at it: every record, in LSN order.
  struct Record {
    RecordView view;                  // into `encoded`
    std::vector<std::byte> encoded;
  };
  std::vector<std::shared_ptr<const Record>> records() const;
  std::size_t record_count() const;
  // The highest LSN granted so far.
  Lsn horizon() const;

 private:
  struct PageHistory {
    std::vector<std::shared_ptr<const Record>> records;  // the chain, oldest first
    Page newest{};                                       // what they yield
  };

  Lsn append(MiniTransaction& mtr) override;
  std::unique_ptr<MemoryVolume> copy(TimelineId timeline, Lsn through, Lsn branch_lsn,
                                     Lsn next) const;
  void make_durable_locked(Lsn through);
  void wake_all_locked();

  const TimelineId timeline_;
  const Lsn branch_lsn_;
  std::atomic<Lsn> vdl_;
  std::atomic<Lsn> last_lsn_;
  mutable std::mutex mutex_;
  Lsn position_;                      // where the next record begins
  bool held_ = false;
  bool broken_ = false;
  Lsn horizon_;
  std::vector<std::shared_ptr<const Record>> log_;
  std::unordered_map<PageNo, std::unique_ptr<PageHistory>> pages_;
  std::vector<Parker*> waiters_;
};

}  // namespace testing
}  // namespace wal
