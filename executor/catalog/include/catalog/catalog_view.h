// The catalogue as one statement sees it: names to objects, objects to descriptors.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/builtin.h"
#include "catalog/relation.h"
#include "types/oid.h"
#include "types/sql_error.h"
#include "types/user_type.h"

namespace catalog {

class UserTypes;  // user_types.h, private

using RelationPtr = std::shared_ptr<const RelationDescriptor>;

// PostgreSQL's table lock modes, by its numbers.
enum class RelationLock : std::uint8_t {
  none = 0,
  access_share = 1,
  row_share = 2,
  row_exclusive = 3,
  share_update_exclusive = 4,
  share = 5,
  share_row_exclusive = 6,
  exclusive = 7,
  access_exclusive = 8,
};

struct EnumLabel {
  Oid oid;
  float order;
  std::string label;
};

// A domain's CHECK; the expression refers to the value by CaseValue.
struct DomainCheck {
  Oid oid;
  std::string name;
  std::shared_ptr<const query::Expression> expression;
};
struct DomainInfo {
  types::TypeRef base;            // of the outermost base type, typmod included
  std::vector<bool> not_null;     // one entry per level that says NOT NULL; empty: none does
  std::vector<DomainCheck> checks;  // innermost domain first
  std::shared_ptr<const query::Expression> default_;
};

// Abstract, so that the analyser's and planner's tests run on BuiltinCatalogView below; sessions
// use the one that catalog::Catalog makes (catalog/catalog.h).
//
// Lookups see the newest committed catalogue plus the transaction's own changes, not the
// transaction's snapshot, as PostgreSQL's do. Pointers to TypeInfo, FunctionInfo, OperatorInfo and
// CastInfo stay valid while the view lives; RelationPtr as long as it is held. Lookups may park
// (a page miss) and may throw SqlError. Not thread-safe: one per session.
class CatalogView {
 public:
  CatalogView();
  virtual ~CatalogView();

  // ---- schemas
  // Schemas searched for unqualified names, in order: pg_temp (if there is one), pg_catalog, then
  // search_path's; pg_catalog stands where search_path names it.
  virtual std::span<const Oid> search_schemas() const = 0;
  // Where CREATE puts an unqualified name; throws 3F000 when there is none.
  virtual Oid creation_schema() = 0;
  // 0 when there is none; "pg_temp" is the session's own. find only.
  virtual Oid find_schema(std::string_view name) = 0;
  // find_schema or SqlError 3F000: schema "x" does not exist.
  Oid schema_oid(std::string_view name);
  virtual std::string schema_name(Oid schema) = 0;  // empty when there is none

  // ---- relations
  // Any kind of pg_class entry. `schema` empty: by the search path. 0 when there is none.
  virtual Oid find_relation(std::string_view schema, std::string_view name) = 0;
  // Null when there is none. Takes no lock: for plans, whose table is locked already.
  virtual RelationPtr relation(Oid oid) = 0;
  // Resolves, locks, and resolves again until the name stayed the same while the lock was taken.
  // Throws 42P01 relation "s.x" does not exist, 3F000 for a missing schema (unless
  // `missing_ok`: null), 55P03 with `nowait`.
  virtual RelationPtr open_relation(std::string_view schema, std::string_view name,
                                    RelationLock lock, bool missing_ok = false,
                                    bool nowait = false) = 0;
  // The same for a known OID (a cached plan re-locks); null when it is gone.
  virtual RelationPtr open_relation(Oid oid, RelationLock lock, bool nowait = false) = 0;

  // ---- types
  virtual const TypeInfo* type(Oid oid) = 0;  // null: none
  // "int4" (catalogue names; the grammar's aliases are the analyser's business). Null: none.
  virtual const TypeInfo* find_type(std::string_view schema, std::string_view name) = 0;
  // Labels in their order. Empty when `type` is no enum.
  virtual std::vector<EnumLabel> enum_labels(Oid type) = 0;
  // What a value must pass to be of that domain, base type's checks first.
  virtual std::shared_ptr<const DomainInfo> domain(Oid type) = 0;
  virtual const RangeInfo* range(Oid type) = 0;
  virtual const RangeInfo* range_of_multirange(Oid type) = 0;
  // How values of any type are read, written and compared: the built-in support or one made of
  // what the catalogue says; a domain's is its base type's. Null when there is none (pseudo-types,
  // base types that are not built yet). Valid as long as the view lives and, where it is a user's
  // type, as user_type() is held.
  const types::TypeSupport* find_support(Oid type);
  // The same as an object to hold on to; null for built-in types.
  std::shared_ptr<const types::UserType> user_type(Oid type);
  // Through domains to the type underneath; itself otherwise.
  Oid base_type(Oid type, std::int32_t* typmod = nullptr);
  // Element type of a true array type (through domains); 0 if it is none.
  Oid element_type(Oid type);
  // The array type over it; 0 if it has none.
  Oid array_type(Oid type);
  // As the function format_type() writes it: "character varying(10)", "integer[]", "public.mood" when not visible.
  std::string format_type(Oid type, std::int32_t typmod);
  // Of a type whose typmod nobody asks about, as messages and signatures name it: "character" and "bit", where a column of
  // them without a length is a "bpchar" or a "bit" in quotes.
  std::string format_type(Oid type);

