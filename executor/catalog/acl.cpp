#include "catalog/acl.h"

#include <algorithm>
#include <vector>

#include "catalog/object_columns.h"
#include "catalog/roles.h"
#include "catalog/system_columns.h"

namespace catalog {
namespace {

using types::AclKind;
using types::Privileges;

// pg_largeobject_metadata
constexpr Oid kLargeObjectMetadata = 2995;
enum : int { kLargeObjectOwner = 1, kLargeObjectAcl = 2 };

constexpr AclPlace kPlaces[] = {
    {pg_class::kOid, pg_class::relacl, pg_class::relowner, AclKind::relation},
    {pg_namespace::kOid, pg_namespace::nspacl, pg_namespace::nspowner, AclKind::schema},
    {pg_type::kOid, pg_type::typacl, pg_type::typowner, AclKind::type},
    {pg_proc::kOid, pg_proc::proacl, pg_proc::proowner, AclKind::function},
    {pg_language::kOid, pg_language::lanacl, pg_language::lanowner, AclKind::language},
    {pg_tablespace::kOid, pg_tablespace::spcacl, pg_tablespace::spcowner, AclKind::tablespace},
    {pg_database::kOid, pg_database::datacl, pg_database::datdba, AclKind::database},
    {pg_foreign_data_wrapper::kOid, pg_foreign_data_wrapper::fdwacl, pg_foreign_data_wrapper::fdwowner, AclKind::data_wrapper},
    {kLargeObjectMetadata, kLargeObjectAcl, kLargeObjectOwner, AclKind::large_object},
    {pg_foreign_server::kOid, pg_foreign_server::srvacl, pg_foreign_server::srvowner, AclKind::server},
};

bool is_shared(Oid catalog) {
  return catalog == pg_database::kOid || catalog == pg_tablespace::kOid;
}

// What pg_read_all_data and pg_write_all_data give on every object of the kind.
Privileges predefined_privileges(SessionCatalog& catalog, Oid role, AclKind kind) {
  const bool relation = kind == AclKind::relation || kind == AclKind::sequence;
  if (!relation && kind != AclKind::schema) return 0;
  Privileges given = 0;
  if (catalog.has_privileges_of(role, kPgReadAllData))
    given |= relation ? types::privilege::select : types::privilege::usage;
  if (catalog.has_privileges_of(role, kPgWriteAllData))
    given |= relation ? types::privilege::insert | types::privilege::update | types::privilege::delete_
                      : types::privilege::usage;
  return given;
}

}  // namespace

const AclPlace* find_acl_place(Oid catalog) {
  for (const AclPlace& place : kPlaces)
    if (place.catalog == catalog) return &place;
  return nullptr;
}

std::optional<types::Acl> read_acl(const Row& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return types::acl_of(row.datum(column));
}

Held held_by_list(SessionCatalog& catalog, Oid role, const types::Acl& acl) {
  Held held;
  for (const types::AclItem& item : acl) {
    if (item.grantee != types::privilege::kPublic &&
        (role == 0 || !catalog.has_privileges_of(role, item.grantee)))
      continue;
    held.privileges |= item.privileges;
    held.grant_options |= item.grant_options;
  }
  return held;
}

Held held_by(SessionCatalog& catalog, Oid role, AclKind kind, Oid owner,
             const std::optional<types::Acl>& acl) {
  const Privileges all = types::all_privileges(kind);
  if (role != 0 && catalog.is_superuser(role)) return {all, all};
  Held held = held_by_list(catalog, role, acl ? *acl : types::default_acl(kind, owner));
  if (role == 0) return held;
  if (catalog.has_privileges_of(role, owner)) held.grant_options = all;
  held.privileges |= predefined_privileges(catalog, role, kind);
  return held;
}

bool is_member_of(SessionCatalog& catalog, Oid member, Oid role) {
  if (catalog.is_superuser(member) || catalog.has_privileges_of(member, role)) return true;
  std::vector<Oid> reached{member};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    if (reached[i] == role) return true;
    const RoleInfo* info = catalog.role(reached[i]);
    if (info == nullptr) continue;
    for (Oid next : info->member_of)
      if (std::find(reached.begin(), reached.end(), next) == reached.end()) reached.push_back(next);
  }
  return false;
}

Held held_on_parameter(SessionCatalog& catalog, Oid role, std::string_view parameter) {
  if (role != 0 && catalog.is_superuser(role)) return held_by(catalog, role, AclKind::parameter, kBootstrapRole, std::nullopt);
  const RelationPtr table = catalog.relation(pg_parameter_acl::kOid);
  const transaction::View view = catalog.take_view(true);
  RowReader rows(view, *table, pg_parameter_acl::kNameIndex, {key_text(parameter)});
  const std::optional<types::Acl> acl = rows.next() ? read_acl(rows.row(), pg_parameter_acl::paracl) : std::nullopt;
  return held_by(catalog, role, AclKind::parameter, kBootstrapRole, acl);
}

std::optional<Held> held_on(SessionCatalog& catalog, Oid role, Oid object_catalog, Oid object) {
  const AclPlace* place = find_acl_place(object_catalog);
  if (place == nullptr) return std::nullopt;
  if (SessionCatalog* judge = catalog.judge_of(object_catalog, object)) return held_on(*judge, role, object_catalog, object);
  RelationPtr table = catalog.relation(place->catalog);
  transaction::View view = catalog.take_view(is_shared(place->catalog));
  RowReader rows(view, *table, 0, {key_oid(object)});
  if (!rows.next()) return std::nullopt;
  AclKind kind = place->kind;
  if (kind == AclKind::relation && rows.row().letter(pg_class::relkind) == 'S') kind = AclKind::sequence;
  return held_by(catalog, role, kind, rows.row().oid(place->owner), read_acl(rows.row(), place->acl));
}

}  // namespace catalog
