#include "node_change.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "wal/check.h"

namespace btree {

std::size_t common_prefix(Bytes left, Bytes right) {
  const std::size_t limit = std::min(left.size(), right.size());
  return static_cast<std::size_t>(
      std::mismatch(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(limit), right.begin())
          .first -
      left.begin());
}

namespace {

// The header's counters, in one write: count, heap_begin, garbage.
struct Counters {
  std::uint16_t count;
  std::uint16_t heap_begin;
  std::uint16_t garbage;
};
constexpr std::size_t kCountersOffset = offsetof(NodeHeader, count);
static_assert(offsetof(NodeHeader, heap_begin) == kCountersOffset + 2);
static_assert(offsetof(NodeHeader, garbage) == kCountersOffset + 4);

Counters counters_of(const wal::Page& page) {
  const NodeHeader& header = NodeView(page).header();
  return {header.count, header.heap_begin, header.garbage};
}

// Only what changed: inserts leave the garbage alone.
void put_counters(wal::MiniTransaction& mtr, wal::Page& page, const Counters& now) {
  const Counters before = counters_of(page);
  std::size_t begin = 0;
  std::size_t end = sizeof(Counters);
  if (now.garbage == before.garbage) end = 4;
  if (now.heap_begin == before.heap_begin && end == 4) end = 2;
  if (now.count == before.count) begin = 2;
  if (begin >= end) return;
  mtr.write(page, kCountersOffset + begin,
            std::as_bytes(std::span<const Counters, 1>(&now, 1)).subspan(begin, end - begin));
}

std::size_t slot_offset(unsigned slot) { return kSlotsOffset + slot * sizeof(Slot); }

// A piece of the heap that something refers to.
struct Block {
  std::uint16_t offset;
  std::uint16_t size;
  std::uint16_t owner;  // a slot, or one of the two below
};
constexpr std::uint16_t kLowFence = 0xffff;
constexpr std::uint16_t kHighFence = 0xfffe;

// Moves the heap's live blocks to the page's end, highest first, so that none is overwritten before
// it was moved. In the log, a run of blocks that stay together is one move.
void compact(wal::MiniTransaction& mtr, wal::Page& page) {
  const NodeView view(page);
  NodeHeader header = view.header();
  const unsigned count = view.count();
  std::array<Block, kMaxSlots + 2> blocks;
  std::size_t used = 0;
  for (unsigned i = 0; i < count; ++i) {
    blocks[used++] = {view.slot(i).offset, static_cast<std::uint16_t>(view.entry_size(i)),
                      static_cast<std::uint16_t>(i)};
  }
  if (header.low_size != 0) blocks[used++] = {header.low_offset, header.low_size, kLowFence};
  if (view.has_high_fence() && header.high_size != 0) {
    blocks[used++] = {header.high_offset, header.high_size, kHighFence};
  }
  std::sort(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(used),
            [](const Block& a, const Block& b) { return a.offset > b.offset; });

  std::array<Slot, kMaxSlots> slots;
  for (unsigned i = 0; i < count; ++i) slots[i] = view.slot(i);
  struct Run {
    std::size_t from, to, size;
  };
  std::array<Run, kMaxSlots + 2> runs;
  std::size_t run_count = 0;
  std::size_t end = wal::kPageSize;
  for (std::size_t i = 0; i < used; ++i) {
    const Block& block = blocks[i];
    end -= block.size;
    if (run_count != 0 && runs[run_count - 1].from == std::size_t{block.offset} + block.size) {
      runs[run_count - 1].from -= block.size;
      runs[run_count - 1].to -= block.size;
      runs[run_count - 1].size += block.size;
    } else {
      runs[run_count++] = {block.offset, end, block.size};
    }
    const auto to = static_cast<std::uint16_t>(end);
    if (block.owner == kLowFence) {
      header.low_offset = to;
    } else if (block.owner == kHighFence) {
      header.high_offset = to;
    } else {
      slots[block.owner].offset = to;
    }
  }
  header.heap_begin = static_cast<std::uint16_t>(end);
  header.garbage = 0;

  constexpr std::size_t kMoveSize = 7;
  const Bytes slot_bytes = std::as_bytes(std::span(slots).first(count));
  if (run_count * kMoveSize + slot_bytes.size() + sizeof(NodeHeader) < wal::kPageSize / 2) {
    for (const Run& run : std::span(runs).first(run_count)) {
      mtr.move(page, run.to, run.from, run.size);
    }
    constexpr std::size_t kFrom = kCountersOffset;
    mtr.write(page, kFrom,
              std::as_bytes(std::span<const NodeHeader, 1>(&header, 1)).subspan(kFrom));
    mtr.write(page, kSlotsOffset, slot_bytes);
    return;
  }
  wal::Page built = page;
  for (const Run& run : std::span(runs).first(run_count)) {
    std::memmove(built.bytes.data() + run.to, built.bytes.data() + run.from, run.size);
  }
  std::memcpy(built.bytes.data(), &header, sizeof(header));
  if (count != 0) std::memcpy(built.bytes.data() + kSlotsOffset, slots.data(), slot_bytes.size());
  install_page(mtr, page, built);
}

}  // namespace

void install_page(wal::MiniTransaction& mtr, wal::Page& page, const wal::Page& built) {
  const NodeView view(built);
  const std::size_t front = view.slots_end();
  const std::size_t heap = view.header().heap_begin;
  const std::size_t hole = heap - front;
  // Above that, two writes of incompressible bytes are the shorter log.
  if (hole < wal::kPageSize / 2) {
    std::memcpy(page.bytes.data() + wal::kPageLsnSize, built.bytes.data() + wal::kPageLsnSize,
                wal::kPageSize - wal::kPageLsnSize);
    std::memset(page.bytes.data() + front, 0, hole);
    mtr.image(page);
    return;
  }
  if (page.lsn() != wal::kNoLsn) {
    mtr.fill(page, wal::kPageLsnSize, wal::kPageSize - wal::kPageLsnSize, std::byte{0});
  }
  mtr.write(page, wal::kPageLsnSize,
            Bytes(built.bytes).subspan(wal::kPageLsnSize, front - wal::kPageLsnSize));
  mtr.write(page, heap, Bytes(built.bytes).subspan(heap));
}

void NodeBuilder::start(unsigned level, Bytes low, bool has_high, Bytes high) {
  std::memset(page_->bytes.data(), 0, kSlotsOffset);
  NodeHeader& h = header();
  h.page.kind = static_cast<std::uint8_t>(level == 0 ? buffer::PageKind::tree_leaf
                                                     : buffer::PageKind::tree_inner);
  h.level = static_cast<std::uint16_t>(level);
  std::size_t end = wal::kPageSize - low.size();
  if (!low.empty()) std::memcpy(page_->bytes.data() + end, low.data(), low.size());
  h.low_offset = static_cast<std::uint16_t>(low.empty() ? 0 : end);
  h.low_size = static_cast<std::uint16_t>(low.size());
  if (has_high) {
    end -= high.size();
    if (!high.empty()) std::memcpy(page_->bytes.data() + end, high.data(), high.size());
    h.high_offset = static_cast<std::uint16_t>(high.empty() ? 0 : end);
    h.high_size = static_cast<std::uint16_t>(high.size());
    h.prefix_size = static_cast<std::uint16_t>(common_prefix(low, high));
  } else {
    h.high_size = kNoFence;
  }
  h.heap_begin = static_cast<std::uint16_t>(end);
}

std::ptrdiff_t NodeBuilder::room_after(std::size_t key_size, std::size_t value_size) const {
  const NodeView v = view();
  std::size_t rest = key_size - std::min<std::size_t>(key_size, v.header().prefix_size);
  if (v.level() != 0 && v.count() == 0) rest = 0;
  return static_cast<std::ptrdiff_t>(v.contiguous_free()) -
         static_cast<std::ptrdiff_t>(rest + value_size + kEntryOverhead);
}

bool NodeBuilder::add(SplitKey key, Bytes value) {
  NodeHeader& h = header();
  std::array<std::byte, wal::kPageSize> joined;
  Bytes rest;
  if (h.level == 0 || h.count != 0) {
    if (key.prefix.size() == h.prefix_size) {
      rest = key.suffix;
    } else if (key.prefix.size() < h.prefix_size) {
      rest = key.suffix.subspan(h.prefix_size - key.prefix.size());
    } else {
      CHECK(key.size() <= joined.size());
      key.copy_to(joined.data());
      rest = Bytes(joined).subspan(h.prefix_size, key.size() - h.prefix_size);
    }
  }
  const std::size_t size = kValueSizeSize + rest.size() + value.size();
  const NodeView v = view();
  if (v.contiguous_free() < size + sizeof(Slot)) return false;
  const std::size_t offset = h.heap_begin - size;
  std::byte* const at = page_->bytes.data() + offset;
  const auto value_size = static_cast<std::uint16_t>(value.size());
  std::memcpy(at, &value_size, kValueSizeSize);
  if (!rest.empty()) std::memcpy(at + kValueSizeSize, rest.data(), rest.size());
  if (!value.empty()) {
    std::memcpy(at + kValueSizeSize + rest.size(), value.data(), value.size());
  }
  const Slot slot{head_of(rest), static_cast<std::uint16_t>(offset),
                  static_cast<std::uint16_t>(rest.size())};
  std::memcpy(page_->bytes.data() + slot_offset(h.count), &slot, sizeof(slot));
  ++h.count;
  h.heap_begin = static_cast<std::uint16_t>(offset);
  return true;
}

bool NodeBuilder::add_child(SplitKey key, wal::PageNo child) {
  const std::uint32_t number = wal::raw(child);
  return add(key, std::as_bytes(std::span<const std::uint32_t, 1>(&number, 1)));
}

void NodeBuilder::set_highest_xid(std::uint64_t xid) { header().highest_xid = xid; }

void NodeBuilder::install(wal::MiniTransaction& mtr, wal::Page& page, wal::PageNo page_no) {
  header().page.page_no = wal::raw(page_no);
  const NodeView before(page);
  if (header().tree == 0 && before.is_node()) header().tree = before.header().tree;
  install_page(mtr, page, *page_);
}

void NodeBuilder::set_no_references() { header().tree = kNoReferences; }

void insert_entry(wal::MiniTransaction& mtr, wal::Page& page, unsigned slot, Bytes rest,
                  Bytes value) {
  const NodeView view(page);
  const std::size_t size = kValueSizeSize + rest.size() + value.size();
  CHECK(view.free_bytes() >= size + sizeof(Slot));
  if (view.contiguous_free() < size + sizeof(Slot)) compact(mtr, page);

  Counters counters = counters_of(page);
  CHECK(slot <= counters.count);
  std::array<std::byte, wal::kPageSize> entry;
  const auto value_size = static_cast<std::uint16_t>(value.size());
  std::memcpy(entry.data(), &value_size, kValueSizeSize);
  if (!rest.empty()) std::memcpy(entry.data() + kValueSizeSize, rest.data(), rest.size());
  if (!value.empty()) {
    std::memcpy(entry.data() + kValueSizeSize + rest.size(), value.data(), value.size());
  }
  const std::size_t offset = counters.heap_begin - size;
  mtr.write(page, offset, Bytes(entry).first(size));
  const unsigned behind = counters.count - slot;
  mtr.move(page, slot_offset(slot + 1), slot_offset(slot), behind * sizeof(Slot));
  mtr.put(page, slot_offset(slot),
          Slot{view.head_of_rest(rest), static_cast<std::uint16_t>(offset),
               static_cast<std::uint16_t>(rest.size())});
  ++counters.count;
  counters.heap_begin = static_cast<std::uint16_t>(offset);
  put_counters(mtr, page, counters);
}

void erase_entry(wal::MiniTransaction& mtr, wal::Page& page, unsigned slot) {
  const NodeView view(page);
  Counters counters = counters_of(page);
  CHECK(slot < counters.count);
  const std::size_t size = view.entry_size(slot);
  if (view.slot(slot).offset == counters.heap_begin) {
    counters.heap_begin = static_cast<std::uint16_t>(counters.heap_begin + size);
  } else {
    counters.garbage = static_cast<std::uint16_t>(counters.garbage + size);
  }
  mtr.move(page, slot_offset(slot), slot_offset(slot + 1),
           (counters.count - slot - 1) * sizeof(Slot));
  --counters.count;
  put_counters(mtr, page, counters);
}

void replace_value(wal::MiniTransaction& mtr, wal::Page& page, unsigned slot, Bytes value) {
  const NodeView view(page);
  const Bytes old = view.value(slot);
  const std::size_t at = view.value_offset(slot);
  if (value.size() <= old.size()) {
    // One write from the first to the last byte that differs.
    const std::size_t first = common_prefix(value, old);
    std::size_t last = value.size();
    if (value.size() == old.size()) {
      while (last > first && value[last - 1] == old[last - 1]) --last;
    } else {
      Counters counters = counters_of(page);
      counters.garbage = static_cast<std::uint16_t>(counters.garbage + (old.size() - value.size()));
      mtr.put(page, view.slot(slot).offset, static_cast<std::uint16_t>(value.size()));
      put_counters(mtr, page, counters);
    }
    mtr.write(page, at + first, value.subspan(first, last - first));
    return;
  }

  const Bytes rest = view.suffix(slot);
  const std::size_t size = kValueSizeSize + rest.size() + value.size();
  std::array<std::byte, wal::kPageSize> key;
  if (!rest.empty()) std::memcpy(key.data(), rest.data(), rest.size());
  const Bytes kept = Bytes(key).first(rest.size());
  if (view.contiguous_free() < size) {
    erase_entry(mtr, page, slot);
    insert_entry(mtr, page, slot, kept, value);
    return;
  }
  Counters counters = counters_of(page);
  counters.garbage = static_cast<std::uint16_t>(counters.garbage + view.entry_size(slot));
  counters.heap_begin = static_cast<std::uint16_t>(counters.heap_begin - size);
  std::array<std::byte, wal::kPageSize> entry;
  const auto value_size = static_cast<std::uint16_t>(value.size());
  std::memcpy(entry.data(), &value_size, kValueSizeSize);
  if (!kept.empty()) std::memcpy(entry.data() + kValueSizeSize, kept.data(), kept.size());
  std::memcpy(entry.data() + kValueSizeSize + kept.size(), value.data(), value.size());
  mtr.write(page, counters.heap_begin, Bytes(entry).first(size));
  mtr.put(page, slot_offset(slot) + offsetof(Slot, offset), counters.heap_begin);
  put_counters(mtr, page, counters);
}

void truncate_entries(wal::MiniTransaction& mtr, wal::Page& page, unsigned count) {
  const NodeView view(page);
  Counters counters = counters_of(page);
  CHECK(count <= counters.count);
  for (unsigned i = count; i < counters.count; ++i) {
    counters.garbage = static_cast<std::uint16_t>(counters.garbage + view.entry_size(i));
  }
  counters.count = static_cast<std::uint16_t>(count);
  put_counters(mtr, page, counters);
}

void truncate_node(wal::MiniTransaction& mtr, wal::Page& page, unsigned count, Bytes high) {
  const NodeView view(page);
  NodeHeader header = view.header();
  CHECK(count <= header.count);
  std::size_t freed = 0;
  for (unsigned i = count; i < header.count; ++i) freed += view.entry_size(i);
  if (view.has_high_fence()) freed += header.high_size;
  header.count = static_cast<std::uint16_t>(count);
  header.garbage = static_cast<std::uint16_t>(header.garbage + freed);
  header.high_size = 0;
  header.high_offset = 0;
  const auto put_header = [&] {
    mtr.write(page, kCountersOffset,
              std::as_bytes(std::span<const NodeHeader, 1>(&header, 1)).subspan(kCountersOffset));
  };
  if (header.heap_begin - slot_offset(count) < high.size()) {
    put_header();
    compact(mtr, page);
    header = view.header();
    CHECK(view.contiguous_free() >= high.size());
  }
  header.heap_begin = static_cast<std::uint16_t>(header.heap_begin - high.size());
  header.high_offset = high.empty() ? std::uint16_t{0} : header.heap_begin;
  header.high_size = static_cast<std::uint16_t>(high.size());
  const std::size_t shared = common_prefix(view.low_fence(), high) - header.prefix_size;
  const bool other_heads = shared != header.head_skip && count != 0;
  header.head_skip = static_cast<std::uint16_t>(shared);
  mtr.write(page, header.heap_begin, high);
  put_header();
  if (!other_heads) return;
  // Keys that came in ascending order have their first bytes in common, and nobody knew before.
  std::array<Slot, kMaxSlots> slots;
  for (unsigned i = 0; i < count; ++i) {
    slots[i] = view.slot(i);
    slots[i].head = view.head_of_rest(view.suffix(i));
  }
  mtr.write(page, kSlotsOffset, std::as_bytes(std::span(slots).first(count)));
}

}  // namespace btree
