// SEARCH and CYCLE clauses of recursive common tables: columns that the query computes beside its
// own. Names: SQL:2016, 7.18.
#pragma once

#include "analysis.h"

namespace analyzer {

// What is known before the query is analysed, since the query may refer to it: the added columns
// and their values.
struct SearchCycle {
  const ast::SearchClause* search = nullptr;
  const ast::CycleClause* cycle = nullptr;
  ExpressionPtr mark_value, mark_default;
  Oid mark_differs = 0;  // the operator <> of the mark's type

  SearchCycle(Scope& scope, const ast::CommonTable& item);
  bool present() const { return search || cycle; }
  // In the order that they stand in behind the query's own.
  std::vector<query::RangeColumn> added_columns() const;

  // Checks the clauses against the analysed table and makes its query compute the added columns.
  void apply(Scope& scope, const ast::CommonTable& item, query::CommonTable& table) const;
};

// Whether a table anywhere in the query is searched breadth first: the depth is taken out of a row
// whose fields have no names, which the query's text cannot say.
bool searches_breadth_first(const query::Query& query);

}  // namespace analyzer
