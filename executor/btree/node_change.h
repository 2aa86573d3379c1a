// Changing a tree page through a mini-transaction, and building new ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "btree/bytes.h"
#include "node.h"
#include "wal/mini_transaction.h"
#include "wal/page.h"

namespace btree {

// Bytes that both begin with.
std::size_t common_prefix(Bytes left, Bytes right);

// Puts a page together in memory of its own; entries are added in key order.
class NodeBuilder {
 public:
  NodeBuilder() : page_(std::make_unique<wal::Page>()) {}

  // Starts over. `high` empty and `has_high` false: no upper end.
  void start(unsigned level, Bytes low, bool has_high, Bytes high);
  // The whole key; false, and nothing done, when there is no room. In an inner page the first key
  // is kept as the empty one.
  bool add(SplitKey key, Bytes value);
  bool add_child(SplitKey key, wal::PageNo child);
  void set_highest_xid(std::uint64_t xid);
  void set_no_references();

  NodeView view() const { return NodeView(*page_); }
  // Bytes that one more entry would leave free; negative when it does not fit.
  std::ptrdiff_t room_after(std::size_t key_size, std::size_t value_size) const;

  // The page as built becomes the content of `page`, logged in the cheapest way. What a root says of
  // its tree stays.
  void install(wal::MiniTransaction& mtr, wal::Page& page, wal::PageNo page_no);

 private:
  NodeHeader& header() { return *reinterpret_cast<NodeHeader*>(page_->bytes.data()); }

  std::unique_ptr<wal::Page> page_;
};

// The page's new content, from a page built elsewhere.
void install_page(wal::MiniTransaction& mtr, wal::Page& page, const wal::Page& built);

// All of these require that the room was checked before (NodeView::free_bytes()); they compact the
// page when its free bytes are in pieces.

// `rest`: the key behind the page's prefix.
void insert_entry(wal::MiniTransaction& mtr, wal::Page& page, unsigned slot, Bytes rest,
                  Bytes value);
void erase_entry(wal::MiniTransaction& mtr, wal::Page& page, unsigned slot);
void replace_value(wal::MiniTransaction& mtr, wal::Page& page, unsigned slot, Bytes value);
// Drops the entries from `count` on; the fences stay.
void truncate_entries(wal::MiniTransaction& mtr, wal::Page& page, unsigned count);
// Drops the entries from `count` on and lowers the high fence to `high`.
void truncate_node(wal::MiniTransaction& mtr, wal::Page& page, unsigned count, Bytes high);

// Bytes that an entry needs besides key suffix and value.
inline constexpr std::size_t kEntryOverhead = sizeof(Slot) + kValueSizeSize;

}  // namespace btree
