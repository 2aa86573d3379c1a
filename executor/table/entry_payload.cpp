#include "entry_payload.h"

#include <algorithm>
#include <cstring>

#include "btree/limits.h"

namespace table {
namespace {

RowFormat format_of(const TableSchema& table, const IndexSchema& index) {
  TableSchema included;
  for (const ColumnNumber column : index.included) {
    ColumnStorage& storage = included.columns.emplace_back();
    storage.type = table.columns.at(column).type;
    storage.physical = table.columns[column].physical;
    storage.missing = Datum::null();
  }
  return RowFormat(included);
}

}  // namespace

EntryPayload::EntryPayload(const TableSchema& table, const IndexSchema& index) {
  if (index.included.empty() || index.is_inverted()) return;
  included_ = index.included;
  values_.emplace(format_of(table, index));
}

std::optional<ColumnNumber> EntryPayload::find(ColumnNumber column) const {
  const auto found = std::ranges::find(included_, column);
  if (found == included_.end()) return std::nullopt;
  return static_cast<ColumnNumber>(found - included_.begin());
}

void EntryPayload::compose(std::span<const Datum> row, std::size_t entry_key_size, std::size_t row_key_size,
                           Buffers& out) const {
  out.bytes.resize(kEntryPayload);
  const auto size = static_cast<std::uint16_t>(row_key_size);
  std::memcpy(out.bytes.data(), &size, sizeof(size));
  if (!values_) return;
  out.values.clear();
  for (const ColumnNumber column : included_) out.values.push_back(row[column]);
  const std::size_t limit = btree::max_inline_value(entry_key_size) - transaction::kVersionHeaderSize - kEntryPayload;
  if (values_->try_encode(out.values, limit, out.row)) out.bytes.insert(out.bytes.end(), out.row.begin(), out.row.end());
}

bool EntryPayload::read(buffer::PagedVolume& pages, Bytes payload, ColumnNumber included, types::Vector& out,
                        std::uint32_t at, types::Arena& arena) const {
  if (payload.size() == kEntryPayload) return false;
  values_->store(pages, payload.subspan(kEntryPayload), included, out, at, arena);
  return true;
}

}  // namespace table
