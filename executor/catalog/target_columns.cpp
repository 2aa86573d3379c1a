#include "catalog/target_columns.h"

#include <string>

#include "types/sql_error.h"

namespace catalog {
namespace {

using query::Expression;
using query::ExpressionPtr;
using types::SqlError;

ExpressionPtr null_of(types::TypeRef type) {
  auto e = std::make_unique<Expression>();
  e->type = type;
  e->node = query::Constant(types::Datum::null());
  return e;
}

SqlError only_default(const Column& column, std::string message) {
  return SqlError("428C9", std::move(message))
      .with_detail("Column \"" + column.name +
                   (column.generated ? "\" is a generated column."
                                     : "\" is an identity column defined as GENERATED ALWAYS."));
}

bool is_default(const Expression& e) { return std::holds_alternative<query::SetToDefault>(e.node); }

}  // namespace

ExpressionPtr default_or_none(CatalogView& catalog, const Column& column) {
  if (column.generated) return nullptr;
  if (column.default_) return query::clone(*column.default_);
  const TypeInfo* info = catalog.type(column.type.oid);
  // A user's base type may have a default, too.
  if (info == nullptr || (info->kind != 'd' && (info->kind != 'b' || info->is_true_array || info->oid < types::kFirstNormalOid)))
    return nullptr;
  auto domain = catalog.domain(column.type.oid);
  return domain && domain->default_ ? query::clone(*domain->default_) : nullptr;
}

ExpressionPtr default_value(CatalogView& catalog, const Column& column) {
  if (ExpressionPtr value = default_or_none(catalog, column)) return value;
  const TypeInfo* info = catalog.type(column.type.oid);
  if (info == nullptr || info->kind != 'd') return null_of(column.type);
  // The domain may say NOT NULL.
  auto e = std::make_unique<Expression>();
  e->type = column.type;
  auto domain = catalog.domain(column.type.oid);
  e->node = query::CoerceToDomain{null_of(domain ? domain->base : types::TypeRef{info->base_type, -1, 0}),
                                  query::CallForm::implicit_cast};
  return e;
}

void require_insertable(const Column& column, query::Query::Overriding overriding) {
  const bool always = column.identity == 'a' && overriding != query::Query::Overriding::system;
  if (!column.generated && !always) return;
  SqlError error = only_default(column, "cannot insert a non-DEFAULT value into column \"" + column.name + "\"");
  if (column.generated) throw error;
  throw std::move(error).with_hint("Use OVERRIDING SYSTEM VALUE to override.");
}

void require_updatable(const Column& column) {
  if (column.generated || column.identity == 'a')
    throw only_default(column, "column \"" + column.name + "\" can only be updated to DEFAULT");
}

std::vector<query::TargetColumn> complete_insert(CatalogView& catalog, const RelationDescriptor& relation,
                                                 std::vector<ExpressionPtr> given,
                                                 query::Query::Overriding overriding) {
  std::vector<query::TargetColumn> targets;
  const bool view = relation.kind == RelationKind::view;
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const Column& column = relation.columns[i];
    if (column.dropped) continue;
    ExpressionPtr value = std::move(given[i]);
    const bool by_default = value == nullptr;
    if (value && is_default(*value)) value = nullptr;
    if (value && column.identity != 0 && overriding == query::Query::Overriding::user) value = nullptr;
    if (value) require_insertable(column, overriding);
    if (column.generated) continue;
    if (!value) value = view ? default_or_none(catalog, column) : default_value(catalog, column);
    if (value) targets.push_back({static_cast<int>(i), std::move(value), by_default});
  }
  return targets;
}

}  // namespace catalog
