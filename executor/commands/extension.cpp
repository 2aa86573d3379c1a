#include "extension.h"

#include <algorithm>

#include "catalog/acl.h"
#include "extension_objects.h"
#include "extensions/extension.h"
#include "rename.h"
#include "rights.h"

namespace commands {
namespace {

namespace pg_extension = catalog::pg_extension;

void require_valid_name(const std::string& name) {
  auto refuse = [&](const char* why) {
    throw SqlError("22023", "invalid extension name: \"" + name + "\"").with_detail(why);
  };
  if (name.empty()) refuse("Extension names must not be empty.");
  if (name.find("--") != std::string::npos) refuse("Extension names must not contain \"--\".");
  if (name.front() == '-' || name.back() == '-') refuse("Extension names must not begin or end with \"-\".");
  if (name.find('/') != std::string::npos)
    refuse("Extension names must not contain directory separator characters.");
}

// What CREATE EXTENSION's options say.
struct Wanted {
  std::string version, schema;
  bool cascade = false;
};

Wanted read_options(const query::CreateExtension& statement) {
  Wanted wanted;
  for (const query::Option& option : statement.options) {
    for (const query::Option* other = statement.options.data(); other != &option; ++other)
      if (other->name == option.name) throw SqlError("42601", "conflicting or redundant options").at(option.location);
    if (option.name == "new_version") wanted.version = option.value();
    if (option.name == "schema") wanted.schema = option.value();
    if (option.name == "cascade") wanted.cascade = true;
  }
  return wanted;
}

bool may_create_in_database(Ddl& ddl) {
  const auto held = catalog::held_on(ddl.catalog(), ddl.catalog().user(), pg_database::kOid, ddl.catalog().database_oid());
  return held && (held->privileges & types::privilege::create) != 0;
}

// What an extension consists of belongs to the bootstrap superuser, whoever asked for it.
class AsBootstrap {
 public:
  explicit AsBootstrap(catalog::SessionCatalog& catalog)
      : catalog_(catalog), user_(catalog.user()), user_name_(catalog.user_name()) {
    catalog.set_user(catalog::kBootstrapRole, catalog.role_name(catalog::kBootstrapRole));
  }
  ~AsBootstrap() { catalog_.set_user(user_, user_name_); }
  AsBootstrap(const AsBootstrap&) = delete;
  AsBootstrap& operator=(const AsBootstrap&) = delete;

 private:
  catalog::SessionCatalog& catalog_;
  Oid user_;
  std::string user_name_;
};

class Installation {
 public:
  Installation(Ddl& ddl, const extensions::Extension& extension) : ddl_(ddl), e_(extension) {}

  void run(const Wanted& wanted) {
    if (!wanted.version.empty() && wanted.version != e_.version)
      throw SqlError("22023", "extension \"" + name() + "\" has no installation script nor update path for version \"" +
                                  wanted.version + "\"");
    const Oid schema = wanted.schema.empty() ? ddl_.catalog().creation_schema() : ddl_.catalog().schema_oid(wanted.schema);
    require_rights();
    const std::vector<Oid> required = install_required(wanted);
    const Oid self = insert_row(schema);
    for (const Oid other : required)
      ddl_.depend({pg_extension::kOid, self, 0}, {pg_extension::kOid, other, 0}, Dependency::normal);
    const AsBootstrap rights(ddl_.catalog());
    make_extension_objects(ddl_, e_, self, ddl_.catalog().schema_name(schema));
  }

 private:
  std::string name() const { return std::string(e_.name); }

  void require_rights() {
    if (is_superuser(ddl_) || (e_.trusted && may_create_in_database(ddl_))) return;
    throw SqlError("42501", "permission denied to create extension \"" + name() + "\"")
        .with_hint(e_.trusted ? "Must have CREATE privilege on current database to create this extension."
                              : "Must be superuser to create this extension.");
  }

  std::vector<Oid> install_required(const Wanted& wanted) {
    std::vector<Oid> required;
    for (const std::string_view other : e_.requirements) {
      Oid found = find_extension(ddl_, other);
      if (found == 0) {
        if (!wanted.cascade)
          throw SqlError("42704", "required extension \"" + std::string(other) + "\" is not installed")
              .with_hint("Use CREATE EXTENSION ... CASCADE to install required extensions too.");
        ddl_.notice("00000", "installing required extension \"" + std::string(other) + "\"");
        Installation(ddl_, *extensions::find(other)).run({{}, wanted.schema, true});
        found = find_extension(ddl_, other);
      }
      required.push_back(found);
    }
    return required;
  }

