// Inserting many rows at once.
//
// Rows are put in key order and go in leaf by leaf: one seek, one mini-transaction and one undo
// record for as many as fit. Entries of indexes follow the same way, index by index.
#include <algorithm>
#include <numeric>

#include "table_impl.h"
#include "wal/check.h"

namespace table {

using NewEntry = transaction::EntryWriter::NewEntry;

namespace {

// `one` puts a single entry in where a run cannot; it returns false to stop.
// `in_runs`: how many went in otherwise.
template <typename One>
bool insert_sorted(transaction::EntryWriter& writer, const btree::Tree& tree,
                   transaction::Command command, const EntryRun& run, std::size_t& in_runs, One one) {
  std::vector<NewEntry> entries;
  entries.reserve(run.places.size());
  for (const EntryRun::Place& place : run.places) {
    entries.push_back({.key = btree::bytes_of(run.key(place)),
                       .payload = run.payload(place),
                       .flags = place.flags});
  }
  for (std::size_t i = 0; i < entries.size();) {
    btree::ExclusiveLeaf leaf = tree.seek_exclusive(entries[i].key);
    if (leaf.found() || entries[i].flags != 0) {
      leaf.release_unchanged();
      if (!one(run.places[i])) return false;
      ++i;
      continue;
    }
    const std::size_t inserted = writer.insert_run(tree, leaf, command, std::span(entries).subspan(i));
    i += inserted;
    in_runs += inserted;
  }
  return true;
}

}  // namespace

// Each row beside those before it, for an EXCLUDE constraint.
Outcome RowWriter::insert_each(std::span<const types::Vector> columns, types::Selection rows,
                               std::uint32_t* failed_row) {
  std::vector<Datum> row(columns.size());
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    for (std::size_t c = 0; c < columns.size(); ++c)
      row[c] = table_.schema.columns[c].dropped ? Datum::null() : columns[c].datum(rows[i]);
    const Outcome outcome = insert(row, OnDuplicate::report, {});
    if (outcome.ok()) continue;
    if (failed_row != nullptr) *failed_row = rows[i];
    return outcome;
  }
  return {};
}

Outcome RowWriter::insert_batch(std::span<const types::Vector> columns, types::Selection rows,
                                std::uint32_t* failed_row) {
  CHECK(columns.size() == table_.format.column_count());
  if (rows.count == 0) return {};
  if (table_.has_exclusion) return insert_each(columns, rows, failed_row);
  writer_.prepare();
  buffers_.arena.reset();
  const std::uint64_t first_id =
      table_.schema.has_row_id() ? table_.take_row_ids(rows.count) : 0;
  buffers_.row.resize(columns.size());
  const auto load_row = [&](std::uint32_t row) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      buffers_.row[c] = table_.schema.columns[c].dropped ? Datum::null() : columns[c].datum(row);
    }
  };
  Outcome outcome;
  const auto fail = [&](const Outcome& failed, std::uint32_t row) {
    outcome = failed;
    if (failed_row != nullptr) *failed_row = row;
    return false;
  };
  EntryRun run;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    load_row(rows[i]);
    buffers_.key.clear();
    if (table_.schema.has_row_id()) {
      append_row_id(buffers_.key, first_id + i);
    } else {
      table_.clustered_key(buffers_.row, buffers_.key);
    }
    CHECK(table_.encode(buffers_.row, {},
                               table_.row_limit(buffers_.key.size()), buffers_.encoded));
    run.add(buffers_.key, buffers_.encoded.payload, buffers_.encoded.flags, rows[i]);
  }
  run.sort();
  std::size_t in_runs = 0;
  const bool done = insert_sorted(
      writer_, table_.clustered.tree, view_.command(), run, in_runs, [&](const EntryRun::Place& place) {
        const Outcome one = put_row(run.key(place), place.flags, run.payload(place));
        return one.ok() || fail(one, place.row);
      });
  table_.count_rows(static_cast<std::int64_t>(in_runs));
  if (!done) return outcome;

  for (std::size_t n = 0; n < table_.indexes.size(); ++n) {
    const IndexImpl& index = table_.indexes[n];
    if (!index.schema.ready) continue;
    EntryRun entries;
    for (const EntryRun::Place& place : run.places) {
      load_row(place.row);
      bool has_null = false;
      buffers_.arena.reset();
      table_.entry_keys(index, buffers_.row, buffers_.arena, buffers_.keys, &has_null);
      const std::string_view row_key = run.key(place);
      if (index.schema.unique && (!has_null || index.schema.nulls_not_distinct)) {
        const Outcome one = insert_entries(n, buffers_.keys, has_null, row_key,
                                           entry_payload(index, buffers_.keys, buffers_.row, row_key));
        if (!one.ok()) {
          fail(one, place.row);
          return outcome;
        }
        continue;
      }
      const Bytes payload = entry_payload(index, buffers_.keys, buffers_.row, row_key);
      for (std::size_t i = 0; i < buffers_.keys.size(); ++i) {
        buffers_.index_key.assign(buffers_.keys[i]).append(row_key);
        check_key_size(buffers_.index_key.size());
        entries.add(buffers_.index_key, payload, 0, place.row);
      }
    }
    entries.sort();
    insert_sorted(writer_, index.tree, view_.command(), entries, in_runs, [&](const EntryRun::Place& place) {
      const std::string_view key = entries.key(place);
      const std::string_view row_key = row_key_of(key, entries.payload(place));
      return insert_entry(static_cast<int>(n), key.substr(0, key.size() - row_key.size()), false,
                          row_key, entries.payload(place))
          .ok();
    });
  }
  return outcome;
}

Outcome Table::insert_batch(const View& view, std::span<const types::Vector> columns,
                            types::Selection rows, Scratch& scratch,
                            std::uint32_t* failed_row) const {
  const Outcome outcome = RowWriter(*this, view, scratch.buffers()).insert_batch(columns, rows, failed_row);
  if (outcome.ok()) impl_->count_changes(RelationUsage::inserted, rows.count);
  return outcome;
}

}  // namespace table
