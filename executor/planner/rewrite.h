// Looking into and changing analysed expressions, subqueries included.
#pragma once

#include <functional>

#include "catalog/catalog_view.h"
#include "query/query.h"
#include "rel_set.h"

namespace planner {

using query::Expression;
using query::ExpressionPtr;

// Calls f(expression, depth) for every expression in the tree, top down; depth counts the
// subqueries around it. False from f: do not look below.
void visit(const Expression& expression, int depth,
           const std::function<bool(const Expression&, int)>& f);
void visit(const query::Query& query, int depth,
           const std::function<bool(const Expression&, int)>& f);

// Calls f(expression, depth) for every expression in the tree, top down; f may replace what the
// pointer holds and then returns true: it is not looked into again.
void rewrite(ExpressionPtr& expression, int depth,
             const std::function<bool(ExpressionPtr&, int)>& f);
void rewrite(query::Query& query, int depth, const std::function<bool(ExpressionPtr&, int)>& f);
// The same over subqueries: also told of every query met, before its expressions.
void visit_queries(query::Query& query, int depth,
                   const std::function<void(query::Query&, int)>& f);
void visit_queries(Expression& expression, int depth,
                   const std::function<void(query::Query&, int)>& f);
// All that `query` and what is below it read, or an expression's subqueries, is the business of `role`.
void check_as(query::Query& query, types::Oid role);
void check_as(Expression& expression, types::Oid role);

// Relations of the query `depth_of_query` levels around the expression's own level that it reads.
RelSet relations_of(const Expression& expression, int level = 0);
RelSet relations_of(const query::Query& query, int level);

// Adds `by` to levels_up of everything that refers to `from_level` or further out.
void shift_levels(ExpressionPtr& expression, int from_level, int by);
void shift_levels(query::Query& query, int from_level, int by);

bool contains_aggregate(const Expression& expression);   // of this level
bool contains_window(const Expression& expression);
bool contains_set_function(const Expression& expression);
bool contains_subquery(const Expression& expression);
// What its calls cost together, as pg_proc.procost has it: in calls of a plain function.
double calls_in(catalog::CatalogView& catalog, const Expression& expression);

// Null (or false) whenever every column of `rels` is null: an outer join below it that makes
// them null can be an inner one.
bool rejects_nulls(catalog::CatalogView& catalog, const Expression& condition, const RelSet& rels);

// Null whenever every column of `rels` is null.
bool is_null_with(catalog::CatalogView& catalog, const Expression& expression, const RelSet& rels);

// AND arguments, flattened, into `out`; so are conditions that all arguments of an OR have in common.
void split_conjunction(ExpressionPtr expression, std::vector<ExpressionPtr>& out);
ExpressionPtr conjunction(std::vector<ExpressionPtr> conditions);

ExpressionPtr make_column(int range_table_index, int column, types::TypeRef type, int levels_up = 0);
ExpressionPtr make_constant(const types::Datum& value, types::TypeRef type);
ExpressionPtr make_not(ExpressionPtr argument);
// left op right, by the operator's function.
ExpressionPtr make_operator(catalog::CatalogView& catalog, types::Oid op, ExpressionPtr left,
                            ExpressionPtr right, types::Oid collation);
const query::ColumnReference* as_column(const Expression& expression);
// Through relabelling and implicit binary coercion.
const Expression& strip_relabel(const Expression& expression);

}  // namespace planner