  Oid insert_row(Oid schema) {
    const ObjectAddress self{pg_extension::kOid, ddl_.writer().allocate_oid(), 0};
    RowBuilder row = ddl_.writer().row(pg_extension::kOid);
    row.set(pg_extension::oid, self.oid);
    row.set(pg_extension::extname, name());
    row.set(pg_extension::extowner, ddl_.catalog().user());
    row.set(pg_extension::extnamespace, schema);
    row.set(pg_extension::extrelocatable, e_.relocatable);
    row.set(pg_extension::extversion, std::string(e_.version));
    ddl_.writer().insert(row);
    ddl_.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
    ddl_.set_comment(self, std::string(e_.comment));
    ddl_.transaction().next_command();
    return self.oid;
  }

  Ddl& ddl_;
  const extensions::Extension& e_;
};

std::vector<ObjectAddress> members_of(Ddl& ddl, Oid extension) {
  std::vector<ObjectAddress> members;
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                     {key_oid(pg_extension::kOid), key_oid(extension)});
  while (rows.next())
    if (rows.row().letter(pg_depend::deptype) == static_cast<char>(kMember))
      members.push_back({rows.row().oid(pg_depend::classid), rows.row().oid(pg_depend::objid), 0});
  return members;
}

}  // namespace

Oid extension_of(Ddl& ddl, const ObjectAddress& object) {
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                     {key_oid(object.catalog), key_oid(object.oid), types::Datum::of(std::int32_t{0})});
  while (rows.next())
    if (rows.row().letter(pg_depend::deptype) == static_cast<char>(kMember))
      return rows.row().oid(pg_depend::refobjid);
  return 0;
}

Oid find_extension(Ddl& ddl, std::string_view name) {
  // Few: read them all.
  RowReader rows = ddl.writer().read(pg_extension::kOid, 0, catalog::Key{});
  while (rows.next())
    if (rows.row().text(pg_extension::extname) == name) return rows.row().oid(pg_extension::oid);
  return 0;
}

void create_extension(Ddl& ddl, const query::CreateExtension& statement) {
  require_valid_name(statement.name);
  if (find_extension(ddl, statement.name) != 0) {
    if (!statement.if_not_exists) throw SqlError("42710", "extension \"" + statement.name + "\" already exists");
    ddl.notice("42710", "extension \"" + statement.name + "\" already exists, skipping");
    return;
  }
  const extensions::Extension* known = extensions::find(statement.name);
  if (known == nullptr)
    throw SqlError("0A000", "extension \"" + statement.name + "\" is not available")
        .with_detail("Could not open extension control file \"" + statement.name + ".control\": No such file or directory.")
        .with_hint("pg_available_extensions lists those that there are.");
  Installation(ddl, *known).run(read_options(statement));
}

void move_extension(Ddl& ddl, Oid extension, Oid schema) {
  RowReader rows = ddl.writer().read(pg_extension::kOid, 0, {key_oid(extension)});
  if (!rows.next()) return;
  const std::string name = rows.row().string(pg_extension::extname);
  const Oid old = rows.row().oid(pg_extension::extnamespace);
  const std::vector<ObjectAddress> members = members_of(ddl, extension);
  if (std::ranges::find(members, ObjectAddress{pg_namespace::kOid, schema, 0}) != members.end())
    throw SqlError("55000", "cannot move extension \"" + name + "\" into schema \"" + ddl.catalog().schema_name(schema) +
                                "\" because the extension contains the schema");
  if (!rows.row().flag(pg_extension::extrelocatable))
    throw SqlError("0A000", "extension \"" + name + "\" does not support SET SCHEMA");
  if (old == schema) return;
  for (const ObjectAddress& member : members) {
    const Oid from = schema_of(ddl, member);
    if (from == 0) continue;  // casts
    if (from != old && from != schema)
      throw SqlError("0A000", "extension \"" + name + "\" does not support SET SCHEMA")
          .with_detail(describe(ddl, member) + " is not in the extension's schema \"" + ddl.catalog().schema_name(old) + "\"");
    move_to_schema(ddl, member, schema);
    ddl.transaction().next_command();
  }
  RowBuilder row = ddl.writer().row(pg_extension::kOid);
  row.set(pg_extension::extnamespace, schema);
  ddl.writer().update_one(0, {key_oid(extension)}, row);
  const ObjectAddress self{pg_extension::kOid, extension, 0};
  ddl.remove_dependencies(self, pg_namespace::kOid);
  ddl.depend(self, {pg_namespace::kOid, schema, 0}, Dependency::normal);
}

}  // namespace commands
