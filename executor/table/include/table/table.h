// A table's rows and their indexes under multi-version concurrency: changes and point reads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "table/key.h"
#include "table/schema.h"
#include "transaction/lock_modes.h"
#include "transaction/manager.h"
#include "transaction/view.h"
#include "types/arena.h"
#include "types/datum.h"
#include "types/vector.h"

namespace transaction {
class RelationUsage;
}

namespace table {

using transaction::LockWait;
using transaction::RowLockMode;
using transaction::View;

enum class DmlStatus : std::uint8_t {
  ok,
  // A unique index holds the key already, or an EXCLUDE constraint does not let the row stand beside another:
  // Outcome::index, Outcome::row_key.
  unique_violation,
  // The newest version is not the one that the view sees, or somebody holds a conflicting lock
  // on the row. Nothing was changed. lock_row() waits and tells what became of the row.
  version_conflict,
  // This very command (or a later one of the same transaction) has changed the row already:
  // UPDATE and DELETE pass over it, MERGE and ON CONFLICT DO UPDATE raise 21000.
  self_modified,
  // No version of the row is there for this view.
  not_found,
};

struct Outcome {
  DmlStatus status = DmlStatus::ok;
  // unique_violation: which index (kClusteredIndex or secondary number) and the row in its way.
  int index = kClusteredIndex;
  // Row key of the conflicting row (violation), or of the row as it now is (ok; an update of a
  // key column moves the row). Valid until the next call with the same Scratch.
  std::string_view row_key;

  bool ok() const { return status == DmlStatus::ok; }
};

enum class LockStatus : std::uint8_t {
  locked_same,   // locked; the newest version is the one that the view sees
  locked_newer,  // locked; a version committed after the view is the newest: READ COMMITTED checks
                 // its conditions again, REPEATABLE READ raises 40001
  deleted,       // gone: READ COMMITTED passes over it, REPEATABLE READ raises 40001
  self_modified, // changed by this command of the same transaction
  skipped,       // SKIP LOCKED
  not_available, // NOWAIT: the caller raises 55P03 with the relation's name
};

// How INSERT deals with rows in its way.
enum class OnDuplicate : std::uint8_t {
  report,      // unique_violation, after waiting for whoever is about to decide it
  // ON CONFLICT: as report, but conflicts are looked for in every unique index (or the
  // arbiters) before anything is written, so that nothing needs undoing.
  check_first,
};

// Buffers that calls reuse so that none allocates per row: one per running statement (or
// worker). What views into it says so.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(Scratch&&) noexcept;
  Scratch& operator=(Scratch&&) noexcept;

  // After a violation of an EXCLUDE constraint: the key values of the row and of the one in its way, until the next
  // call.
  std::pair<std::span<const types::Datum>, std::span<const types::Datum>> excluding_keys() const;

  // Rows written that may violate a deferrable EXCLUDE constraint: the index's number, the row key. Takes them away.
  std::vector<std::pair<int, std::string>> take_unchecked();

  struct Buffers;
  Buffers& buffers() { return *buffers_; }

 private:
  std::unique_ptr<Buffers> buffers_;
};

// A new value for one column.
struct ColumnValue {
  ColumnNumber column;
  types::Datum value;
};

// Which columns a read fills, in order: column numbers, or one of query's system columns: the row key as
// varlen, xmin and xmax as 32 bits.
using Projection = std::span<const std::int32_t>;
inline constexpr std::int32_t kRowKey = -2;
inline constexpr std::int32_t kXmin = -4;
inline constexpr std::int32_t kXmax = -5;

// Immutable but for what is in the trees; thread-safe. Made by the catalogue from its rows,
// again after every change of them. Unless said otherwise, calls may park, and throw SqlError for
// what a wait can end with (40P01, 55P03 lock timeout, 57014) and for values that do not fit
// (54000). A row is one Datum per column of the schema, dropped ones ignored. Before the first
// call the caller holds the table lock that PostgreSQL would.
class Table {
 public:
  Table(transaction::TransactionManager& manager, TableSchema schema);
  ~Table();
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  const TableSchema& schema() const { return schema_; }
  // An index implements EXCLUDE. Before anybody else knows the table.
  void exclude(int index, std::shared_ptr<const Exclusion> exclusion);
  const Exclusion* exclusion(int index) const;  // null: none
  transaction::TransactionManager& manager() const { return manager_; }

