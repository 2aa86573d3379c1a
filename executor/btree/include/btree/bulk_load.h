// Builds a tree bottom-up from entries in key order.
#pragma once

#include <memory>

#include "btree/bytes.h"
#include "btree/space.h"
#include "wal/ids.h"

namespace btree {

struct BulkLoadOptions {
  unsigned fill_percent = 95;  // of a leaf; inner pages are filled alike
  std::uint64_t highest_xid = 0;
};

// Pages are logged as images in mini-transactions of their own; memory is one page per level. Until
// finish() nothing can reach them, so give its result to the caller's catalogue in a later
// mini-transaction; a load that is destroyed unfinished frees its pages. Not thread-safe.
class BulkLoad {
 public:
  explicit BulkLoad(Space& space, BulkLoadOptions options = {});
  ~BulkLoad();
  BulkLoad(const BulkLoad&) = delete;
  BulkLoad& operator=(const BulkLoad&) = delete;

  // Keys strictly ascending (CHECKed). Throws EntryTooLarge. Parks.
  void add(Bytes key, Bytes value);

  // The root page. Parks.
  wal::PageNo finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace btree
