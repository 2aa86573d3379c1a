// The layout of a tree page, and reading it.
//
//   NodeHeader | slots, in key order | free | heap, growing down: entries and the two fence keys
//
// An entry is u16 value size, key without the page's prefix, value; in an inner page the value is
// the u32 number of the child that holds keys at or above the entry's key and below the next
// entry's. An inner page's first key is empty: it stands for the low fence. Keys in a page are in
// [low fence, high fence); the first prefix_size bytes of the low fence begin all of them.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "btree/bytes.h"
#include "buffer/page_kind.h"
#include "wal/ids.h"
#include "wal/page.h"

namespace btree {

struct NodeHeader {
  wal::PageHeader page;
  std::uint64_t highest_xid;  // leaves
  std::uint16_t level;        // 0 = leaf
  std::uint16_t count;        // slots
  std::uint16_t heap_begin;   // everything from here to the page's end is heap
  std::uint16_t garbage;      // bytes of the heap that nothing refers to
  std::uint16_t prefix_size;
  std::uint16_t low_offset;
  std::uint16_t low_size;  // 0 = from the beginning
  std::uint16_t high_offset;
  std::uint16_t high_size;  // kNoFence = to the end
  // Bytes behind the prefix that all keys share as well, but keep: the prefix is cut off when a
  // page is built, this grows when its high fence comes down. Slot heads begin behind.
  std::uint16_t head_skip;
  std::uint16_t tree;  // a root's: kNoReferences; other pages' means nothing
  std::uint16_t reserved;
};
static_assert(sizeof(NodeHeader) == 48);

// No value of the tree ever referred to overflow pages. Trees that are older than this mark lack it.
inline constexpr std::uint16_t kNoReferences = 1;

inline constexpr std::uint16_t kNoFence = 0xffff;

struct Slot {
  std::uint32_t head;      // first four bytes behind prefix and head_skip, most significant first
  std::uint16_t offset;    // of the entry
  std::uint16_t key_size;  // without the prefix
};
static_assert(sizeof(Slot) == 8);

inline constexpr std::size_t kSlotsOffset = sizeof(NodeHeader);
inline constexpr std::size_t kMaxSlots = (wal::kPageSize - kSlotsOffset) / sizeof(Slot);
inline constexpr std::size_t kNodeCapacity = wal::kPageSize - kSlotsOffset;
inline constexpr std::size_t kValueSizeSize = 2;
inline constexpr std::size_t kChildSize = 4;

inline std::uint32_t head_of(Bytes key) {
  std::uint32_t head;
  if (key.size() >= 4) [[likely]] {
    std::memcpy(&head, key.data(), 4);
    return __builtin_bswap32(head);
  }
  head = 0;
  for (std::size_t i = 0; i < key.size(); ++i) {
    head |= std::to_integer<std::uint32_t>(key[i]) << (24 - 8 * i);
  }
  return head;
}

// compare() for two keys whose first four bytes are equal, behind those when both are long enough.
inline int compare_tails(Bytes left, Bytes right) {
  if (left.size() >= 8 && right.size() >= 8) {
    std::uint64_t l, r;
    std::memcpy(&l, left.data(), 8);
    std::memcpy(&r, right.data(), 8);
    if (l != r) return __builtin_bswap64(l) < __builtin_bswap64(r) ? -1 : 1;
    if (left.size() == 8 && right.size() == 8) return 0;
  } else if (left.size() <= 4 && right.size() <= 4) {
    // Nothing but the head and, where it was padded, the size.
    return left.size() < right.size() ? -1 : (left.size() > right.size() ? 1 : 0);
  }
  return compare(left, right);
}

// Reads a page that may change while it is read (see buffer::OptimisticGuard): every access is
// bounded by the page, whatever the page says. Nonsense in, nonsense out.
class NodeView {
 public:
  explicit NodeView(const wal::Page& page) : page_(&page) {}

  const NodeHeader& header() const {
    return *reinterpret_cast<const NodeHeader*>(page_->bytes.data());
  }
  bool is_node() const {
    const auto kind = static_cast<buffer::PageKind>(header().page.kind);
    return kind == buffer::PageKind::tree_leaf || kind == buffer::PageKind::tree_inner;
  }
  bool is_leaf() const { return header().level == 0; }
  unsigned level() const { return header().level; }
  unsigned count() const { return std::min<unsigned>(header().count, kMaxSlots); }

