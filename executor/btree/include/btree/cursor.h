// Range scans, one leaf at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "btree/bytes.h"
#include "btree/tree.h"
#include "wal/page.h"

namespace btree {

enum class Direction { forward, backward };

// Walks the leaves that hold keys of a range. next_leaf() copies one whole leaf, so that its
// entries are read without a latch and stay as they were at one instant; changes to later leaves
// are seen when the cursor gets there. Splits, merges and evictions in between are harmless: every
// entry that is there throughout is met exactly once.
//
//   Cursor cursor(tree, range);
//   while (cursor.next_leaf())
//     for (unsigned i = 0; i < cursor.count(); ++i) use(cursor.key(i), cursor.value(i));
//
// Entries come in the direction's order: i = 0 is the largest key of a backward leaf. Reads ahead
// when it misses. Holds nothing between calls; may be kept across park(). Not thread-safe.
class Cursor {
 public:
  // The range's keys are copied.
  Cursor(const Tree& tree, const KeyRange& range, Direction direction = Direction::forward);
  ~Cursor();
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;

  // The next leaf with at least one entry in the range, or false at the end. Parks; throws
  // buffer::PageError.
  bool next_leaf();

  // Entries of the current leaf that are in the range.
  unsigned count() const;
  SplitKey key(unsigned i) const;
  Bytes value(unsigned i) const;
  std::uint64_t highest_xid() const;

  // Takes the current leaf away, so that what key() and value() have returned stays as long as the
  // caller keeps it, and leaves `empty` for the next one. Until next_leaf() nothing may be read.
  std::unique_ptr<wal::Page> take_leaf(std::unique_ptr<wal::Page> empty);

  // Goes on (with the next next_leaf()) at the first key at or above (backward: at or below) `key`.
  // Must lie in the direction of the scan.
  void skip_to(Bytes key);

  // Starts over with another range, keeping buffers: for nested loops.
  void reset(const KeyRange& range);

  // Leaves that it has read leave the cache at once from now on: nobody will look for them again.
  void retire_leaves();

  // Starts over, forward, with the leaves of a sample, which outlives the cursor; asks for the next
  // few ahead. A leaf that was split since is met with its first part.
  void reset(const LeafSample& sample);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace btree
