// Analysed expressions back to SQL, as pg_get_expr() prints them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "query/expression.h"
#include "query/query.h"
#include "query/rule.h"

namespace query {

// Names behind OIDs; the catalogue implements it.
class DeparseNames {
 public:
  virtual ~DeparseNames() = default;
  virtual std::string type_name(const TypeRef& type) = 0;
  // Quoted, and qualified where it must be.
  virtual std::string function_name(Oid function) = 0;
  // "+", or "OPERATOR(s.+)" where it must be qualified.
  virtual std::string operator_name(Oid op) = 0;
  // Qualified where it must be, or always on demand.
  virtual std::string relation_name(Oid relation, bool qualify) = 0;
  // Neither quoted nor qualified.
  virtual std::string relation_own_name(Oid relation) = 0;
  // Of all its columns; that of a dropped one is empty.
  virtual std::vector<std::string> relation_columns(Oid relation) = 0;
  virtual std::string collation_name(Oid collation) = 0;
  // Column `column` (from 0) of a composite type; empty when there is none.
  virtual std::string field_name(Oid type, int field) = 0;
  // The value's text form, without quotes.
  virtual std::string value_text(Oid type, const types::Datum& value) = 0;
  virtual Oid column_collation(Oid type) = 0;
  // "(a, lower(b)) WHERE c": what an index is inferred from, with a blank in front.
  virtual std::string index_columns(Oid index) = 0;
  virtual std::string quote(const std::string& name) = 0;
};

struct DeparseOptions {
  // As the functions' `pretty` argument: parentheses only where they are needed.
  bool pretty = false;
  // Of an expression: the table whose columns those are, for subqueries that name them.
  std::string table = {};
};

// `columns`: names (not quoted) of range table entry 0, which is all it may refer to.
std::string deparse(const Expression& expression, std::span<const std::string> columns,
                    DeparseNames& names, const DeparseOptions& options = {});

// Whether its text can stand where the grammar has either a function call or an expression in parentheses.
bool looks_like_call(const Expression& expression);

// An expression of a plan as EXPLAIN prints it. `queries`: its own one, then those around it, from the inside out; they
// may have been rewritten since analysis. `prefix` says what stands, with a dot behind it, in front of a column of an
// entry of queries[level] (quoted as needed; empty: nothing). Subqueries are what `subplan` says of them, "(SubPlan)"
// without it.
using SubplanText = std::function<std::string(const Expression&)>;
using PrefixText = std::function<std::string(std::size_t level, std::size_t entry, bool whole_row)>;
std::string deparse_planned(const Expression& expression, std::span<const Query* const> queries, PrefixText prefix,
                            DeparseNames& names, SubplanText subplan = {});

// A SELECT as pg_get_viewdef() prints it, with a semicolon. `columns`: the view's own names.
std::string deparse_view(const Query& query, std::span<const std::string> columns,
                         DeparseNames& names, const DeparseOptions& options = {});

// The WHERE of a query that is nothing but that, with all columns qualified: a trigger's WHEN.
std::string deparse_condition(const Query& query, DeparseNames& names, const DeparseOptions& options = {});

// CREATE RULE as pg_get_ruledef() prints it.
struct RuleText {
  std::string name;
  Oid relation = 0;
  CommandKind event = CommandKind::insert;
  bool instead = false;
  const Expression* condition = nullptr;
  std::span<const RuleAction> actions;
};
std::string deparse_rule(const RuleText& rule, DeparseNames& names, const DeparseOptions& options = {});

}  // namespace query
