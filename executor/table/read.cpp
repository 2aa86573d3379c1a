// Point reads.
#include <utility>

#include "btree/cursor.h"
#include "entry_values.h"
#include "table/entry_lookup.h"
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

// The visible entry under `key`: its key, and in `version` what the view sees of it. Entries of one key are few.
bool visible_entry(const IndexImpl& index, const View& view, std::string_view key,
                   VersionCopy& version, std::string& entry_key) {
  const std::string end = end_of_prefix(key);
  btree::KeyRange range;
  range.lower = btree::bytes_of(key);
  if (!end.empty()) range.upper = btree::bytes_of(end);
  const auto try_entry = [&](const btree::SplitKey& split, Bytes value) {
    entry_key.resize(split.size());
    split.copy_to(reinterpret_cast<std::byte*>(entry_key.data()));
    version.assign(value);
  };
  const auto accept = [&] { return transaction::find_visible(view, version); };
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

// Into buffers.key.
void encode_key(const IndexImpl& index, std::span<const Datum> key, Scratch::Buffers& buffers) {
  CHECK(key.size() == index.codec.size() && key.size() > 0);
  buffers.key.clear();
  for (std::size_t i = 0; i < key.size(); ++i) index.codec.append(i, key[i], buffers.key);
}

bool count_lookup(const IndexImpl& index, bool found) {
  RelationUsage* const usage = index.usage.get();
  if (usage == nullptr) return found;
  usage->add(RelationUsage::scans);
  if (!found) return found;
  usage->add(RelationUsage::rows_returned);
  usage->add(RelationUsage::rows_fetched);
  return found;
}

// By the key in buffers.key: what visible_entry() finds, its key in buffers.result_key.
bool find_entry(const Table::Impl& table, const IndexImpl& index, const View& view, Scratch::Buffers& buffers) {
  if (auto* reads = reads_of(view, table))
    reads->read_range(index.tree.root(), btree::bytes_of(buffers.key), btree::bytes_of(end_of_prefix(buffers.key)));
  return visible_entry(index, view, buffers.key, buffers.entry, buffers.result_key);
}

}  // namespace

bool Table::lookup(const View& view, int index, std::span<const Datum> key, Projection columns,
                   std::span<types::Vector> out, std::uint32_t at, types::Arena& arena,
                   Scratch& scratch) const {
  Scratch::Buffers& buffers = scratch.buffers();
  const IndexImpl& found_by = index == kClusteredIndex
                                  ? impl_->clustered
                                  : impl_->indexes[static_cast<std::size_t>(index)];
  encode_key(found_by, key, buffers);
  if (index == kClusteredIndex)
    return count_lookup(found_by, fetch(view, buffers.key, columns, out, at, arena, scratch));
  if (!find_entry(*impl_, found_by, view, buffers)) return count_lookup(found_by, false);
  const std::string_view row_key = row_key_of(buffers.result_key, buffers.entry.payload);
  return count_lookup(found_by, fetch(view, row_key, columns, out, at, arena, scratch));
}

struct EntryLookup::Impl {
  const Table::Impl& table;
  const IndexImpl& index;
  std::vector<std::int32_t> columns;
  EntryValues values;
  std::uint64_t fetched = 0;
};

EntryLookup::EntryLookup(const Table& table, int index, Projection columns) : table_(table) {
  const Table::Impl& impl = table.impl();
  const IndexImpl& by = impl.indexes.at(static_cast<std::size_t>(index));
  std::optional<EntryValues> values = EntryValues::of(impl, by, columns);
  CHECK(values.has_value());
  impl_ = std::make_unique<Impl>(Impl{impl, by, {columns.begin(), columns.end()}, std::move(*values)});
}
EntryLookup::~EntryLookup() = default;

bool EntryLookup::find(const View& view, std::span<const Datum> key, std::span<types::Vector> out, std::uint32_t at,
                       types::Arena& arena, Scratch& scratch) {
  Scratch::Buffers& buffers = scratch.buffers();
  encode_key(impl_->index, key, buffers);
  if (!find_entry(impl_->table, impl_->index, view, buffers)) return count_lookup(impl_->index, false);
  if (impl_->values.read(buffers.result_key, buffers.entry.payload, out, at, arena))
    return count_lookup(impl_->index, true);
  ++impl_->fetched;
  const std::string_view row_key = row_key_of(buffers.result_key, buffers.entry.payload);
  return count_lookup(impl_->index, table_.fetch(view, row_key, impl_->columns, out, at, arena, scratch));
}

std::uint64_t EntryLookup::take_fetched() { return std::exchange(impl_->fetched, 0); }

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
