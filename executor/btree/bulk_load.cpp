#include "btree/bulk_load.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "btree/errc.h"
#include "btree/limits.h"
#include "node_change.h"
#include "wal/check.h"

namespace btree {
namespace {

// Leaves written by one mini-transaction.
constexpr std::size_t kGroup = 8;
// What a group needs at most: its leaves, the empty leaf behind them, and a new page on every
// level.
constexpr std::size_t kPagesPerGroup = kGroup + 1 + 12;

// A leaf that waits for its group.
struct BuiltLeaf {
  NodeBuilder node;
  std::vector<std::byte> high;  // the next leaf's low fence; empty for the last
};

}  // namespace

struct BulkLoad::State {
  Tree tree;
  Space& space;
  buffer::PagedVolume& volume;
  BulkLoadOptions options;
  std::size_t target;  // bytes of a leaf in use

  // Entries of the next leaf: keys and values back to back.
  struct Entry {
    std::uint32_t begin;
    std::uint16_t key_size;
    std::uint16_t value_size;
  };
  std::vector<Entry> entries;
  std::vector<std::byte> bytes;
  std::size_t raw_size = 0;    // of the entries in a page without prefix
  std::vector<std::byte> low;  // fence of the leaf in the making

  std::array<BuiltLeaf, kGroup> group;
  std::size_t built = 0;

  Reservation reservation;
  // The last page of each level, from the leaf (the empty one that the next group fills) to the
  // root.
  std::vector<wal::PageNo> spine;
  bool finished = false;

  State(const Tree& t, BulkLoadOptions o)
      : tree(t), space(t.space()), volume(t.space().volume()), options(o) {
    target = kNodeCapacity * std::clamp(options.fill_percent, 50U, 100U) / 100;
    spine.push_back(tree.root());
    CHECK(can_fill(tree));
  }

  Bytes key(std::size_t i) const {
    return Bytes(bytes).subspan(entries[i].begin, entries[i].key_size);
  }
  Bytes value(std::size_t i) const {
    return Bytes(bytes).subspan(entries[i].begin + entries[i].key_size, entries[i].value_size);
  }

  void append(Bytes new_key, Bytes new_value) {
    entries.push_back({static_cast<std::uint32_t>(bytes.size()),
                       static_cast<std::uint16_t>(new_key.size()),
                       static_cast<std::uint16_t>(new_value.size())});
    bytes.insert(bytes.end(), new_key.begin(), new_key.end());
    bytes.insert(bytes.end(), new_value.begin(), new_value.end());
    raw_size += new_key.size() + new_value.size() + kEntryOverhead;
  }

  // Whether the leaf would be full with this entry; its key bounds what the fences can share.
  bool is_full_with(Bytes new_key, Bytes new_value) const {
    if (entries.empty()) return false;
    const std::size_t prefix = common_prefix(low, new_key);
    const std::size_t size = raw_size + new_key.size() + new_value.size() + kEntryOverhead -
                             prefix * (entries.size() + 1) + low.size() + new_key.size();
    return size > target;
  }

  // Builds leaves of all buffered entries; the last one ends at `high`, or at the end of the tree.
  // One leaf nearly always: the estimate above can only be wrong about the prefix.
  void build(bool has_high, Bytes high) {
    std::size_t first = 0;
    while (first < entries.size()) {
      if (built == kGroup) flush_group(false);
      BuiltLeaf& leaf = group[built];
      std::size_t end = entries.size();
      std::vector<std::byte> cut;
      for (;;) {
        const bool whole = end == entries.size();
        if (!whole) {
          const std::size_t common = common_prefix(key(end - 1), key(end));
          const Bytes next = key(end);
          cut.assign(next.begin(), next.begin() + static_cast<std::ptrdiff_t>(common + 1));
        }
        leaf.node.start(0, low, whole ? has_high : true, whole ? high : Bytes(cut));
        leaf.node.set_highest_xid(options.highest_xid);
        std::size_t i = first;
        while (i < end && leaf.node.add({{}, key(i)}, value(i))) ++i;
        if (i == end) break;
        CHECK(i > first);
        end = i;  // ends before the entry that found no room
      }
      const bool whole = end == entries.size();
      leaf.high = whole ? std::vector<std::byte>(high.begin(), high.end()) : std::move(cut);
      low = leaf.high;
      ++built;
      first = end;
    }
    entries.clear();
    bytes.clear();
    raw_size = 0;
  }

