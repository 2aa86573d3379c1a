// Inserting, updating and deleting one row with its index entries.
//
// The clustered row first, then its entries, each in a mini-transaction with an undo record of its
// own: rollback goes the other way, so whatever a crash leaves is undone entry by entry.
#include <algorithm>
#include <cstring>

#include "btree/cursor.h"
#include "table_impl.h"
#include "transaction/durable_view.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace table {

using transaction::kDeleted;
using transaction::kKeyKept;
using transaction::kMoved;
using transaction::kOverflow;

namespace {
Outcome stopped(DmlStatus status) {
  Outcome outcome;
  outcome.status = status;
  return outcome;
}

// The keys that `other` does not have; `stays` false: all of them.
template <typename Use>
void each_missing(const inverted::KeySet& keys, const inverted::KeySet& other, bool stays, Use use) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    while (at < other.size() && other[at] < keys[i]) ++at;
    if (stays && at < other.size() && other[at] == keys[i]) continue;
    use(keys[i]);
  }
}

// Computing a key anew may call functions that users wrote, which fail as they please: what ends the statement is not
// theirs.
bool is_failed_expression(const types::SqlError& error) {
  const std::string_view state = error.sqlstate();
  return !state.starts_with("57") && !state.starts_with("53") && !state.starts_with("40") && !state.starts_with("58") &&
         !state.starts_with("XX");
}

// Where a row's entry lies that is not where its expressions say: the whole index is looked through. Empty: it has none.
std::string misplaced_entry(const IndexImpl& index, std::string_view row_key) {
  btree::Cursor cursor(index.tree, {});
  std::vector<std::byte> key;
  while (cursor.next_leaf())
    for (unsigned i = 0; i < cursor.count(); ++i) {
      if (transaction::parse_version(cursor.value(i)).deleted()) continue;
      cursor.key(i).assign_to(key);
      if (row_key_of(text_of(key), cursor.value(i).subspan(transaction::kVersionHeaderSize)) == row_key)
        return std::string(text_of(key));
    }
  return {};
}
}  // namespace

bool known_entry_keys(const Table::Impl& table, const IndexImpl& index, std::span<const Datum> row, types::Arena& arena,
                      inverted::KeySet& keys) {
  try {
    table.entry_keys(index, row, arena, keys, nullptr);
    return true;
  } catch (const types::SqlError& error) {
    if (!index.uses_any || !is_failed_expression(error)) throw;
    keys.clear();
    return false;
  }
}

RowWriter::RowWriter(const Table& table, const View& view, Scratch::Buffers& buffers)
    : table_(table.impl()),
      view_(view),
      transaction_(view.transaction()),
      buffers_(buffers),
      writer_(buffers.writer(view.transaction())) {}

Outcome RowWriter::violation(int number, std::string_view row_key) {
  if (row_key.data() != buffers_.result_key.data()) buffers_.result_key = row_key;
  return {.status = DmlStatus::unique_violation, .index = number, .row_key = buffers_.result_key};
}

void RowWriter::discard_written() {
  for (const btree::OverflowRef& reference : std::exchange(buffers_.encoded.written, {})) {
    btree::free_overflow(table_.space(), reference);
  }
}

// A serializable transaction that read that the key is free had better fail for that (40001) than
// for finding it taken.
void RowWriter::found_taken(const btree::Tree& tree, std::string_view key) {
  if (auto* reads = transaction_.serializable()) reads->write(tree.root(), btree::bytes_of(key));
}

bool RowWriter::locked_by_others(std::string_view row_key, RowLockMode mode) const {
  return table_.manager.locks().row_is_locked(transaction_, entry_tag(table_.clustered.tree, row_key),
                                              mode);
}

// --- insert -------------------------------------------------------------------------------------

