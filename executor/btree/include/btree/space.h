// Which pages of a volume are in use.
//
// Every 32,768 pages (256 MiB) begin with a space map page, but for the first run, whose map is
// page 1 behind the volume header: one bit per page, and how far into the run pages were ever used.
// A page's bit changes in the mini-transaction that links or unlinks the page, so a crash leaks
// nothing; until then a reservation is in memory only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "buffer/page_guard.h"
#include "buffer/paged_volume.h"
#include "wal/ids.h"
#include "wal/mini_transaction.h"

namespace btree {

class Space;

// Pages set aside for the caller, cached and pinned together with their map pages, so that using
// them needs no wait. What was not taken goes back with the destructor.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation();

  std::size_t remaining() const { return pages_.size() - taken_; }

  // The next page, exclusively latched, with undefined contents: format all of it. Marks it used in
  // `mtr`; the latch of its map page is held until settle().
  [[nodiscard]] buffer::ExclusiveGuard take(wal::MiniTransaction& mtr);
  // Releases the map pages' latches: call right after mtr.commit().
  void settle();

 private:
  friend class Space;
  struct Reserved {
    buffer::PinnedPage page;
    std::uint32_t map = 0;
  };
  Space* space_ = nullptr;
  std::vector<Reserved> pages_;
  std::vector<std::uint32_t> numbers_;  // of pages_, and of those whose page could not be had
  std::size_t taken_ = 0;
  std::vector<std::pair<std::uint32_t, buffer::PinnedPage>> maps_;
  std::vector<std::pair<std::uint32_t, buffer::ExclusiveGuard>> latched_;
};

// The map pages of pages about to be freed, pinned.
class Release {
 public:
  // Marks `page_no` free in `mtr`. Latches the map page until settle(). The page must be one of
  // those given to Space::prepare_free().
  void free(wal::MiniTransaction& mtr, wal::PageNo page_no);
  void settle();

 private:
  friend class Space;
  Space* space_ = nullptr;
  std::vector<std::pair<std::uint32_t, buffer::PinnedPage>> maps_;
  std::vector<std::pair<std::uint32_t, buffer::ExclusiveGuard>> latched_;
  std::uint32_t lowest_ = 0xffff'ffff;
};

// Thread-safe. One per open volume. Space map pages are the last in the latch order.
class Space {
 public:
  explicit Space(buffer::PagedVolume& volume);
  ~Space();
  Space(const Space&) = delete;
  Space& operator=(const Space&) = delete;

  buffer::PagedVolume& volume() const { return volume_; }

  // `count` pages (at most 64), contiguous when they can be. Parks; no latch may be held.
  [[nodiscard]] Reservation reserve(std::size_t count);

  // Call before latching what leads to the pages that will be freed. Parks; no latch may be held.
  [[nodiscard]] Release prepare_free(std::span<const wal::PageNo> pages);

  // Pages marked used, in all maps; reads every map page. Parks.
  std::uint64_t used_pages();
  // Pages the volume's file-like extent spans (highest page ever used + 1). Parks.
  std::uint64_t extent_pages();
  // Whether the page is marked used. Parks.
  bool is_used(wal::PageNo page_no);

 private:
  friend class Reservation;
  friend class Release;
  struct State;
  void remember_map(std::uint32_t map);

  buffer::PagedVolume& volume_;
  std::unique_ptr<State> state_;
};

}  // namespace btree
