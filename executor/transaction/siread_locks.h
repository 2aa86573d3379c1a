// SIREAD locks: who read what, by tree.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "btree/bytes.h"
#include "wal/ids.h"

namespace transaction {

struct Sxact;
using SxactPtr = std::shared_ptr<Sxact>;

// What one transaction holds. Beyond a number of keys or ranges of one tree it is the whole tree.
struct SireadHeld {
  struct OfTree {
    std::unordered_set<std::uint64_t> keys;  // hashes
    std::uint32_t ranges = 0;
    bool whole = false;
  };
  std::unordered_map<std::uint32_t, OfTree> trees;  // by root page
  bool everything = false;
};

// Thread-safe; a shard's mutex comes after every other.
class SireadLocks {
 public:
  // `held` is the holder's own and used by nobody else at the time.
  void add_key(const SxactPtr& holder, SireadHeld& held, wal::PageNo root, btree::Bytes key);
  void add_range(const SxactPtr& holder, SireadHeld& held, wal::PageNo root, btree::Bytes lower,
                 btree::Bytes upper);
  // One of whom it is not known any more what it has read.
  void add_everything(const SxactPtr& holder, SireadHeld& held);
  void release(const Sxact& holder, SireadHeld& held);
  // Releases them, but remembers for each tree that somebody who committed then has read in it.
  void summarise(const Sxact& holder, SireadHeld& held, std::uint64_t commit);
  // Nobody runs who overlaps a commit at or before it.
  void forget_summaries(std::uint64_t commit);

  // Who has read the key, or would have; the newest commit among the summarised.
  std::uint64_t readers_of(wal::PageNo root, btree::Bytes key, std::vector<SxactPtr>& into) const;

 private:
  static constexpr std::size_t kMaxKeys = 1024, kMaxRanges = 64;

  struct Range {
    std::string lower, upper;  // empty: none
    SxactPtr holder;
  };
  struct TreeLocks {
    std::unordered_multimap<std::uint64_t, SxactPtr> keys;
    std::vector<Range> ranges;
    std::vector<SxactPtr> whole;
    std::uint64_t summarised = 0;
    bool empty() const {
      return keys.empty() && ranges.empty() && whole.empty() && summarised == 0;
    }
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint32_t, TreeLocks> trees;
  };

  Shard& shard_of(std::uint32_t root) { return shards_[root % shards_.size()]; }
  const Shard& shard_of(std::uint32_t root) const { return shards_[root % shards_.size()]; }
  void give_up_everything(const Sxact& holder, SireadHeld& held);
  static void take_away(TreeLocks& tree, const Sxact& holder, const SireadHeld::OfTree& held);
  static void take_whole(TreeLocks& tree, const SxactPtr& holder, SireadHeld::OfTree& held);

  std::array<Shard, 64> shards_;
  std::atomic<bool> has_everything_{false};
  mutable std::mutex everything_mutex_;
  std::vector<SxactPtr> everything_;
  std::atomic<std::uint64_t> summarised_everything_{0};
};

}  // namespace transaction
