#include "table_sample.h"

#include <fmt/format.h>

#include "coerce.h"
#include "from.h"

namespace analyzer {
namespace {

enum class Method : bool { bernoulli, system };

Method find_method(const ast::RangeTableSample& node) {
  const auto names = node.method;
  const bool built_in = names.size() == 1 || (names.size() == 2 && names[0] == "pg_catalog");
  if (built_in && names.back() == "bernoulli") return Method::bernoulli;
  if (built_in && names.back() == "system") return Method::system;
  std::string name;
  for (const ast::Name part : names) name += (name.empty() ? "" : ".") + str(part);
  throw SqlError("42704", fmt::format("tablesample method {} does not exist", name)).at(node.location);
}

ExpressionPtr argument(Scope& scope, const ast::Node* node, Oid type, const char* what) {
  auto value = coerce_to_specific(scope, transform(scope, node), type_ref(scope, type), what);
  assign_collations(scope, *value);
  return value;
}

}  // namespace

// The sample is a condition that a row of the table meets before any other sees it, on its key and a seed:
// the same rows however often the table is read, and in every statement with that REPEATABLE.
NamespaceItemPtr transform_table_sample(Scope& scope, const ast::RangeTableSample& node) {
  FromItem table = transform_from_item(scope, node.relation);
  const auto refuse = [&] {
    throw SqlError("0A000", "TABLESAMPLE clause can only be applied to tables and materialized views")
        .at(node.relation->location);
  };
  if (!table.main) refuse();
  const int index = table.main->range_table_index;
  const query::RangeTableEntry& entry = scope.query->range_table[static_cast<std::size_t>(index)];
  if (entry.kind != query::RangeTableEntry::Kind::relation || entry.relation == 0) refuse();
  const auto kind = scope.catalog().relation(entry.relation)->kind;
  if (kind != catalog::RelationKind::table && kind != catalog::RelationKind::materialized_view &&
      kind != catalog::RelationKind::partitioned_table)
    refuse();
  const Method method = find_method(node);
  if (node.arguments.size() != 1)
    throw SqlError("2202H", fmt::format("tablesample method {} requires 1 argument, not {}", node.method.back(),
                                        node.arguments.size()))
        .at(node.location);
  PlaceScope at(scope, Place::from_function);
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(make_expression(TypeRef{oid::bytea}, -1,
                                      query::ColumnReference{index, query::kRowKeyColumn, 0}));
  arguments.push_back(argument(scope, node.arguments[0], oid::float4, "TABLESAMPLE"));
  if (node.repeatable) {
    arguments.push_back(argument(scope, node.repeatable, oid::float8, "REPEATABLE"));
  } else {
    // Another one in each statement, and for each table of it.
    constexpr ast::Name kTimestamp[] = {"pg_catalog", "statement_timestamp"}, kPart[] = {"pg_catalog", "date_part"},
                        kPlus[] = {"pg_catalog", "+"};
    auto now = make_function_call(scope, kTimestamp, {}, nullptr, -1);
    std::vector<ExpressionPtr> parts;
    parts.push_back(make_expression(type_ref(scope, oid::text), -1, query::Constant::varlen("epoch")));
    parts.push_back(std::move(now));
    auto seed = make_function_call(scope, kPart, std::move(parts), nullptr, -1);
    auto number = make_expression(TypeRef{oid::float8}, -1,
                                  query::Constant{types::Datum::of(static_cast<double>(index))});
    arguments.push_back(make_operator(scope, kPlus, std::move(seed), std::move(number), -1));
  }
  arguments.push_back(make_expression(TypeRef{oid::bool_}, -1,
                                      query::Constant{types::Datum::of(node.repeatable != nullptr)}));
  arguments.push_back(make_expression(TypeRef{oid::bool_}, -1,
                                      query::Constant{types::Datum::of(method == Method::system)}));
  constexpr ast::Name kSampled[] = {"sextant", "sampled"};
  auto condition = make_function_call(scope, kSampled, std::move(arguments), nullptr, -1);
  scope.query->range_table[static_cast<std::size_t>(index)].security.push_back(std::move(condition));
  return table.main;
}

}  // namespace analyzer
