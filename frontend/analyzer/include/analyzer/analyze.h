// Syntax tree to analysed query: names, types, operators, functions and implicit casts resolved by
// PostgreSQL 15's rules, with its errors.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "catalog/catalog_view.h"
#include "parser/parse.h"
#include "query/query.h"
#include "types/eval_context.h"

namespace query {
struct Statement;  // query/statements.h: large, and few look into one
}

namespace analyzer {

using types::Oid;

// A literal that becomes a parameter (parser/normalize.h): the one at this byte offset.
struct LiftedLiteral {
  int location;
  int parameter;  // from 1, behind those that the text itself has
  Oid type;       // 0: a string, whose type the context decides
};

// Names that are no columns: variables of PL/pgSQL, arguments of SQL functions. They become
// parameters.
class Variables {
 public:
  virtual ~Variables() = default;
  struct Found {
    int parameter;  // from 1
    types::TypeRef type;
    std::size_t names;  // how many of the names it took; the rest are fields of it
  };
  // a, a.b, a.b.c; nullopt: no such variable. May throw 42703.
  virtual std::optional<Found> find(std::span<const std::string_view> names) = 0;
  // Of a record: the fields that it has now.
  virtual std::optional<std::vector<std::pair<std::string, types::TypeRef>>> fields(int /*parameter*/) {
    return std::nullopt;
  }
  enum class Conflict : std::uint8_t { error, variable, column };
  // What a name means that is a column, too.
  virtual Conflict conflict() const { return Conflict::column; }
};

// What analysis needs from its session. Borrowed for the call.
struct AnalyzerContext {
  catalog::CatalogView& catalog;
  // Converts literals ('2020-01-01' where a date is wanted) by the session's settings.
  types::EvalContext& eval;
  // The whole text that the tree's locations count in.
  std::string_view text;
  std::string_view database;  // current_database(), for three-part names

  // Types of $1.. as the client declared them; 0 or missing: inferred. Nothing inferred is an
  // error 42P18. Without allow_parameters any $n is 42P02.
  std::span<const Oid> parameter_types = {};
  bool allow_parameters = true;
  Variables* variables = nullptr;
  // What the one value of a SELECT without FROM is assigned to: PL/pgSQL's expressions.
  types::TypeRef result_type = {};
  // SELECT value, (variable)[i].f: the whole variable after the value has been assigned to that
  // part of it.
  bool assigns_part = false;
  std::span<const LiftedLiteral> lifted = {};

  // The types that a prepared statement's parameters have, for EXECUTE; nullopt: no such one.
  std::function<std::optional<std::vector<Oid>>(std::string_view name)> prepared_parameters = {};

  // Analysis recurses with the statement's depth: how much of the calling stack it may use
  // before it gives up with 54001.
  std::size_t stack_bytes = 1280 << 10;
};

struct ResultColumn {
  std::string name;
  types::TypeRef type;  // a domain's base type, as RowDescription shows it
  Oid table = 0;
  int column = 0;  // attnum in table
};

struct Analyzed {
  std::variant<std::unique_ptr<query::Query>, std::shared_ptr<query::Statement>> node;
  // Of $1..; lifted literals at their numbers.
  std::vector<Oid> parameter_types;
  // Of a SELECT, or of RETURNING; empty when no rows come back. Statements that return rows (SHOW,
  // EXPLAIN, FETCH, EXECUTE) are described by whoever runs them.
  std::vector<ResultColumn> columns;

  query::Query* query() {
    auto* found = std::get_if<std::unique_ptr<query::Query>>(&node);
    return found ? found->get() : nullptr;
  }
  query::Statement* statement() {
    auto* found = std::get_if<std::shared_ptr<query::Statement>>(&node);
    return found ? found->get() : nullptr;
  }
};

// Takes table locks through the catalogue as it opens relations (ACCESS SHARE for reading, ROW SHARE
// for FOR UPDATE, ROW EXCLUSIVE for the target of a change), may park there. Throws SqlError;
// positions are offsets into context.text.
Analyzed analyze(const parser::Statement& statement, const AnalyzerContext& context);

// An expression over one relation's row (range table entry 0), from its text: a default, a check,
// an index expression, ALTER TABLE .. USING. `relation` 0: no columns. Coerced to `type` by
// assignment rules when type.oid is not 0; `column` names the target in the error message.
query::ExpressionPtr analyze_expression(std::string_view text, const AnalyzerContext& context,
                                        Oid relation, types::TypeRef type = {},
                                        std::string_view column = {});

// The query of a system view (RelationDescriptor::view_sql): pg_catalog alone is searched.
std::unique_ptr<query::Query> analyze_view_text(std::string_view text,
                                                const AnalyzerContext& context);

}  // namespace analyzer