Outcome RowWriter::put_row(std::string_view key, std::uint8_t flags, Bytes payload) {
  const btree::Tree& tree = table_.clustered.tree;
  while (true) {
    btree::ExclusiveLeaf leaf = tree.seek_exclusive(btree::bytes_of(key));
    if (!leaf.found()) {
      if (!writer_.insert(tree, leaf, view_.command(), flags, payload)) continue;
      table_.count_rows(1);
      return {};
    }
    const VersionHeader version = transaction::parse_version(leaf.value());
    if (transaction::in_flight_elsewhere(view_, version)) {
      leaf.release_unchanged();
      wait_for_decision(tree, key);
      continue;
    }
    if (!version.deleted()) {
      leaf.release_unchanged();
      found_taken(tree, key);
      return violation(kClusteredIndex, key);
    }
    if (!writer_.modify(tree, leaf, view_.command(), flags, payload)) continue;
    table_.count_rows(1);
    return {};
  }
}

// The row just encoded; when it is not to be, the values written for it go.
Outcome RowWriter::put_new_row(std::string_view key) {
  try {
    const Outcome outcome = put_row(key, buffers_.encoded.flags, buffers_.encoded.payload);
    if (!outcome.ok()) discard_written();
    return outcome;
  } catch (...) {
    discard_written();
    throw;
  }
}

Bytes RowWriter::entry_payload(const IndexImpl& index, const inverted::KeySet& keys, std::span<const Datum> row,
                               std::string_view row_key) {
  const std::size_t key_size = keys.size() == 0 ? 0 : keys[0].size();
  index.payload.compose(row, key_size + row_key.size(), row_key.size(), buffers_.entry_payload);
  return buffers_.entry_payload.bytes;
}

bool RowWriter::differ_in_values(const IndexImpl& index, std::span<const Datum> old_row,
                                 std::span<const Datum> new_row) const {
  if (!index.payload.has_values()) return false;
  return std::ranges::any_of(index.schema.included, [&](ColumnNumber column) {
    return !same_value(column, old_row[column], new_row[column]);
  });
}

Outcome RowWriter::insert_entry(int number, std::string_view key, bool check_unique,
                                std::string_view row_key, Bytes payload) {
  const IndexImpl& index = table_.indexes[static_cast<std::size_t>(number)];
  std::string& entry_key = buffers_.entry_key;
  entry_key.assign(key).append(row_key);
  check_key_size(entry_key.size());

  while (true) {
    // Two who bring the same key must not both find the place free.
    std::optional<transaction::LockManager::KeyGuard> guard;
    if (check_unique) {
      guard.emplace(table_.manager.locks(), transaction_, entry_tag(index.tree, key));
      Obstacle obstacle = find_obstacle(table_, number, view_, key);
      if (obstacle.kind == Obstacle::Kind::row) {
        found_taken(index.tree, key);
        return violation(number, obstacle.row_key);
      }
      if (obstacle.kind == Obstacle::Kind::undecided) {
        guard.reset();
        wait_for_decision(index.tree, obstacle.entry_key);
        continue;
      }
    }
    while (true) {
      btree::ExclusiveLeaf leaf = index.tree.seek_exclusive(btree::bytes_of(entry_key));
      if (!leaf.found()) {
        if (writer_.insert(index.tree, leaf, view_.command(), 0, payload)) return {};
        continue;
      }
      // An earlier version of the row had the same key: its entry comes to life again.
      if (!transaction::parse_version(leaf.value()).deleted()) {
        // It never went, for what it was computed by has changed since (a text search configuration).
        CHECK(index.uses_any);
        if (std::ranges::equal(transaction::payload_of(leaf.value()), payload)) {
          leaf.release_unchanged();
          return {};
        }
      }
      if (writer_.modify(index.tree, leaf, view_.command(), 0, payload)) return {};
    }
  }
}

