// Declarative partitioning: keys, bounds, attaching and detaching.
#pragma once

#include "ddl.h"
#include "planner/partition_table.h"
#include "table_parts.h"

namespace commands {

// pg_partitioned_table of a table just made by PARTITION BY.
void insert_partition_key(Ddl& ddl, Oid table, const query::CreateTable& statement);
// CREATE TABLE .. PARTITION OF: the bound of a table just made, and its place under its parent.
void make_partition(Ddl& ddl, Oid table, const query::CreateTable& statement);
// Of a partition's own indexes, one that is not valid may stand for the parent's, which then is not valid either; ATTACH
// PARTITION makes another instead.
enum class InvalidIndexes : std::uint8_t { taken, ignored };
// The parent's indexes, keys and foreign keys for a new partition that lacks them.
void copy_parent_parts(Ddl& ddl, Oid partition, Oid parent, InvalidIndexes invalid = InvalidIndexes::taken);

void attach_partition(Ddl& ddl, Oid table, const query::AttachPartition& action);
void detach_partition(Ddl& ddl, Oid table, const query::DetachPartition& action);

// 0A000 unless a unique key of a partitioned table has every column of the partition key.
void require_partition_columns(Ddl& ddl, const RelationDescriptor& table, const NewIndex& index,
                               std::string_view what);
// The index `child` of a partition belongs to the index `parent` of its parent.
void attach_index(Ddl& ddl, Oid child, Oid partition, Oid parent);
// ALTER INDEX .. ATTACH PARTITION.
void attach_index_command(Ddl& ddl, Oid parent_index, const query::RelationName& child);

}  // namespace commands
