// What a Table has prepared, and the buffers its calls reuse.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "btree/tree.h"
#include "entry_payload.h"
#include "entry_run.h"
#include "inverted/key_set.h"
#include "inverted/placement.h"
#include "key_codec.h"
#include "key_parts.h"
#include "row_format.h"
#include "table/table.h"
#include "transaction/entry_writer.h"
#include "transaction/serializable.h"
#include "transaction/usage.h"
#include "transaction/version.h"

namespace table {

using btree::Bytes;
using transaction::RelationUsage;
using transaction::Standing;
using transaction::VersionCopy;
using transaction::VersionHeader;

inline std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct IndexImpl {
  IndexImpl(const TableSchema& table, const IndexSchema& schema, btree::Space& space)
      : schema(schema), codec(table, schema), parts(key_parts(codec)), payload(table, schema), tree(space, schema.root) {
    if (schema.is_placed())
      for (std::size_t i = 0; i < codec.size(); ++i) placed.push_back({schema.keys[i].source, codec.support(i)});
  }

  const IndexSchema& schema;
  KeyCodec codec;
  std::vector<KeyPart> parts;  // of the codec
  EntryPayload payload;        // of its entries
  std::vector<inverted::PlacedColumn> placed;  // IndexSchema::is_placed()
  std::shared_ptr<const Exclusion> exclusion;  // null: not of an EXCLUDE constraint
  btree::Tree tree;
  // Which table columns decide about its entries; `any`: expressions or a predicate, all of them.
  std::vector<bool> uses_column;
  bool uses_any = false;
  // Null: nobody asks. The clustered index by a hidden row id has none.
  std::shared_ptr<RelationUsage> usage;
};

struct Table::Impl {
  Impl(transaction::TransactionManager& manager, const TableSchema& schema);

  transaction::TransactionManager& manager;
  const TableSchema& schema;
  RowFormat format;
  IndexImpl clustered;
  std::vector<IndexImpl> indexes;       // as schema.indexes
  std::vector<bool> in_clustered_key;   // by column
  std::vector<bool> in_any_index;       // by column: secondary entries depend on it
  std::vector<bool> in_unique_key;      // by column: clustered key or a unique index
  bool has_unique_index = false;        // a secondary one that is ready; or an EXCLUDE constraint
  bool has_exclusion = false;
  std::atomic<std::uint64_t>* next_row_id = nullptr;
  std::shared_ptr<RelationUsage> usage;                // null: a catalogue's
  std::atomic<std::int64_t>* row_count = nullptr;      // of the clustered tree; null likewise

  void count_rows(std::int64_t more) const {
    if (row_count != nullptr) row_count->fetch_add(more, std::memory_order_relaxed);
  }
  void count_changes(RelationUsage::Counter counter, std::uint64_t rows) const {
    if (usage != nullptr) usage->add(counter, rows);
  }

  btree::Space& space() const { return manager.space(); }
  buffer::PagedVolume& pages() const { return manager.pages(); }

  // The next `count` row ids; the first of them. Parks at first use.
  std::uint64_t take_row_ids(std::uint64_t count) const;

  // The clustered key of a row; row ids are taken elsewhere.
  void clustered_key(std::span<const Datum> row, std::string& out) const;
  // The key of a row's entry without the row key; false when the row is not in the index. `has_null`:
  // one of the key columns is null.
  bool index_key(const IndexImpl& index, std::span<const Datum> row, types::Arena& arena,
                 std::string& out, bool* has_null) const;
  // The keys of all its entries, ascending: one, but for an inverted index; none when the row is not
  // in the index.
  void entry_keys(const IndexImpl& index, std::span<const Datum> row, types::Arena& arena,
                  inverted::KeySet& keys, bool* has_null) const;
  // The values of its key columns; false when the row is not in the index.
  bool key_values(const IndexImpl& index, std::span<const Datum> row, types::Arena& arena,
                  std::vector<Datum>& values) const;
  std::size_t row_limit(std::size_t key_size) const {
    return btree::max_inline_value(key_size) - transaction::kVersionHeaderSize;
  }
  // RowFormat::encode() of a row that is to go into the table's tree, which learns of values in overflow
  // pages before they get there. The caller holds no latch.
  [[nodiscard]] bool encode(std::span<const Datum> row, std::span<const btree::OverflowRef> kept, std::size_t limit,
                            RowFormat::Encoded& out) const;
};

struct Scratch::Buffers {
  transaction::EntryWriter& writer(transaction::Transaction& transaction);

