// ALTER EXTENSION ... UPDATE, ADD and DROP.
#include "extension.h"
#include "extensions/extension.h"
#include "initial_privileges.h"
#include "rename.h"
#include "rights.h"

namespace commands {
namespace {

namespace pg_extension = catalog::pg_extension;
using MemberAction = query::AlterExtension::Action;

// There is one version of each: the one that is installed, or none that a path leads to.
void update_extension(Ddl& ddl, const query::AlterExtension& s, const std::string& version) {
  std::string wanted;
  for (const query::Option& option : s.options) {
    if (!wanted.empty()) throw SqlError("42601", "conflicting or redundant options").at(option.location);
    if (option.name == "new_version") wanted = option.value();
  }
  if (wanted.empty()) {
    const extensions::Extension* known = extensions::find(s.name);
    wanted = known != nullptr ? std::string(known->version) : version;
  }
  if (wanted == version) {
    ddl.notice("00000", "version \"" + version + "\" of extension \"" + s.name + "\" is already installed");
    return;
  }
  throw SqlError("22023", "extension \"" + s.name + "\" has no update path from version \"" + version +
                              "\" to version \"" + wanted + "\"");
}

void remove_member(Ddl& ddl, const ObjectAddress& object, Oid extension) {
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                     {key_oid(object.catalog), key_oid(object.oid)});
  while (rows.next())
    if (rows.row().letter(pg_depend::deptype) == static_cast<char>(kMember) &&
        rows.row().oid(pg_depend::refobjid) == extension)
      ddl.writer().remove(pg_depend::kOid, rows.row());
}

void change_members(Ddl& ddl, const query::AlterExtension& s, Oid self, Oid schema) {
  const ObjectAddress object = *find_object(ddl, s.kind, s.object, false, RelationLock::share_update_exclusive);
  require_ownership(ddl, s.kind, s.object, object);
  const Oid holder = extension_of(ddl, object);
  if (s.action == MemberAction::drop) {
    if (holder != self)
      throw SqlError("55000", describe(ddl, object) + " is not a member of extension \"" + s.name + "\"");
    remove_member(ddl, object, self);
    forget_initial_privileges(ddl, object);
    return;
  }
  if (holder != 0) {
    RowReader rows = ddl.writer().read(pg_extension::kOid, 0, {key_oid(holder)});
    if (!rows.next()) throw SqlError("XX000", "an extension went away");
    throw SqlError("55000", describe(ddl, object) + " is already a member of extension \"" +
                                rows.row().string(pg_extension::extname) + "\"");
  }
  if (object.catalog == pg_namespace::kOid && object.oid == schema)
    throw SqlError("55000", "cannot add schema \"" + ddl.catalog().schema_name(schema) + "\" to extension \"" + s.name +
                                "\" because the schema contains the extension");
  ddl.depend(object, {pg_extension::kOid, self, 0}, kMember);
  keep_initial_privileges(ddl, object);
}

}  // namespace

void alter_extension(Ddl& ddl, const query::AlterExtension& s) {
  const Oid self = find_extension(ddl, s.name);
  if (self == 0) throw SqlError("42704", "extension \"" + s.name + "\" does not exist");
  RowReader rows = ddl.writer().read(pg_extension::kOid, 0, {key_oid(self)});
  if (!rows.next()) throw SqlError("42704", "extension \"" + s.name + "\" does not exist");
  if (!ddl.owns(rows.row().oid(pg_extension::extowner)))
    throw SqlError("42501", "must be owner of extension " + s.name);
  const std::string version = rows.row().string(pg_extension::extversion);
  const Oid schema = rows.row().oid(pg_extension::extnamespace);
  if (s.action == MemberAction::update)
    update_extension(ddl, s, version);
  else
    change_members(ddl, s, self, schema);
}

void depend_on_extension(Ddl& ddl, const query::DependsOnExtension& s) {
  const auto object = find_object(ddl, s.kind, s.object, false, RelationLock::access_exclusive);
  require_ownership(ddl, s.kind, s.object, *object);
  const Oid extension = find_extension(ddl, s.extension);
  if (extension == 0) throw SqlError("42704", "extension \"" + s.extension + "\" does not exist");
  bool there = false;
  {
    RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                       {key_oid(object->catalog), key_oid(object->oid), types::Datum::of(std::int32_t{0})});
    while (rows.next()) {
      const Row row = rows.row();
      if (row.letter(pg_depend::deptype) != static_cast<char>(Dependency::extension) ||
          row.oid(pg_depend::refobjid) != extension)
        continue;
      there = true;
      if (s.remove) ddl.writer().remove(pg_depend::kOid, row);
    }
  }
  if (!s.remove && !there) ddl.depend(*object, {catalog::pg_extension::kOid, extension, 0}, Dependency::extension);
}

}  // namespace commands