Outcome RowWriter::insert_entries(std::span<const Datum> row, std::string_view row_key) {
  for (std::size_t i = 0; i < table_.indexes.size(); ++i) {
    const IndexImpl& index = table_.indexes[i];
    if (!index.schema.ready) continue;
    bool has_null = false;
    table_.entry_keys(index, row, buffers_.arena, buffers_.keys, &has_null);
    Outcome outcome = insert_entries(i, buffers_.keys, has_null, row_key, entry_payload(index, buffers_.keys, row, row_key));
    if (outcome.ok() && index.exclusion != nullptr) outcome = check_exclusion(i, row, row_key);
    if (!outcome.ok()) return outcome;
  }
  return {};
}

Outcome RowWriter::insert_entries(std::size_t number, const inverted::KeySet& keys, bool has_null,
                                  std::string_view row_key, Bytes payload) {
  const IndexImpl& own = table_.indexes[number];
  const IndexSchema& index = own.schema;
  const bool check = index.unique && own.exclusion == nullptr && (!has_null || index.nulls_not_distinct);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Outcome outcome = insert_entry(static_cast<int>(number), keys[i], check, row_key, payload);
    if (!outcome.ok()) return outcome;
  }
  return {};
}

Outcome RowWriter::insert(std::span<const Datum> row, OnDuplicate on_duplicate,
                          std::span<const int> arbiters) {
  CHECK(row.size() == table_.format.column_count());
  writer_.prepare();
  buffers_.arena.reset();
  buffers_.key.clear();
  if (table_.schema.has_row_id()) {
    append_row_id(buffers_.key, table_.take_row_ids(1));
  } else {
    table_.clustered_key(row, buffers_.key);
  }
  if (on_duplicate == OnDuplicate::check_first) {
    const auto check = [&](int number) -> std::optional<Outcome> {
      bool has_null = false;
      std::string_view key = buffers_.key;
      if (number != kClusteredIndex) {
        const IndexImpl& index = table_.indexes[static_cast<std::size_t>(number)];
        if (!index.schema.ready) return std::nullopt;
        if (index.exclusion != nullptr) {
          const auto found = find_excluding(static_cast<std::size_t>(number), row, {});
          return found ? std::optional(violation(number, *found)) : std::nullopt;
        }
        if (!index.schema.unique) return std::nullopt;
        buffers_.index_key.clear();
        if (!table_.index_key(index, row, buffers_.arena, buffers_.index_key, &has_null) ||
            (has_null && !index.schema.nulls_not_distinct)) {
          return std::nullopt;
        }
        key = buffers_.index_key;
      } else if (table_.schema.has_row_id()) {
        return std::nullopt;
      }
      if (const auto row_key = find_conflict(number, key)) return violation(number, *row_key);
      return std::nullopt;
    };
    if (arbiters.empty()) {
      if (const auto outcome = check(kClusteredIndex)) return *outcome;
      for (std::size_t i = 0; i < table_.indexes.size(); ++i) {
        if (const auto outcome = check(static_cast<int>(i))) return *outcome;
      }
    }
    for (const int number : arbiters) {
      if (const auto outcome = check(number)) return *outcome;
    }
  }

  CHECK(table_.encode(row, {}, table_.row_limit(buffers_.key.size()),
                             buffers_.encoded));
  std::optional<transaction::Savepoint> before;
  if (table_.has_unique_index) before = transaction_.savepoint();
  Outcome outcome = put_new_row(buffers_.key);
  if (!outcome.ok()) return outcome;
  outcome = insert_entries(row, buffers_.key);
  if (!outcome.ok()) {
    transaction_.rollback_to(*before);
    return outcome;
  }
  outcome.row_key = buffers_.key;
  return outcome;
}

// --- update -------------------------------------------------------------------------------------

