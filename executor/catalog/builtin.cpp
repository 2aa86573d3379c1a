#include "catalog/builtin.h"

#include "builtin_tables.h"

namespace catalog {
namespace {

template <typename T>
const T* at(const std::vector<T>& rows, const OidIndex& index, Oid oid) {
  int row = index.find(oid);
  return row < 0 ? nullptr : &rows[static_cast<std::size_t>(row)];
}

template <typename Map, typename Key>
auto find_or_null(const Map& map, const Key& key) {
  auto it = map.find(key);
  return it == map.end() ? typename Map::mapped_type{} : it->second;
}

}  // namespace

Builtins::Builtins() : tables_(new Tables()) {}
Builtins::~Builtins() { delete tables_; }

const Builtins& Builtins::get() {
  static const Builtins builtins;
  return builtins;
}

const TypeInfo* Builtins::type(Oid oid) const {
  return at(tables_->types, tables_->type_by_oid, oid);
}
const FunctionInfo* Builtins::function(Oid oid) const {
  return at(tables_->functions, tables_->function_by_oid, oid);
}
const OperatorInfo* Builtins::operator_(Oid oid) const {
  return at(tables_->operators, tables_->operator_by_oid, oid);
}
const AggregateInfo* Builtins::aggregate(Oid function) const {
  return at(tables_->aggregates, tables_->aggregate_by_oid, function);
}
const OperatorClassInfo* Builtins::operator_class(Oid oid) const {
  return at(tables_->classes, tables_->class_by_oid, oid);
}
const CollationInfo* Builtins::collation(Oid oid) const {
  return at(tables_->collations, tables_->collation_by_oid, oid);
}

const RangeInfo* Builtins::range(Oid type) const {
  for (const RangeInfo& range : tables_->ranges)
    if (range.type == type) return &range;
  return nullptr;
}
const RangeInfo* Builtins::range_of_multirange(Oid multirange) const {
  for (const RangeInfo& range : tables_->ranges)
    if (range.multirange == multirange) return &range;
  return nullptr;
}
const SchemaInfo* Builtins::schema(Oid oid) const {
  for (const SchemaInfo& schema : tables_->schemas)
    if (schema.oid == oid) return &schema;
  return nullptr;
}
const LanguageInfo* Builtins::language(Oid oid) const {
  for (const LanguageInfo& language : tables_->languages)
    if (language.oid == oid) return &language;
  return nullptr;
}
const CastInfo* Builtins::cast(Oid source, Oid target) const {
  return find_or_null(tables_->cast_by_types, OidPair{source, target});
}

const TypeInfo* Builtins::type_by_name(Oid schema, std::string_view name) const {
  return find_or_null(tables_->type_by_name, SchemaName{schema, name});
}
const SchemaInfo* Builtins::schema_by_name(std::string_view name) const {
  for (const SchemaInfo& schema : tables_->schemas)
    if (schema.name == name) return &schema;
  return nullptr;
}
const CollationInfo* Builtins::collation_by_name(Oid schema, std::string_view name) const {
  return find_or_null(tables_->collation_by_name, SchemaName{schema, name});
}
const OperatorClassInfo* Builtins::operator_class_by_name(Oid method, std::string_view name) const {
  for (const OperatorClassInfo& c : tables_->classes)
    if (c.method == method && c.name == name) return &c;
  return nullptr;
}
const LanguageInfo* Builtins::language_by_name(std::string_view name) const {
  for (const LanguageInfo& language : tables_->languages)
    if (language.name == name) return &language;
  return nullptr;
}
std::span<const FunctionInfo* const> Builtins::functions_by_name(std::string_view name) const {
  return tables_->functions_by_name.find(name);
}
std::span<const OperatorInfo* const> Builtins::operators_by_name(std::string_view name) const {
  return tables_->operators_by_name.find(name);
}
std::span<const CastInfo* const> Builtins::casts_from(Oid source) const {
  return tables_->casts_from.find(source);
}

const OperatorClassInfo* Builtins::default_operator_class(Oid type, Oid method) const {
  return find_or_null(tables_->default_class, OidPair{type, method});
}
Oid Builtins::family_operator(Oid family, Oid left, Oid right, int strategy) const {
  return find_or_null(tables_->family_operator, FamilyKey{family, left, right, strategy});
}
Oid Builtins::family_procedure(Oid family, Oid left, Oid right, int number) const {
  return find_or_null(tables_->family_procedure, FamilyKey{family, left, right, number});
}
std::span<const FamilyOperator* const> Builtins::families_of(Oid operator_oid) const {
  return tables_->families_of.find(operator_oid);
}
std::string_view Builtins::family_name(Oid family) const {
  return find_or_null(tables_->family_names, family);
}

std::span<const TypeInfo> Builtins::types() const { return tables_->types; }
std::span<const FunctionInfo> Builtins::functions() const { return tables_->functions; }
std::span<const OperatorInfo> Builtins::operators() const { return tables_->operators; }
std::span<const SettingInfo> Builtins::settings() const { return tables_->settings; }
std::string_view Builtins::view_sql(Oid relation) const {
  return find_or_null(tables_->views, relation);
}

namespace {

// The type whose operator classes a type without classes of its own uses.
Oid class_type(const TypeInfo& type) {
  if (type.is_true_array) return types::oid::anyarray;
  switch (type.kind) {
    case 'e': return types::oid::anyenum;
    case 'r': return types::oid::anyrange;
    case 'm': return types::oid::anymultirange;
    case 'c': return types::oid::record;
    default: break;
  }
  return type.oid;
}

}  // namespace

const OperatorClassInfo* default_operator_class_for(const TypeInfo& given, Oid method) {
  const Builtins& facts = Builtins::get();
  const TypeInfo* type = &given;
  // Domains of domains are resolved by the caller for user types; built-in ones here.
  while (type->kind == 'd') {
    const TypeInfo* base = facts.type(type->base_type);
    if (base == nullptr) return nullptr;
    type = base;
  }
  if (auto* exact = facts.default_operator_class(type->oid, method)) return exact;
  if (Oid generic = class_type(*type); generic != type->oid)
    return facts.default_operator_class(generic, method);
  // A binary-coercible relative, its category's preferred type first (varchar and unknown: text).
  const OperatorClassInfo* found = nullptr;
  for (const CastInfo* cast : facts.casts_from(type->oid)) {
    if (cast->method != 'b' || cast->context != 'i') continue;
    const TypeInfo* target = facts.type(cast->target);
    const OperatorClassInfo* candidate = facts.default_operator_class(cast->target, method);
    if (candidate == nullptr) continue;
    if (target->preferred) return candidate;
    if (found == nullptr) found = candidate;
  }
  return found;
}

}  // namespace catalog
