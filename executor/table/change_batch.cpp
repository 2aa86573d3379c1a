// Rows are looked for in key order. Those of one leaf are judged first, while nothing has changed yet; then all changes
// go in one mini-transaction. At the first row that somebody else has, or has changed, the batch ends: it is for who
// changes rows one by one to wait there, and whoever waits for a row had better not hold those behind it, or two
// statements that go through a table in the same order would wait for each other. Entries of indexes follow when all
// rows are done, index by index.
#include "table/change_batch.h"

#include <algorithm>
#include <optional>

#include "table_impl.h"
#include "transaction/durable_view.h"
#include "wal/check.h"

namespace table {

using transaction::kDeleted;
using transaction::kOverflow;

std::vector<RowWriter::PlacedKey> RowWriter::in_key_order(const types::Vector& row_keys, types::Selection rows) {
  std::vector<PlacedKey> places;
  places.reserve(rows.count);
  for (std::uint32_t i = 0; i < rows.count; ++i)
    places.push_back({row_keys.get<std::string_view>(rows[i]), i, rows[i]});
  const auto less = [](const PlacedKey& a, const PlacedKey& b) { return a.key < b.key; };
  if (!std::ranges::is_sorted(places, less)) std::ranges::stable_sort(places, less);
  return places;
}

RowWriter::Plain RowWriter::is_plain(const btree::ExclusiveLeaf& leaf, std::string_view row_key, RowLockMode mode) const {
  if (!leaf.found()) return Plain::passed_over;
  const VersionHeader version = transaction::parse_version(leaf.value());
  const std::optional<Standing> standing = transaction::try_standing(view_, version);
  // The transaction's own, whether the statement sees it or not: nobody else can get it meanwhile.
  if (!standing || *standing == Standing::own_later) return Plain::passed_over;
  if (*standing != Standing::seen) return Plain::ends;
  if (version.deleted()) return Plain::passed_over;
  transaction::note_row_taken(transaction_);
  return locked_by_others(row_key, mode) ? Plain::ends : Plain::yes;
}

template <typename Compose>
std::size_t RowWriter::change_in_runs(std::span<const PlacedKey> places, RowLockMode mode, std::span<std::uint8_t> done,
                                      Compose compose) {
  const btree::Tree& tree = table_.clustered.tree;
  std::vector<transaction::EntryWriter::Change> changes;
  std::vector<std::size_t> members;  // of changes: which of `places`
  std::size_t made = 0;
  std::size_t end = places.size();
  for (std::size_t i = 0; i < end;) {
    writer_.prepare();
    btree::ExclusiveLeaf leaf = tree.seek_exclusive(btree::bytes_of(places[i].key));
    changes.clear();
    members.clear();
    std::size_t next = i;
    for (; next < end; ++next) {
      const PlacedKey& place = places[next];
      if (next != i) {
        if (!leaf.move_to(btree::bytes_of(place.key))) break;
        if (place.key == places[next - 1].key) continue;  // a row that a join met twice is changed once
      }
      const Plain plain = is_plain(leaf, place.key, mode);
      if (plain == Plain::passed_over) continue;
      transaction::EntryWriter::Change change{.slot = leaf.slot(), .key = btree::bytes_of(place.key), .payload = {}};
      if (plain == Plain::ends || !compose(leaf, place, change)) {
        end = next;
        break;
      }
      changes.push_back(change);
      members.push_back(next);
    }
    if (changes.empty()) {
      leaf.release_unchanged();
      i = next;
      continue;
    }
    const std::size_t count = writer_.modify_run(tree, leaf, view_.command(), changes);
    for (std::size_t m = 0; m < count; ++m) done[places[members[m]].position] = 1;
    made += count;
    i = count == changes.size() ? next : members[count];
  }
  return made;
}

std::size_t RowWriter::update_batch(const types::Vector& row_keys, std::span<const types::Vector> columns,
                                    std::span<const ColumnNumber> changed, types::Selection rows,
                                    std::span<std::uint8_t> done) {
  CHECK(columns.size() == table_.format.column_count() && done.size() == rows.count);
  for (const ColumnNumber column : changed)
    if (table_.in_any_index[column] || table_.in_clustered_key[column]) return 0;
  buffers_.arena.reset();
  // Room for the new rows of a leaf: their bytes stay where they are until it is done.
  types::Arena& arena = buffers_.arena;
  wal::PageNo leaf_page = wal::kNoPage;
  const std::size_t made = change_in_runs(
      in_key_order(row_keys, rows), RowLockMode::no_key_update, done,
      [&](const btree::ExclusiveLeaf& leaf, const PlacedKey& place, transaction::EntryWriter::Change& change) {
        const VersionHeader before = transaction::parse_version(leaf.value());
        if ((before.flags & kOverflow) != 0) return false;
        if (leaf.page_no() != leaf_page) {
          arena.reset();
          leaf_page = leaf.page_no();
        }
        const Bytes old = transaction::payload_of(leaf.value());
        std::span<std::byte> payload(static_cast<std::byte*>(arena.allocate(old.size())), old.size());
        std::ranges::copy(old, payload.begin());
        bool patched = true;
        for (const ColumnNumber column : changed)
          patched = patched && table_.format.patch(payload, column, columns[column].datum(place.row));
        change.flags = flags_after_update(before, false);
        if (patched) {
          change.payload = payload;
          return true;
        }
        // `payload` may have been patched in part: all of it is in the new values.
        buffers_.row.resize(columns.size());
        table_.format.decode(table_.pages(), payload, buffers_.row, arena);
        for (const ColumnNumber column : changed) buffers_.row[column] = columns[column].datum(place.row);
        if (!table_.format.try_encode(buffers_.row, table_.row_limit(place.key.size()), buffers_.payload)) return false;
        const std::span<std::byte> encoded(static_cast<std::byte*>(arena.allocate(buffers_.payload.size())),
                                           buffers_.payload.size());
        std::ranges::copy(buffers_.payload, encoded.begin());
        change.payload = encoded;
        return true;
      });
  table_.count_changes(RelationUsage::updated_row_alone, made);
  return made;
}

std::size_t RowWriter::remove_batch(const types::Vector& row_keys, types::Selection rows, std::span<std::uint8_t> done,
                                    RemovedEntries* later) {
  CHECK(done.size() == rows.count);
  const bool has_entries = std::ranges::any_of(table_.indexes, [](const IndexImpl& index) { return index.schema.ready; });
  const std::vector<PlacedKey> places = in_key_order(row_keys, rows);
  struct Kept {
    std::size_t at = 0, size = 0;
  };
  std::vector<Kept> kept(has_entries ? rows.count : 0);  // by position
  std::vector<std::byte> bytes;
  const std::size_t made = change_in_runs(
      places, RowLockMode::update, done,
      [&](const btree::ExclusiveLeaf& leaf, const PlacedKey& place, transaction::EntryWriter::Change& change) {
        const VersionHeader before = transaction::parse_version(leaf.value());
        change.flags = static_cast<std::uint8_t>(kDeleted | (before.flags & kOverflow));
        if (has_entries) {
          const Bytes payload = transaction::payload_of(leaf.value());
          kept[place.position] = {bytes.size(), payload.size()};
          bytes.insert(bytes.end(), payload.begin(), payload.end());
        }
        return true;
      });
  table_.count_rows(-static_cast<std::int64_t>(made));
  if (!has_entries || made == 0) return made;

  RemovedEntries at_once;
  std::vector<EntryRun>& entries = (later != nullptr ? *later : at_once).runs_;
  entries.resize(table_.indexes.size());
  buffers_.row.resize(table_.format.column_count());
  for (const PlacedKey& place : places) {
    if (done[place.position] == 0) continue;
    const Kept& row = kept[place.position];
    buffers_.arena.reset();
    table_.format.decode(table_.pages(), Bytes(bytes).subspan(row.at, row.size), buffers_.row, buffers_.arena);
    for (std::size_t n = 0; n < table_.indexes.size(); ++n) {
      const IndexImpl& index = table_.indexes[n];
      if (!index.schema.ready) continue;
      if (!known_entry_keys(table_, index, buffers_.row, buffers_.arena, buffers_.keys))
        remove_misplaced_entry(index, place.key);
      for (std::size_t i = 0; i < buffers_.keys.size(); ++i) {
        buffers_.index_key.assign(buffers_.keys[i]).append(place.key);
        const auto row_key_size = static_cast<std::uint16_t>(place.key.size());
        entries[n].add(buffers_.index_key, std::as_bytes(std::span(&row_key_size, 1)), 0, place.row);
      }
    }
  }
  if (later == nullptr) remove_entries(at_once);
  return made;
}

void RowWriter::remove_entries(RemovedEntries& entries) {
  for (std::size_t n = 0; n < entries.runs_.size(); ++n) {
    entries.runs_[n].sort();
    remove_entries(table_.indexes[n], entries.runs_[n]);
  }
  entries.runs_.clear();
}

void RowWriter::remove_entries(const IndexImpl& index, const EntryRun& entries) {
  const auto& places = entries.places;
  std::vector<transaction::EntryWriter::Change> changes;
  for (std::size_t i = 0; i < places.size();) {
    writer_.prepare();
    btree::ExclusiveLeaf leaf = index.tree.seek_exclusive(btree::bytes_of(entries.key(places[i])));
    changes.clear();
    std::size_t next = i;
    for (; next < places.size(); ++next) {
      const Bytes key = btree::bytes_of(entries.key(places[next]));
      if (next != i && !leaf.move_to(key)) break;
      if (!leaf.found() || transaction::parse_version(leaf.value()).deleted()) break;
      changes.push_back({.slot = leaf.slot(), .key = key, .flags = kDeleted, .payload = {}});
    }
    if (changes.empty()) {
      leaf.release_unchanged();
      const std::string_view key = entries.key(places[i]);
      const std::string_view row_key = row_key_of(key, entries.payload(places[i]));
      remove_entry(index, key.substr(0, key.size() - row_key.size()), row_key);
      ++i;
      continue;
    }
    i += writer_.modify_run(index.tree, leaf, view_.command(), changes);
  }
}

void update_batch(const Table& table, const View& view, const types::Vector& row_keys,
                  std::span<const types::Vector> columns, std::span<const ColumnNumber> changed, types::Selection rows,
                  Scratch& scratch, std::span<std::uint8_t> done) {
  const std::size_t made = RowWriter(table, view, scratch.buffers()).update_batch(row_keys, columns, changed, rows, done);
  table.impl().count_changes(RelationUsage::updated, made);
}

void remove_batch(const Table& table, const View& view, const types::Vector& row_keys, types::Selection rows,
                  Scratch& scratch, std::span<std::uint8_t> done, RemovedEntries* later) {
  const std::size_t made = RowWriter(table, view, scratch.buffers()).remove_batch(row_keys, rows, done, later);
  table.impl().count_changes(RelationUsage::deleted, made);
}

void remove_entries(const Table& table, const View& view, Scratch& scratch, RemovedEntries& entries) {
  RowWriter(table, view, scratch.buffers()).remove_entries(entries);
}

RemovedEntries::RemovedEntries() = default;
RemovedEntries::~RemovedEntries() = default;
RemovedEntries::RemovedEntries(RemovedEntries&&) noexcept = default;
RemovedEntries& RemovedEntries::operator=(RemovedEntries&&) noexcept = default;

std::size_t RemovedEntries::bytes() const {
  std::size_t bytes = 0;
  for (const EntryRun& run : runs_) bytes += run.bytes();
  return bytes;
}

}  // namespace table