  // Writes the group. Its first leaf goes to the end of the spine, the others to new pages; behind
  // them comes an empty leaf, unless these were the last.
  void flush_group(bool last) {
    if (built == 0) return;
    if (reservation.remaining() < kPagesPerGroup) {
      reservation = Reservation();
      // As many as lie well together, but not a small pool's every frame.
      const std::size_t frames = volume.pool().size_bytes() / wal::kPageSize;
      reservation = space.reserve(std::clamp<std::size_t>(frames / 16, kPagesPerGroup, 64));
    }
    // The spine is ours alone; pinned, so that no page of it is missing under latches.
    std::vector<buffer::PinnedPage> pins;
    for (const wal::PageNo page_no : spine) pins.push_back(volume.pin(page_no));
    wal::MiniTransaction mtr(volume.volume());
    std::vector<buffer::ExclusiveGuard> guards;
    std::vector<Level> levels;
    for (std::size_t level = pins.size(); level-- > 0;) {  // parents first
      guards.push_back(pins[level].exclusive());
      levels.push_back({&guards.back().page(), pins[level].page_no()});
    }
    std::ranges::reverse(levels);
    const auto take = [&]() -> Level {
      guards.push_back(reservation.take(mtr));
      return {&guards.back().page(), guards.back().page_no()};
    };

    const std::size_t leaves = last ? built : built + 1;
    if (levels.size() == 1 && leaves > 1) {
      // The root was the leaf: it becomes an inner page, and the leaf another.
      const Level leaf = take();
      NodeBuilder inner;
      inner.start(1, {}, false, {});
      CHECK(inner.add_child({}, leaf.page_no));
      inner.install(mtr, *levels[0].page, levels[0].page_no);
      levels.insert(levels.begin(), leaf);
    }
    for (std::size_t i = 0; i < leaves; ++i) {
      if (i != 0) {
        levels[0] = take();
        add_child(mtr, levels, 1, group[i - 1].high, levels[0].page_no, take);
      }
      if (i < built) {
        group[i].node.install(mtr, *levels[0].page, levels[0].page_no);
      } else {
        NodeBuilder empty;
        empty.start(0, group[i - 1].high, false, {});
        empty.install(mtr, *levels[0].page, levels[0].page_no);
      }
    }
    mtr.commit();
    reservation.settle();
    spine.clear();
    for (const Level& level : levels) spine.push_back(level.page_no);
    built = 0;
  }

  struct Level {
    wal::Page* page;
    wal::PageNo page_no;
  };

  // Puts (key, child) at the end of the level's last page, or begins a new one.
  template <typename Take>
  void add_child(wal::MiniTransaction& mtr, std::vector<Level>& levels, std::size_t level,
                 Bytes key, wal::PageNo child, const Take& take) {
    const NodeView view(*levels[level].page);
    if (view.free_bytes() >= view.without_prefix(key).size() + kChildSize + kEntryOverhead) {
      const std::uint32_t number = wal::raw(child);
      insert_entry(mtr, *levels[level].page, view.count(), view.without_prefix(key),
                   std::as_bytes(std::span<const std::uint32_t, 1>(&number, 1)));
      return;
    }
    NodeBuilder builder;
    if (level + 1 == levels.size()) {
      // The root moves down into a page of its own.
      const Level moved = take();
      const auto at = static_cast<unsigned>(level);
      builder.start(at, {}, false, {});
      for (unsigned i = 0; i < view.count(); ++i) CHECK(builder.add(view.key(i), view.value(i)));
      builder.install(mtr, *moved.page, moved.page_no);
      const Level root = levels[level];
      builder.start(at + 1, {}, false, {});
      CHECK(builder.add_child({}, moved.page_no));
      builder.install(mtr, *root.page, root.page_no);
      levels[level] = moved;
      levels.push_back(root);
    }
    // The key becomes the full page's high fence. If there is no room for it, the page's last child
    // moves on, and its key, which leaves room, is the fence.
    wal::Page& full = *levels[level].page;
    const NodeView full_view(full);
    const bool fits = full_view.free_bytes() >= key.size();
    const unsigned count = full_view.count() - (fits ? 0 : 1);
    std::vector<std::byte> fence(key.begin(), key.end());
    builder.start(static_cast<unsigned>(level), fence, false, {});
    if (!fits) {
      full_view.key(count).assign_to(fence);
      builder.start(static_cast<unsigned>(level), fence, false, {});
      CHECK(builder.add_child({}, full_view.child(count)));
    }
    CHECK(builder.add_child({{}, key}, child));
    const Level fresh = take();
    builder.install(mtr, *fresh.page, fresh.page_no);
    // Now that both of its fences are known, its keys can do without what they share.
    builder.start(static_cast<unsigned>(level), full_view.low_fence(), true, fence);
    for (unsigned i = 0; i < count; ++i) {
      CHECK(builder.add(full_view.key(i), full_view.value(i)));
    }
    builder.install(mtr, full, levels[level].page_no);
    levels[level] = fresh;
    add_child(mtr, levels, level + 1, fence, fresh.page_no, take);
  }
};

BulkLoad::BulkLoad(const Tree& empty, BulkLoadOptions options)
    : state_(std::make_unique<State>(empty, options)) {}

BulkLoad::~BulkLoad() = default;

bool BulkLoad::can_fill(const Tree& tree) {
  const buffer::SharedGuard root = tree.space().volume().shared(tree.root());
  const NodeView view(root.page());
  return view.is_leaf() && view.count() == 0;
}

void BulkLoad::add(Bytes key, Bytes value) {
  State& state = *state_;
  CHECK(!state.finished);
  if (key.size() > kMaxKeySize) throw EntryTooLarge(key.size(), kMaxKeySize);
  if (value.size() > max_inline_value(key.size())) {
    throw EntryTooLarge(value.size(), max_inline_value(key.size()));
  }
  if (!state.entries.empty()) {
    const Bytes previous = state.key(state.entries.size() - 1);
    CHECK(compare(previous, key) < 0);
    if (state.is_full_with(key, value)) {
      const std::size_t common = common_prefix(previous, key);
      state.build(true, key.first(common + 1));
      if (state.built == kGroup) state.flush_group(false);
    }
  }
  state.append(key, value);
}

void BulkLoad::finish() {
  State& state = *state_;
  CHECK(!state.finished);
  state.finished = true;
  state.build(false, {});
  state.flush_group(true);
}

}  // namespace btree
