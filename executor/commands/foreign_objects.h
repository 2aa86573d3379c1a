// Foreign-data wrappers, servers, user mappings, foreign tables. No wrapper can have a handler, which would be a library:
// so the objects are there, and their tables cannot be read.
#pragma once

#include "ddl.h"

namespace commands {

void define_data_wrapper(Ddl& ddl, const query::DefineDataWrapper& statement);
void define_server(Ddl& ddl, const query::DefineServer& statement);
void define_user_mapping(Ddl& ddl, const query::DefineUserMapping& statement);
[[noreturn]] void import_foreign_schema(Ddl& ddl, const query::ImportForeignSchema& statement);

// CREATE FOREIGN TABLE: USAGE of the server first, then what the new relation is of.
Oid require_server_usage(Ddl& ddl, const std::string& server);
void insert_foreign_table(Ddl& ddl, Oid relation, Oid server, const query::CreateTable& statement);
// ALTER FOREIGN TABLE .. OPTIONS, of the table or of a column.
void set_foreign_options(Ddl& ddl, Oid relation, const query::SetForeignOptions& action);

// `user mapping for u on server s`
std::string describe_user_mapping(Ddl& ddl, Oid mapping);

}  // namespace commands
