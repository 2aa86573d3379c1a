// Keys of indexes that are expressions, and predicates of partial indexes, for the table unit.
#pragma once

#include <memory>

#include "catalog/catalog_view.h"
#include "catalog/relation.h"
#include "query/expression.h"
#include "table/schema.h"

namespace eval {

// For catalog::CatalogOptions. The descriptor's columns are read now, nothing is kept of it. What
// is evaluated is immutable (contains_mutable()), so it knows no session and none of its settings;
// functions that users wrote run in types::current_session(), and may park.
// Throws SqlError 0A000 for functions without a kernel.
std::shared_ptr<const table::IndexExpressions> make_index_expressions(
    catalog::CatalogView& catalog, const catalog::IndexDescriptor& index,
    const catalog::RelationDescriptor& table);

// Whether an expression could have another value at another time or in another session.
bool contains_mutable(catalog::CatalogView& catalog, const query::Expression& expression);

// Whether it calls a function that a user made, which takes a session to run.
bool contains_user_function(catalog::CatalogView& catalog, const query::Expression& expression);

}  // namespace eval
