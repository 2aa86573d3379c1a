// What a WriterVolume shares with the callbacks it has under way.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "chunk_builder.h"
#include "durability_waiters.h"
#include "log_shipper.h"
#include "pagestore/storage_tier.h"
#include "wal/writer_volume.h"

namespace wal {

// The thin driver around LogShipper and ChunkBuilder. Lives as long as a callback may come.
//
// Locks, in this order: ship_mutex_ (the shipper and what it wants sent), append_mutex_ (the
// builder: the only one on a commit's way), the waiters' own. None is held while a node is called.
class WriterVolume::Core final : public pagestore::OpenVolume,
                                 public std::enable_shared_from_this<WriterVolume::Core> {
 public:
  Core(pagestore::StorageTier& tier, TimelineId timeline, WriterOptions options);

  Result<void> open();   // parks
  void close();
  void placement_changed() override;
  std::vector<pagestore::KeptLog> kept_log() const override;

  TimelineId timeline() const { return timeline_; }
  Lsn branch_lsn() const { return branch_lsn_; }
  std::uint64_t pages_per_group() const { return pages_per_group_; }
  Epoch epoch() const;
  Lsn vdl() const { return Lsn(vdl_.load(std::memory_order_acquire)); }
  Lsn last_lsn() const { return Lsn(last_lsn_.load(std::memory_order_acquire)); }

  Lsn append(std::span<MiniTransaction::PendingRecord> records);
  Result<void> wait_durable(Lsn lsn);
  Result<void> wait_for_room();
  Result<void> read_page(PageNo page_no, Lsn at_least, Page& into);
  void read_pages(std::span<BatchReader::PageRead> reads);
  Result<std::vector<PageNo>> changed_pages(TimelineId base, Lsn after, std::uint64_t end);
  void grant_horizon(Lsn lsn, std::span<const Lsn> pins);
  std::vector<std::string> copy_states() const;

 private:
  struct Read;
  struct Question;
  struct ReadPoint {
    pagestore::GroupId group;
    Lsn lsn;
    Lsn required_scl;
    NodeSet with_pages;  // also those that cannot be asked now
  };

  // Gives the shipper an input, then does what follows from it: ships chunks, publishes the VDL,
  // sends, arms the tick.
  template <typename Input>
  void step(Input input);
  void ship_chunks_locked();
  // The open chunk has waited long enough for company. append_mutex_ is held.
  bool is_due_locked() const;
  void linger_locked();
  std::size_t in_flight_max(bool is_large) const {
    return options_.chunks_in_flight + (is_large ? 1 : 0);
  }
  void publish_locked();
  void send_all(std::unique_lock<std::mutex> lock);
  void opened_anew(CopyIndex copy, std::uint64_t run);
  void arm_tick_locked(unsigned ticks);
  void tell_kept_log();
  void on_tick(std::chrono::steady_clock::time_point when);
  boost::system::error_code error() const;

  // Reading (page_reads.cpp).
  struct Asking;
  static Question page_question(PageNo page_no);
  Result<pagestore::Response> ask(const Question& question);
  // One step of an answer's way here; nullopt: it is not here, and there is nothing to do before
  // the reader is unparked.
  std::optional<Result<pagestore::Response>> advance(Asking& asking);
  struct Readable {
    CopyIndex copy = 0;
    std::uint64_t run = 0;  // of the node that was found readable
  };
  std::vector<Readable> readable_copies(PageNo page_no, ReadPoint& point);
  void send_read(const std::shared_ptr<Read>& read, const Readable& readable,
                 const Question& question, const ReadPoint& point);
  void repair(const std::vector<CopyIndex>& damaged, PageNo page_no, const ReadPoint& point,
              std::shared_ptr<const Page> page);
  void begin_read(Read& read);
  void end_read(Read& read);
  bool tick_reads();
  // No read under way, or to come, has a read point below it.
  Lsn oldest_read();

  pagestore::StorageTier& tier_;
  const TimelineId timeline_;
  const WriterOptions options_;
  Lsn branch_lsn_;                    // these two: set before open() returns
  std::uint64_t pages_per_group_ = 0;

  std::atomic<std::uint64_t> vdl_{0};
  std::atomic<std::uint64_t> last_lsn_{0};
  std::atomic<std::size_t> chunks_in_flight_{0};
  std::atomic<std::uint64_t> log_begin_{0};  // where this writer's LSNs begin
  std::atomic<bool> opened_{false};
  std::atomic<std::uint64_t> wanted_{0};     // somebody waits for this LSN
  std::atomic<std::uint64_t> shipped_{0};    // end of the last chunk that was closed
  std::atomic<bool> lingering_{false};       // a tick will look after the open chunk
  // By copy: until when, on the steady clock, it is asked for pages last.
  std::array<std::atomic<std::chrono::steady_clock::rep>, pagestore::kNodesMax> slow_until_{};
  std::atomic<int> error_{0};         // VolumeErrc, once failed or closed

  mutable std::mutex ship_mutex_;
  LogShipper shipper_;
  std::vector<LogShipper::Send> outbox_;
  bool sending_ = false;              // one thread sends at a time: order per copy
  std::optional<std::chrono::steady_clock::time_point> tick_due_;
  std::chrono::steady_clock::time_point last_tick_ = std::chrono::steady_clock::now();
  Lsn lingers_behind_;               // lingering: shipped_ when that began
  bool overdue_ = false;             // the open chunk goes whoever waits for it
  bool closed_ = false;
  std::condition_variable sending_done_;

  std::mutex append_mutex_;
  std::optional<ChunkBuilder> builder_;  // from serving on

  std::mutex told_mutex_;
  std::map<CopyIndex, pagestore::KeptLog> told_;  // in the process's log, of what is kept for a copy

  DurabilityWaiters waiters_;
  DurabilityWaiters opener_;

  std::mutex reads_mutex_;
  std::vector<Read*> reads_;          // under way
};

}  // namespace wal