  const Slot& slot(unsigned i) const {
    return reinterpret_cast<const Slot*>(page_->bytes.data() + kSlotsOffset)[i];
  }
  Bytes prefix() const { return bounded(header().low_offset, header().prefix_size); }
  Bytes low_fence() const { return bounded(header().low_offset, header().low_size); }
  bool has_high_fence() const { return header().high_size != kNoFence; }
  Bytes high_fence() const { return bounded(header().high_offset, header().high_size); }

  Bytes suffix(unsigned i) const {
    const Slot s = slot(i);
    return bounded(s.offset + kValueSizeSize, s.key_size);
  }
  SplitKey key(unsigned i) const { return {prefix(), suffix(i)}; }
  std::size_t value_offset(unsigned i) const {
    const Slot s = slot(i);
    return std::size_t{s.offset} + kValueSizeSize + s.key_size;
  }
  std::size_t value_size(unsigned i) const { return read<std::uint16_t>(slot(i).offset); }
  Bytes value(unsigned i) const { return bounded(value_offset(i), value_size(i)); }
  wal::PageNo child(unsigned i) const { return wal::PageNo{read<std::uint32_t>(value_offset(i))}; }

  // Bytes of the entry in the heap.
  std::size_t entry_size(unsigned i) const {
    return kValueSizeSize + slot(i).key_size + value_size(i);
  }

  std::size_t slots_end() const { return kSlotsOffset + count() * sizeof(Slot); }
  // In one piece between slots and heap.
  std::size_t contiguous_free() const {
    const std::size_t begin = header().heap_begin;
    return begin > slots_end() ? begin - slots_end() : 0;
  }
  std::size_t free_bytes() const { return contiguous_free() + header().garbage; }

  // The part of a key of this page that its entries keep.
  Bytes without_prefix(Bytes key) const {
    return key.subspan(std::min<std::size_t>(header().prefix_size, key.size()));
  }

  // Of a key without its prefix.
  std::uint32_t head_of_rest(Bytes rest) const {
    return head_of(rest.subspan(std::min<std::size_t>(header().head_skip, rest.size())));
  }

  struct Place {
    unsigned slot;
    bool found;
  };
  // First entry at or above `key`, which lies within the fences.
  Place find(Bytes key) const {
    const std::size_t skip = header().head_skip;
    const Bytes rest = key.subspan(std::min(header().prefix_size + skip, key.size()));
    const std::uint32_t head = head_of(rest);
    unsigned low = 0;
    unsigned high = count();
    while (low < high) {
      const unsigned middle = (low + high) / 2;
      const Slot s = slot(middle);
      if (s.head != head) {
        if (s.head < head) {
          low = middle + 1;
        } else {
          high = middle;
        }
        continue;
      }
      const std::size_t tail = s.key_size > skip ? s.key_size - skip : 0;
      const int order = compare_tails(bounded(s.offset + kValueSizeSize + skip, tail), rest);
      if (order == 0) return {middle, true};
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return {low, false};
  }
  // The entry of an inner page whose child holds `key`.
  unsigned find_child(Bytes key) const {
    const Place place = find(key);
    if (place.found) return place.slot;
    return place.slot == 0 ? 0 : place.slot - 1;
  }

  // Whether keys like this one belong to the page.
  bool covers(Bytes key) const {
    return compare(key, low_fence()) >= 0 && (!has_high_fence() || compare(key, high_fence()) < 0);
  }

 private:
  Bytes bounded(std::size_t offset, std::size_t size) const {
    if (offset + size > wal::kPageSize) [[unlikely]]
      return {};
    return Bytes(page_->bytes).subspan(offset, size);
  }
  template <typename T>
  T read(std::size_t offset) const {
    T value{};
    if (offset + sizeof(T) <= wal::kPageSize) [[likely]] {
      std::memcpy(&value, page_->bytes.data() + offset, sizeof(T));
    }
    return value;
  }

  const wal::Page* page_;
};

}  // namespace btree
