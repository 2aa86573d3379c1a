#include "query/table_oid.h"

#include "query/query.h"
#include "query/system_columns.h"
#include "query/walk.h"

namespace query {
namespace {

void name_table(Expression& e, Oid table) {
  if (const auto* column = std::get_if<ColumnReference>(&e.node); column != nullptr && column->column == kTableOidColumn) {
    Constant constant;
    constant.value = types::Datum::of(table);
    e.node = std::move(constant);
    return;
  }
  for_each_child(e, [&](ExpressionPtr& child) { name_table(*child, table); });
}

}  // namespace

ExpressionPtr with_table_oid(const Expression& expression, Oid table) {
  ExpressionPtr copy = clone(expression);
  name_table(*copy, table);
  return copy;
}

}  // namespace query