  // ---- functions, operators, casts
  virtual const FunctionInfo* function(Oid oid) = 0;
  // Candidates of that name in the schema, or in all schemas of the search path in its order (a
  // later schema's function hidden by one of the same argument types is left out).
  virtual std::vector<const FunctionInfo*> find_functions(std::string_view schema,
                                                          std::string_view name) = 0;
  virtual const OperatorInfo* operator_(Oid oid) = 0;
  virtual std::vector<const OperatorInfo*> find_operators(std::string_view schema,
                                                          std::string_view name) = 0;
  virtual const CastInfo* cast(Oid source, Oid target) = 0;
  virtual const AggregateInfo* aggregate(Oid function) = 0;

  // ---- collations
  virtual const CollationInfo* collation(Oid oid) = 0;
  virtual const CollationInfo* find_collation(std::string_view schema, std::string_view name) = 0;

  // ---- roles (cluster-wide)
  // 0 when there is none.
  virtual Oid find_role(std::string_view name) = 0;
  virtual std::string role_name(Oid role) = 0;  // empty when there is none
  virtual bool is_superuser(Oid role) = 0;
  // Whose rights count; 0: nobody's, everything is allowed.
  virtual Oid user() const { return 0; }
  // What forbids the user to run a query (42501); nullopt: nothing does. Holds as long as a plan
  // of it would: for this version of the catalogue and this user.
  virtual std::optional<types::SqlError> find_denial(const query::Query& query);
  // Adds what the policies of its tables ask for (RangeTableEntry::security, Query::row_checks).
  // Holds as long as a denial does, and for this setting of row_security. 42501 where that is off
  // and a policy would count; 42P17 for policies that need each other.
  virtual void add_row_security(query::Query&) {}

  // ---- facts used everywhere
  OrderingOperators ordering_operators(Oid type);
  const OperatorClassInfo* default_operator_class(Oid type, Oid method);
  virtual const OperatorClassInfo* operator_class(Oid oid);
  virtual const OperatorClassInfo* find_operator_class(std::string_view schema, Oid method,
                                                       std::string_view name);
  // The class's support function of that number for its own input type; 0: none.
  virtual Oid operator_class_procedure(Oid operator_class, int number);
  // What belongs to a family, built in or not; 0: it has none.
  virtual Oid family_operator(Oid family, Oid left, Oid right, int strategy);
  virtual Oid family_procedure(Oid family, Oid left, Oid right, int number);
  // Every family that an operator is a member of.
  virtual std::span<const FamilyOperator* const> families_of(Oid operator_oid);
  // The strategy of an operator in a family, for searching; 0: it is no member.
  virtual int search_strategy(Oid family, Oid operator_oid);

  // Whether an unqualified name would find this object.
  bool relation_is_visible(Oid relation);
  bool type_is_visible(Oid type);
  bool function_is_visible(Oid function);
  bool operator_is_visible(Oid op);
  // Name as regclass prints it: quoted where needed, qualified where not visible.
  std::string relation_display_name(Oid relation);

 protected:
  // The default class of a type that users or extensions made, for itself alone; null: none.
  virtual const OperatorClassInfo* default_class_of_user_type(Oid /*type*/, Oid /*method*/) { return nullptr; }
  // Changes whenever a type may have changed.
  virtual std::uint64_t types_version() const { return 0; }

 private:
  std::unique_ptr<UserTypes> user_types_;
};

// The built-in objects alone, with whatever relations a test adds. Locks nothing.
class BuiltinCatalogView : public CatalogView {
 public:
  BuiltinCatalogView();

  // A table in schema public (or RelationDescriptor::schema when set).
  void add_relation(RelationPtr relation);

  std::span<const Oid> search_schemas() const override;
  Oid creation_schema() override;
  Oid find_schema(std::string_view name) override;
  std::string schema_name(Oid schema) override;
  Oid find_relation(std::string_view schema, std::string_view name) override;
  RelationPtr relation(Oid oid) override;
  RelationPtr open_relation(std::string_view schema, std::string_view name, RelationLock lock,
                            bool missing_ok, bool nowait) override;
  RelationPtr open_relation(Oid oid, RelationLock lock, bool nowait) override;
  const TypeInfo* type(Oid oid) override;
  const TypeInfo* find_type(std::string_view schema, std::string_view name) override;
  std::vector<EnumLabel> enum_labels(Oid type) override;
  std::shared_ptr<const DomainInfo> domain(Oid type) override;
  const RangeInfo* range(Oid type) override;
  const RangeInfo* range_of_multirange(Oid type) override;
  const FunctionInfo* function(Oid oid) override;
  std::vector<const FunctionInfo*> find_functions(std::string_view schema,
                                                  std::string_view name) override;
  const OperatorInfo* operator_(Oid oid) override;
  std::vector<const OperatorInfo*> find_operators(std::string_view schema,
                                                  std::string_view name) override;
  const CastInfo* cast(Oid source, Oid target) override;
  const AggregateInfo* aggregate(Oid function) override;
  const CollationInfo* collation(Oid oid) override;
  const CollationInfo* find_collation(std::string_view schema, std::string_view name) override;
  Oid find_role(std::string_view name) override;
  std::string role_name(Oid role) override;
  bool is_superuser(Oid role) override;

 private:
  std::vector<RelationPtr> relations_;
  std::vector<Oid> path_;
};

// "abc" or "\"Abc\"": an identifier as quote_ident() prints it.
std::string quote_identifier(std::string_view name);

}  // namespace catalog
