// CREATE VIEW.
#pragma once

#include "ddl.h"

namespace commands {

// That the view with this query can have a check option, if one is among the options: 0A000.
void require_checkable_view(const std::vector<query::Option>& options, const query::Query& query);

// CREATE OR REPLACE RULE "_RETURN".
void replace_view_query(Ddl& ddl, types::Oid view, const query::Query& query);

void create_view(Ddl& ddl, const query::CreateView& statement);

}  // namespace commands
