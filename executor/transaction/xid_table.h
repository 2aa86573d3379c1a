// What became of each transaction: in progress, ended, committed at an Lsn.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "transaction/ids.h"
#include "wal/lsn.h"

namespace transaction {

// What lookup() found.
struct XidFate {
  enum class State : std::uint8_t { in_progress, aborted, committed };
  State state = State::in_progress;
  wal::Lsn commit_lsn;  // committed: when; kNoLsn: before everybody's time
};

// A window of ids [stable, next), one word each, in chunks that are made on first use and taken
// again when every id in them has become stable. Looking up is lock-free.
//
// Chunks are never given back to the heap while the table lives: a reader that raced with the
// window moving reads a wrong word, and finds out by looking at stable() again.
class XidTable {
 public:
  // Ids below `first` ended before the start, but for `in_flight` (sorted), which are being
  // rolled back.
  XidTable(Xid first, std::vector<Xid> in_flight);
  ~XidTable();
  XidTable(const XidTable&) = delete;
  XidTable& operator=(const XidTable&) = delete;

  // Before the id is used. CHECKs the window's limit of 2^36 ids.
  void prepare(Xid xid);

  // The commit record is about to get its Lsn: readers wait for published().
  void committing(Xid xid) {
    if (xid < first_) return end_in_flight(xid, InFlight::State::committing, wal::kNoLsn);
    word(xid).store(kCommitting, std::memory_order_seq_cst);
  }
  void committed(Xid xid, wal::Lsn lsn) {
    if (xid < first_) return end_in_flight(xid, InFlight::State::committed, lsn);
    word(xid).store(lsn.value(), std::memory_order_release);
  }
  // Every change is undone, and the abort record is at `lsn`. A reader may still look at a copy
  // of a row that it took before, so the id stays known until no view is older than that.
  void aborted(Xid xid, wal::Lsn lsn) {
    if (xid < first_) return end_in_flight(xid, InFlight::State::aborted, lsn);
    word(xid).store(kAbortedBit | lsn.value(), std::memory_order_release);
  }

  // Waits, for the moment that an append takes, for one that is committing.
  XidFate lookup(Xid xid) const;

  Xid stable() const { return stable_.load(std::memory_order_acquire); }
  // Moves stable() past every id that has ended at or below `horizon`, at most to `next`.
  void advance(Xid next, wal::Lsn horizon);

 private:
  static constexpr std::uint64_t kInProgress = 0;
  static constexpr std::uint64_t kCommitting = 1;
  static constexpr std::uint64_t kAbortedBit = std::uint64_t{1} << 63;

  static constexpr unsigned kChunkBits = 12;
  static constexpr unsigned kNodeBits = 12;
  static constexpr unsigned kRootBits = 12;
  using Word = std::atomic<std::uint64_t>;
  struct Chunk {
    std::array<Word, 1 << kChunkBits> words{};
  };
  struct Node {
    std::array<std::atomic<Chunk*>, 1 << kNodeBits> chunks{};
  };

  Word& word(Xid xid) { return *find(xid); }
  Word* find(Xid xid) const;
  bool found_in_flight(Xid xid, XidFate& fate) const;
  void recycle(std::uint64_t first, std::uint64_t end);

  const Xid first_;
  std::atomic<Xid> stable_;
  std::array<std::atomic<Node*>, 1 << kRootBits> root_{};
  mutable std::mutex mutex_;  // makes and takes chunks; in_flight_
  std::mutex advance_mutex_;
  std::vector<std::unique_ptr<Chunk>> all_chunks_;
  std::vector<Chunk*> free_chunks_;
  std::vector<std::unique_ptr<Node>> all_nodes_;
  struct InFlight {
    Xid xid;
    wal::Lsn end_lsn;  // kNoLsn: not ended yet
    enum class State : std::uint8_t { in_progress, committing, committed, aborted } state;
  };
  void end_in_flight(Xid xid, InFlight::State state, wal::Lsn lsn);
  std::vector<InFlight> in_flight_;  // sorted
  std::atomic<bool> has_in_flight_{false};
};

}  // namespace transaction
