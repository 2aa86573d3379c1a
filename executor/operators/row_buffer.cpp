#include "row_buffer.h"

#include <algorithm>
#include <string_view>

#include "row_store.h"

namespace operators {

namespace {

template <typename T>
void copy_values(const types::Vector& from, types::Selection rows, std::uint32_t first, std::uint32_t count,
                 T* to) {
  for (std::uint32_t i = 0; i < count; ++i) to[i] = from.get<T>(rows[first + i]);
}

}  // namespace

RowBuffer::RowBuffer(std::span<const types::PhysicalType> columns)
    : columns_(make_vectors(arena_, columns, types::kBatchRows)) {}

std::uint32_t RowBuffer::append(const types::Batch& batch, std::uint32_t first) {
  const std::uint32_t count = std::min(types::kBatchRows - rows_, batch.rows.count - first);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    const types::Vector& from = batch.columns[c];
    types::Vector& to = columns_[c];
    if (to.type() == types::PhysicalType::varlen) {
      for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t row = batch.rows[first + i];
        if (!from.is_null(row)) to.set(rows_ + i, text_.copy(from.get<std::string_view>(row)));
      }
    } else {
      switch (types::width_of(to.type())) {
        case 1: copy_values(from, batch.rows, first, count, to.data<std::uint8_t>() + rows_); break;
        case 2: copy_values(from, batch.rows, first, count, to.data<std::uint16_t>() + rows_); break;
        case 4: copy_values(from, batch.rows, first, count, to.data<std::uint32_t>() + rows_); break;
        case 8: copy_values(from, batch.rows, first, count, to.data<std::uint64_t>() + rows_); break;
        default: copy_values(from, batch.rows, first, count, to.data<types::Fixed16>() + rows_); break;
      }
    }
    if (from.may_have_nulls())
      for (std::uint32_t i = 0; i < count; ++i)
        if (from.is_null(batch.rows[first + i])) to.set_null(rows_ + i);
  }
  rows_ += count;
  return count;
}

void RowBuffer::clear() {
  rows_ = 0;
  text_.reset();
  for (types::Vector& column : columns_) column.clear();
}

}  // namespace operators
