#include "inline_functions.h"

#include <algorithm>
#include <set>
#include <utility>

#include "catalog/builtin.h"
#include "eval/compile.h"
#include "eval/index_expressions.h"
#include "query/one_value.h"
#include "query/walk.h"
#include "rewriter.h"

namespace planner {

namespace {

// An argument that a body reads several times is computed as often: up to this cost, in calls of built-in functions.
constexpr double kCheapArgument = 10;

bool is_in_sql(const catalog::FunctionInfo* function) {
  return function != nullptr && function->kind == 'f' && function->language == catalog::kSqlLanguage &&
         function->oid >= types::kFirstNormalOid && !function->security_definer && function->settings.empty();
}

std::shared_ptr<const query::Query> body_of(FunctionBodies& bodies, const Expression& e, const query::Call& call) {
  std::vector<types::TypeRef> arguments;
  for (const ExpressionPtr& argument : call.arguments) arguments.push_back(argument->type);
  return bodies.body(call.function, arguments, e.type);
}

// Strings within the body are compared by the default collation, as it was analysed.
bool has_default_collation(const query::Call& call) {
  const auto is_default = [](types::Oid collation) { return collation == 0 || collation == types::collation::default_; };
  return is_default(call.input_collation) && std::ranges::all_of(call.arguments, [&](const ExpressionPtr& argument) {
           return is_default(argument->type.collation);
         });
}

// Whether the expression is null as soon as one of the parameters in it is.
bool is_strict(catalog::CatalogView& catalog, const Expression& e) {
  bool strict = true;
  visit(e, 0, [&](const Expression& part, int) {
    if (const auto* call = std::get_if<query::Call>(&part.node)) {
      const catalog::FunctionInfo* function = catalog.function(call->function);
      strict = strict && function != nullptr && function->strict;
    } else {
      strict = strict && (std::holds_alternative<query::Constant>(part.node) || std::holds_alternative<query::Parameter>(part.node) ||
                          std::holds_alternative<query::Relabel>(part.node) || std::holds_alternative<query::CoerceViaIo>(part.node));
    }
    return strict;
  });
  return strict;
}

// How often a body reads each of its parameters.
std::vector<int> uses_of(const Expression& body, std::size_t parameters) {
  std::vector<int> uses(parameters);
  visit(body, 0, [&](const Expression& part, int) {
    if (const auto* parameter = std::get_if<query::Parameter>(&part.node))
      ++uses[static_cast<std::size_t>(parameter->number - 1)];
    return true;
  });
  return uses;
}

// The arguments in place of the parameters, whose types they have to the letter.
template <typename Body>
bool put_arguments(Body& body, const query::Call& call, int levels) {
  bool fits = true;
  rewrite(body, 0, [&](ExpressionPtr& part, int depth) {
    const auto* parameter = std::get_if<query::Parameter>(&part->node);
    if (parameter == nullptr) return false;
    const ExpressionPtr& argument = call.arguments[static_cast<std::size_t>(parameter->number - 1)];
    fits = fits && argument->type.oid == part->type.oid;
    ExpressionPtr own = query::clone(*argument);
    if (depth + levels > 0) shift_levels(own, 0, depth + levels);
    part = std::move(own);
    return true;
  });
  return fits;
}

class TableFunctions {
 public:
  TableFunctions(catalog::CatalogView& catalog, FunctionBodies& bodies) : catalog_(catalog), bodies_(bodies) {}

  void inline_in(query::Query& query) {
    for (query::RangeTableEntry& entry : query.range_table)
      if (const types::Oid function = put_body(entry)) {
        active_.push_back(function);
        inline_in(*entry.subquery);
        active_.pop_back();
      }
    query::for_each_expression(
        query, [&](ExpressionPtr& e) { inline_below(*e); }, [&](query::Query& below) {
          if (!done_.contains(&below)) inline_in(below);
        });
  }

 private:
  void inline_below(Expression& e) {
    query::for_each_child(e, [&](ExpressionPtr& child) { inline_below(*child); }, [&](query::Query& below) { inline_in(below); });
  }

