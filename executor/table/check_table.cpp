// Whether rows and index entries say the same.
#include <fmt/format.h>

#include "btree/check.h"
#include "btree/cursor.h"
#include "table/scan.h"
#include "table/storage.h"
#include "table_impl.h"

namespace table {
namespace {

struct Entry {
  std::string key;      // the whole of it
  std::string payload;
};

// Visible entries of an index, in order.
std::vector<Entry> visible_entries(const View& view, const IndexImpl& index) {
  std::vector<Entry> found;
  VersionCopy version;
  std::vector<std::byte> key;
  btree::Cursor cursor(index.tree, {});
  while (cursor.next_leaf()) {
    for (unsigned i = 0; i < cursor.count(); ++i) {
      version.assign(cursor.value(i));
      cursor.key(i).assign_to(key);
      if (transaction::find_visible(view, version))
        found.push_back({std::string(text_of(key)), std::string(text_of(version.payload))});
    }
  }
  return found;
}

}  // namespace

std::string check_table(const View& view, const Table& table) {
  const Table::Impl& impl = table.impl();
  for (int i = kClusteredIndex; i < static_cast<int>(impl.indexes.size()); ++i) {
    const IndexImpl& index =
        i == kClusteredIndex ? impl.clustered : impl.indexes[static_cast<std::size_t>(i)];
    if (const btree::TreeCheck check = btree::check_tree(index.tree); !check.error.empty()) {
      return fmt::format("index {}: {}", i, check.error);
    }
  }
  types::Arena arena;
  std::vector<Datum> row(impl.format.column_count());
  std::vector<std::vector<Entry>> expected(impl.indexes.size());
  EntryPayload::Buffers payload;
  VersionCopy version;
  std::vector<std::byte> key;
  inverted::KeySet keys;
  const bool may_refer = impl.clustered.tree.may_have_references();
  btree::Cursor cursor(impl.clustered.tree, {});
  while (cursor.next_leaf()) {
    for (unsigned i = 0; i < cursor.count(); ++i) {
      version.assign(cursor.value(i));
      if (!may_refer && (version.header.flags & transaction::kOverflow) != 0)
        return "a row refers to overflow pages, which its tree knows nothing of";
      if (!transaction::find_visible(view, version)) continue;
      cursor.key(i).assign_to(key);
      arena.reset();
      impl.format.decode(impl.pages(), version.payload, row, arena);
      if (!impl.schema.has_row_id()) {
        std::string own;
        impl.clustered_key(row, own);
        if (own != text_of(key)) return "a row lies under another key than its columns say";
      }
      for (std::size_t n = 0; n < impl.indexes.size(); ++n) {
        if (!impl.indexes[n].schema.ready) continue;
        impl.entry_keys(impl.indexes[n], row, arena, keys, nullptr);
        for (std::size_t k = 0; k < keys.size(); ++k) {
          impl.indexes[n].payload.compose(row, keys[k].size() + key.size(), key.size(), payload);
          expected[n].push_back({std::string(keys[k]).append(text_of(key)), std::string(text_of(payload.bytes))});
        }
      }
    }
  }
  for (std::size_t n = 0; n < impl.indexes.size(); ++n) {
    if (!impl.indexes[n].schema.ready) continue;
    const std::vector<Entry> entries = visible_entries(view, impl.indexes[n]);
    std::ranges::sort(expected[n], {}, &Entry::key);
    if (!std::ranges::equal(entries, expected[n], {}, &Entry::key, &Entry::key)) {
      return fmt::format("index {} has {} visible entries, rows ask for {}{}", n, entries.size(),
                         expected[n].size(),
                         entries.size() == expected[n].size() ? ", but others" : "");
    }
    // An entry without values is one that leads to its row for them.
    for (std::size_t i = 0; i < entries.size(); ++i)
      if (entries[i].payload != expected[n][i].payload &&
          entries[i].payload != expected[n][i].payload.substr(0, kEntryPayload))
        return fmt::format("an entry of index {} holds other values than its row", n);
  }
  return {};
}

}  // namespace table
