// The B+tree.
//
//   for (;;) {
//     btree::ExclusiveLeaf leaf = tree.seek_exclusive(key);
//     if (leaf.found()) ...
//     if (!leaf.has_room_to_insert(value.size())) {
//       leaf.release();
//       tree.make_room(key, value.size());
//       continue;
//     }
//     leaf.insert(mtr, value);      // the caller may change undo pages in the same mtr
//     mtr.commit();
//     break;
//   }
//
// Fence keys in every page, no sibling links: whoever moves from leaf to leaf descends again by the
// fence key, which stays right through splits and merges. The root page never moves.
// Source: Leis et al., "Optimistic Lock Coupling", 2019; Graefe, "A Survey of B-Tree Locking",
// 2010.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "btree/bytes.h"
#include "btree/errc.h"
#include "btree/leaf.h"
#include "btree/limits.h"
#include "btree/space.h"
#include "wal/ids.h"

namespace btree {

// A non-owning reference to a callable: no allocation, no copy. The callable outlives the call.
template <typename Signature>
class FunctionRef;
template <typename R, typename... Args>
class FunctionRef<R(Args...)> {
 public:
  template <typename F>
  requires(!std::same_as<std::remove_cvref_t<F>, FunctionRef>) FunctionRef(F&& callable)
      : object_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))),
        call_([](void* object, Args... args) -> R {
          return (*static_cast<std::remove_reference_t<F>*>(object))(std::forward<Args>(args)...);
        }) {}
  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  void* object_;
  R (*call_)(void*, Args...);
};

// For the planner.
struct TreeStatistics {
  unsigned height = 1;    // levels, a lone leaf has 1
  double leaf_pages = 1;  // exact up to height 2, beyond estimated from a few descents
  double entries = 0;     // estimated
};

// Leaves chosen at random, in key order, and how many there are in all.
struct LeafSample {
  struct Leaf {
    std::vector<std::byte> low;  // its low fence: where to descend to
    wal::PageNo page_no;         // where it was when it was chosen: a hint
  };
  std::vector<Leaf> leaves;
  double leaf_pages = 0;
};

// Ends of a key range; unset = unbounded.
struct KeyRange {
  std::optional<Bytes> lower;
  std::optional<Bytes> upper;
  bool lower_inclusive = true;
  bool upper_inclusive = false;
};

// A handle: cheap to make and to copy. Everything here may park and throw buffer::PageError, so no
// latch may be held by the caller. Thread-safe.
class Tree {
 public:
  Tree(Space& space, wal::PageNo root) : space_(&space), root_(root) {}

  // An empty tree; a mini-transaction of its own.
  static wal::PageNo create(Space& space);
  // The same inside the caller's mini-transaction, with one page taken from `reservation`. The
  // returned guard is to be held until the commit.
  static buffer::ExclusiveGuard create(wal::MiniTransaction& mtr, Reservation& reservation);

  Space& space() const { return *space_; }
  wal::PageNo root() const { return root_; }

  // The leaf that holds `key` or would; keys longer than kMaxKeySize are only good for seeking.
  [[nodiscard]] ExclusiveLeaf seek_exclusive(Bytes key) const;
  [[nodiscard]] SharedLeaf seek_shared(Bytes key) const;
  // As above, but gives an empty leaf instead of waiting for a page: for callers that hold other
  // latches (this tree's pages must be later in the latch order).
  [[nodiscard]] ExclusiveLeaf try_seek_exclusive(Bytes key) const;

  // Point read without latching. `visitor(value)` copies what it needs; it may be called again, and
  // with bytes that prove wrong afterwards (bounded, but any contents): only the last call counts.
  // True when the key is there; the visitor was not called, or its effect is void, when not.
  bool lookup(Bytes key, FunctionRef<void(Bytes value)> visitor) const;

  // Splits as far as needed that an entry (key, value_size bytes) fits into its leaf; others may
  // take the room before the caller is back. Throws EntryTooLarge.
  void make_room(Bytes key, std::size_t value_size) const;

  // Joins the leaf that holds `key` with a neighbour if both fit into one page. A hint.
  void merge(Bytes key) const;

  TreeStatistics statistics() const;
  // Entries with keys in the range, estimated by two descents.
  double estimate(const KeyRange& range) const;

  // Up to parts - 1 ascending keys inside the range that cut it into pieces of about as many pages
  // each: for parallel scans. Reads inner pages only.
  std::vector<std::vector<std::byte>> cut_keys(const KeyRange& range, std::size_t parts) const;

  // At most `wanted` leaves, every set of so many equally likely; all of them when there are fewer.
  // Equal seeds choose alike. Reads inner pages only.
  LeafSample sample_leaves(std::size_t wanted, std::uint32_t seed) const;

  // Whether values may refer to overflow pages: false as long as nobody said so since the tree was
  // made, and whoever takes it apart then need not read its leaves.
  bool may_have_references() const;
  // To be called before the first value that refers to overflow pages goes in; no latch is held.
  void note_references() const;

  // Frees every page but the root, which becomes an empty leaf, in small mini-transactions. After a
  // crash call it again: what was freed is not reachable any more. Nobody else may use the tree.
  // Leaves are not read, so overflow values are the caller's to free first.
  void clear() const;

  // Frees the root of a cleared tree inside the caller's mini-transaction, which also forgets the
  // root's number. `release` comes from Space::prepare_free(root) and is settled after the commit.
  void free_root(wal::MiniTransaction& mtr, Release& release) const;

  // clear() and free_root() in a mini-transaction of its own: must not be repeated.
  void drop() const;

 private:
  Space* space_;
  wal::PageNo root_;
};

}  // namespace btree
