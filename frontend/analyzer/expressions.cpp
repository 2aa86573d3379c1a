// Expressions: the dispatch over node kinds, and the kinds that need little.
#include <fmt/format.h>

#include "analysis.h"
#include "query/row_place.h"
#include "subqueries.h"
#include "xml.h"

namespace analyzer {

using query::CallForm;

namespace {

ExpressionPtr transform_parameter(Scope& scope, const ast::ParameterRef& ref) {
  auto& types = scope.state.parameters;
  const auto& context = scope.state.context;
  if (context.variables != nullptr) {
    const std::string name = fmt::format("${}", ref.number);
    const std::string_view names[] = {name};
    if (auto found = context.variables->find(names))
      return make_expression(found->type, ref.location, query::Parameter{found->parameter});
    throw SqlError("42P02", fmt::format("there is no parameter ${}", ref.number)).at(ref.location);
  }
  if (!context.allow_parameters || ref.number <= 0 || ref.number > 65535)
    throw SqlError("42P02", fmt::format("there is no parameter ${}", ref.number)).at(ref.location);
  auto index = static_cast<std::size_t>(ref.number - 1);
  if (index >= types.size()) types.resize(index + 1, 0);
  if (types[index] == 0) types[index] = oid::unknown;
  if (scope.state.parameter_locations.size() <= index)
    scope.state.parameter_locations.resize(index + 1, -1);
  scope.state.parameter_locations[index] = ref.location;
  return make_expression(type_ref(scope, types[index]), ref.location, query::Parameter{ref.number});
}

// WHERE CURRENT OF c: the row's key is that of the row the cursor stands on. The name may be that of a variable of
// PL/pgSQL, which holds the cursor's.
ExpressionPtr transform_current_of(Scope& scope, const ast::CurrentOf& current) {
  const int target = scope.query->target;
  const auto& entry = scope.query->range_table[static_cast<std::size_t>(target)];
  if (const auto relation = scope.catalog().relation(entry.relation);
      relation == nullptr || relation->kind == catalog::RelationKind::view)
    throw SqlError("0A000", "WHERE CURRENT OF on a view is not implemented");
  ExpressionPtr name;
  if (auto* variables = scope.state.context.variables; variables != nullptr) {
    const std::string_view names[] = {current.cursor};
    if (const auto found = variables->find(names); found && found->type.oid == oid::refcursor)
      name = make_expression(found->type, -1, query::Parameter{found->parameter});
  }
  if (name == nullptr) name = make_expression(type_ref(scope, oid::text), -1, query::Constant::varlen(std::string(current.cursor)));
  query::Call row;
  row.function = query::kCursorRowFunction;
  row.arguments.push_back(std::move(name));
  row.arguments.push_back(make_expression(TypeRef{oid::oid_}, -1, query::ColumnReference{target, query::kTableOidColumn, 0}));
  auto key = make_expression(TypeRef{oid::bytea}, -1, query::ColumnReference{target, query::kRowKeyColumn, 0});
  constexpr ast::Name kEquals[] = {"pg_catalog", "="};
  return make_operator(scope, kEquals, std::move(key), make_expression(TypeRef{oid::bytea}, -1, std::move(row)), -1);
}

ExpressionPtr transform_cast(Scope& scope, const ast::TypeCast& cast) {
  TypeRef type = resolve_type(scope, *cast.type);
  ExpressionPtr argument;
  const auto* array = ast::try_as<ast::ArrayExpression>(cast.argument);
  if (array) {
    std::int32_t typmod = type.typmod;
    Oid base = scope.catalog().base_type(type.oid, &typmod);
    const auto* info = scope.catalog().type(base);
    if (info && info->is_true_array)
      argument = transform_array(scope, *array, base, info->element, typmod);
  }
  if (!argument) argument = transform(scope, cast.argument);
  Oid from = argument->type.oid;
  int location = cast.location >= 0 ? cast.location : cast.type->location;
  int blame = cast.location >= 0 ? cast.location : location_of(*argument);
  auto result = coerce_to_target(scope, std::move(argument), type, Context::explicit_,
                                 CallForm::explicit_cast, location);
  if (!result)
    throw SqlError("42846", fmt::format("cannot cast type {} to {}", type_name(scope, from),
                                        type_name(scope, type.oid)))
        .at(blame);
  return result;
}

ExpressionPtr transform_collate(Scope& scope, const ast::CollateClause& clause) {
  auto argument = transform(scope, clause.argument);
  TypeRef type = argument->type;
  if (type.oid != oid::unknown && type_ref(scope, type.oid).collation == 0)
    throw SqlError("42804", fmt::format("collations are not supported by type {}",
                                        type_name(scope, type.oid)))
        .at(clause.location);
  type.collation = resolve_collation(scope, clause.collation, clause.location);
  query::Relabel node{std::move(argument), CallForm::function};
  node.collate = true;
  return make_expression(type, clause.location, std::move(node));
}

ExpressionPtr transform_boolean(Scope& scope, const ast::BooleanOperation& node) {
  static constexpr const char* kNames[] = {"AND", "OR", "NOT"};
  auto op = static_cast<query::BooleanOp>(node.op);
  std::vector<ExpressionPtr> arguments;
  arguments.reserve(node.arguments.size());
  for (const ast::Node* argument : node.arguments)
    arguments.push_back(coerce_to_boolean(scope, transform(scope, argument),
                                          kNames[static_cast<std::size_t>(node.op)]));
  return make_boolean(op, std::move(arguments), node.location);
}

ExpressionPtr transform_row(Scope& scope, const ast::RowExpression& node) {
  query::RowConstructor row;
  row.fields = analyze_expression_list(scope, node.fields, scope.place);
  if (row.fields.size() > 1664)
    throw SqlError("54011", "ROW expressions can have at most 1664 entries").at(node.location);
  for (std::size_t i = 0; i < row.fields.size(); ++i) row.names.push_back(fmt::format("f{}", i + 1));
  return make_expression(TypeRef{oid::record, -1, 0}, node.location, std::move(row));
}

template <typename Node>
ExpressionPtr transform_variadic(Scope& scope, ast::NodeList nodes, const char* what, int location,
                                 Node result) {
  std::vector<ExpressionPtr> arguments;
  for (const ast::Node* node : nodes) arguments.push_back(transform(scope, node));
  Oid type = select_common_type(scope, arguments, what);
  for (auto& argument : arguments)
    result.arguments.push_back(coerce_to_common(scope, std::move(argument), type, what));
  return make_expression(TypeRef{type, -1, 0}, location, std::move(result));
}

ExpressionPtr transform_sql_value(Scope& scope, const ast::SqlValueCall& node) {
  using Kind = ast::SqlValueKind;
  auto build = [&](query::SqlValue value, Oid type, std::int32_t typmod = -1) {
    if (typmod >= 0) typmod = std::min(typmod, 6);
    return make_expression(type_ref(scope, type, typmod), node.location,
                           query::SqlValueFunction{value});
  };
  switch (node.value) {
    case Kind::current_date: return build(query::SqlValue::current_date, oid::date);
    case Kind::current_time: return build(query::SqlValue::current_time, oid::timetz);
    case Kind::current_time_n: return build(query::SqlValue::current_time, oid::timetz, node.typmod);
    case Kind::current_timestamp: return build(query::SqlValue::current_timestamp, oid::timestamptz);
    case Kind::current_timestamp_n:
      return build(query::SqlValue::current_timestamp, oid::timestamptz, node.typmod);
    case Kind::localtime: return build(query::SqlValue::localtime, oid::time);
    case Kind::localtime_n: return build(query::SqlValue::localtime, oid::time, node.typmod);
    case Kind::localtimestamp: return build(query::SqlValue::localtimestamp, oid::timestamp);
    case Kind::localtimestamp_n:
      return build(query::SqlValue::localtimestamp, oid::timestamp, node.typmod);
    case Kind::current_role: return build(query::SqlValue::current_role, oid::name);
    case Kind::current_user: return build(query::SqlValue::current_user, oid::name);
    case Kind::user: return build(query::SqlValue::user, oid::name);
    case Kind::session_user: return build(query::SqlValue::session_user, oid::name);
    case Kind::current_catalog: return build(query::SqlValue::current_catalog, oid::name);
    case Kind::current_schema: return build(query::SqlValue::current_schema, oid::name);
  }
  return nullptr;
}

ExpressionPtr transform_boolean_test(Scope& scope, const ast::BooleanTest& node) {
  static constexpr const char* kNames[] = {"IS TRUE",      "IS NOT TRUE", "IS FALSE",
                                           "IS NOT FALSE", "IS UNKNOWN",  "IS NOT UNKNOWN"};
  auto index = static_cast<std::size_t>(node.test);
  auto kind = static_cast<query::TestKind>(index + static_cast<std::size_t>(query::TestKind::is_true));
  return make_test(kind, coerce_to_boolean(scope, transform(scope, node.argument), kNames[index]),
                   node.location);
}

ExpressionPtr transform_multi(Scope& scope, const ast::MultiAssignment& node);

}  // namespace

ExpressionPtr make_boolean(query::BooleanOp op, std::vector<ExpressionPtr> arguments, int location) {
  return make_expression(TypeRef{oid::bool_, -1, 0}, location,
                         query::BooleanExpression{op, std::move(arguments)});
}

ExpressionPtr make_test(query::TestKind kind, ExpressionPtr argument, int location) {
  return make_expression(TypeRef{oid::bool_, -1, 0}, location,
                         query::Test{kind, std::move(argument)});
}

ExpressionPtr transform(Scope& scope, const ast::Node* node) {
  scope.state.check_depth();
  switch (node->kind) {
    case ast::NodeKind::column_ref: return transform_column(scope, ast::as<ast::ColumnRef>(*node));
    case ast::NodeKind::parameter_ref:
      return transform_parameter(scope, ast::as<ast::ParameterRef>(*node));
    case ast::NodeKind::literal: return transform_literal(scope, ast::as<ast::Literal>(*node));
    case ast::NodeKind::indirection: {
      const auto& n = ast::as<ast::Indirection>(*node);
      auto base = transform(scope, n.argument);
      int location = base->location;
      return transform_indirection(scope, std::move(base), n.steps, location);
    }
    case ast::NodeKind::array_expression:
      return transform_array(scope, ast::as<ast::ArrayExpression>(*node), 0, 0, -1);
    case ast::NodeKind::type_cast: return transform_cast(scope, ast::as<ast::TypeCast>(*node));
    case ast::NodeKind::collate_clause:
      return transform_collate(scope, ast::as<ast::CollateClause>(*node));
    case ast::NodeKind::operation: return transform_operation(scope, ast::as<ast::Operation>(*node));
    case ast::NodeKind::boolean_operation:
      return transform_boolean(scope, ast::as<ast::BooleanOperation>(*node));
    case ast::NodeKind::function_call: return transform_call(scope, ast::as<ast::FunctionCall>(*node));
    case ast::NodeKind::named_argument:
      return transform(scope, ast::as<ast::NamedArgument>(*node).argument);
    case ast::NodeKind::sublink: return transform_sublink(scope, ast::as<ast::Sublink>(*node));
    case ast::NodeKind::case_expression:
      return transform_case(scope, ast::as<ast::CaseExpression>(*node));
    case ast::NodeKind::row_expression: return transform_row(scope, ast::as<ast::RowExpression>(*node));
    case ast::NodeKind::coalesce_expression: {
      const auto& n = ast::as<ast::CoalesceExpression>(*node);
      return transform_variadic(scope, n.arguments, "COALESCE", n.location, query::Coalesce{});
    }
    case ast::NodeKind::min_max_expression: {
      const auto& n = ast::as<ast::MinMaxExpression>(*node);
      query::MinMax result;
      result.op = n.least ? query::Extreme::least : query::Extreme::greatest;
      return transform_variadic(scope, n.arguments, n.least ? "LEAST" : "GREATEST", n.location,
                                std::move(result));
    }
    case ast::NodeKind::sql_value_call:
      return transform_sql_value(scope, ast::as<ast::SqlValueCall>(*node));
    case ast::NodeKind::null_test: {
      const auto& n = ast::as<ast::NullTest>(*node);
      return make_test(n.is_not_null ? query::TestKind::is_not_null : query::TestKind::is_null,
                       transform(scope, n.argument), n.location);
    }
    case ast::NodeKind::boolean_test:
      return transform_boolean_test(scope, ast::as<ast::BooleanTest>(*node));
    case ast::NodeKind::grouping_call:
      return transform_grouping(scope, ast::as<ast::GroupingCall>(*node));
    case ast::NodeKind::multi_assignment:
      return transform_multi(scope, ast::as<ast::MultiAssignment>(*node));
    case ast::NodeKind::set_to_default:
      throw SqlError("42601", "DEFAULT is not allowed in this context").at(node->location);
    case ast::NodeKind::current_of: return transform_current_of(scope, ast::as<ast::CurrentOf>(*node));
    case ast::NodeKind::xml_expression: return transform_xml(scope, ast::as<ast::XmlExpression>(*node));
    case ast::NodeKind::xml_serialize: return transform_xml_serialize(scope, ast::as<ast::XmlSerialize>(*node));
    default: throw SqlError::not_supported("this kind of expression");
  }
}

ExpressionPtr analyze_expression(Scope& scope, const ast::Node* node, Place place) {
  PlaceScope at(scope, place);
  return transform(scope, node);
}

ExpressionPtr analyze_condition(Scope& scope, const ast::Node* node, Place place,
                                const char* construct) {
  if (!node) return nullptr;
  return coerce_to_boolean(scope, analyze_expression(scope, node, place), construct);
}

ExpressionPtr transform_case(Scope& scope, const ast::CaseExpression& node) {
  query::Case result;
  TypeRef tested;
  if (node.argument) {
    result.argument = transform(scope, node.argument);
    if (result.argument->type.oid == oid::unknown)
      result.argument = coerce_to_common(scope, std::move(result.argument), oid::text, "CASE");
    assign_collations(scope, *result.argument);
    tested = result.argument->type;
  }
  std::vector<ExpressionPtr> results;
  results.push_back(node.otherwise
                        ? transform(scope, node.otherwise)
                        : null_constant(scope, TypeRef{oid::unknown, -1, 0}, -1));
  for (const ast::Node* item : node.whens) {
    const auto& branch = ast::as<ast::CaseBranch>(*item);
    ExpressionPtr condition;
    if (node.argument) {
      auto value = transform(scope, branch.condition);
      condition = make_operator(scope, OperatorName{"="},
                                make_expression(tested, node.argument->location, query::CaseValue{}),
                                std::move(value), branch.location);
    } else {
      condition = transform(scope, branch.condition);
    }
    query::Case::When when;
    when.condition = coerce_to_boolean(scope, std::move(condition), "CASE/WHEN");
    result.whens.push_back(std::move(when));
    results.push_back(transform(scope, branch.result));
  }
  // The ELSE weighs most in choosing the type.
  Oid type = select_common_type(scope, results, "CASE");
  result.otherwise = coerce_to_common(scope, std::move(results[0]), type, "CASE/ELSE");
  for (std::size_t i = 0; i < result.whens.size(); ++i)
    result.whens[i].result = coerce_to_common(scope, std::move(results[i + 1]), type, "CASE/WHEN");
  return make_expression(TypeRef{type, -1, 0}, node.location, std::move(result));
}

ExpressionPtr transform_array(Scope& scope, const ast::ArrayExpression& node, Oid array_type,
                              Oid element_type, std::int32_t typmod) {
  auto& catalog = scope.catalog();
  scope.state.check_depth();
  query::ArrayConstructor result;
  std::vector<ExpressionPtr> elements;
  for (const ast::Node* item : node.elements) {
    if (const auto* nested = ast::try_as<ast::ArrayExpression>(item)) {
      elements.push_back(transform_array(scope, *nested, array_type, element_type, typmod));
      result.multidimensional = true;
    } else {
      elements.push_back(transform(scope, item));
      // A domain over an array is an element like any other.
      const auto* type = catalog.type(elements.back()->type.oid);
      if (type && type->is_true_array && type->oid != oid::int2vector && type->oid != oid::oidvector)
        result.multidimensional = true;
    }
  }
  Oid wanted;
  bool hard = array_type != 0;
  if (hard) {
    wanted = result.multidimensional ? array_type : element_type;
  } else {
    if (elements.empty())
      throw SqlError("42P18", "cannot determine type of empty array")
          .with_hint("Explicitly cast to the desired type, for example ARRAY[]::integer[].")
          .at(node.location);
    wanted = select_common_type(scope, elements, "ARRAY");
    if (result.multidimensional) {
      array_type = wanted;
      element_type = catalog.element_type(array_type);
      if (!element_type)
        throw SqlError("42704", fmt::format("could not find element type for data type {}",
                                            type_name(scope, array_type)))
            .at(node.location);
    } else {
      element_type = wanted;
      array_type = catalog.array_type(element_type);
      if (!array_type)
        throw SqlError("42704", fmt::format("could not find array type for data type {}",
                                            type_name(scope, element_type)))
            .at(node.location);
    }
  }
  for (auto& element : elements) {
    if (!hard) {
      result.elements.push_back(coerce_to_common(scope, std::move(element), wanted, "ARRAY"));
      continue;
    }
    Oid from = element->type.oid;
    int at = location_of(*element);
    auto converted = coerce_to_target(scope, std::move(element), type_ref(scope, wanted, typmod),
                                      Context::explicit_, CallForm::explicit_cast, -1);
    if (!converted)
      throw SqlError("42846", fmt::format("cannot cast type {} to {}", type_name(scope, from),
                                          type_name(scope, wanted)))
          .at(at);
    result.elements.push_back(std::move(converted));
  }
  result.element_type = element_type;
  return make_expression(TypeRef{array_type, hard ? typmod : -1, 0}, node.location, std::move(result));
}

namespace {

// One column of SET (a, b) = source. A row's fields are taken one by one; a subquery is asked for
// its row once per column.
ExpressionPtr transform_multi(Scope& scope, const ast::MultiAssignment& node) {
  auto column = static_cast<std::size_t>(node.column - 1);
  if (const auto* sublink = ast::try_as<ast::Sublink>(node.source);
      sublink && (sublink->sublink == ast::SublinkKind::multiple ||
                  sublink->sublink == ast::SublinkKind::scalar)) {
    ExpressionPtr* known = nullptr;
    for (auto& [source, expression] : scope.multi_sources)
      if (source == node.source) known = &expression;
    if (!known) {
      auto query = analyze_query(scope.state, &scope, sublink->query);
      int visible = 0;
      for (const auto& output : query->output) visible += !output.hidden;
      if (visible != node.column_count)
        throw SqlError("42601", "number of columns does not match number of values")
            .at(sublink->location);
      // What takes all columns together (rows that are different, or of several queries) stays as it is.
      if (query->set_operations || query->distinct || !query->distinct_on.empty()) query = wrap_query(std::move(query));
      query::Subquery sub;
      sub.kind = query::SubqueryKind::scalar;
      sub.query = std::move(query);
      scope.has_sublinks = true;
      scope.multi_sources.emplace_back(
          node.source,
          make_expression(TypeRef{oid::record, -1, 0}, sublink->location, std::move(sub)));
      known = &scope.multi_sources.back().second;
    }
    // A copy that yields this column alone; the others stay, hidden, so that ORDER BY means what it did.
    auto copy = query::clone(**known);
    auto& sub = std::get<query::Subquery>(copy->node);
    std::size_t seen = 0;
    TypeRef type;
    for (auto& output : sub.query->output) {
      if (output.hidden) continue;
      if (seen++ == column) type = output.expression->type;
      else output.hidden = true;
    }
    copy->type = type;
    return copy;
  }
  const ast::Node* source = node.source;
  if (const auto* row = ast::try_as<ast::RowExpression>(source)) {
    // Fields may hide stars: expand once, by count.
    auto fields = analyze_expression_list(scope, row->fields, scope.place, true);
    if (fields.size() != static_cast<std::size_t>(node.column_count))
      throw SqlError("42601", "number of columns does not match number of values").at(source->location);
    return std::move(fields[column]);
  }
  throw SqlError("0A000",
                 "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression")
      .at(source->location);
}

}  // namespace
}  // namespace analyzer