RowWriter::Look RowWriter::look_at(btree::ExclusiveLeaf& leaf, bool is_locked) {
  using Verdict = Look::Verdict;
  const auto stop = [&leaf](DmlStatus status) {
    leaf.release_unchanged();
    return Look{Verdict::stop, status};
  };
  if (!leaf.found()) return stop(DmlStatus::not_found);
  const VersionHeader version = transaction::parse_version(leaf.value());
  const std::optional<Standing> standing = transaction::try_standing(view_, version);
  if (!standing) {
    leaf.release_unchanged();
    transaction::load_undo(view_, version.undo);
    return {Verdict::again};
  }
  switch (*standing) {
    case Standing::in_flight: return stop(DmlStatus::version_conflict);
    case Standing::own_later: return stop(DmlStatus::self_modified);
    case Standing::newer:
      if (!is_locked) return stop(DmlStatus::version_conflict);
      break;
    case Standing::seen: break;
  }
  if (version.deleted()) return stop(DmlStatus::not_found);
  transaction::note_row_taken(transaction_);
  return {Verdict::go};
}

bool RowWriter::same_value(ColumnNumber column, const Datum& a, const Datum& b) const {
  if (a.is_null || b.is_null) return a.is_null == b.is_null;
  const std::uint8_t width = stored_width(table_.format.physical(column));
  if (width != 0) return std::memcmp(&a.fixed16, &b.fixed16, width) == 0;
  return a.as<std::string_view>() == b.as<std::string_view>();
}

RowWriter::Difference RowWriter::difference(std::span<const Datum> before,
                                            std::span<const Datum> after,
                                            std::span<const ColumnValue> changes) const {
  Difference found;
  for (const ColumnValue& change : changes) {
    const ColumnNumber column = change.column;
    if (!table_.in_any_index[column] && !table_.in_clustered_key[column]) continue;
    if (same_value(column, before[column], after[column])) continue;
    found.moved = found.moved || table_.in_clustered_key[column];
    found.entries = found.entries || table_.in_any_index[column];
    found.unique = found.unique || table_.in_unique_key[column];
  }
  found.entries = found.entries || (found.moved && !table_.indexes.empty());
  return found;
}

std::uint8_t RowWriter::flags_after_update(const VersionHeader& before, bool unique_changed) const {
  // Once this transaction holds the row FOR UPDATE, a lesser change does not weaken that.
  const bool was_stronger =
      before.xid == transaction_.xid() && (before.flags & kKeyKept) == 0;
  return unique_changed || was_stronger ? 0 : kKeyKept;
}

Outcome RowWriter::update(std::string_view row_key, std::span<const ColumnValue> changes,
                          bool is_locked) {
  writer_.prepare();
  buffers_.arena.reset();
  const btree::Tree& tree = table_.clustered.tree;
  const bool touches_index =
      std::any_of(changes.begin(), changes.end(), [this](const ColumnValue& change) {
        return table_.in_any_index[change.column] || table_.in_clustered_key[change.column];
      });
  while (true) {
    btree::ExclusiveLeaf leaf = tree.seek_exclusive(btree::bytes_of(row_key));
    const Look look = look_at(leaf, is_locked);
    if (look.verdict == Look::Verdict::again) continue;
    if (look.verdict == Look::Verdict::stop) return stopped(look.status);
    const VersionHeader before = transaction::parse_version(leaf.value());

    // New bytes for columns of fixed width: the payload stays as long as it is.
    bool composed = !touches_index;
    Difference difference;
    if (composed) {
      const Bytes old = transaction::payload_of(leaf.value());
      buffers_.payload.assign(old.begin(), old.end());
      for (const ColumnValue& change : changes) {
        composed = composed && table_.format.patch(buffers_.payload, change.column, change.value);
      }
    }
    std::uint8_t flags = before.flags & kOverflow;
    if (!composed) {
      if ((before.flags & kOverflow) != 0) {
        leaf.release_unchanged();
        return update_slowly(row_key, changes, is_locked);
      }
      buffers_.version.assign(leaf.value());
      buffers_.row.resize(table_.format.column_count());
      table_.format.decode(table_.pages(), buffers_.version.payload, buffers_.row, buffers_.arena);
      buffers_.new_row = buffers_.row;
      for (const ColumnValue& change : changes) buffers_.new_row[change.column] = change.value;
      difference = this->difference(buffers_.row, buffers_.new_row, changes);
      if (difference.moved ||
          !table_.format.try_encode(buffers_.new_row, table_.row_limit(row_key.size()),
                                    buffers_.payload)) {
        leaf.release_unchanged();
        return update_slowly(row_key, changes, is_locked);
      }
    }
    if (locked_by_others(row_key, difference.unique ? RowLockMode::update
                                                    : RowLockMode::no_key_update)) {
      leaf.release_unchanged();
      return stopped(DmlStatus::version_conflict);
    }
    flags = static_cast<std::uint8_t>(flags | flags_after_update(before, difference.unique));
    std::optional<transaction::Savepoint> savepoint;
    if (difference.entries && table_.has_unique_index) savepoint = transaction_.savepoint();
    if (!writer_.modify(tree, leaf, view_.command(), flags, buffers_.payload)) continue;
    if (difference.entries) {
      const Outcome outcome = move_entries(buffers_.row, row_key, buffers_.new_row, row_key);
      if (!outcome.ok()) {
        if (savepoint) transaction_.rollback_to(*savepoint);
        return outcome;
      }
    }
    if (!difference.entries) table_.count_changes(RelationUsage::updated_row_alone, 1);
    return {.status = DmlStatus::ok, .index = kClusteredIndex, .row_key = row_key};
  }
}

