// Where every version of every page stands in the node log.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "log_format.h"
#include "pagestore/messages.h"

namespace pagestore {

enum class VersionKind : std::uint8_t {
  record = 1,        // a redo record that changes the version before it
  image_record = 2,  // a redo record that sets the whole page
  page_image = 3,    // a page_image entry: the page as it was after the record of the same lsn
};

struct Version {
  std::uint64_t lsn = 0;
  std::uint64_t prev = 0;   // of the page's version before this, wherever in the ancestry
  LogPosition at;           // of the record or of the image's entry
  std::uint32_t length = 0;
  VersionKind kind = VersionKind::record;
  std::uint8_t reserved = 0;
  // Which of the shard's chunks holds it; kUnstored: none yet.
  std::uint16_t chunk = kUnstored;

  static constexpr std::uint16_t kUnstored = 0xffff;

  bool is_base() const { return kind != VersionKind::record || prev == 0; }
  bool stored() const { return chunk != kUnstored; }
};
static_assert(sizeof(Version) == 32);

// Pages are indexed by the stretch: neighbours are written and read together.
inline constexpr std::uint32_t kShardPages = 64;
inline constexpr std::uint64_t kAllPages = ~std::uint64_t{0};

struct ShardId {
  TimelineId timeline{};
  std::uint32_t number = 0;  // page / kShardPages
  auto operator<=>(const ShardId&) const = default;
};

inline ShardId shard_of(TimelineId timeline, PageNo page) {
  return {timeline, wal::raw(page) / kShardPages};
}

// An index_shard entry in the log: some of a shard's versions.
struct StoredChunk {
  LogPosition at;
  std::uint32_t length = 0;    // of the entry
  std::uint32_t versions = 0;
};

// All versions of kShardPages pages that one timeline's own records made.
//
// What has been stored need not be in memory: a shard is loaded when a read, an image or the
// collector needs it. Versions added since are in memory always.
class Shard {
 public:
  // Ascending by lsn; an image stands behind the record of the same lsn.
  const std::vector<Version>& versions(PageNo page) const {
    static const std::vector<Version> none;
    return contents_ == nullptr ? none : contents_->pages[wal::raw(page) % kShardPages];
  }
  // For whoever takes versions out, or changes their places or chunks.
  std::vector<Version>& change_versions(PageNo page) {
    Contents& all = contents();
    all.unstored_from[wal::raw(page) % kShardPages] = 0;
    return all.pages[wal::raw(page) % kShardPages];
  }

  // How many versions no chunk holds: those up to `lsn`, and newer ones.
  struct Unstored {
    std::uint64_t up_to = 0, newer = 0;
  };
  Unstored count_unstored(std::uint64_t lsn) const;
  // Every version that is chosen is of that chunk from now on, and is given to `out(page, version)`, page by page.
  // `stored_too`: not only those that no chunk holds.
  template <typename Choose, typename Out>  // bool(const Version&), void(page % kShardPages, const Version&)
  void move_to_chunk(std::uint16_t chunk, bool stored_too, Choose choose, Out out);

  // Keeps the order. A version already there (same lsn and kind) takes the new place.
  void put(PageNo page, const Version& version);
  void remove(PageNo page, Lsn lsn);

  // Bytes of memory its versions take, about.
  std::uint64_t memory() const {
    return room_ * sizeof(Version) + (contents_ == nullptr ? 0 : sizeof(Contents));
  }
  std::uint64_t count() const { return count_; }
  // After versions were taken out: counts anew.
  void recount();

  // Forgets what is stored, but for which pages there is something of.
  void unload();
  // False: no stored version is of that page, so that nothing is to be learnt from loading it.
  bool may_store(PageNo page) const { return (stored_pages_ >> (wal::raw(page) % kShardPages) & 1) != 0; }
  // Of which pages chunks have something, or may have: what a shard that is read back begins with.
  std::uint64_t stored_pages() const;
  // What a checkpoint says of a shard that is not read back yet: stored_pages(), and an lsn that no stored version is above.
  void begin_unloaded(std::uint64_t pages, std::uint64_t through);
  // Whether a stored version of the page that is not in memory may be newer than `lsn`. Records come in order; images
  // that were copied from a peer were there, and may have been stored, before the older log behind them.
  bool may_hide_newer(PageNo page, std::uint64_t lsn) const {
    return !loaded && may_store(page) && lsn < hidden_through_;
  }
  // `stored` has every stored version; those in memory stay.
  void complete(Shard& stored);

