// Rows in order of arrival, kept in memory: what sorts, materialised results and build sides use.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "row_layout.h"
#include "types/arena.h"

namespace operators {

class RowStore {
 public:
  explicit RowStore(std::span<const types::PhysicalType> columns, std::size_t header_bytes = 0)
      : layout_(columns, header_bytes), nulls_(columns.size()) {}

  // Appends the selected rows; their records are the last `rows.count` of rows().
  void append(const types::Batch& batch);
  // One row, a value for each column.
  void append_row(std::span<const types::Datum> values);

  // out.columns (of this store's types, room for `count`) get rows [first, first + count).
  void load(std::size_t first, std::uint32_t count, std::span<types::Vector> out) const {
    load({rows_.data() + first, count}, out);
  }
  // Records of this layout, whoever's.
  void load(std::span<const std::byte* const> rows, std::span<types::Vector> out) const;
  // The same of rows of this store, of which it knows where nulls are.
  void load_own(std::span<const std::byte* const> rows, std::span<types::Vector> out) const;

  const RowLayout& layout() const { return layout_; }
  std::vector<std::byte*>& rows() { return rows_; }
  const std::vector<std::byte*>& rows() const { return rows_; }
  std::size_t size() const { return rows_.size(); }
  types::Arena& arena() { return arena_; }
  std::size_t footprint() const { return arena_.footprint() + rows_.capacity() * 8; }
  void clear() {
    rows_.clear();
    arena_.reset();
    nulls_.assign(nulls_.size(), false);
  }
  // clear() that gives the memory back, too.
  void release() {
    rows_ = {};
    arena_ = types::Arena();
    nulls_.assign(nulls_.size(), false);
  }

 private:
  RowLayout layout_;
  types::Arena arena_;
  std::vector<std::byte*> rows_;
  std::vector<bool> nulls_;  // per column: whether there are any
};

// One vector per type, of `capacity` rows.
std::vector<types::Vector> make_vectors(types::Arena& arena,
                                        std::span<const types::PhysicalType> columns,
                                        std::uint32_t capacity);

}  // namespace operators
