// Expressions of plans, as EXPLAIN prints them.
#pragma once

#include <span>
#include <string>

#include "catalog/catalog_view.h"
#include "query/deparse.h"
#include "query/query.h"

namespace catalog {

// As query::deparse_planned().
std::string planned_text(CatalogView& catalog, const query::Expression& expression,
                         std::span<const query::Query* const> queries, query::PrefixText prefix,
                         query::SubplanText subplan = {});

}  // namespace catalog