  // --- changes ------------------------------------------------------------------------------

  Outcome insert(const View& view, std::span<const types::Datum> row, Scratch& scratch,
                 OnDuplicate on_duplicate = OnDuplicate::report,
                 std::span<const int> arbiters = {}) const;

  // Every selected row of a batch whose columns are the table's, in order (dropped ones: any
  // vector). Ascending keys, and tables by row id, fill leaves in one mini-transaction. On a
  // violation `failed_row` (index into the batch) says where; rows before it may be in.
  Outcome insert_batch(const View& view, std::span<const types::Vector> columns,
                       types::Selection rows, Scratch& scratch,
                       std::uint32_t* failed_row = nullptr) const;

  // Changes the version that the view sees, when it is the newest. After lock_row() returned
  // locked_*: `row_is_locked`, then the newest version is changed whatever the view sees.
  Outcome update(const View& view, std::string_view row_key, std::span<const ColumnValue> changes,
                 Scratch& scratch, bool row_is_locked = false) const;

  Outcome remove(const View& view, std::string_view row_key, Scratch& scratch,
                 bool row_is_locked = false) const;

  // Locks the row until the transaction (or its savepoint) ends, waiting as told; then fills
  // `out` (capacity >= 1, row 0) from the newest version unless `columns` is empty. A row whose
  // key was changed meanwhile is followed: `moved_to` gets its key.
  LockStatus lock_row(const View& view, std::string_view row_key, RowLockMode mode, LockWait wait,
                      Scratch& scratch, Projection columns = {},
                      std::span<types::Vector> out = {}, types::Arena* arena = nullptr,
                      std::string* moved_to = nullptr) const;

  // --- point reads --------------------------------------------------------------------------

  // The row that the view sees under an exact key: all columns of the clustered key or of a
  // unique secondary index. Fills row `at` of `out`; varlen bytes go to `arena`. False: none.
  bool lookup(const View& view, int index, std::span<const types::Datum> key, Projection columns,
              std::span<types::Vector> out, std::uint32_t at, types::Arena& arena,
              Scratch& scratch) const;

  // The same by row key, as a scan or lookup gave it.
  bool fetch(const View& view, std::string_view row_key, Projection columns,
             std::span<types::Vector> out, std::uint32_t at, types::Arena& arena,
             Scratch& scratch) const;

  // For foreign keys and ON CONFLICT: the row under a unique key as of its newest committed (or
  // own) version, whatever the view. Waits for those about to decide it. Returns its row key.
  std::optional<std::string> find_newest(const View& view, int index,
                                         std::span<const types::Datum> key,
                                         Scratch& scratch) const;

  // The row that the one under `row_key` may not stand beside by the index's EXCLUDE constraint, as of the newest
  // versions; waits for those who are about to decide. nullopt: none, or the row is gone by now.
  std::optional<std::string> find_excluding(const View& view, int index, std::string_view row_key,
                                            Scratch& scratch) const;

  // --- sizes (for the planner) --------------------------------------------------------------

  struct Size {
    std::uint64_t pages = 0;
    double rows = 0;  // an estimate from sampled leaves
  };
  Size estimate_size(int index = kClusteredIndex) const;

  // What the table has been used for; null for a catalogue's.
  const std::shared_ptr<transaction::RelationUsage>& usage() const;
  // About how many rows there are: what this process counted, from `rows` on when it had not begun.
  std::int64_t row_count() const;
  void begin_row_count(double rows) const;
  void set_row_count(double rows) const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  bool still_in_flight(const View& view, std::string_view row_key, transaction::Xid xid) const;

  transaction::TransactionManager& manager_;
  TableSchema schema_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace table