  std::unique_ptr<transaction::EntryWriter> entry_writer;
  const void* writer_owner = nullptr;
  const void* writer_manager = nullptr;

  std::string key;
  std::string new_key;
  std::string index_key;
  std::string entry_key;
  inverted::KeySet keys;
  inverted::KeySet old_keys;
  std::string result_key;
  RowFormat::Encoded encoded;
  VersionCopy version;
  VersionCopy entry;
  std::vector<std::byte> payload;
  EntryPayload::Buffers entry_payload;
  std::vector<Datum> row;
  std::vector<Datum> new_row;
  std::vector<btree::OverflowRef> kept;
  types::Arena arena;
  std::vector<Datum> excluded, excluding;  // exclusion.cpp
  types::Arena exclusion_arena{256};
  std::vector<std::pair<int, std::string>> unchecked;  // Scratch::take_unchecked()
};

inline void append_row_id(std::string& out, std::uint64_t id) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(id >> shift));
}

// SERIALIZABLE: whom to tell what of the table is read; null when nobody, or for a catalogue.
inline transaction::SerializableReads* reads_of(const View& view, const Table::Impl& table) {
  transaction::SerializableReads* const reads = view.transaction().serializable();
  return reads != nullptr && table.schema.id >= types::kFirstNormalOid ? reads : nullptr;
}

// What stands in the way of a key, as of the newest versions.
struct Obstacle {
  enum class Kind : std::uint8_t { none, row, undecided } kind = Kind::none;
  std::string row_key;                  // row: whose
  std::string entry_key;                // undecided: the entry to wait for
};
Obstacle find_obstacle(const Table::Impl& table, int number, const View& view,
                       std::string_view key);

transaction::LockTag entry_tag(const btree::Tree& tree, std::string_view key);

// Fills row `at` from a visible version.
void project(const Table::Impl& table, std::string_view row_key, const VersionCopy& version, Projection columns,
             std::span<types::Vector> out, std::uint32_t at, types::Arena& arena);

// What xmin and xmax show of a transaction.
inline std::uint32_t shown_xid(transaction::Xid xid) { return static_cast<std::uint32_t>(wal::raw(xid)); }

// The keys of the entries that a row has already. False: an expression has another value than it had, or none.
bool known_entry_keys(const Table::Impl& table, const IndexImpl& index, std::span<const Datum> row, types::Arena& arena,
                      inverted::KeySet& keys);

class RemovedEntries;

// Changes of one row's entries; see dml.cpp.
class RowWriter {
 public:
  RowWriter(const Table& table, const View& view, Scratch::Buffers& buffers);

  Outcome insert(std::span<const Datum> row, OnDuplicate on_duplicate,
                 std::span<const int> arbiters);
  Outcome update(std::string_view row_key, std::span<const ColumnValue> changes, bool is_locked);
  Outcome remove(std::string_view row_key, bool is_locked);

  Outcome insert_batch(std::span<const types::Vector> columns, types::Selection rows,
                       std::uint32_t* failed_row);
  // As table/change_batch.h. How many rows were changed.
  std::size_t update_batch(const types::Vector& row_keys, std::span<const types::Vector> columns,
                           std::span<const ColumnNumber> changed, types::Selection rows, std::span<std::uint8_t> done);
  std::size_t remove_batch(const types::Vector& row_keys, types::Selection rows, std::span<std::uint8_t> done,
                           RemovedEntries* later);
  void remove_entries(RemovedEntries& entries);

  Outcome insert_each(std::span<const types::Vector> columns, types::Selection rows, std::uint32_t* failed_row);

  // Entries of a row just put into the clustered tree.
  Outcome insert_entries(std::span<const Datum> row, std::string_view row_key);

  // A row of another's or our own under a unique key, as of its newest version; waits for those
  // who are about to decide. nullopt: none. The result is in buffers.result_key.
  std::optional<std::string_view> find_conflict(int number, std::string_view key);
  // The same by an EXCLUDE constraint; `own_key`: of the row itself, when it is there. Without waiting, a row that
  // somebody is about to decide counts.
  enum class Waiting : std::uint8_t { waits, never };
  std::optional<std::string_view> find_excluding(std::size_t number, std::span<const Datum> row,
                                                 std::string_view own_key, Waiting waiting = Waiting::waits);