// With values in overflow pages, or another clustered key: composed without a latch, then put in
// place if the row is still what it was.
Outcome RowWriter::update_slowly(std::string_view row_key, std::span<const ColumnValue> changes,
                                 bool is_locked) {
  const btree::Tree& tree = table_.clustered.tree;
  while (true) {
    {
      btree::ExclusiveLeaf leaf = tree.seek_exclusive(btree::bytes_of(row_key));
      const Look look = look_at(leaf, is_locked);
      if (look.verdict == Look::Verdict::again) continue;
      if (look.verdict == Look::Verdict::stop) return stopped(look.status);
      buffers_.version.assign(leaf.value());
      leaf.release_unchanged();
    }
    const VersionHeader before = buffers_.version.header;
    const std::size_t columns = table_.format.column_count();
    buffers_.arena.reset();
    buffers_.row.resize(columns);
    table_.format.decode(table_.pages(), buffers_.version.payload, buffers_.row, buffers_.arena,
                         &buffers_.kept);
    table_.format.decode(table_.pages(), buffers_.version.payload, buffers_.row, buffers_.arena);
    buffers_.new_row = buffers_.row;
    for (const ColumnValue& change : changes) {
      buffers_.new_row[change.column] = change.value;
      buffers_.kept[change.column] = {};
    }
    const Difference difference = this->difference(buffers_.row, buffers_.new_row, changes);
    buffers_.new_key.clear();
    if (difference.moved) {
      table_.clustered_key(buffers_.new_row, buffers_.new_key);
    } else {
      buffers_.new_key = row_key;
    }
    // A row that moves starts with values of its own: the old place's go with its deletion.
    if (difference.moved) buffers_.kept.clear();
    const std::size_t limit = table_.row_limit(buffers_.new_key.size());
    if (!table_.encode(buffers_.new_row, buffers_.kept, limit,
                              buffers_.encoded)) {
      CHECK(table_.encode(buffers_.new_row, {}, limit, buffers_.encoded));
    }

    const transaction::Savepoint savepoint = transaction_.savepoint();
    bool changed = false;
    while (!changed) {
      btree::ExclusiveLeaf leaf = tree.seek_exclusive(btree::bytes_of(row_key));
      const Look look = look_at(leaf, is_locked);
      if (look.verdict == Look::Verdict::again) continue;
      if (look.verdict == Look::Verdict::stop) {
        discard_written();
        return stopped(look.status);
      }
      const VersionHeader now = transaction::parse_version(leaf.value());
      if (now.xid != before.xid || now.undo != before.undo) {
        leaf.release_unchanged();
        discard_written();
        break;
      }
      if (locked_by_others(row_key, difference.unique ? RowLockMode::update
                                                      : RowLockMode::no_key_update)) {
        leaf.release_unchanged();
        discard_written();
        return stopped(DmlStatus::version_conflict);
      }
      if (difference.moved) {
        changed = writer_.modify(tree, leaf, view_.command(), kDeleted | kMoved,
                                 btree::bytes_of(buffers_.new_key));
        if (changed) table_.count_rows(-1);
      } else {
        changed = writer_.modify(
            tree, leaf, view_.command(),
            static_cast<std::uint8_t>(buffers_.encoded.flags |
                                      flags_after_update(before, difference.unique)),
            buffers_.encoded.payload);
      }
    }
    if (!changed) continue;

    Outcome outcome;
    if (difference.moved) outcome = put_new_row(buffers_.new_key);
    if (outcome.ok() && difference.entries) {
      outcome = move_entries(buffers_.row, row_key, buffers_.new_row, buffers_.new_key);
    }
    if (!outcome.ok()) {
      transaction_.rollback_to(savepoint);
      return outcome;
    }
    if (!difference.moved && !difference.entries) table_.count_changes(RelationUsage::updated_row_alone, 1);
    outcome.row_key = buffers_.new_key;
    return outcome;
  }
}

