// Making, building, rebuilding and dropping the trees behind tables: transactional, like rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "table/schema.h"
#include "table/table.h"
#include "transaction/transaction.h"

namespace table {

// Makes an empty tree for the clustered index and every secondary one and sets their roots.
// Gone again when the transaction aborts.
void create_storage(transaction::Transaction& transaction, TableSchema& schema);
void create_index_storage(transaction::Transaction& transaction, IndexSchema& index);

// The trees' pages are freed when the transaction has committed and no view needs them.
void drop_storage(transaction::Transaction& transaction, const TableSchema& schema);
void drop_index_storage(transaction::Transaction& transaction, const IndexSchema& index);

// TRUNCATE: new empty trees in place of the old ones, which are dropped.
void truncate_storage(transaction::Transaction& transaction, TableSchema& schema);

struct BuildOptions {
  std::size_t memory_bytes = 64 << 20;   // maintenance_work_mem; more is spilled
  std::string spill_directory;           // empty: sorts in memory whatever the size
};

// Two rows with one key in a unique index.
struct DuplicateKey {
  std::vector<types::Datum> key;  // one per key column; varlen bytes in `bytes`
  std::vector<std::string> bytes;
};

// Fills the (empty, just created) tree of schema().indexes[index] from the table's rows. The
// caller holds a SHARE lock at least, so that nobody writes meanwhile.
std::optional<DuplicateKey> build_index(const View& view, const Table& table, int index,
                                        const BuildOptions& options);

// Copies the rows that the view sees into `target`, whose storage is empty: another clustered
// key, other types through `convert` (one row in, one row out; null: same columns), its
// secondary indexes too. The caller holds ACCESS EXCLUSIVE.
class RowConverter {
 public:
  virtual ~RowConverter() = default;
  virtual void convert(std::span<const types::Datum> from, std::span<types::Datum> to,
                       types::Arena& arena) = 0;
};
std::optional<DuplicateKey> rebuild_table(const View& view, const Table& source,
                                          const Table& target, RowConverter* convert,
                                          const BuildOptions& options, int* violated_index);

// For tests and amcheck: every index agrees with the rows. Empty: it does.
std::string check_table(const View& view, const Table& table);

}  // namespace table
