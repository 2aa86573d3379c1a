#include "row_store.h"

namespace operators {

void RowStore::append(const types::Batch& batch) {
  const std::size_t first = rows_.size();
  const std::uint32_t count = batch.rows.count;
  auto* records = static_cast<std::byte*>(arena_.allocate(layout_.size() * count, 8));
  rows_.resize(first + count);
  for (std::uint32_t i = 0; i < count; ++i) rows_[first + i] = records + i * layout_.size();
  for (std::size_t c = 0; c < layout_.columns(); ++c) {
    layout_.store(c, batch.columns[c], batch.rows, rows_.data() + first, arena_);
    nulls_[c] = nulls_[c] || batch.columns[c].may_have_nulls();
  }
}

void RowStore::append_row(std::span<const types::Datum> values) {
  auto* record = static_cast<std::byte*>(arena_.allocate(layout_.size(), 8));
  for (std::size_t c = 0; c < layout_.columns(); ++c) {
    layout_.set(record, c, values[c], arena_);
    nulls_[c] = nulls_[c] || values[c].is_null;
  }
  rows_.push_back(record);
}

void RowStore::load(std::span<const std::byte* const> rows, std::span<types::Vector> out) const {
  for (std::size_t c = 0; c < layout_.columns(); ++c) {
    out[c].clear();
    layout_.load(c, rows, out[c]);
  }
}

void RowStore::load_own(std::span<const std::byte* const> rows, std::span<types::Vector> out) const {
  for (std::size_t c = 0; c < layout_.columns(); ++c) {
    out[c].clear();
    nulls_[c] ? layout_.load(c, rows, out[c]) : layout_.load_not_null(c, rows, out[c]);
  }
}

std::vector<types::Vector> make_vectors(types::Arena& arena,
                                        std::span<const types::PhysicalType> columns,
                                        std::uint32_t capacity) {
  std::vector<types::Vector> vectors;
  vectors.reserve(columns.size());
  for (const types::PhysicalType type : columns)
    vectors.push_back(types::Vector::allocate(arena, type, capacity));
  return vectors;
}

}  // namespace operators
