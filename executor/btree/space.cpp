#include "btree/space.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <mutex>
#include <unordered_set>

#include "btree/check.h"
#include "btree/volume_header.h"
#include "buffer/page_kind.h"
#include "wal/check.h"

namespace btree {
namespace {

constexpr std::uint32_t kPagesPerMap = 32768;
constexpr std::size_t kWords = kPagesPerMap / 64;
// From this many pages on, lying together is worth passing over single free pages.
constexpr std::size_t kContiguous = 8;

struct SpaceMap {
  wal::PageHeader page;
  std::uint32_t high_water;  // pages of the run at or above this one were never written
  std::uint32_t reserved[11];
  std::uint64_t used[kWords];  // bit i: page i of the run
};
static_assert(sizeof(SpaceMap) <= wal::kPageSize);
static_assert(std::is_trivially_copyable_v<SpaceMap>);

const SpaceMap& map_of(const wal::Page& page) {
  return *reinterpret_cast<const SpaceMap*>(page.bytes.data());
}

wal::PageNo map_page(std::uint32_t map) {
  return map == 0 ? wal::PageNo{1} : wal::PageNo{map * kPagesPerMap};
}

// Pages that the map keeps for itself and the volume header.
std::uint32_t own_pages(std::uint32_t map) { return map == 0 ? 2 : 1; }

bool is_formatted(const wal::Page& page) { return page.lsn() != wal::kNoLsn; }

std::uint64_t used_word(const wal::Page& page, std::uint32_t map, std::size_t word) {
  if (is_formatted(page)) return map_of(page).used[word];
  return word == 0 ? (std::uint64_t{1} << own_pages(map)) - 1 : 0;
}

void set_bit(wal::MiniTransaction& mtr, wal::Page& page, std::uint32_t index, bool used) {
  const std::size_t offset = offsetof(SpaceMap, used) + index / 8;
  auto value = std::to_integer<std::uint8_t>(page.bytes[offset]);
  const auto bit = static_cast<std::uint8_t>(1U << (index % 8));
  CHECK(((value & bit) != 0) != used);
  value = static_cast<std::uint8_t>(used ? value | bit : value & ~bit);
  mtr.put(page, offset, value);
}

void format_map(wal::MiniTransaction& mtr, wal::Page& page, std::uint32_t map) {
  SpaceMap header{};
  header.page.kind = static_cast<std::uint8_t>(buffer::PageKind::space_map);
  header.page.page_no = wal::raw(map_page(map));
  header.high_water = own_pages(map);
  header.used[0] = used_word(page, map, 0);
  mtr.write(page, wal::kPageLsnSize,
            std::as_bytes(std::span<const SpaceMap, 1>(&header, 1))
                .subspan(wal::kPageLsnSize,
                         offsetof(SpaceMap, used) + sizeof(std::uint64_t) - wal::kPageLsnSize));
}

template <typename Maps, typename Latched>
wal::Page& latch_map(const Maps& maps, Latched& latched, std::uint32_t map) {
  for (auto& [number, guard] : latched) {
    if (number == map) return guard.page();
  }
  for (const auto& [number, pinned] : maps) {
    if (number != map) continue;
    latched.emplace_back(map, pinned.exclusive());
    return latched.back().second.page();
  }
  CHECK(false);
  __builtin_unreachable();
}

}  // namespace

struct Space::State {
  std::mutex mutex;
  std::unordered_set<std::uint32_t> reserved;  // given out, not yet marked used
  // Where the next search begins. Freeing a page below moves it back.
  std::uint32_t map = 0;
  std::uint32_t index = 0;
  bool hint_read = false;
  std::uint32_t hint = 0;  // the map that the volume header names
  // Maps before the hint were looked at since the volume was opened.
  bool wrapped = false;

