#include "catalog/catalog_view.h"

#include "types/sql_error.h"
#include "user_types.h"

namespace catalog {

CatalogView::CatalogView() = default;
CatalogView::~CatalogView() = default;

const types::TypeSupport* CatalogView::find_support(Oid oid) {
  if (const types::TypeSupport* support = types::find_type(oid)) return support;
  const auto found = user_type(oid);
  if (found != nullptr) return &found->support();
  const Oid base = base_type(oid);
  return base == oid ? nullptr : find_support(base);
}

std::shared_ptr<const types::UserType> CatalogView::user_type(Oid oid) {
  if (types::find_type(oid) != nullptr) return nullptr;
  if (user_types_ == nullptr) user_types_ = std::make_unique<UserTypes>(*this);
  return user_types_->find(oid, types_version());
}

std::optional<types::SqlError> CatalogView::find_denial(const query::Query&) { return std::nullopt; }

Oid CatalogView::schema_oid(std::string_view name) {
  if (Oid oid = find_schema(name)) return oid;
  throw types::SqlError("3F000", "schema \"" + std::string(name) + "\" does not exist");
}

Oid CatalogView::base_type(Oid oid, std::int32_t* typmod) {
  for (;;) {
    const TypeInfo* info = type(oid);
    if (info == nullptr || info->kind != 'd') return oid;
    if (typmod != nullptr && *typmod < 0) *typmod = info->typmod;
    oid = info->base_type;
  }
}

Oid CatalogView::element_type(Oid oid) {
  const TypeInfo* info = type(base_type(oid));
  return info != nullptr && info->is_true_array ? info->element : 0;
}

Oid CatalogView::array_type(Oid oid) {
  const TypeInfo* info = type(oid);
  return info != nullptr ? info->array : 0;
}

OrderingOperators CatalogView::ordering_operators(Oid oid) {
  const TypeInfo* info = type(base_type(oid));
  if (info == nullptr) return {};
  OrderingOperators result;
  if (const OperatorClassInfo* btree = default_operator_class(info->oid, kBtree)) {
    const Oid family = btree->family, in = btree->input_type;
    result.btree_family = family;
    result.btree_input_type = in;
    result.less_than = family_operator(family, in, in, 1);
    result.less_equal = family_operator(family, in, in, 2);
    result.equal = family_operator(family, in, in, 3);
    result.greater_equal = family_operator(family, in, in, 4);
    result.greater_than = family_operator(family, in, in, 5);
    result.compare_function = family_procedure(family, in, in, 1);
  }
  if (const OperatorClassInfo* hash = default_operator_class(info->oid, kHash))
    result.hash_equal = family_operator(hash->family, hash->input_type, hash->input_type, 1);
  if (result.equal == 0) result.equal = result.hash_equal;
  if (!info->is_true_array) return result;
  // Arrays compare by their elements.
  const OrderingOperators element = ordering_operators(info->element);
  if (element.less_than == 0) {
    const Oid equal = result.equal, hash_equal = result.hash_equal;
    result = {};
    result.equal = equal;
    result.hash_equal = hash_equal;
  }
  if (element.equal == 0) result.equal = 0;
  if (element.hash_equal == 0) result.hash_equal = 0;
  return result;
}

const OperatorClassInfo* CatalogView::operator_class(Oid oid) {
  return Builtins::get().operator_class(oid);
}

const OperatorClassInfo* CatalogView::find_operator_class(std::string_view schema, Oid method,
                                                          std::string_view name) {
  if (!schema.empty() && schema != "pg_catalog") return nullptr;
  return Builtins::get().operator_class_by_name(method, name);
}

Oid CatalogView::operator_class_procedure(Oid oid, int number) {
  const OperatorClassInfo* info = operator_class(oid);
  return info != nullptr ? family_procedure(info->family, info->input_type, info->input_type, number) : 0;
}

Oid CatalogView::family_operator(Oid family, Oid left, Oid right, int strategy) {
  return Builtins::get().family_operator(family, left, right, strategy);
}

Oid CatalogView::family_procedure(Oid family, Oid left, Oid right, int number) {
  return Builtins::get().family_procedure(family, left, right, number);
}

std::span<const FamilyOperator* const> CatalogView::families_of(Oid op) { return Builtins::get().families_of(op); }

int CatalogView::search_strategy(Oid family, Oid op) {
  for (const FamilyOperator* member : Builtins::get().families_of(op))
    if (member->family == family && member->purpose == 's') return member->strategy;
  return 0;
}

const OperatorClassInfo* CatalogView::default_operator_class(Oid oid, Oid method) {
  const TypeInfo* info = type(base_type(oid));
  if (info == nullptr) return nullptr;
  if (info->kind == 'b' && !info->is_true_array && info->oid >= types::kFirstNormalOid)
    return default_class_of_user_type(info->oid, method);
  const OperatorClassInfo* found = default_operator_class_for(*info, method);
  if (found != nullptr || method == kBtree || method == kHash) return found;
  // An extension's (btree_gist): of the type, or of what it is taken for.
  constexpr Oid kAnyEnum = 3500;
  found = default_class_of_user_type(info->oid, method);
  if (found == nullptr && info->kind == 'e') found = default_class_of_user_type(kAnyEnum, method);
  if (found == nullptr && info->oid == types::oid::varchar) found = default_class_of_user_type(types::oid::text, method);
  return found;
}

bool CatalogView::relation_is_visible(Oid oid) {
  RelationPtr found = relation(oid);
  return found != nullptr && find_relation({}, found->name) == oid;
}

bool CatalogView::type_is_visible(Oid oid) {
  const TypeInfo* info = type(oid);
  if (info == nullptr) return false;
  const TypeInfo* found = find_type({}, info->name);
  return found != nullptr && found->oid == oid;
}

bool CatalogView::function_is_visible(Oid oid) {
  const FunctionInfo* info = function(oid);
  if (info == nullptr) return false;
  for (const FunctionInfo* found : find_functions({}, info->name))
    if (found->oid == oid) return true;
  return false;
}

bool CatalogView::operator_is_visible(Oid oid) {
  const OperatorInfo* info = operator_(oid);
  if (info == nullptr) return false;
  for (const OperatorInfo* found : find_operators({}, info->name))
    if (found->oid == oid) return true;
  return false;
}

std::string CatalogView::relation_display_name(Oid oid) {
  RelationPtr found = relation(oid);
  if (found == nullptr) return std::to_string(oid);
  std::string name = quote_identifier(found->name);
  if (find_relation({}, found->name) == oid) return name;
  return quote_identifier(found->schema_name) + "." + name;
}

}  // namespace catalog