 private:
  enum class Beside : std::uint8_t { free, taken, undecided };
  Beside judge_beside(const IndexImpl& index, std::span<const Datum> own, std::string_view row_key);
  bool conflicts(const IndexImpl& index, std::span<const Datum> own, Bytes payload);
  // Of a row whose entries are in.
  Outcome check_exclusion(std::size_t number, std::span<const Datum> row, std::string_view row_key);

  // A look at a row about to be changed, its leaf latched.
  struct Look {
    enum class Verdict : std::uint8_t { go, again, stop } verdict;
    DmlStatus status = DmlStatus::ok;  // stop: why
  };
  // again, stop: the leaf is released.
  Look look_at(btree::ExclusiveLeaf& leaf, bool is_locked);
  bool locked_by_others(std::string_view row_key, RowLockMode mode) const;

  Outcome put_row(std::string_view key, std::uint8_t flags, Bytes payload);
  Outcome put_new_row(std::string_view key);
  // Takes the key guard, looks for a conflict, inserts.
  Outcome insert_entry(int number, std::string_view key, bool check_unique,
                       std::string_view row_key, Bytes payload);
  // An entry that stays where it is gets the values of INCLUDE's columns that its row has now.
  void set_entry_values(std::size_t number, std::string_view key, std::string_view row_key, Bytes payload);
  // Of the row's entries, whose keys are in `keys`; good until the next call.
  Bytes entry_payload(const IndexImpl& index, const inverted::KeySet& keys, std::span<const Datum> row,
                      std::string_view row_key);
  // Whether one of INCLUDE's columns has another value.
  bool differ_in_values(const IndexImpl& index, std::span<const Datum> old_row, std::span<const Datum> new_row) const;
  bool change_entry(const IndexImpl& index, std::string_view key, std::string_view row_key, std::uint8_t flags,
                    std::optional<Bytes> payload);
  void remove_entry(const IndexImpl& index, std::string_view key, std::string_view row_key);
  // The entry that an expression has led to once, which has another value by now.
  void remove_misplaced_entry(const IndexImpl& index, std::string_view row_key);
  // Of one index: each key in `keys`.
  Outcome insert_entries(std::size_t number, const inverted::KeySet& keys, bool has_null,
                         std::string_view row_key, Bytes payload);
  void remove_entries(std::span<const Datum> row, std::string_view row_key);
  // Of many rows: one index's, in key order.
  void remove_entries(const IndexImpl& index, const EntryRun& entries);
  // Rows of a batch, in key order, leaf by leaf. `compose(leaf, place, change)` fills a change of the row that the leaf
  // stands at, with flags and payload; false ends the batch before it. How many were made.
  struct PlacedKey {
    std::string_view key;
    std::uint32_t position;  // in `done`
    std::uint32_t row;       // of the batch
  };
  static std::vector<PlacedKey> in_key_order(const types::Vector& row_keys, types::Selection rows);
  template <typename Compose>
  std::size_t change_in_runs(std::span<const PlacedKey> places, RowLockMode mode, std::span<std::uint8_t> done,
                             Compose compose);
  // Whether the row that the leaf stands at may be changed, without more ado, by a statement that has not locked it;
  // if not, whether rows behind it may be changed before it.
  enum class Plain : std::uint8_t { yes, passed_over, ends };
  Plain is_plain(const btree::ExclusiveLeaf& leaf, std::string_view row_key, RowLockMode mode) const;
  // From the old row's entries to the new one's, where they differ.
  Outcome move_entries(std::span<const Datum> old_row, std::string_view old_key,
                       std::span<const Datum> new_row, std::string_view new_key);
  Outcome update_slowly(std::string_view row_key, std::span<const ColumnValue> changes,
                        bool is_locked);
  struct Difference {
    bool moved = false;          // the clustered key
    bool entries = false;        // something that secondary entries depend on
    bool unique = false;         // a column of a unique index
  };
  Difference difference(std::span<const Datum> before, std::span<const Datum> after,
                        std::span<const ColumnValue> changes) const;
  bool same_value(ColumnNumber column, const Datum& a, const Datum& b) const;
  std::uint8_t flags_after_update(const VersionHeader& before, bool unique_changed) const;
  void discard_written();
  // Waits until whoever is changing the entry has committed or gone back. No latch may be held.
  void wait_for_decision(const btree::Tree& tree, std::string_view entry_key);
  void found_taken(const btree::Tree& tree, std::string_view key);
  Outcome violation(int number, std::string_view row_key);

  const Table::Impl& table_;
  const View& view_;
  transaction::Transaction& transaction_;
  Scratch::Buffers& buffers_;
  transaction::EntryWriter& writer_;
};

}  // namespace table
