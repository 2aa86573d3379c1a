#include "entry_values.h"

#include <algorithm>

#include "table/scan.h"
#include "wal/check.h"

namespace table {

std::optional<EntryValues> EntryValues::of(const Table::Impl& table, const IndexImpl& index, Projection columns) {
  if (&index == &table.clustered || index.schema.is_inverted()) return std::nullopt;
  EntryValues values;
  values.table_ = &table;
  values.index_ = &index;
  // A part is found behind others only where it is told how long those are.
  const auto find = [](const IndexImpl& in, std::int32_t column) -> std::optional<std::size_t> {
    for (std::size_t i = 0; i < in.parts.size() && in.parts[i].form != KeyPart::Form::opaque; ++i)
      if (in.codec.column(i) < kFirstExpression && in.codec.column(i) == static_cast<ColumnNumber>(column)) return i;
    return std::nullopt;
  };
  for (const std::int32_t column : columns) {
    if (column == kRowKey) {
      values.sources_.push_back({Source::From::whole_row_key, 0});
      continue;
    }
    if (column < 0) return std::nullopt;
    // What is stored as it is comes before what might have to be asked of the row (a float's zero).
    if (const auto included = index.payload.find(static_cast<ColumnNumber>(column))) {
      values.sources_.push_back({Source::From::payload, *included});
    } else if (const auto part = find(index, column)) {
      values.sources_.push_back({Source::From::entry, *part});
      values.own_count_ = std::max(values.own_count_, *part + 1);
    } else if (const auto key_part = find(table.clustered, column)) {
      values.sources_.push_back({Source::From::row_key, *key_part});
      values.clustered_count_ = std::max(values.clustered_count_, *key_part + 1);
    } else {
      return std::nullopt;
    }
  }
  return values;
}

bool EntryValues::read(std::string_view entry_key, Bytes payload, std::span<types::Vector> out, std::uint32_t at,
                       types::Arena& arena) {
  const std::string_view row_key = row_key_of(entry_key, payload);
  find_parts(entry_key, index_->parts, own_count_, own_begins_);
  find_parts(row_key, table_->clustered.parts, clustered_count_, clustered_begins_);
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const std::size_t part = sources_[i].part;
    switch (sources_[i].from) {
      case Source::From::entry:
        if (!read_part(entry_key, own_begins_[part], index_->parts[part], out[i], at, arena, scratch_)) return false;
        break;
      case Source::From::row_key:
        if (!read_part(row_key, clustered_begins_[part], table_->clustered.parts[part], out[i], at, arena, scratch_)) return false;
        break;
      case Source::From::payload:
        if (!index_->payload.read(table_->pages(), payload, static_cast<ColumnNumber>(part), out[i], at, arena)) return false;
        break;
      case Source::From::whole_row_key:
        out[i].set(at, arena.copy(row_key));
        out[i].set_not_null(at);
        break;
    }
  }
  return true;
}

bool entries_hold(const Table& table, int index, Projection columns) {
  return index != kClusteredIndex &&
         EntryValues::of(table.impl(), table.impl().indexes.at(static_cast<std::size_t>(index)), columns).has_value();
}

}  // namespace table
