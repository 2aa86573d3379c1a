#include "role_uses.h"

#include <algorithm>

#include "acl_update.h"
#include "catalog/acl.h"
#include "drop.h"
#include "large_object.h"
#include "named_object.h"
#include "rights.h"
#include "catalog/object_columns.h"
#include "catalog/unqualified_objects.h"

namespace commands {
namespace {

namespace defaults = catalog::pg_default_acl;
namespace pg_language = catalog::pg_language;
namespace pg_operator = catalog::pg_operator;
using types::Acl;

constexpr Oid kCatalogs[] = {pg_class::kOid, pg_namespace::kOid, pg_type::kOid, pg_proc::kOid, pg_database::kOid,
                             pg_language::kOid, catalog::pg_foreign_data_wrapper::kOid, catalog::pg_foreign_server::kOid};

bool names(const Acl& acl, Oid role) {
  return std::any_of(acl.begin(), acl.end(), [&](const types::AclItem& i) { return i.grantee == role; });
}

// Parts of others are owned with them: indexes, toast, row types of tables, array types. A composite type is a type.
bool stands_alone(Ddl& ddl, const Row& row, Oid catalog) {
  if (catalog == pg_class::kOid)
    return std::string_view("rvmSfp").find(row.letter(pg_class::relkind)) != std::string_view::npos;
  if (catalog != pg_type::kOid) return true;
  if (row.letter(pg_type::typtype) != 'c') return row.oid(pg_type::typelem) == 0;
  const RelationPtr relation = ddl.catalog().relation(row.oid(pg_type::typrelid));
  return relation != nullptr && relation->kind == RelationKind::composite;
}

// Like PostgreSQL's, by OID; a database has its number from another counter, and was there before what is in it.
Oid place_among_uses(const RoleUse& use) {
  return use.object.catalog == pg_database::kOid ? types::kFirstNormalOid : use.object.oid;
}

// The list without the role, and without what it granted.
Acl without(Acl acl, Oid owner, Oid role) {
  AclChange change;
  change.is_grant = false;
  change.cascade = true;
  const Oid grantees[] = {role};
  change.grantees = grantees;
  change.privileges = static_cast<types::Privileges>(~0);
  std::vector<Oid> grantors;
  for (const types::AclItem& item : acl)
    if (item.grantee == role) grantors.push_back(item.grantor);
  for (Oid grantor : grantors) {
    change.grantor = grantor;
    acl = changed_acl(std::move(acl), owner, change);
  }
  return acl;
}

// A policy for this role alone goes.
void remove_from_policy(Ddl& ddl, Oid policy, Oid role) {
  std::vector<Oid> left;
  {
    RowReader rows = ddl.writer().read(pg_policy::kOid, 0, {key_oid(policy)});
    if (!rows.next()) return;
    left = rows.row().oids(pg_policy::polroles);
  }
  std::erase(left, role);
  if (left.empty()) return perform_deletion(ddl, {{pg_policy::kOid, policy, 0}}, false);
  RowBuilder row = ddl.writer().row(pg_policy::kOid);
  row.set(pg_policy::polroles, std::span<const Oid>(left));
  ddl.writer().update_one(0, {key_oid(policy)}, row);
}

// A setting's list that says no more than the default has no row.
void revoke_on_parameter(Ddl& ddl, Oid parameter, Oid role) {
  namespace parameters = catalog::pg_parameter_acl;
  RowReader rows = ddl.writer().read(parameters::kOid, 0, {key_oid(parameter)});
  if (!rows.next()) return;
  const Acl left = without(catalog::read_acl(rows.row(), parameters::paracl).value_or(Acl()), catalog::kBootstrapRole, role);
  if (left == types::default_acl(types::AclKind::parameter, catalog::kBootstrapRole))
    return ddl.writer().remove(parameters::kOid, rows.row());
  types::Arena arena;
  RowBuilder row = ddl.writer().row(parameters::kOid);
  row.set_datum(parameters::paracl, types::acl_datum(arena, left));
  ddl.writer().update(rows.row(), row);
}

Acl unsaid_defaults(const Row& row) {
  if (row.oid(defaults::defaclnamespace) != 0) return {};
  types::AclKind kind = types::AclKind::relation;
  switch (row.letter(defaults::defaclobjtype)) {
    case 'S': kind = types::AclKind::sequence; break;
    case 'f': kind = types::AclKind::function; break;
    case 'T': kind = types::AclKind::type; break;
    case 'n': kind = types::AclKind::schema; break;
    default: break;
  }
  return types::default_acl(kind, row.oid(defaults::defaclrole));
}

void revoke_all(Ddl& ddl, const ObjectAddress& object, Oid role) {
  if (object.catalog == pg_policy::kOid) return remove_from_policy(ddl, object.oid, role);
  types::Arena arena;
  if (object.sub != 0) {
    RelationPtr relation = ddl.reload(object.oid);
    if (relation == nullptr) return;
    const catalog::Column& column = relation->columns[static_cast<std::size_t>(object.sub - 1)];
    const Acl left = without(column.acl, relation->owner, role);
    RowBuilder row = ddl.writer().row(pg_attribute::kOid);
    if (left.empty())
      row.set_null(pg_attribute::attacl);
    else
      row.set_datum(pg_attribute::attacl, types::acl_datum(arena, left));
    ddl.writer().update_one(0, {key_oid(object.oid), key_int2(column.number)}, row);
    return;
  }
  if (object.catalog == catalog::pg_parameter_acl::kOid) return revoke_on_parameter(ddl, object.oid, role);
  const catalog::AclPlace* place =
      catalog::find_acl_place(object.catalog == kLargeObjects ? kLargeObjectMetadata : object.catalog);
  const Oid catalog = place != nullptr ? place->catalog : defaults::kOid;
  const int list = place != nullptr ? place->acl : int{defaults::defaclacl};
  const int owner = place != nullptr ? place->owner : int{defaults::defaclrole};
  RowReader rows = ddl.writer().read(catalog, 0, {key_oid(object.oid)});
  if (!rows.next()) return;
  auto acl = catalog::read_acl(rows.row(), list);
  if (!acl) return;
  const Acl left = without(std::move(*acl), rows.row().oid(owner), role);
  // Default privileges that say no more than what is so anyway have no row.
  if (place == nullptr && left == unsaid_defaults(rows.row())) return ddl.writer().remove(catalog, rows.row());
  RowBuilder row = ddl.writer().row(catalog);
  row.set_datum(list, types::acl_datum(arena, left));
  ddl.writer().update(rows.row(), row);
}

std::string describe_defaults(Ddl& ddl, Oid oid) {
  RowReader rows = ddl.writer().read(defaults::kOid, 0, {key_oid(oid)});
  if (!rows.next()) return "default privileges";
  const char* kind = "relations";
  switch (rows.row().letter(defaults::defaclobjtype)) {
    case 'S': kind = "sequences"; break;
    case 'f': kind = "functions"; break;
    case 'T': kind = "types"; break;
    case 'n': kind = "schemas"; break;
    default: break;
  }
  std::string text = std::string("default privileges on new ") + kind + " belonging to role " +
                     ddl.catalog().role_name(rows.row().oid(defaults::defaclrole));
  if (Oid schema = rows.row().oid(defaults::defaclnamespace))
    text += " in schema " + quote_identifier(ddl.catalog().schema_name(schema));
  return text;
}

}  // namespace

std::vector<RoleUse> uses_of(Ddl& ddl, Oid role) {
  std::vector<RoleUse> uses;
  for (Oid catalog : kCatalogs) {
    const catalog::AclPlace& place = *catalog::find_acl_place(catalog);
    RowReader rows = ddl.writer().read(catalog, 0, catalog::Key{});
    while (rows.next()) {
      const Row& row = rows.row();
      const Oid oid = row.oid(0);
      if (row.oid(place.owner) == role && stands_alone(ddl, row, catalog)) uses.push_back({{catalog, oid, 0}, true});
      if (auto acl = catalog::read_acl(row, place.acl); acl && row.oid(place.owner) != role && names(*acl, role))
        uses.push_back({{catalog, oid, 0}, false});
    }
  }
  for (const query::ObjectKind kind :
       {query::ObjectKind::collation, query::ObjectKind::text_search_dictionary, query::ObjectKind::text_search_configuration,
        query::ObjectKind::conversion, query::ObjectKind::statistics, query::ObjectKind::operator_class,
        query::ObjectKind::operator_family}) {
    const catalog::NamedCatalog& named = *named_catalog_of(kind);
    RowReader owned = ddl.writer().read(named.catalog, 0, catalog::Key{});
    while (owned.next())
      if (owned.row().oid(named.owner) == role) uses.push_back({{named.catalog, owned.row().oid(0), 0}, true});
  }
  RowReader operators = ddl.writer().read(pg_operator::kOid, 0, catalog::Key{});
  while (operators.next())
    if (operators.row().oid(pg_operator::oprowner) == role)
      uses.push_back({{pg_operator::kOid, operators.row().oid(0), 0}, true});
  for (const Oid catalog : {catalog::pg_event_trigger::kOid, catalog::pg_publication::kOid, catalog::pg_subscription::kOid}) {
    const int owner = catalog::unqualified_catalog(catalog)->owner;
    RowReader owned = ddl.writer().read(catalog, 0, catalog::Key{});
    while (owned.next())
      if (owned.row().oid(owner) == role) uses.push_back({{catalog, owned.row().oid(0), 0}, true});
  }
  RowReader mappings = ddl.writer().read(catalog::pg_user_mapping::kOid, 0, catalog::Key{});
  while (mappings.next())
    if (mappings.row().oid(catalog::pg_user_mapping::umuser) == role)
      uses.push_back({{catalog::pg_user_mapping::kOid, mappings.row().oid(0), 0}, true});
  RowReader objects = ddl.writer().read(kLargeObjectMetadata, 0, catalog::Key{});
  while (objects.next()) {
    const ObjectAddress object{kLargeObjects, objects.row().oid(kLargeObjectOid), 0};
    if (objects.row().oid(kLargeObjectOwner) == role)
      uses.push_back({object, true});
    else if (auto acl = catalog::read_acl(objects.row(), kLargeObjectAcl); acl && names(*acl, role))
      uses.push_back({object, false});
  }
  RowReader parameters = ddl.writer().read(catalog::pg_parameter_acl::kOid, 0, catalog::Key{});
  while (parameters.next())
    if (auto acl = catalog::read_acl(parameters.row(), catalog::pg_parameter_acl::paracl); acl && names(*acl, role))
      uses.push_back({{catalog::pg_parameter_acl::kOid, parameters.row().oid(0), 0}, false});
  RowReader columns = ddl.writer().read(pg_attribute::kOid, 0, catalog::Key{});
  while (columns.next()) {
    auto acl = catalog::read_acl(columns.row(), pg_attribute::attacl);
    if (acl && names(*acl, role))
      uses.push_back({relation_address(columns.row().oid(pg_attribute::attrelid),
                                       columns.row().int2(pg_attribute::attnum)), false});
  }
  RowReader rows = ddl.writer().read(defaults::kOid, 0, catalog::Key{});
  while (rows.next()) {
    const ObjectAddress object{defaults::kOid, rows.row().oid(defaults::oid), 0};
    if (rows.row().oid(defaults::defaclrole) == role)
      uses.push_back({object, true});
    else if (auto acl = catalog::read_acl(rows.row(), defaults::defaclacl); acl && names(*acl, role))
      uses.push_back({object, false});
  }
  RowReader policies = ddl.writer().read(pg_policy::kOid, 0, catalog::Key{});
  while (policies.next()) {
    const std::vector<Oid> to = policies.row().oids(pg_policy::polroles);
    if (std::find(to.begin(), to.end(), role) != to.end())
      uses.push_back({{pg_policy::kOid, policies.row().oid(pg_policy::oid), 0}, false});
  }
  std::sort(uses.begin(), uses.end(), [](const RoleUse& a, const RoleUse& b) {
    return std::tuple(place_among_uses(a), a.object.catalog, a.object.sub, a.owner) <
           std::tuple(place_among_uses(b), b.object.catalog, b.object.sub, b.owner);
  });
  return uses;
}

std::string describe_use(Ddl& ddl, const RoleUse& use) {
  std::string what;
  if (use.object.catalog == defaults::kOid) {
    what = describe_defaults(ddl, use.object.oid);
  } else if (use.object.catalog == pg_database::kOid) {
    RowReader rows = ddl.writer().read(pg_database::kOid, 0, {key_oid(use.object.oid)});
    what = "database " + (rows.next() ? rows.row().string(pg_database::datname) : std::string());
  } else if (use.object.catalog == catalog::pg_parameter_acl::kOid) {
    RowReader rows = ddl.writer().read(use.object.catalog, 0, {key_oid(use.object.oid)});
    what = "parameter " + (rows.next() ? rows.row().string(catalog::pg_parameter_acl::parname) : std::string());
  } else {
    what = describe(ddl, use.object);
  }
  if (use.object.catalog == pg_policy::kOid) return "target of " + what;
  return (use.owner ? "owner of " : "privileges for ") + what;
}

namespace {

// A composite type goes with its relation.
ObjectAddress as_dropped(Ddl& ddl, const ObjectAddress& object) {
  if (object.catalog != pg_type::kOid) return object;
  const catalog::TypeInfo* type = ddl.catalog().type(object.oid);
  return type != nullptr && type->kind == 'c' ? relation_address(type->relation) : object;
}

}  // namespace

void drop_owned(Ddl& ddl, const query::DropOwned& statement) {
  std::vector<Oid> roles;
  for (const query::RoleName& name : statement.roles) {
    roles.push_back(ddl.role(name));
    if (!ddl.owns(roles.back())) throw SqlError("42501", "permission denied to drop objects");
    if (is_predefined_role(roles.back()))
      throw SqlError("2BP01", "cannot drop objects owned by role " + ddl.catalog().role_name(roles.back()) +
                                  " because they are required by the database system");
  }
  std::vector<ObjectAddress> owned;
  for (Oid role : roles)
    for (const RoleUse& use : uses_of(ddl, role)) {
      if (!use.owner)
        revoke_all(ddl, use.object, role);
      else if (use.object.catalog == defaults::kOid)
        ddl.writer().remove_all(defaults::kOid, 0, {key_oid(use.object.oid)});
      else if (use.object.catalog != pg_database::kOid)  // a database goes by DROP DATABASE alone
        owned.push_back(as_dropped(ddl, use.object));
    }
  if (!owned.empty()) perform_deletion(ddl, owned, statement.cascade);
}

}  // namespace commands
