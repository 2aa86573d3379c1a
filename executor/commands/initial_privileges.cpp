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
  const catalog::AclPlace* place = catalog::find_acl_place(object.catalog);
  if (place == nullptr) return;
  RowReader rows = ddl.writer().read(object.catalog, 0, {key_oid(object.oid)});
  if (!rows.next() || rows.row().is_null(place->acl)) return;
  RowBuilder row = ddl.writer().row(pg_init_privs::kOid);
  row.set(pg_init_privs::objoid, object.oid);
  row.set(pg_init_privs::classoid, object.catalog);
  row.set(pg_init_privs::objsubid, 0);
  row.set(pg_init_privs::privtype, kOfExtension);
  row.set_datum(pg_init_privs::initprivs, rows.row().datum(place->acl));
  ddl.writer().insert(row);
}

void forget_initial_privileges(Ddl& ddl, const ObjectAddress& object) {
  ddl.writer().remove_all(pg_init_privs::kOid, 0, {key_oid(object.oid), key_oid(object.catalog)});
}

}  // namespace commands
