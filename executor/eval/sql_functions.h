// Built-in functions that PostgreSQL defines in SQL, as the expressions they stand for.
#pragma once

#include "catalog/catalog_view.h"
#include "query/expression.h"

namespace eval {

// Null when the function is not one of them.
query::ExpressionPtr inline_sql_function(catalog::CatalogView& catalog,
                                         const query::Expression& expression,
                                         const query::Call& call);

}  // namespace eval