  types::Oid put_body(query::RangeTableEntry& entry) {
    if (entry.kind != query::RangeTableEntry::Kind::function || entry.functions.size() != 1 || entry.with_ordinality ||
        entry.functions[0].has_column_definitions)
      return 0;
    const auto* call = std::get_if<query::Call>(&entry.functions[0].call->node);
    if (call == nullptr || !call->returns_set || !has_default_collation(*call)) return 0;
    const catalog::FunctionInfo* function = catalog_.function(call->function);
    if (!is_in_sql(function) || !function->returns_set || function->volatility == 'v' || function->strict ||
        std::ranges::count(active_, call->function) != 0)
      return 0;
    for (const ExpressionPtr& argument : call->arguments)
      if (eval::contains_volatile(catalog_, *argument) || contains_subquery(*argument)) return 0;
    const std::shared_ptr<const query::Query> body = body_of(bodies_, *entry.functions[0].call, *call);
    if (body == nullptr || !only_reads(*body) || !same_columns(*body, entry)) return 0;
    std::unique_ptr<query::Query> own = query::clone(*body);
    if (!put_arguments(*own, *call, 1)) return 0;
    if (needs_rewriting(*own, catalog_)) {
      RewrittenStatement rewritten = rewrite_statement(std::move(own), catalog_, false);
      own = std::move(rewritten.queries[static_cast<std::size_t>(rewritten.main)]);
    }
    const types::Oid oid = call->function;
    entry.kind = query::RangeTableEntry::Kind::subquery;
    entry.subquery = std::move(own);
    entry.lateral = true;
    entry.functions.clear();
    done_.insert(entry.subquery.get());
    return oid;
  }

  static bool only_reads(const query::Query& query) {
    bool reads = (query.command == query::CommandKind::select || query.command == query::CommandKind::values) && query.row_locks.empty();
    query::for_each_expression(query, [](const Expression&) {}, [&](const query::Query& below) { reads = reads && only_reads(below); });
    return reads;
  }

  static bool same_columns(const query::Query& body, const query::RangeTableEntry& entry) {
    std::size_t at = 0;
    for (const query::OutputColumn& output : body.output) {
      if (output.hidden) continue;
      if (at == entry.columns.size() || entry.columns[at].name.empty()) return false;
      const types::TypeRef& declared = entry.columns[at].type;
      const types::TypeRef& given = output.expression->type;
      // A length that was declared has to be imposed.
      if (declared.oid != given.oid || (declared.typmod >= 0 && declared.typmod != given.typmod)) return false;
      ++at;
    }
    return at == entry.columns.size();
  }

  catalog::CatalogView& catalog_;
  FunctionBodies& bodies_;
  ActiveFunctions active_;
  std::set<const query::Query*> done_;  // bodies that were put in, and gone through with their function active
};

}  // namespace

ExpressionPtr inlined_value(catalog::CatalogView& catalog, FunctionBodies* bodies, const Expression& e, const query::Call& call,
                            const ActiveFunctions& active) {
  if (bodies == nullptr || call.returns_set || call.function < types::kFirstNormalOid) return nullptr;
  const catalog::FunctionInfo* function = catalog.function(call.function);
  if (!is_in_sql(function) || function->returns_set || !has_default_collation(call) || std::ranges::count(active, call.function) != 0)
    return nullptr;
  const char volatility = function->volatility;
  const bool strict = function->strict;
  const std::shared_ptr<const query::Query> query = body_of(*bodies, e, call);
  if (query == nullptr || !query::is_one_value(*query)) return nullptr;
  const Expression& body = *query->output[0].expression;
  if (body.type.oid != e.type.oid || contains_subquery(body) || contains_aggregate(body) || contains_window(body) ||
      contains_set_function(body))
    return nullptr;
  // What is said of a function holds for its calls, whatever is in it.
  if (volatility == 'i' ? eval::contains_mutable(catalog, body) : volatility == 's' && eval::contains_volatile(catalog, body))
    return nullptr;
  const std::vector<int> uses = uses_of(body, call.arguments.size());
  if (strict && (std::ranges::count(uses, 0) != 0 || !is_strict(catalog, body))) return nullptr;
  for (std::size_t i = 0; i < uses.size(); ++i)
    if (uses[i] != 1 && (contains_subquery(*call.arguments[i]) || eval::contains_volatile(catalog, *call.arguments[i]) ||
                         (uses[i] > 1 && (calls_in(catalog, *call.arguments[i]) > kCheapArgument ||
                                          contains_aggregate(*call.arguments[i]) || contains_window(*call.arguments[i])))))
      return nullptr;
  ExpressionPtr value = query::clone(body);
  if (!put_arguments(value, call, 0)) return nullptr;
  if (value->type == e.type) return value;
  auto relabelled = std::make_unique<Expression>();
  relabelled->type = e.type;
  relabelled->node = query::Relabel{std::move(value), query::CallForm::implicit_cast};
  return relabelled;
}

void inline_table_functions(catalog::CatalogView& catalog, FunctionBodies* bodies, query::Query& query) {
  if (bodies != nullptr) TableFunctions(catalog, *bodies).inline_in(query);
}

}  // namespace planner
