// Rows of the shared catalogues that the cluster itself reads and writes: pg_database, pg_authid,
// pg_db_role_setting.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "database/cluster.h"
#include "table/table.h"
#include "transaction/transaction.h"

namespace database {

// 42P04 when the name is taken.
void insert_database(Database& system, transaction::Transaction& transaction,
                     const DatabaseRow& row);
// Grants on one database and settings stored for it, to another one.
void copy_settings(Database& system, transaction::Transaction& transaction, Oid from, Oid to);
void remove_database(Database& system, transaction::Transaction& transaction, Oid oid);
std::optional<DatabaseRow> find_database(Database& system, transaction::Transaction& transaction,
                                         const std::string& name);
std::optional<DatabaseRow> find_database(Database& system, transaction::Transaction& transaction, Oid oid);
std::vector<DatabaseRow> list_databases(Database& system, transaction::Transaction& transaction);
// "name=value" as ALTER DATABASE and ALTER ROLE stored them; 0 for whatever the row is not about.
std::vector<std::string> stored_settings(Database& system, transaction::Transaction& transaction,
                                         Oid database, Oid role);
std::optional<RoleRow> find_role(Database& system, transaction::Transaction& transaction,
                                 const std::string& name);

}  // namespace database
