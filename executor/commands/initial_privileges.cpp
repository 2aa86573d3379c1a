#include "initial_privileges.h"

#include "catalog/acl.h"

namespace commands {
namespace {

namespace pg_init_privs {
constexpr Oid kOid = 3394;
enum : int { objoid, classoid, objsubid, privtype, initprivs };
}  // namespace pg_init_privs

constexpr char kOfExtension = 'e';

}  // namespace

void keep_initial_privileges(Ddl& ddl, const ObjectAddress& object) {
  const auto keep = [&](std::int32_t sub, const types::Datum& acl) {
    RowBuilder row = ddl.writer().row(pg_init_privs::kOid);
    row.set(pg_init_privs::objoid, object.oid);
    row.set(pg_init_privs::classoid, object.catalog);
    row.set(pg_init_privs::objsubid, sub);
    row.set(pg_init_privs::privtype, kOfExtension);
    row.set_datum(pg_init_privs::initprivs, acl);
    ddl.writer().insert(row);
  };
  const catalog::AclPlace* place = catalog::find_acl_place(object.catalog);
  if (place == nullptr) return;
  RowReader rows = ddl.writer().read(object.catalog, 0, {key_oid(object.oid)});
  if (rows.next() && !rows.row().is_null(place->acl)) keep(0, rows.row().datum(place->acl));
  if (object.catalog != pg_class::kOid) return;
  RowReader columns = ddl.writer().read(pg_attribute::kOid, 0, {key_oid(object.oid)});
  while (columns.next())
    if (!columns.row().is_null(pg_attribute::attacl))
      keep(columns.row().int2(pg_attribute::attnum), columns.row().datum(pg_attribute::attacl));
}

void forget_initial_privileges(Ddl& ddl, const ObjectAddress& object) {
  ddl.writer().remove_all(pg_init_privs::kOid, 0, {key_oid(object.oid), key_oid(object.catalog)});
}

}  // namespace commands
