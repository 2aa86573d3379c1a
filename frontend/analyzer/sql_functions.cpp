#include "sql_functions.h"

#include <algorithm>
#include <string_view>

#include "analysis.h"
#include "parser/parse.h"
#include "query/walk.h"
#include "subqueries.h"

namespace analyzer {
namespace {

constexpr Oid kSqlLanguage = 14;

struct Body {
  Oid function;           // pg_proc.oid, or 0: by name in information_schema
  std::string_view name;
  std::string_view text;  // an expression over $1, $2, ...
};

// The expressions are what pg_get_function_sqlbody() says of PostgreSQL 15's.
constexpr std::string_view kSwapped = "$2 + $1";
constexpr Body kBodies[] = {
    {879, "lpad", "lpad($1, $2, ' '::text)"},
    {880, "rpad", "rpad($1, $2, ' '::text)"},
    {1176, "timestamptz", "($1 + $2)::timestamp with time zone"},
    {1215, "obj_description",
     "(SELECT description FROM pg_catalog.pg_description WHERE objoid = $1 AND classoid = (SELECT oid FROM "
     "pg_catalog.pg_class WHERE relname = $2 AND relnamespace = 11) AND objsubid = 0)"},
    {1216, "col_description",
     "(SELECT description FROM pg_catalog.pg_description WHERE objoid = $1 AND classoid = 1259 AND objsubid = $2)"},
    {1348, "obj_description",
     "(SELECT description FROM pg_catalog.pg_description WHERE objoid = $1 AND objsubid = 0)"},
    {1993, "shobj_description",
     "(SELECT description FROM pg_catalog.pg_shdescription WHERE objoid = $1 AND classoid = (SELECT oid FROM "
     "pg_catalog.pg_class WHERE relname = $2 AND relnamespace = 11))"},
    {1296, "timedate_pl", kSwapped},
    {1298, "timetzdate_pl", kSwapped},
    {1848, "interval_pl_time", kSwapped},
    {2546, "interval_pl_date", kSwapped},
    {2547, "interval_pl_timetz", kSwapped},
    {2548, "interval_pl_timestamp", kSwapped},
    {2549, "interval_pl_timestamptz", kSwapped},
    {2550, "integer_pl_date", kSwapped},
    {2631, "int8pl_inet", kSwapped},
    {5023, "numeric_pl_pg_lsn", kSwapped},
    {1305, "overlaps", "pg_catalog.overlaps($1, $1 + $2, $3, $3 + $4)"},
    {1306, "overlaps", "pg_catalog.overlaps($1, $2, $3, $3 + $4)"},
    {1307, "overlaps", "pg_catalog.overlaps($1, $1 + $2, $3, $4)"},
    {1309, "overlaps", "pg_catalog.overlaps($1, $1 + $2, $3, $3 + $4)"},
    {1310, "overlaps", "pg_catalog.overlaps($1, $2, $3, $3 + $4)"},
    {1311, "overlaps", "pg_catalog.overlaps($1, $1 + $2, $3, $4)"},
    {2042, "overlaps", "pg_catalog.overlaps($1, $1 + $2, $3, $3 + $4)"},
    {2043, "overlaps", "pg_catalog.overlaps($1, $2, $3, $3 + $4)"},
    {2044, "overlaps", "pg_catalog.overlaps($1, $1 + $2, $3, $4)"},
    {1384, "date_part", "pg_catalog.date_part($1, $2::timestamp without time zone)"},
    {1386, "age", "age(current_date::timestamp with time zone, $1)"},
    {2059, "age", "age(current_date::timestamp without time zone, $1)"},
    {1426, "path_contain_pt", "pg_catalog.on_ppath($2, $1)"},
    {1481, "log10", "log(10::numeric, $1)"},
    {1741, "log", "log(10::numeric, $1)"},
    {1544, "polygon", "polygon(12, $1)"},
    {1708, "round", "round($1, 0)"},
    {1710, "trunc", "trunc($1, 0)"},
    {1810, "bit_length", "octet_length($1) * 8"},
    {1811, "bit_length", "octet_length($1) * 8"},
    {1812, "bit_length", "length($1)"},
    {2074, "substring", "pg_catalog.\"substring\"($1, pg_catalog.similar_to_escape($2, $3))"},
    {2325, "pg_relation_size", "pg_catalog.pg_relation_size($1, 'main'::text)"},
    {1285, "quote_literal", "pg_catalog.quote_literal($1::text)"},
    {1290, "quote_nullable", "pg_catalog.quote_nullable($1::text)"},
    {2003, "textanycat", "$1 OPERATOR(pg_catalog.||) $2::text"},
    {2004, "anytextcat", "$1::text OPERATOR(pg_catalog.||) $2"},
    {3935, "pg_sleep_for",
     "pg_catalog.pg_sleep(extract(epoch from (clock_timestamp() + $1) - clock_timestamp())::float8)"},
    {3936, "pg_sleep_until", "pg_catalog.pg_sleep((extract(epoch from $1) - extract(epoch from clock_timestamp()))::float8)"},
    {0, "_pg_truetypid", "CASE WHEN ($2).typtype = 'd' THEN ($2).typbasetype ELSE ($1).atttypid END"},
    {0, "_pg_truetypmod", "CASE WHEN ($2).typtype = 'd' THEN ($2).typtypmod ELSE ($1).atttypmod END"},
    {0, "_pg_char_max_length",
     "CASE WHEN $2 = -1 THEN NULL WHEN $1 IN (1042, 1043) THEN $2 - 4 WHEN $1 IN (1560, 1562) THEN $2 ELSE NULL END"},
    {0, "_pg_char_octet_length",
     "CASE WHEN $1 IN (25, 1042, 1043) THEN CASE WHEN $2 = -1 THEN 1073741824 WHEN $1 = 25 THEN NULL ELSE ($2 - 4) * 4 "
     "END ELSE NULL END"},
    {0, "_pg_numeric_precision",
     "CASE $1 WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 1700 THEN CASE WHEN $2 = -1 THEN NULL ELSE "
     "(($2 - 4) >> 16) & 65535 END WHEN 700 THEN 24 WHEN 701 THEN 53 ELSE NULL END"},
    {0, "_pg_numeric_precision_radix",
     "CASE WHEN $1 IN (21, 23, 20, 700, 701) THEN 2 WHEN $1 = 1700 THEN 10 ELSE NULL END"},
    {0, "_pg_numeric_scale",
     "CASE WHEN $1 IN (21, 23, 20) THEN 0 WHEN $1 = 1700 THEN CASE WHEN $2 = -1 THEN NULL ELSE ($2 - 4) & 65535 END "
     "ELSE NULL END"},
    {0, "_pg_datetime_precision",
     "CASE WHEN $1 = 1082 THEN 0 WHEN $1 IN (1083, 1114, 1184, 1266) THEN CASE WHEN $2 < 0 THEN 6 ELSE $2 END WHEN "
     "$1 = 1186 THEN CASE WHEN $2 < 0 OR ($2 & 65535) = 65535 THEN 6 ELSE $2 & 65535 END ELSE NULL END"},
    {0, "_pg_interval_type",
     "CASE WHEN $1 = 1186 THEN upper(substring(format_type($1, $2) similar 'interval[()0-9]* #\"%#\"' escape '#')) "
     "ELSE NULL END"},
    {0, "_pg_index_position",
     "(SELECT (ss.a).n FROM (SELECT information_schema._pg_expandarray(indkey) AS a FROM pg_catalog.pg_index WHERE "
     "indexrelid = $1) ss WHERE (ss.a).x = $2)"},
};

const Body* body_of(catalog::CatalogView& catalog, const catalog::FunctionInfo& function) {
  if (function.language != kSqlLanguage) return nullptr;
  for (const Body& body : kBodies) {
    if (body.function ? body.function == function.oid
                      : body.name == function.name && catalog.schema_name(function.schema) == "information_schema")
      return &body;
  }
  return nullptr;
}

bool is_null(const Expression& e) {
  if (const auto* relabel = std::get_if<query::Relabel>(&e.node)) return is_null(*relabel->argument);
  const auto* constant = std::get_if<query::Constant>(&e.node);
  return constant != nullptr && constant->value.is_null;
}

class Inliner {
 public:
  explicit Inliner(State& state) : state_(state) {}

