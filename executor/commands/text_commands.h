// CREATE and ALTER COLLATION, and of text search objects.
#pragma once

#include "ddl.h"

namespace commands {

void create_collation(Ddl& ddl, const query::CreateCollation& statement);
void alter_collation(Ddl& ddl, const query::AlterCollation& statement);

void create_text_search_parser(Ddl& ddl, const query::CreateTextSearchParser& statement);
void create_text_search_template(Ddl& ddl, const query::CreateTextSearchTemplate& statement);
void create_text_search_dictionary(Ddl& ddl, const query::CreateTextSearchDictionary& statement);
void alter_text_search_dictionary(Ddl& ddl, const query::AlterTextSearchDictionary& statement);
void create_text_search_configuration(Ddl& ddl, const query::CreateTextSearchConfiguration& statement);
void alter_text_search_configuration(Ddl& ddl, const query::AlterTextSearchConfiguration& statement);

// What index expressions and predicates compute may have changed: descriptors that hold them are
// loaded anew, as pg_index's readers do. Entries that are there stay, as in PostgreSQL.
void reload_expression_indexes(Ddl& ddl);

}  // namespace commands
