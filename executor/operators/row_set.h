// A hash table of kept rows by some of their columns: groups, distinct rows, build sides.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "keys.h"
#include "planner/plan_node.h"
#include "row_layout.h"
#include "types/arena.h"

namespace operators {

// Every record starts with this header; the owner's own header bytes follow it.
struct RowHeader {
  std::byte* next;
  std::uint64_t hash;
};

// Groups: one record per distinct key. Records stay where they are until clear().
class RowSet {
 public:
  // `columns` are the kept ones, keys first; `owner_bytes` of zeroes lie after each RowHeader.
  RowSet(std::span<const types::PhysicalType> columns, std::span<const planner::KeyColumn> keys,
         std::size_t owner_bytes);

  // records[i] becomes the record of the group of row selection[i], made (from `columns`) when it
  // is new; `on_new` is called with each new record. Key i is columns[i].
  template <typename OnNew>
  void find_or_insert(std::span<const types::Vector* const> columns, types::Selection selection,
                      std::byte** records, OnNew&& on_new) {
    prepare(columns, selection);
    fetch_ahead(selection.count);
    for (std::uint32_t i = 0; i < selection.count; ++i) {
      const std::uint32_t row = selection[i];
      std::byte* record = find(columns, row, hashes_[i]);
      if (record == nullptr) {
        record = insert(columns, row, hashes_[i]);
        on_new(record, row);
      }
      records[i] = record;
    }
  }

  // Null where there is none.
  void find(std::span<const types::Vector* const> columns, types::Selection selection,
            std::byte** records);

  // Of the rows that find() or find_or_insert() was given last, in the selection's order.
  const std::vector<std::uint64_t>& hashes() const { return hashes_; }
  std::byte* owner(std::byte* record) const { return record + sizeof(RowHeader); }
  const RowLayout& layout() const { return layout_; }
  const Key& key(std::size_t k) const { return keys_[k]; }
  types::Arena& arena() { return arena_; }
  std::size_t size() const { return records_.size(); }
  const std::vector<std::byte*>& records() const { return records_; }
  std::size_t footprint() const {
    return arena_.footprint() + buckets_.capacity() * 8 + records_.capacity() * 8;
  }
  void clear();
  // clear() that gives the memory back, too.
  void release();

 private:
  void prepare(std::span<const types::Vector* const> columns, types::Selection selection);
  // Has the processor load what the first `count` hashes lead to, all at once instead of one after
  // the other.
  void fetch_ahead(std::uint32_t count) const;
  std::byte* find(std::span<const types::Vector* const> columns, std::uint32_t row,
                  std::uint64_t hash) const;
  std::byte* insert(std::span<const types::Vector* const> columns, std::uint32_t row,
                    std::uint64_t hash);
  void grow(std::size_t buckets);

  RowLayout layout_;
  std::vector<Key> keys_;
  std::size_t owner_bytes_;
  types::Arena arena_;
  std::vector<std::byte*> buckets_;
  std::vector<std::byte*> records_;  // in order of arrival
  std::vector<std::uint64_t> hashes_;
};

}  // namespace operators
