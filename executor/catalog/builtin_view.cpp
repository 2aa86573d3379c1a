#include <algorithm>

#include "catalog/catalog_view.h"
#include "types/sql_error.h"

namespace catalog {

BuiltinCatalogView::BuiltinCatalogView() : path_{kPgCatalogSchema, kPublicSchema} {}

void BuiltinCatalogView::add_relation(RelationPtr relation) {
  relations_.push_back(std::move(relation));
}

std::span<const Oid> BuiltinCatalogView::search_schemas() const { return path_; }
Oid BuiltinCatalogView::creation_schema() { return kPublicSchema; }

Oid BuiltinCatalogView::find_schema(std::string_view name) {
  const SchemaInfo* schema = Builtins::get().schema_by_name(name);
  return schema ? schema->oid : 0;
}
std::string BuiltinCatalogView::schema_name(Oid oid) {
  const SchemaInfo* schema = Builtins::get().schema(oid);
  return schema ? std::string(schema->name) : std::string();
}

Oid BuiltinCatalogView::find_relation(std::string_view schema, std::string_view name) {
  Oid only = schema.empty() ? 0 : find_schema(schema);
  for (Oid searched : path_) {
    for (const RelationPtr& r : relations_) {
      Oid own = r->schema ? r->schema : kPublicSchema;
      if (r->name == name && own == (only ? only : searched)) return r->oid;
    }
    if (!schema.empty()) break;
  }
  return 0;
}
RelationPtr BuiltinCatalogView::relation(Oid oid) {
  for (const RelationPtr& r : relations_)
    if (r->oid == oid) return r;
  return nullptr;
}
RelationPtr BuiltinCatalogView::open_relation(std::string_view schema, std::string_view name,
                                              RelationLock, bool missing_ok, bool) {
  if (Oid oid = find_relation(schema, name)) return relation(oid);
  if (missing_ok) return nullptr;
  throw types::SqlError("42P01", "relation \"" + (schema.empty() ? "" : std::string(schema) + ".") +
                                     std::string(name) + "\" does not exist");
}
RelationPtr BuiltinCatalogView::open_relation(Oid oid, RelationLock, bool) { return relation(oid); }

const TypeInfo* BuiltinCatalogView::type(Oid oid) { return Builtins::get().type(oid); }
const TypeInfo* BuiltinCatalogView::find_type(std::string_view schema, std::string_view name) {
  return Builtins::get().type_by_name(schema.empty() ? kPgCatalogSchema : find_schema(schema), name);
}
std::vector<EnumLabel> BuiltinCatalogView::enum_labels(Oid) { return {}; }
std::shared_ptr<const DomainInfo> BuiltinCatalogView::domain(Oid oid) {
  const TypeInfo* info = type(oid);
  if (info == nullptr || info->kind != 'd') return nullptr;
  auto domain = std::make_shared<DomainInfo>();
  domain->base = {info->base_type, info->typmod, info->collation};
  return domain;
}
const RangeInfo* BuiltinCatalogView::range(Oid oid) { return Builtins::get().range(oid); }
const RangeInfo* BuiltinCatalogView::range_of_multirange(Oid oid) {
  return Builtins::get().range_of_multirange(oid);
}

const FunctionInfo* BuiltinCatalogView::function(Oid oid) { return Builtins::get().function(oid); }
std::vector<const FunctionInfo*> BuiltinCatalogView::find_functions(std::string_view schema,
                                                                    std::string_view name) {
  Oid wanted = schema.empty() ? kPgCatalogSchema : find_schema(schema);
  std::vector<const FunctionInfo*> found;
  for (const FunctionInfo* f : Builtins::get().functions_by_name(name))
    if (f->schema == wanted) found.push_back(f);
  return found;
}
const OperatorInfo* BuiltinCatalogView::operator_(Oid oid) { return Builtins::get().operator_(oid); }
std::vector<const OperatorInfo*> BuiltinCatalogView::find_operators(std::string_view schema,
                                                                    std::string_view name) {
  Oid wanted = schema.empty() ? kPgCatalogSchema : find_schema(schema);
  std::vector<const OperatorInfo*> found;
  for (const OperatorInfo* o : Builtins::get().operators_by_name(name))
    if (o->schema == wanted) found.push_back(o);
  return found;
}
const CastInfo* BuiltinCatalogView::cast(Oid source, Oid target) {
  return Builtins::get().cast(source, target);
}
const AggregateInfo* BuiltinCatalogView::aggregate(Oid function) {
  return Builtins::get().aggregate(function);
}
const CollationInfo* BuiltinCatalogView::collation(Oid oid) { return Builtins::get().collation(oid); }
const CollationInfo* BuiltinCatalogView::find_collation(std::string_view schema,
                                                        std::string_view name) {
  return Builtins::get().collation_by_name(schema.empty() ? kPgCatalogSchema : find_schema(schema),
                                           name);
}

Oid BuiltinCatalogView::find_role(std::string_view name) {
  return name == "postgres" ? kBootstrapRole : 0;
}
std::string BuiltinCatalogView::role_name(Oid role) {
  return role == kBootstrapRole ? "postgres" : "";
}
bool BuiltinCatalogView::is_superuser(Oid role) { return role == kBootstrapRole; }

}  // namespace catalog