  void query(query::Query& query) {
    query::for_each_expression(
        query, [this](ExpressionPtr& e) { expression(e); }, [this](query::Query& below) { this->query(below); });
  }

 private:
  void expression(ExpressionPtr& e) {
    state_.check_depth();
    query::for_each_child(
        *e, [this](ExpressionPtr& child) { expression(child); }, [this](query::Query& below) { query(below); });
    auto* call = std::get_if<query::Call>(&e->node);
    if (!call || call->returns_set) return;
    const auto* function = state_.catalog.function(call->function);
    const Body* body = function ? body_of(state_.catalog, *function) : nullptr;
    if (!body) return;
    // A strict function of a null is null, though its body may fail for what the other arguments are.
    if (function->strict && std::ranges::any_of(call->arguments, [](const ExpressionPtr& a) { return is_null(*a); })) {
      e = make_expression(e->type, e->location, query::Constant(types::Datum::null()));
      return;
    }
    auto replacement = analyse(*body, *call, e->type);
    substitute(replacement, call->arguments, 0);
    // A body may call another such function.
    if (++depth_ > 8) throw SqlError::not_supported("function " + std::string(function->name));
    expression(replacement);
    --depth_;
    replacement->location = e->location;
    e = std::move(replacement);
  }

  ExpressionPtr analyse(const Body& body, const query::Call& call, const TypeRef& result) {
    parser::ParseTree tree = parser::parse("SELECT " + std::string(body.text));
    const auto& select = ast::as<ast::Select>(*tree.statements().at(0).node);
    std::vector<Oid> types;
    for (const auto& argument : call.arguments) types.push_back(argument->type.oid);
    AnalyzerContext context = state_.context;
    context.text = tree.text();
    context.parameter_types = types;
    context.allow_parameters = true;
    context.variables = nullptr;
    context.result_type = {};
    context.lifted = {};
    State inner(context);
    inner.stack_limit = state_.stack_limit;
    query::Query empty;
    Scope scope(inner, nullptr, &empty);
    auto e = analyze_expression(scope, ast::as<ast::ResultTarget>(*select.targets[0]).value, Place::select_target);
    auto typed = coerce_to_target(scope, std::move(e), TypeRef{result.oid, -1, result.collation},
                                  Context::assignment, query::CallForm::implicit_cast, -1);
    assign_collations(scope, *typed);
    if (typed->type.collation != result.collation) typed->type.collation = result.collation;
    return typed;
  }

  static void substitute(ExpressionPtr& e, const std::vector<ExpressionPtr>& arguments, int depth) {
    if (const auto* parameter = std::get_if<query::Parameter>(&e->node)) {
      auto copy = query::clone(*arguments[static_cast<std::size_t>(parameter->number - 1)]);
      for (int i = 0; i < depth; ++i) deepen(*copy);
      e = std::move(copy);
      return;
    }
    query::for_each_child(
        *e, [&](ExpressionPtr& child) { substitute(child, arguments, depth); },
        [&](query::Query& below) { substitute(below, arguments, depth + 1); });
  }
  static void substitute(query::Query& query, const std::vector<ExpressionPtr>& arguments, int depth) {
    query::for_each_expression(
        query, [&](ExpressionPtr& e) { substitute(e, arguments, depth); },
        [&](query::Query& below) { substitute(below, arguments, depth + 1); });
  }

  State& state_;
  int depth_ = 0;
};

}  // namespace

void inline_sql_functions(State& state, query::Query& query) { Inliner(state).query(query); }

}  // namespace analyzer
