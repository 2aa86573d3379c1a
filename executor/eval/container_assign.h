// Assignment to a part of what is no array: jsonb and hstore.
#pragma once

#include "catalog/catalog_view.h"
#include "eval/compile.h"
#include "eval/node.h"
#include "query/expression.h"

namespace eval {

// Null: `type` is none of them.
NodePtr make_container_assignment(Compiler& compiler, catalog::CatalogView& catalog, const query::Expression& expression,
                                  const query::Subscript& subscript, types::Oid type);

}  // namespace eval
