#include "ddl.h"
#include "catalog/acl.h"
#include "rights.h"

#include <algorithm>

namespace commands {

void Host::run_statement(std::string_view) {
  throw SqlError::not_supported("running a command within a command");
}

std::string Host::check_setting(const std::string& name, const std::string& value, SettingOf) {
  return name + "=" + value;
}

void Ddl::notice(std::string_view sqlstate, std::string message) const {
  host_.notice({"NOTICE", std::string(sqlstate), std::move(message), {}, {}});
}
void Ddl::warning(std::string_view sqlstate, std::string message) const {
  host_.notice({"WARNING", std::string(sqlstate), std::move(message), {}, {}});
}

RelationPtr Ddl::open(const query::RelationName& name, RelationLock lock) const {
  return catalog().open_relation(name.schema, name.name, lock);
}

RelationPtr Ddl::open_if_exists(const query::RelationName& name, RelationLock lock) const {
  return catalog().open_relation(name.schema, name.name, lock, true);
}

RelationPtr Ddl::reload(Oid relation) const { return catalog().relation(relation); }

RelationPtr Ddl::open_table(const query::RelationName& name, RelationLock lock) const {
  RelationPtr table = open(name, lock);
  if (table->kind != RelationKind::table && table->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "\"" + table->name + "\" is not a table");
  return table;
}

Oid Ddl::role(const query::RoleName& name) const {
  switch (name.kind) {
    case query::RoleKind::named: break;
    case query::RoleKind::public_: throw SqlError("42704", "role \"public\" does not exist");
    default: return catalog().user();
  }
  if (Oid oid = catalog().find_role(name.name)) return oid;
  throw SqlError("42704", "role \"" + name.name + "\" does not exist");
}

void Ddl::require_unused(const RelationDescriptor& relation, std::string_view command) const {
  const Host::TableUse use = host_.use_of_table(relation.oid);
  if (use == Host::TableUse::none) return;
  throw SqlError("55006", "cannot " + std::string(command) + " \"" + relation.name + "\" because it " +
                              (use == Host::TableUse::active_query ? "is being used by active queries in this session"
                                                                   : "has pending trigger events"));
}

void Ddl::require_owner(const RelationDescriptor& relation) const {
  if (relation.system && !catalog().is_superuser(catalog().user()))
    throw SqlError("42501", "permission denied: \"" + relation.name + "\" is a system catalog");
  if (relation.system)
    throw SqlError("42501", "permission denied: \"" + relation.name + "\" is a system catalog");
  if (!owns(relation.owner))
    throw SqlError("42501", "must be owner of " + std::string(kind_name(relation.kind)) + " " +
                                relation.name);
}

namespace {

std::string describe_database(Ddl& ddl, Oid database) {
  RowReader rows = ddl.writer().read(pg_database::kOid, 0, {key_oid(database)});
  return rows.next() ? rows.row().string(pg_database::datname) : std::string();
}

}  // namespace

Oid Ddl::target_schema(const std::string& schema, query::Persistence persistence, int location) {
  if (persistence == query::Persistence::temporary) {
    if (!schema.empty() && schema != "pg_temp" &&
        catalog().find_schema(schema) != catalog().temporary_schema())
      throw SqlError("42P16", "cannot create temporary relation in non-temporary schema")
          .at(location);
    return temporary_schema();
  }
  if (schema == "pg_temp" || (schema.empty() && catalog().creates_in_temporary_schema())) {
    if (persistence == query::Persistence::unlogged)
      throw SqlError("42P16", "only temporary relations may be created in temporary schemas")
          .at(location);
    return temporary_schema();
  }
  if (!schema.empty() && catalog().find_schema(schema) == 0)
    throw SqlError("3F000", "schema \"" + schema + "\" does not exist").at(location);
  Oid target = schema.empty() ? catalog().creation_schema() : catalog().schema_oid(schema);
  if (target == catalog::kPgCatalogSchema || schema.starts_with("pg_toast"))
    throw SqlError("42501", "permission denied to create in schema \"" +
                                catalog().schema_name(target) + "\"")
        .with_detail("System catalog modifications are currently disallowed.");
  require_create_in(*this, target);
  return target;
}

Oid Ddl::temporary_schema() {
  if (Oid schema = catalog().temporary_schema()) return schema;
  if (const Oid database = catalog().database_oid(); database != 0) {
    const auto held = catalog::held_on(catalog(), catalog().user(), pg_database::kOid, database);
    if (held && (held->privileges & types::privilege::temporary) == 0)
      throw SqlError("42501", "permission denied to create temporary tables in database \"" +
                                  describe_database(*this, database) + "\"");
  }
  // One of that name is what a crash left behind and somebody is removing.
  constexpr std::int64_t kStride = std::int64_t{1} << 32;
  std::int64_t number = host_.temporary_schema_number();
  std::string name;
  do {
    name = std::string(kTemporarySchemaPrefix) + std::to_string(number);
    number += kStride;
  } while (catalog().find_schema(name) != 0);
  Oid schema = writer_.allocate_oid();
  RowBuilder row = writer_.row(pg_namespace::kOid);
  row.set(pg_namespace::oid, schema);
  row.set(pg_namespace::nspname, name);
  row.set(pg_namespace::nspowner, catalog::kBootstrapRole);
  writer_.insert(row);
  catalog().set_temporary_schema(schema);
  return schema;
}

void Ddl::require_free_relation_name(Oid schema, const std::string& name) const {
  if (catalog().find_relation(catalog().schema_name(schema), name) != 0)
    throw SqlError("42P07", "relation \"" + name + "\" already exists");
}

void Ddl::set_comment(const ObjectAddress& object, const std::optional<std::string>& text) {
  writer_.remove_all(pg_description::kOid, 0,
                     {key_oid(object.oid), key_oid(object.catalog),
                      types::Datum::of(std::int32_t{object.sub})});
  if (!text || text->empty()) return;
  RowBuilder row = writer_.row(pg_description::kOid);
  row.set(pg_description::objoid, object.oid);
  row.set(pg_description::classoid, object.catalog);
  row.set(pg_description::objsubid, object.sub);
  row.set(pg_description::description, *text);
  writer_.insert(row);
}

}  // namespace commands
