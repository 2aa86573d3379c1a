// Between analysis and planning, as PostgreSQL's rewriter: rules of the relation that a statement
// changes, and views that it changes, which become what they read or call their INSTEAD OF triggers.
#pragma once

#include <memory>
#include <vector>

#include "catalog/catalog_view.h"
#include "query/query.h"

namespace planner {

// What to run in the statement's place, in this order. The statement's answer is that of
// `queries[main]`; main < 0: nothing of its kind is left.
struct RewrittenStatement {
  std::vector<std::unique_ptr<query::Query>> queries;
  int main = -1;
};

// Whether rewrite_statement() has anything to do.
bool needs_rewriting(const query::Query& query, catalog::CatalogView& catalog);

// 55000 and 0A000 for views that cannot be changed, 42P17 for rules without an end.
// `for_copy`: 0A000 unless rules make one query of it.
RewrittenStatement rewrite_statement(std::unique_ptr<query::Query> query, catalog::CatalogView& catalog, bool for_copy);

// One level of a view that is the target of INSERT, UPDATE or DELETE. False: there is nothing to do,
// or its INSTEAD OF triggers do the rest.
bool rewrite_view_target(query::Query& query, catalog::CatalogView& catalog, bool has_conditional_rules);

}  // namespace planner
