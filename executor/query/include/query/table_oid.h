// Expressions of a table's definition, in which tableoid is the table itself.
#pragma once

#include "query/expression.h"

namespace query {

// A copy with the table's OID in place of tableoid, for who computes it over rows that carry none.
ExpressionPtr with_table_oid(const Expression& expression, Oid table);

}  // namespace query
