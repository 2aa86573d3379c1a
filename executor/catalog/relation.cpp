#include "catalog/relation.h"

namespace catalog {

int RelationDescriptor::column_index(std::string_view column_name) const {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (!columns[i].dropped && columns[i].name == column_name) return static_cast<int>(i);
  return -1;
}

const IndexDescriptor* RelationDescriptor::primary_key() const {
  for (const IndexDescriptor& index : indexes)
    if (index.primary) return &index;
  return nullptr;
}

const IndexDescriptor* RelationDescriptor::index(Oid index_oid) const {
  for (const IndexDescriptor& index : indexes)
    if (index.oid == index_oid) return &index;
  return nullptr;
}

query::ExpressionPtr nextval_expression(Oid sequence, Oid column_type) {
  constexpr Oid kNextval = 1574, kInt8ToInt4 = 480, kInt8ToInt2 = 714;
  auto make = [](Oid type, auto node) {
    auto e = std::make_unique<query::Expression>();
    e->type.oid = type;
    e->node = std::move(node);
    return e;
  };
  query::Call call;
  call.function = kNextval;
  call.arguments.push_back(
      make(types::oid::regclass, query::Constant(types::Datum::of(sequence))));
  query::ExpressionPtr value = make(types::oid::int8, std::move(call));
  if (column_type == types::oid::int8) return value;
  query::Call cast;
  cast.function = column_type == types::oid::int4 ? kInt8ToInt4 : kInt8ToInt2;
  cast.form = query::CallForm::implicit_cast;
  cast.arguments.push_back(std::move(value));
  return make(column_type, std::move(cast));
}

}  // namespace catalog
