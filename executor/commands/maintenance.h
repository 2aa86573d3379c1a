// TRUNCATE, LOCK TABLE, VACUUM, ANALYZE, REINDEX, CLUSTER.
#pragma once

#include "ddl.h"

namespace commands {

void truncate(Ddl& ddl, const query::Truncate& statement);
void truncate_one(Ddl& ddl, Oid table);
// As this transaction sees it.
bool has_rows(Ddl& ddl, const RelationDescriptor& table);
void lock_tables(Ddl& ddl, const query::LockTable& statement);
void vacuum(Ddl& ddl, const query::Vacuum& statement);
void reindex(Ddl& ddl, const query::Reindex& statement);
void cluster(Ddl& ddl, const query::Cluster& statement);
// Gathers statistics of one table; all columns when `columns` is empty.
void analyze_table(Ddl& ddl, Oid table, const std::vector<std::string>& columns);

}  // namespace commands
