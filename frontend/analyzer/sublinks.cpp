// Subqueries in expressions.
#include <fmt/format.h>

#include "analysis.h"
#include "subqueries.h"

namespace analyzer {
namespace {

void check_place(const Scope& scope, int location) {
  const char* where = nullptr;
  switch (scope.place) {
    case Place::check_constraint:
    case Place::domain_check: where = "check constraint"; break;
    case Place::column_default:
    case Place::function_default: where = "DEFAULT expression"; break;
    case Place::index_expression: where = "index expression"; break;
    case Place::index_predicate: where = "index predicate"; break;
    case Place::statistics_expression: where = "statistics expression"; break;
    case Place::alter_using: where = "transform expression"; break;
    case Place::execute_parameter: where = "EXECUTE parameter"; break;
    case Place::trigger_when: where = "trigger WHEN condition"; break;
    case Place::partition_bound: where = "partition bound"; break;
    case Place::partition_expression: where = "partition key expression"; break;
    case Place::call_argument: where = "CALL argument"; break;
    case Place::copy_where: where = "COPY FROM WHERE condition"; break;
    case Place::generated_column: where = "column generation expression"; break;
    default: return;
  }
  throw SqlError("0A000", fmt::format("cannot use subquery in {}", where)).at(location);
}

std::size_t visible_count(const query::Query& query) {
  std::size_t count = 0;
  for (const auto& output : query.output) count += !output.hidden;
  return count;
}

const query::OutputColumn& first_visible(const query::Query& query) {
  for (const auto& output : query.output)
    if (!output.hidden) return output;
  return query.output.front();
}

ExpressionPtr comparison(Scope& scope, const ast::Sublink& link, query::SubqueryKind kind,
                         std::unique_ptr<query::Query> query) {
  std::vector<ExpressionPtr> left;
  if (const auto* row = ast::try_as<ast::RowExpression>(link.test))
    left = analyze_expression_list(scope, row->fields, scope.place);
  else
    left.push_back(transform(scope, link.test));
  std::size_t columns = visible_count(*query);
  if (left.size() < columns)
    throw SqlError("42601", "subquery has too many columns").at(link.location);
  if (left.size() > columns)
    throw SqlError("42601", "subquery has too few columns").at(link.location);
  ast::Names name = link.operator_name;
  const OperatorName equals{"="};
  if (name.empty()) name = equals;

  query::Subquery node;
  node.kind = kind;
  std::vector<TypeRef> wanted;
  std::size_t i = 0;
  for (const auto& output : query->output) {
    if (output.hidden) continue;
    // The right side is a stand-in: what analysis does to it shows the cast that is needed.
    auto right = make_expression(output.expression->type, link.location, query::CaseValue{});
    auto pair = make_operator(scope, name, std::move(left[i]), std::move(right), link.location);
    if (pair->type.oid != oid::bool_)
      throw SqlError("42804", fmt::format("row comparison operator must yield type boolean, not type {}",
                                          type_name(scope, pair->type.oid)))
          .at(link.location);
    auto& call = std::get<query::Call>(pair->node);
    node.operators.push_back(call.operator_);
    node.input_collations.push_back(0);
    node.left.push_back(std::move(call.arguments[0]));
    wanted.push_back(call.arguments[1]->type);
    ++i;
  }
  if (columns > 1) row_comparison_strategy(scope, name, node.operators, link.location);
  node.query = with_output_types(scope, std::move(query), wanted);
  return make_expression(TypeRef{oid::bool_, -1, 0}, link.location, std::move(node));
}

// ROW(a, b) < (SELECT c, d): the subquery yields one row value, whose fields are compared.
ExpressionPtr row_comparison(Scope& scope, const ast::Sublink& link, std::unique_ptr<query::Query> query) {
  auto left = analyze_expression_list(scope, ast::as<ast::RowExpression>(*link.test).fields, scope.place);
  std::size_t columns = visible_count(*query);
  if (left.size() < columns)
    throw SqlError("42601", "subquery has too many columns").at(link.location);
  if (left.size() > columns)
    throw SqlError("42601", "subquery has too few columns").at(link.location);
  query = with_row_output(scope, std::move(query));
  query::Subquery node;
  node.kind = query::SubqueryKind::scalar;
  std::vector<TypeRef> types;
  const auto& row = std::get<query::RowConstructor>(query->output[0].expression->node);
  for (const auto& field : row.fields) types.push_back(field->type);
  node.query = std::move(query);
  auto subquery = make_expression(TypeRef{oid::record, -1, 0}, link.location, std::move(node));
  std::vector<ExpressionPtr> right;
  for (std::size_t i = 0; i < types.size(); ++i)
    right.push_back(make_expression(types[i], link.location,
                                    query::FieldSelect{query::clone(*subquery), static_cast<int>(i)}));
  return make_row_comparison(scope, link.operator_name, std::move(left), std::move(right), link.location);
}

}  // namespace

ExpressionPtr transform_sublink(Scope& scope, const ast::Sublink& link) {
  check_place(scope, link.location);
  scope.has_sublinks = true;
  QuerySetup setup;
  // EXISTS looks at no output; what a scalar subquery leaves unknown becomes text as anywhere.
  auto query = analyze_query(scope.state, &scope, link.query, &setup);
  if (query->command != query::CommandKind::select)
    throw SqlError("0A000", "data-modifying statement in an expression").at(link.location);
  using Kind = ast::SublinkKind;
  switch (link.sublink) {
    case Kind::exists: {
      query::Subquery node;
      node.kind = query::SubqueryKind::exists;
      node.query = std::move(query);
      return make_expression(TypeRef{oid::bool_, -1, 0}, link.location, std::move(node));
    }
    case Kind::scalar:
    case Kind::array: {
      if (visible_count(*query) != 1)
        throw SqlError("42601", "subquery must return only one column").at(link.location);
      TypeRef type = first_visible(*query).expression->type;
      bool array = link.sublink == Kind::array;
      if (array) {
        Oid array_type = scope.catalog().array_type(type.oid);
        if (!array_type && scope.catalog().element_type(type.oid)) array_type = type.oid;
        if (!array_type)
          throw SqlError("42704", fmt::format("could not find array type for data type {}",
                                              type_name(scope, type.oid)))
              .at(link.location);
        type.oid = array_type;
      }
      query::Subquery node;
      node.kind = array ? query::SubqueryKind::array : query::SubqueryKind::scalar;
      node.query = std::move(query);
      return make_expression(type, link.location, std::move(node));
    }
    case Kind::any: return comparison(scope, link, query::SubqueryKind::any, std::move(query));
    case Kind::all: return comparison(scope, link, query::SubqueryKind::all, std::move(query));
    case Kind::row_compare: return row_comparison(scope, link, std::move(query));
    default: throw SqlError::not_supported("this kind of subquery");
  }
}

}  // namespace analyzer
