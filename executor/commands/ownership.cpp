// ALTER .. OWNER TO: of an object, and of what belongs to it.
#include "acl_update.h"
#include "alter_table.h"
#include "large_object.h"
#include "named_object.h"
#include "catalog/acl.h"
#include "relation_rows.h"
#include "rename.h"
#include "rights.h"
#include "table_parts.h"
#include "unqualified_object.h"

namespace commands {
namespace {

// The new owner holds what the old one held and granted.
void hand_over(Ddl& ddl, const ObjectAddress& object, Oid owner) {
  if (object.catalog == catalog::pg_operator::kOid) {
    // Nobody is granted anything on an operator.
    RowBuilder row = ddl.writer().row(object.catalog);
    row.set(catalog::pg_operator::oprowner, owner);
    ddl.writer().update_one(0, {key_oid(object.oid)}, row);
    return;
  }
  if (object.catalog == kLargeObjects) {
    RowBuilder row = ddl.writer().row(kLargeObjectMetadata);
    row.set(kLargeObjectOwner, owner);
    ddl.writer().update_one(0, {key_oid(object.oid)}, row);
    return;
  }
  if (const catalog::NamedCatalog* named = named_catalog_of(object.catalog); named != nullptr && named->owner >= 0) {
    RowBuilder row = ddl.writer().row(object.catalog);
    row.set(named->owner, owner);
    ddl.writer().update_one(0, {key_oid(object.oid)}, row);
    return;
  }
  const catalog::AclPlace* place = catalog::find_acl_place(object.catalog);
  if (const catalog::UnqualifiedCatalog* objects = catalog::unqualified_catalog(object.catalog);
      objects != nullptr && place == nullptr) {
    RowBuilder row = ddl.writer().row(object.catalog);
    row.set(objects->owner, owner);
    ddl.writer().update_one(0, {key_oid(object.oid)}, row);
    return;
  }
  if (place == nullptr) throw SqlError::not_supported("this OWNER TO");
  RowReader rows = ddl.writer().read(object.catalog, 0, {key_oid(object.oid)});
  if (!rows.next()) return;
  types::Arena arena;
  RowBuilder row = ddl.writer().row(object.catalog);
  row.set(place->owner, owner);
  if (const auto acl = catalog::read_acl(rows.row(), place->acl))
    row.set_datum(place->acl, types::acl_datum(arena, acl_of_new_owner(*acl, rows.row().oid(place->owner), owner)));
  ddl.writer().update(rows.row(), row);
}

void hand_over_type(Ddl& ddl, Oid type, Oid owner) {
  const Oid array = ddl.catalog().type(type)->array;
  hand_over(ddl, {pg_type::kOid, type, 0}, owner);
  if (array != 0) hand_over(ddl, {pg_type::kOid, array, 0}, owner);
}

void hand_over_columns(Ddl& ddl, const RelationDescriptor& relation, Oid owner) {
  for (std::size_t i = 0; i < relation.columns.size(); ++i) {
    const catalog::Column& column = relation.columns[i];
    if (column.dropped || column.acl.empty()) continue;
    types::Arena arena;
    RowBuilder row = ddl.writer().row(pg_attribute::kOid);
    row.set_datum(pg_attribute::attacl,
                  types::acl_datum(arena, acl_of_new_owner(column.acl, relation.owner, owner)));
    ddl.writer().update_one(0, {key_oid(relation.oid), key_int2(static_cast<std::int16_t>(i + 1))}, row);
  }
}

// Those of serial and identity columns.
std::vector<Oid> owned_sequences(Ddl& ddl, Oid table) {
  std::vector<Oid> found;
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                     {key_oid(pg_class::kOid), key_oid(table)});
  while (rows.next()) {
    const char kind = rows.row().letter(pg_depend::deptype);
    if (rows.row().oid(pg_depend::classid) != pg_class::kOid || (kind != 'a' && kind != 'i')) continue;
    RelationPtr other = ddl.reload(rows.row().oid(pg_depend::objid));
    if (other != nullptr && other->kind == RelationKind::sequence) found.push_back(other->oid);
  }
  return found;
}

}  // namespace

void change_owner(Ddl& ddl, Oid relation, Oid owner) {
  RelationPtr descriptor = ddl.reload(relation);
  if (descriptor->owner == owner) return;
  hand_over(ddl, relation_address(relation), owner);
  hand_over_columns(ddl, *descriptor, owner);
  for (const catalog::IndexDescriptor& index : descriptor->indexes)
    if (index.oid != relation)
      update_class(ddl, index.oid, [&](RowBuilder& row) { row.set(pg_class::relowner, owner); });
  if (descriptor->row_type != 0) hand_over_type(ddl, descriptor->row_type, owner);
  if (descriptor->kind != RelationKind::sequence)
    for (Oid sequence : owned_sequences(ddl, relation)) change_owner(ddl, sequence, owner);
}

void give_to(Ddl& ddl, const ObjectAddress& object, Oid owner) {
  if (object.catalog == pg_class::kOid) {
    change_owner(ddl, object.oid, owner);
  } else if (object.catalog == pg_type::kOid) {
    const catalog::TypeInfo* type = ddl.catalog().type(object.oid);
    if (type->kind == 'c')
      change_owner(ddl, type->relation, owner);
    else
      hand_over_type(ddl, object.oid, owner);
  } else {
    hand_over(ddl, object, owner);
  }
}

void set_owner(Ddl& ddl, const query::SetOwner& statement) {
  auto found = find_object(ddl, statement.kind, statement.object, false, RelationLock::access_exclusive);
  if (found->catalog == pg_type::kOid) require_no_array_type(ddl, *ddl.catalog().type(found->oid));
  const Oid owner = ddl.role(statement.owner);
  require_ownership(ddl, statement.kind, statement.object, *found);
  require_may_give_to(ddl, *found, owner);
  require_may_own(ddl, *found, owner);
  give_to(ddl, *found, owner);
}

}  // namespace commands
