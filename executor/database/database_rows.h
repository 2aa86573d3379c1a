// Rows of the shared catalogues that the cluster itself reads and writes: pg_database, pg_authid,
// and the directory of volumes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "database/cluster.h"
#include "table/table.h"
#include "transaction/transaction.h"

namespace database {

// Which timeline a database's head is on: a table of its own in the system volume, (oid, timeline),
// rooted in a slot of page 0, changed in the same transactions as pg_database.
class VolumeDirectory {
 public:
  // Makes its storage in a fresh system volume.
  static void create(Database& system);
  explicit VolumeDirectory(Database& system);

  void insert(transaction::Transaction& transaction, Oid database, wal::TimelineId timeline);
  void remove(transaction::Transaction& transaction, Oid database);
  std::optional<wal::TimelineId> find(transaction::Transaction& transaction, Oid database);
  std::vector<std::pair<Oid, wal::TimelineId>> list(transaction::Transaction& transaction);

 private:
  std::unique_ptr<table::Table> table_;
};

void insert_database(Database& system, transaction::Transaction& transaction,
                     const DatabaseRow& row);
void remove_database(Database& system, transaction::Transaction& transaction, Oid oid);
void rename_database(Database& system, transaction::Transaction& transaction, Oid oid,
                     const std::string& name);
std::optional<DatabaseRow> find_database(Database& system, transaction::Transaction& transaction,
                                         const std::string& name);
std::vector<DatabaseRow> list_databases(Database& system, transaction::Transaction& transaction);
std::optional<RoleRow> find_role(Database& system, transaction::Transaction& transaction,
                                 const std::string& name);

}  // namespace database
