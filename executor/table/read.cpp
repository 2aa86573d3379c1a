// Point reads.
#include "btree/cursor.h"
#include "table_impl.h"
#include "wal/check.h"

namespace table {

void project(const Table::Impl& table, std::string_view row_key, const VersionCopy& version, Projection columns,
             std::span<types::Vector> out, std::uint32_t at, types::Arena& arena) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] >= 0) {
      table.format.store(table.pages(), version.payload, static_cast<ColumnNumber>(columns[i]), out[i], at,
                         arena);
      continue;
    }
    if (columns[i] == kRowKey)
      out[i].set(at, arena.copy(row_key));
    else
      out[i].set(at, shown_xid(columns[i] == kXmin ? version.header.xid : version.successor));
    out[i].set_not_null(at);
  }
}

bool Table::fetch(const View& view, std::string_view row_key, Projection columns,
                  std::span<types::Vector> out, std::uint32_t at, types::Arena& arena,
                  Scratch& scratch) const {
  VersionCopy& version = scratch.buffers().version;
  if (auto* reads = reads_of(view, *impl_))
    reads->read_key(impl_->clustered.tree.root(), btree::bytes_of(row_key));
  const bool found =
      impl_->clustered.tree.lookup(btree::bytes_of(row_key), [&version](Bytes value) {
        // Bytes read without a latch may be anything until the tree says that they held still.
        if (value.size() >= transaction::kVersionHeaderSize) version.assign(value);
      });
  if (!found || !transaction::find_visible(view, version)) return false;
  project(*impl_, row_key, version, columns, out, at, arena);
  return true;
}

namespace {

// The row key that a visible entry under `key` names; entries of one key are few.
bool visible_entry(const IndexImpl& index, const View& view, std::string_view key,
                   VersionCopy& version, std::string& row_key) {
  const std::string end = end_of_prefix(key);
  btree::KeyRange range;
  range.lower = btree::bytes_of(key);
  if (!end.empty()) range.upper = btree::bytes_of(end);
  std::string entry_key;
  const auto try_entry = [&](const btree::SplitKey& split, Bytes value) {
    entry_key.resize(split.size());
    split.copy_to(reinterpret_cast<std::byte*>(entry_key.data()));
    version.assign(value);
  };
  const auto accept = [&] {
    if (!transaction::find_visible(view, version)) return false;
    row_key = row_key_of(entry_key, version.payload);
    return true;
  };
  {
    btree::SharedLeaf leaf = index.tree.seek_shared(btree::bytes_of(key));
    const unsigned slot = leaf.slot();
    if (slot < leaf.count()) {
      try_entry(leaf.key_at(slot), leaf.value_at(slot));
      leaf.release();
      if (!entry_key.starts_with(key)) return false;
      if (accept()) return true;
    }
  }
  btree::Cursor cursor(index.tree, range);
  while (cursor.next_leaf()) {
    for (unsigned i = 0; i < cursor.count(); ++i) {
      try_entry(cursor.key(i), cursor.value(i));
      if (accept()) return true;
    }
  }
  return false;
}

}  // namespace

bool Table::lookup(const View& view, int index, std::span<const Datum> key, Projection columns,
                   std::span<types::Vector> out, std::uint32_t at, types::Arena& arena,
                   Scratch& scratch) const {
  Scratch::Buffers& buffers = scratch.buffers();
  const IndexImpl& found_by = index == kClusteredIndex
                                  ? impl_->clustered
                                  : impl_->indexes[static_cast<std::size_t>(index)];
  CHECK(key.size() == found_by.codec.size() && key.size() > 0);
  buffers.key.clear();
  for (std::size_t i = 0; i < key.size(); ++i) found_by.codec.append(i, key[i], buffers.key);
  const auto count = [usage = found_by.usage.get()](bool found) {
    if (usage == nullptr) return found;
    usage->add(RelationUsage::scans);
    if (!found) return found;
    usage->add(RelationUsage::rows_returned);
    usage->add(RelationUsage::rows_fetched);
    return found;
  };
  if (index == kClusteredIndex) {
    return count(fetch(view, buffers.key, columns, out, at, arena, scratch));
  }
  if (auto* reads = reads_of(view, *impl_))
    reads->read_range(found_by.tree.root(), btree::bytes_of(buffers.key),
                      btree::bytes_of(end_of_prefix(buffers.key)));
  return count(visible_entry(found_by, view, buffers.key, buffers.entry, buffers.result_key) &&
               fetch(view, buffers.result_key, columns, out, at, arena, scratch));
}

std::optional<std::string> Table::find_newest(const View& view, int index,
                                              std::span<const Datum> key, Scratch& scratch) const {
  Scratch::Buffers& buffers = scratch.buffers();
  const IndexImpl& found_by = index == kClusteredIndex
                                  ? impl_->clustered
                                  : impl_->indexes[static_cast<std::size_t>(index)];
  CHECK(key.size() == found_by.codec.size() && key.size() > 0);
  std::string encoded;
  for (std::size_t i = 0; i < key.size(); ++i) found_by.codec.append(i, key[i], encoded);
  const auto row_key = RowWriter(*this, view, buffers).find_conflict(index, encoded);
  if (!row_key) return std::nullopt;
  return std::string(*row_key);
}

}  // namespace table
