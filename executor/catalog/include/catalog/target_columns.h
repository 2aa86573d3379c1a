// What INSERT and UPDATE store in a relation's columns where the statement does not say, and what
// they must not store.
#pragma once

#include <vector>

#include "catalog/catalog_view.h"
#include "catalog/relation.h"
#include "query/query.h"

namespace catalog {

// What an omitted column gets: its default, its type's default, or null.
query::ExpressionPtr default_value(CatalogView& catalog, const Column& column);
// The same without the null: none.
query::ExpressionPtr default_or_none(CatalogView& catalog, const Column& column);

// 428C9: only DEFAULT may be stored in a generated column, or one GENERATED ALWAYS AS IDENTITY.
void require_insertable(const Column& column, query::Query::Overriding overriding);
void require_updatable(const Column& column);

// Every column of an INSERT that may be stored, in order; `given[i]` null where not written. Columns
// of a view that has no default for them stay out: what is under it decides.
std::vector<query::TargetColumn> complete_insert(CatalogView& catalog, const RelationDescriptor& relation,
                                                 std::vector<query::ExpressionPtr> given,
                                                 query::Query::Overriding overriding);

}  // namespace catalog