Outcome RowWriter::move_entries(std::span<const Datum> old_row, std::string_view old_key,
                                std::span<const Datum> new_row, std::string_view new_key) {
  for (std::size_t i = 0; i < table_.indexes.size(); ++i) {
    const IndexImpl& index = table_.indexes[i];
    if (!index.schema.ready) continue;
    bool has_null = false;
    const inverted::KeySet& before = buffers_.old_keys;
    const inverted::KeySet& after = buffers_.keys;
    const bool known = known_entry_keys(table_, index, old_row, buffers_.arena, buffers_.old_keys);
    table_.entry_keys(index, new_row, buffers_.arena, buffers_.keys, &has_null);
    const bool stays = old_key == new_key;
    if (!known) remove_misplaced_entry(index, old_key);
    // Keys are cut, so the same ones do not say that the values are the same.
    const auto check_beside = [&]() -> Outcome {
      if (index.exclusion == nullptr) return {};
      return check_exclusion(i, new_row, new_key);
    };
    if (stays && before == after) {
      if (after.size() > 0 && differ_in_values(index, old_row, new_row))
        set_entry_values(i, after[0], new_key, entry_payload(index, after, new_row, new_key));
      if (const Outcome outcome = check_beside(); !outcome.ok()) return outcome;
      continue;
    }
    const Bytes payload = entry_payload(index, after, new_row, new_key);
    each_missing(before, after, stays, [&](std::string_view key) { remove_entry(index, key, old_key); });
    Outcome outcome;
    const bool check =
        index.schema.unique && index.exclusion == nullptr && (!has_null || index.schema.nulls_not_distinct);
    // What the old row had by an expression may have been computed otherwise: all that is there now is
    // looked for.
    each_missing(after, before, stays && !(index.uses_any && index.schema.is_inverted()), [&](std::string_view key) {
      if (outcome.ok()) outcome = insert_entry(static_cast<int>(i), key, check, new_key, payload);
    });
    if (outcome.ok()) outcome = check_beside();
    if (!outcome.ok()) return outcome;
  }
  return {};
}

