// What CREATE TABLE ... (LIKE ...) takes over from the catalogue beside definitions.
#pragma once

#include "ddl.h"
#include "query/ddl.h"

namespace commands {

// Storage and comments of the columns that came by LIKE.
void copy_like_columns(Ddl& ddl, Oid table, const query::CreateTable& statement);
// The source's comment, where LIKE ... INCLUDING COMMENTS asked for it.
void copy_like_comment(Ddl& ddl, const ObjectAddress& from, const ObjectAddress& to, const query::LikeSource& like);
// LIKE ... INCLUDING STATISTICS, under names that are chosen.
void copy_like_statistics(Ddl& ddl, Oid table, const query::LikeStatistics& like);

// Columns that a new table inherits are stored as the parent's. 42804 where parents differ.
void inherit_storage(Ddl& ddl, Oid child, const RelationDescriptor& parent, const query::CreateTable& statement,
                     bool first_parent);

}  // namespace commands
