// A small table of the cluster's own in the system volume: no catalogue row, no name, rooted in a
// slot of page 0, changed in the same transactions as pg_database.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "database/database.h"
#include "table/table.h"
#include "transaction/transaction.h"

namespace database {

// Slots of page 0 (VolumeSlot::other_first + value) that are the cluster's. Values are on disk.
enum class SystemSlot : std::uint16_t {
  volume_directory = 0,
  timeline_counter = 1,
  heads = 2,
  snapshots = 3,
  expiries = 4,
  branch_times = 5,
  system_identifier = 6,
  origins = 7,
};

// Thread-safe; calls park. Text values in a visited row live until visit returns.
class SystemTable {
 public:
  // The first `key_columns` columns are the unique key. Types: oid, int8, text, bool.
  struct Definition {
    SystemSlot slot;
    std::vector<types::Oid> columns;
    std::uint16_t key_columns = 1;
  };

  // Makes the storage when the volume has none yet (a new cluster, or one of an older version).
  SystemTable(Database& system, const Definition& definition);
  ~SystemTable();

  using Row = std::span<const types::Datum>;

  // False when there is a row with this key.
  [[nodiscard]] bool insert(transaction::Transaction& transaction, Row row) const;
  // False when there is no such row.
  bool remove(transaction::Transaction& transaction, Row key) const;
  // Removes and inserts. XX000 when somebody else did so meanwhile.
  void put(transaction::Transaction& transaction, Row row) const;

  // Calls visit(row) for the row with this key, if there is one.
  template <typename Visit>
  void lookup(transaction::Transaction& transaction, Row key, Visit visit) const {
    Rows rows(*this, transaction);
    if (rows.find(key) && rows.next_row()) visit(rows.row());
  }

  // Calls visit(row) for every row, in key order.
  template <typename Visit>
  void scan(transaction::Transaction& transaction, Visit visit) const {
    Rows rows(*this, transaction);
    while (rows.next_batch())
      while (rows.next_row()) visit(rows.row());
  }

 private:
  class Rows {
   public:
    Rows(const SystemTable& table, transaction::Transaction& transaction);
    ~Rows();
    bool next_batch();
    bool find(Row key);
    bool next_row();
    Row row() const { return row_; }

   private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::vector<types::Datum> row_;
  };

  std::unique_ptr<table::Table> table_;
  std::uint16_t key_columns_;
};

}  // namespace database