  // Everything stored is in memory, too.
  bool loaded = true;
  bool loading = false;
  // Has versions no chunk holds.
  bool dirty = false;
  // Versions were taken out: the chunks are to be replaced by one new one.
  bool rewrite = false;
  // Stays in memory until what is damaged in it has come from a peer.
  bool repairing = false;
  std::uint32_t storing = 0;  // chunks on their way to the disk
  std::uint32_t last_used = 0;
  // A page's records since its last image, as far as memory knows.
  struct ChainSize {
    std::uint32_t records = 0;
    std::uint32_t bytes = 0;
  };
  // `version` was put as the newest: how long the chain is now.
  ChainSize lengthen(PageNo page, const Version& version);
  // An image was put: counts again.
  void shorten(PageNo page);

  std::vector<StoredChunk> chunks;  // oldest first; a later one overrides an earlier one

 private:
  // Apart, so that a shard that is not in memory takes next to none.
  struct Contents {
    std::array<std::vector<Version>, kShardPages> pages;
    std::array<ChainSize, kShardPages> chains{};
    // By page, a place in its list: all before it are stored. Most are, and need not be looked at again and again.
    std::array<std::uint32_t, kShardPages> unstored_from{};
  };
  Contents& contents() {
    if (contents_ == nullptr) contents_ = std::make_unique<Contents>();
    return *contents_;
  }

  std::unique_ptr<Contents> contents_;
  std::uint64_t count_ = 0;
  std::uint64_t room_ = 0;  // for so many there is memory
  // By page: what a checkpoint says, or all. Counts while the shard is not in memory.
  std::uint64_t stored_pages_ = kAllPages;
  // No version that is stored, and not in memory, is above it. Counts as long.
  std::uint64_t hidden_through_ = 0;
  static_assert(kShardPages == 64);
};

template <typename Choose, typename Out>
void Shard::move_to_chunk(std::uint16_t chunk, bool stored_too, Choose choose, Out out) {
  if (contents_ == nullptr) return;
  for (std::uint32_t page = 0; page < kShardPages; ++page) {
    std::vector<Version>& list = contents_->pages[page];
    std::uint32_t& unstored_from = contents_->unstored_from[page];
    std::size_t first_left = list.size();
    for (std::size_t i = stored_too ? 0 : unstored_from; i < list.size(); ++i) {
      if (choose(std::as_const(list[i]))) {
        list[i].chunk = chunk;
        out(page, std::as_const(list[i]));
      } else if (!list[i].stored() && first_left == list.size()) {
        first_left = i;
      }
    }
    unstored_from = static_cast<std::uint32_t>(first_left);
  }
}

class PageIndex {
 public:
  Shard& shard(ShardId id);                  // made when there is none
  Shard* find(ShardId id);
  const Shard* find(ShardId id) const;
  void erase_timeline(TimelineId timeline);
  void erase_shards(TimelineId timeline, std::uint64_t first, std::uint64_t last);  // by number, both included
  std::size_t size() const { return shards_.size(); }

  template <typename Visit>  // (ShardId, Shard&)
  void for_each(Visit visit) {
    for (auto& [id, shard] : shards_) visit(id, *shard);
  }
  template <typename Visit>  // (ShardId, const Shard&)
  void for_each(Visit visit) const {
    for (const auto& [id, shard] : shards_) visit(id, *shard);
  }
  // Ascending, for whoever goes through all of them in steps.
  std::vector<ShardId> ids() const;

 private:
  struct Hash {
    std::size_t operator()(const ShardId& id) const {
      return static_cast<std::size_t>((wal::raw(id.timeline) * 0x9e3779b97f4a7c15ULL) ^
                                      (std::uint64_t{id.number} * 0xc2b2ae3d27d4eb4fULL));
    }
  };
  boost::unordered_flat_map<ShardId, std::unique_ptr<Shard>, Hash> shards_;
};

}  // namespace pagestore
