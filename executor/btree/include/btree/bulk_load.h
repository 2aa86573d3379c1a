// Builds a tree bottom-up from entries in key order.
#pragma once

#include <memory>

#include "btree/bytes.h"
#include "btree/tree.h"

namespace btree {

struct BulkLoadOptions {
  unsigned fill_percent = 95;  // of a leaf; inner pages are filled to the end
  std::uint64_t highest_xid = 0;
};

// Fills an empty tree (Tree::create()). Leaves are logged as images, a few per mini-transaction
// that also links them, so at every instant the tree is sound and holds the first part of the
// entries: after a crash or an exception, Tree::clear() takes everything back. Memory is a few
// pages. Nobody else may change the tree meanwhile. Not thread-safe.
class BulkLoad {
 public:
  explicit BulkLoad(const Tree& empty, BulkLoadOptions options = {});
  // Whether the tree is as Tree::create() left it, or empty again in the same way. Parks.
  static bool can_fill(const Tree& tree);
  ~BulkLoad();
  BulkLoad(const BulkLoad&) = delete;
  BulkLoad& operator=(const BulkLoad&) = delete;

  // Keys strictly ascending (CHECKed: find duplicates before). Throws EntryTooLarge. Parks.
  void add(Bytes key, Bytes value);

  // Writes what is left. Parks. Without it the last entries are missing.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace btree