  // Up to `count` free pages of a run, from `from` on, many of them contiguous if there are such;
  // under mutex.
  void find(const wal::Page& page, std::uint32_t number, std::uint32_t from, std::size_t count,
            std::vector<std::uint32_t>& found) const {
    std::size_t run = 0;
    std::vector<std::uint32_t> pieces;
    for (std::size_t word = from / 64; word < kWords; ++word) {
      std::uint64_t free = ~used_word(page, number, word);
      if (word == from / 64) free &= ~std::uint64_t{0} << (from % 64);
      if (free == 0) {
        run = 0;
        continue;
      }
      for (unsigned bit = 0; bit < 64; ++bit) {
        const auto index = static_cast<std::uint32_t>(word * 64 + bit);
        if ((free >> bit & 1) == 0 || reserved.contains(number * kPagesPerMap + index)) {
          run = 0;
          continue;
        }
        if (pieces.size() < count) pieces.push_back(index);
        if (count < kContiguous && pieces.size() == count) {
          found = std::move(pieces);
          return;
        }
        if (++run == count) {
          found.clear();
          for (std::size_t i = 0; i < count; ++i) {
            found.push_back(static_cast<std::uint32_t>(index + 1 - count + i));
          }
          return;
        }
      }
    }
    found = std::move(pieces);
  }
};

Space::Space(buffer::PagedVolume& volume) : volume_(volume), state_(std::make_unique<State>()) {
  // Whoever has a space has trees: none is read unchecked.
  register_page_checks(volume.pool());
}

Space::~Space() { CHECK(state_->reserved.empty()); }

Reservation Space::reserve(std::size_t count) {
  CHECK(count >= 1 && count <= 64);
  bool hint_known;
  {
    const std::scoped_lock lock(state_->mutex);
    hint_known = state_->hint_read;
  }
  if (!hint_known) {
    const auto first = static_cast<std::uint32_t>(read_slot(volume_, VolumeSlot::space_map_hint));
    const std::scoped_lock lock(state_->mutex);
    if (!state_->hint_read) {
      state_->hint_read = true;
      state_->map = state_->hint = first;
      state_->wrapped = first == 0;
    }
  }

  Reservation result;
  result.space_ = this;
  for (;;) {
    std::uint32_t map;
    {
      const std::scoped_lock lock(state_->mutex);
      map = state_->map;
    }
    buffer::PinnedPage pinned = volume_.pin(map_page(map));
    std::uint32_t high_water;
    std::vector<std::uint32_t> found;
    {
      const buffer::SharedGuard guard = pinned.shared();
      high_water = is_formatted(guard.page()) ? map_of(guard.page()).high_water : own_pages(map);
      const std::scoped_lock lock(state_->mutex);
      if (state_->map != map) continue;
      if (!is_formatted(guard.page()) && !state_->wrapped) {
        // The volume ends here. What was freed before the hint in earlier lives comes first.
        state_->wrapped = true;
        state_->map = 0;
        state_->index = 0;
        continue;
      }
      const std::size_t wanted = count - result.numbers_.size();
      state_->find(guard.page(), map, state_->index, wanted, found);
      for (const std::uint32_t index : found) {
        result.numbers_.push_back(map * kPagesPerMap + index);
        state_->reserved.insert(result.numbers_.back());
      }
      if (found.size() < wanted) {
        ++state_->map;
        state_->index = 0;
        CHECK(state_->map < 0xffff'ffff / kPagesPerMap);
      } else if (wanted < kContiguous) {
        state_->index = std::min(found.back() + 1, kPagesPerMap - 1);
      }
    }
    result.maps_.emplace_back(map, std::move(pinned));
    // Pages of trees that were dropped are read for where their chains end: together, not one after the other.
    if (found.size() > 1) {
      std::vector<wal::PageNo> missing;
      for (const std::uint32_t index : found) {
        const wal::PageNo page_no{map * kPagesPerMap + index};
        if (index < high_water && !volume_.is_cached(page_no)) missing.push_back(page_no);
      }
      if (missing.size() > 1) volume_.load_together(missing);
    }
    // What is reserved goes back with `result` if reading one of the pages throws.
    for (const std::uint32_t index : found) {
      const wal::PageNo page_no{map * kPagesPerMap + index};
      result.pages_.push_back(
          {index >= high_water ? volume_.create(page_no) : volume_.pin(page_no), map});
    }
    if (result.numbers_.size() == count) break;
    remember_map(map + 1);
  }
  return result;
}

void Space::remember_map(std::uint32_t map) {
  {
    const std::scoped_lock lock(state_->mutex);
    if (map <= state_->hint) return;
    state_->hint = map;
  }
  const buffer::ExclusiveGuard header = volume_.exclusive(kVolumeHeaderPage);
  wal::MiniTransaction mtr(volume_.volume());
  write_slot(mtr, header, VolumeSlot::space_map_hint, 0, map);
  mtr.commit();
}

Release Space::prepare_free(std::span<const wal::PageNo> pages) {
  Release result;
  result.space_ = this;
  for (const wal::PageNo page_no : pages) {
    const std::uint32_t map = wal::raw(page_no) / kPagesPerMap;
    if (std::ranges::find(result.maps_, map, [](const auto& m) { return m.first; }) ==
        result.maps_.end()) {
      result.maps_.emplace_back(map, volume_.pin(map_page(map)));
    }
  }
  return result;
}

std::uint64_t Space::used_pages() {
  std::uint64_t used = 0;
  for (std::uint32_t map = 0;; ++map) {
    const buffer::SharedGuard guard = volume_.shared(map_page(map));
    if (!is_formatted(guard.page())) return used;
    for (const std::uint64_t word : map_of(guard.page()).used) {
      used += static_cast<std::uint64_t>(std::popcount(word));
    }
  }
}

std::uint64_t Space::extent_pages() {
  std::uint64_t extent = 0;
  for (std::uint32_t map = 0;; ++map) {
    const buffer::SharedGuard guard = volume_.shared(map_page(map));
    if (!is_formatted(guard.page())) return extent;
    extent = std::uint64_t{map} * kPagesPerMap + map_of(guard.page()).high_water;
  }
}

bool Space::is_used(wal::PageNo page_no) {
  const std::uint32_t map = wal::raw(page_no) / kPagesPerMap;
  const std::uint32_t index = wal::raw(page_no) % kPagesPerMap;
  const buffer::SharedGuard guard = volume_.shared(map_page(map));
  return (used_word(guard.page(), map, index / 64) >> (index % 64) & 1) != 0;
}

Reservation::Reservation(Reservation&& other) noexcept { *this = std::move(other); }

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  std::swap(space_, other.space_);
  std::swap(pages_, other.pages_);
  std::swap(numbers_, other.numbers_);
  std::swap(taken_, other.taken_);
  std::swap(maps_, other.maps_);
  std::swap(latched_, other.latched_);
  return *this;
}

Reservation::~Reservation() {
  CHECK(latched_.empty());
  if (space_ == nullptr) return;
  pages_.clear();
  const std::scoped_lock lock(space_->state_->mutex);
  for (const std::uint32_t number : numbers_) {
    space_->state_->reserved.erase(number);
    const std::uint32_t map = number / kPagesPerMap;
    if (map == space_->state_->map) {
      space_->state_->index = std::min(space_->state_->index, number % kPagesPerMap);
    }
  }
}

buffer::ExclusiveGuard Reservation::take(wal::MiniTransaction& mtr) {
  CHECK(remaining() != 0);
  Reserved& reserved = pages_[taken_++];
  const std::uint32_t number = wal::raw(reserved.page.page_no());
  const std::uint32_t index = number % kPagesPerMap;
  buffer::ExclusiveGuard guard = reserved.page.exclusive();
  wal::Page& map = latch_map(maps_, latched_, reserved.map);
  if (!is_formatted(map) && map_of(map).page.kind == 0) format_map(mtr, map, reserved.map);
  set_bit(mtr, map, index, true);
  if (index >= map_of(map).high_water) {
    mtr.put(map, offsetof(SpaceMap, high_water), index + 1);
  }
  reserved.page.release();
  return guard;
}

void Reservation::settle() {
  latched_.clear();
  if (space_ == nullptr) return;
  const std::scoped_lock lock(space_->state_->mutex);
  for (std::size_t i = 0; i < taken_; ++i) space_->state_->reserved.erase(numbers_[i]);
  numbers_.erase(numbers_.begin(), numbers_.begin() + static_cast<std::ptrdiff_t>(taken_));
  pages_.erase(pages_.begin(), pages_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
}

void Release::free(wal::MiniTransaction& mtr, wal::PageNo page_no) {
  const std::uint32_t map = wal::raw(page_no) / kPagesPerMap;
  set_bit(mtr, latch_map(maps_, latched_, map), wal::raw(page_no) % kPagesPerMap, false);
  lowest_ = std::min(lowest_, wal::raw(page_no));
  space_->volume().retire(page_no);
}

void Release::settle() {
  latched_.clear();
  if (lowest_ == 0xffff'ffff) return;
  Space::State& state = *space_->state_;
  const std::scoped_lock lock(state.mutex);
  const std::uint32_t map = lowest_ / kPagesPerMap;
  const std::uint32_t index = lowest_ % kPagesPerMap;
  if (map < state.map) {
    state.map = map;
    state.index = index;
  } else if (map == state.map) {
    state.index = std::min(state.index, index);
  }
  lowest_ = 0xffff'ffff;
}

}  // namespace btree
