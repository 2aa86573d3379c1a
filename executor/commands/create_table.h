// CREATE TABLE and what else makes tables.
#pragma once

#include "ddl.h"

namespace commands {

void create_table(Ddl& ddl, const query::CreateTable& statement);

// The table with its columns, defaults and sequences, without constraints; its OID. `kind`: 'r',
// or 'm' for a materialised view.
Oid make_table(Ddl& ddl, const query::CreateTable& statement, Oid schema, char kind);

// CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW; the command tag.
std::string create_table_as(Ddl& ddl, const query::CreateTableAs& statement);
void refresh_materialized_view(Ddl& ddl, const query::RefreshMaterializedView& statement);

}  // namespace commands