// False: the entry is not where its key leads to. Only an expression that is not as immutable as it was declared to be
// comes to that; the entry lies where it has led to once.
bool RowWriter::change_entry(const IndexImpl& index, std::string_view key, std::string_view row_key, std::uint8_t flags,
                             std::optional<Bytes> payload) {
  std::string& entry_key = buffers_.entry_key;
  entry_key.assign(key).append(row_key);
  while (true) {
    btree::ExclusiveLeaf leaf = index.tree.seek_exclusive(btree::bytes_of(entry_key));
    if (!leaf.found() || transaction::parse_version(leaf.value()).deleted()) {
      leaf.release_unchanged();
      CHECK(index.uses_any);
      return false;
    }
    if (writer_.modify(index.tree, leaf, view_.command(), flags, payload)) return true;
  }
}

void RowWriter::set_entry_values(std::size_t number, std::string_view key, std::string_view row_key, Bytes payload) {
  const IndexImpl& index = table_.indexes[number];
  if (change_entry(index, key, row_key, 0, payload)) return;
  remove_misplaced_entry(index, row_key);
  CHECK(insert_entry(static_cast<int>(number), key, false, row_key, payload).ok());
}

// --- delete -------------------------------------------------------------------------------------

void RowWriter::remove_entry(const IndexImpl& index, std::string_view key,
                             std::string_view row_key) {
  if (!change_entry(index, key, row_key, kDeleted, std::nullopt)) remove_misplaced_entry(index, row_key);
}

void RowWriter::remove_misplaced_entry(const IndexImpl& index, std::string_view row_key) {
  // Rows that an inverted index finds are checked, so it may keep what it has.
  if (index.schema.is_inverted()) return;
  for (;;) {
    const std::string entry_key = misplaced_entry(index, row_key);
    if (entry_key.empty()) return;
    btree::ExclusiveLeaf leaf = index.tree.seek_exclusive(btree::bytes_of(entry_key));
    if (!leaf.found() || transaction::parse_version(leaf.value()).deleted()) {
      leaf.release_unchanged();
      continue;
    }
    if (writer_.modify(index.tree, leaf, view_.command(), kDeleted, std::nullopt)) return;
  }
}

void RowWriter::remove_entries(std::span<const Datum> row, std::string_view row_key) {
  for (const IndexImpl& index : table_.indexes) {
    if (!index.schema.ready) continue;
    if (!known_entry_keys(table_, index, row, buffers_.arena, buffers_.keys)) remove_misplaced_entry(index, row_key);
    for (std::size_t i = 0; i < buffers_.keys.size(); ++i) remove_entry(index, buffers_.keys[i], row_key);
  }
}

Outcome RowWriter::remove(std::string_view row_key, bool is_locked) {
  writer_.prepare();
  const btree::Tree& tree = table_.clustered.tree;
  const bool has_entries = std::any_of(table_.indexes.begin(), table_.indexes.end(),
                                       [](const IndexImpl& index) { return index.schema.ready; });
  while (true) {
    btree::ExclusiveLeaf leaf = tree.seek_exclusive(btree::bytes_of(row_key));
    const Look look = look_at(leaf, is_locked);
    if (look.verdict == Look::Verdict::again) continue;
    if (look.verdict == Look::Verdict::stop) return stopped(look.status);
    if (locked_by_others(row_key, RowLockMode::update)) {
      leaf.release_unchanged();
      return stopped(DmlStatus::version_conflict);
    }
    if (has_entries) buffers_.version.assign(leaf.value());
    const VersionHeader before = transaction::parse_version(leaf.value());
    if (writer_.modify(tree, leaf, view_.command(),
                       static_cast<std::uint8_t>(kDeleted | (before.flags & kOverflow)),
                       std::nullopt)) {
      break;
    }
  }
  table_.count_rows(-1);
  if (has_entries) {
    buffers_.arena.reset();
    buffers_.row.resize(table_.format.column_count());
    table_.format.decode(table_.pages(), buffers_.version.payload, buffers_.row, buffers_.arena);
    remove_entries(buffers_.row, row_key);
  }
  return {.status = DmlStatus::ok, .index = kClusteredIndex, .row_key = row_key};
}

}  // namespace table
