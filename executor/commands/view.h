// CREATE VIEW.
#pragma once

#include "ddl.h"

namespace commands {

// Throws 22023 for an option that views do not have, or a value that it cannot take.
void require_view_options(const std::vector<query::Option>& options);
// The same, and that the view with this query can have a check option if one is asked for.
void require_view_options(const std::vector<query::Option>& options, const query::Query& query);

// CREATE OR REPLACE RULE "_RETURN".
void replace_view_query(Ddl& ddl, types::Oid view, const query::Query& query);

void create_view(Ddl& ddl, const query::CreateView& statement);

}  // namespace commands
