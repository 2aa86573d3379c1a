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
// ALTER TABLE .. CLUSTER ON; no name: SET WITHOUT CLUSTER. 42704, 0A000 for an index that no table is clustered by.
void mark_clustered(Ddl& ddl, const RelationDescriptor& table, const std::string& index);
// Gathers statistics of one table; all columns when `columns` is empty.
void analyze_table(Ddl& ddl, Oid table, const std::vector<std::string>& columns);

}  // namespace commands
