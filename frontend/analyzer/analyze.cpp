// The entry points.
#include "analyzer/analyze.h"

#include <fmt/format.h>

#include "analysis.h"
#include "query/statements.h"
#include "query/walk.h"
#include "sql_functions.h"

namespace analyzer {
namespace {

bool is_query(const ast::Node& node) {
  if (const auto* select = ast::try_as<ast::Select>(&node)) {
    while (select->left) select = select->left;
    return select->into == nullptr;
  }
  return node.kind == ast::NodeKind::insert || node.kind == ast::NodeKind::update ||
         node.kind == ast::NodeKind::delete_ || node.kind == ast::NodeKind::merge;
}

// A lifted string that nothing gave a type is text, as the literal would have been.
void settle_lifted(const State& state, Expression& expression) {
  if (const auto* parameter = std::get_if<query::Parameter>(&expression.node);
      parameter && expression.type.oid == oid::unknown)
    expression.type = {oid::text, -1, types::collation::default_};
  query::for_each_child(
      expression, [&](ExpressionPtr& child) { settle_lifted(state, *child); }, [](query::Query&) {});
}
void settle_lifted(const State& state, query::Query& query) {
  query::for_each_expression(
      query, [&](ExpressionPtr& e) { settle_lifted(state, *e); },
      [&](query::Query& below) { settle_lifted(state, below); });
}

// Its value becomes what it is assigned to: by an assignment cast, else through text.
void assign_result(State& state, query::Query& query) {
  if (query.command != query::CommandKind::select || !query.range_table.empty() ||
      query.set_operations || query.distinct || !query.group_by.empty() || !query.order_by.empty() ||
      query.output.size() != 1)
    return;
  auto& value = query.output[0].expression;
  const TypeRef target = state.context.result_type;
  if (value->type.oid == target.oid && (target.typmod < 0 || value->type.typmod == target.typmod)) return;
  Scope scope(state, nullptr, &query);
  if (!can_coerce(scope, value->type.oid, target.oid, Context::assignment)) {
    const int location = value->location;
    // A domain's conditions hold for null, too.
    const Oid base = scope.catalog().base_type(target.oid);
    value = make_expression(TypeRef{base, -1, target.collation}, location,
                            query::CoerceViaIo{std::move(value), query::CallForm::implicit_cast});
    if (base == target.oid && target.typmod < 0) return;
  }
  value = coerce_to_target(scope, std::move(value), target, Context::assignment,
                           query::CallForm::implicit_cast, -1);
}

// SELECT value, (variable)[i]: as the variable's new value.
std::unique_ptr<query::Query> analyze_part(State& state, const ast::Select& select) {
  auto query = std::make_unique<query::Query>();
  Scope scope(state, nullptr, query.get());
  if (select.targets.size() != 2) throw SqlError("42601", "assignment source returned more than one column");
  auto value = analyze_expression(scope, ast::as<ast::ResultTarget>(*select.targets[0]).value, Place::select_target);
  query::OutputColumn output;
  {
    PlaceScope at(scope, Place::update_target);
    output.expression = assign_to_part(scope, ast::as<ast::ResultTarget>(*select.targets[1]).value, std::move(value));
  }
  output.name = "value";
  assign_collations(scope, *output.expression);
  query->output.push_back(std::move(output));
  return query;
}

void settle_parameters(State& state, query::Query* query) {
  bool any_lifted = false;
  for (std::size_t i = 0; i < state.parameters.size(); ++i) {
    Oid& type = state.parameters[i];
    if (type != 0 && type != oid::unknown) continue;
    bool lifted = false;
    for (const auto& literal : state.context.lifted)
      lifted = lifted || literal.parameter == static_cast<int>(i) + 1;
    if (!lifted)
      throw SqlError("42P18", fmt::format("could not determine data type of parameter ${}", i + 1));
    type = oid::text;
    any_lifted = true;
  }
  if (any_lifted && query) settle_lifted(state, *query);
  if (query) query->parameter_count = static_cast<int>(state.parameters.size());
}

// The query that a statement is going to run; a view's is stored instead.
query::Query* query_of(query::Statement& statement) {
  if (auto* s = std::get_if<query::Explain>(&statement.node)) {
    if (s->statement) return query_of(*s->statement);
    return s->query.get();
  }
  if (auto* s = std::get_if<query::DeclareCursor>(&statement.node)) return s->query.get();
  if (auto* s = std::get_if<query::CreateTableAs>(&statement.node)) return s->query.get();
  if (auto* s = std::get_if<query::Copy>(&statement.node)) return s->query.get();
  return nullptr;
}

}  // namespace

Analyzed analyze(const parser::Statement& statement, const AnalyzerContext& context) {
  State state(context);
  Analyzed result;
  if (!is_query(*statement.node)) {
    auto analysed = std::make_shared<query::Statement>(analyze_statement(state, statement));
    query::Query* inner = query_of(*analysed);
    settle_parameters(state, inner);
    if (inner) inline_sql_functions(state, *inner);
    result.node = std::move(analysed);
    result.parameter_types = std::move(state.parameters);
    return result;
  }
  auto query = context.assigns_part ? analyze_part(state, ast::as<ast::Select>(*statement.node))
                                    : analyze_query(state, nullptr, statement.node);
  settle_parameters(state, query.get());
  if (context.result_type.oid != 0) assign_result(state, *query);
  inline_sql_functions(state, *query);
  if (query->command == query::CommandKind::select || query->has_returning)
    for (const auto& output : query->output) {
      if (output.hidden) continue;
      // Clients are told the type under a domain.
      TypeRef type = output.expression->type;
      type.oid = state.catalog.base_type(type.oid, &type.typmod);
      result.columns.push_back({output.name, type, output.source_table, output.source_column});
    }
  result.parameter_types = std::move(state.parameters);
  result.node = std::move(query);
  return result;
}

query::ExpressionPtr analyze_expression(std::string_view text, const AnalyzerContext& context, Oid relation,
                                        types::TypeRef type, std::string_view column) {
  parser::ParseTree tree = parser::parse("SELECT " + std::string(text));
  const auto* select = tree.statements().size() == 1 ? ast::try_as<ast::Select>(tree.statements()[0].node) : nullptr;
  if (!select || select->targets.size() != 1 || !select->from.empty())
    throw SqlError("42601", fmt::format("not one expression: {}", text));
  State state(context);
  query::Query query;
  Scope scope(state, nullptr, &query);
  if (relation) {
    auto opened = context.catalog.relation(relation);
    if (!opened) throw SqlError("42P01", fmt::format("relation with OID {} does not exist", relation));
    scope.names.push_back(add_relation(scope, opened, {}, true));
  }
  auto expression = analyze_expression(scope, ast::as<ast::ResultTarget>(*select->targets[0]).value, Place::other);
  if (type.oid) {
    Oid from = expression->type.oid;
    expression = coerce_to_target(scope, std::move(expression), type, Context::assignment,
                                  query::CallForm::implicit_cast, -1);
    if (!expression)
      throw SqlError("42804", fmt::format("column \"{}\" is of type {} but expression is of type {}", column,
                                          type_name(scope, type.oid), type_name(scope, from)))
          .with_hint("You will need to rewrite or cast the expression.");
  } else if (expression->type.oid == oid::unknown) {
    expression = coerce(scope, std::move(expression), type_ref(scope, oid::text), Context::implicit,
                        query::CallForm::implicit_cast, -1);
  }
  assign_collations(scope, *expression);
  return expression;
}

std::unique_ptr<query::Query> analyze_view_text(std::string_view text, const AnalyzerContext& context) {
  parser::ParseTree tree = parser::parse(text);
  if (tree.statements().size() != 1) throw SqlError("42601", "a view must be one query");
  AnalyzerContext inner = context;
  inner.text = tree.text();
  inner.lifted = {};
  inner.parameter_types = {};
  inner.variables = nullptr;
  inner.result_type = {};
  State state(inner);
  auto query = analyze_query(state, nullptr, tree.statements()[0].node);
  settle_parameters(state, query.get());
  return query;
}

}  // namespace analyzer
