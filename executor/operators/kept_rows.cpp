#include "operators/kept_rows.h"

#include <algorithm>

#include "tuple_store.h"
#include "wal/check.h"

namespace operators {

struct KeptRows::Impl {
  explicit Impl(std::span<const types::PhysicalType> columns) : store(columns), cursor(store, columns), lent(columns) {}
  TupleStore store;
  TupleCursor cursor;
  RowStore lent;
};

KeptRows::KeptRows(std::span<const types::PhysicalType> columns, SpillSpace& space, std::size_t memory_bytes)
    : impl_(std::make_unique<Impl>(columns)) {
  impl_->store.start(space, memory_bytes);
}

KeptRows::~KeptRows() = default;

void KeptRows::append(std::span<const types::Datum> values) { impl_->store.append_row(values); }

std::uint64_t KeptRows::rows() const { return impl_->store.rows(); }

std::size_t KeptRows::columns() const { return impl_->store.layout().columns(); }

std::size_t KeptRows::footprint() const { return impl_->store.footprint(); }

void KeptRows::read(std::uint64_t row, std::span<types::Datum> values) {
  CHECK(row < rows());
  const std::byte* record = impl_->cursor.record(row);
  for (std::size_t c = 0; c < values.size(); ++c) values[c] = impl_->store.layout().datum(record, c);
}

std::uint32_t KeptRows::read(std::uint64_t first, std::span<types::Vector> columns, std::uint32_t capacity) {
  if (first >= rows()) return 0;
  const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(capacity, rows() - first));
  const RowLayout& layout = impl_->store.layout();
  const auto load = [&](std::span<const std::byte* const> records) {
    for (std::size_t c = 0; c < columns.size(); ++c) layout.load(c, records, columns[c]);
  };
  const std::span<std::byte* const> together = impl_->cursor.records(first, count);
  if (together.size() == count) {
    load({together.data(), together.size()});
    return count;
  }
  // What lies apart is put together: the cursor has one part at a time.
  RowStore& lent = impl_->lent;
  lent.clear();
  std::vector<types::Datum> values(layout.columns());
  for (std::uint32_t i = 0; i < count; ++i) {
    read(first + i, values);
    lent.append_row(values);
  }
  load({lent.rows().data(), count});
  return count;
}

}  // namespace operators
