// Objects that users created, in the structs of the built-in ones.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "catalog/builtin.h"
#include "catalog/catalog.h"
#include "catalog/catalog_view.h"
#include "catalog/roles.h"
#include "builtin_tables.h"
#include "transaction/view.h"

namespace catalog {

struct UserTypeRow {
  TypeInfo info;
  std::string name;
};

// Every function, operator, operator class, cast, aggregate, range type and collation that is not built in.
struct UserFunctions {
  StringPool strings;
  std::deque<std::vector<Oid>> oid_lists;
  std::deque<std::vector<std::string_view>> name_lists;
  std::deque<FunctionInfo> functions;
  std::deque<OperatorInfo> operators;
  std::deque<CastInfo> casts;
  std::deque<AggregateInfo> aggregates;
  std::deque<RangeInfo> ranges;
  std::deque<CollationInfo> collations;
  std::deque<OperatorClassInfo> operator_classes;
  std::deque<FamilyProcedure> family_procedures;  // of built-in families, too
  std::deque<FamilyOperator> family_operators;    // the same
  std::unordered_map<Oid, std::vector<const FamilyOperator*>> families_of;
};

struct Schemas {
  struct Schema {
    Oid oid;
    std::string name;
    Oid owner;
  };
  std::vector<Schema> all;
};

struct Roles {
  std::vector<RoleInfo> all;
};

std::shared_ptr<const UserTypeRow> load_type(const Catalog&, const transaction::View&, Oid);
std::shared_ptr<const UserFunctions> load_functions(const Catalog&, const transaction::View&);
std::shared_ptr<const Schemas> load_schemas(const Catalog&, const transaction::View&);
std::shared_ptr<const Roles> load_roles(const Catalog&, const transaction::View&);
std::shared_ptr<const std::vector<EnumLabel>> load_enum(const Catalog&, const transaction::View&,
                                                        Oid type);
std::shared_ptr<const DomainInfo> load_domain(const Catalog&, const transaction::View&,
                                              CatalogView& names, Oid type);
// 0: none.
Oid load_relation_name(const Catalog&, const transaction::View&, Oid schema, std::string_view name);
Oid load_type_name(const Catalog&, const transaction::View&, Oid schema, std::string_view name);

}  // namespace catalog
