#include "type_commands.h"
#include "type_usage.h"
#include "catalog/acl.h"
#include "default_privileges.h"
#include "rights.h"

#include "catalog/catalog_functions.h"

#include <algorithm>

#include "query/serialize.h"
#include "relation_rows.h"
#include "table_parts.h"
#include "type_row.h"

namespace commands {

void require_free_type_name(Ddl& ddl, Oid schema, const std::string& name) {
  (void)free_type_name(ddl, name, schema);
}

Oid take_shell(Ddl& ddl, Oid schema, const std::string& name) {
  const catalog::TypeInfo* found = ddl.catalog().find_type(ddl.catalog().schema_name(schema), name);
  if (found != nullptr && !found->defined) return found->oid;
  require_free_type_name(ddl, schema, name);
  return 0;
}

RowBuilder type_row(Ddl& ddl, Oid oid, const std::string& name, Oid schema, char kind) {
  RowBuilder row = ddl.writer().row(pg_type::kOid);
  for (int column : {pg_type::typrelid, pg_type::typsubscript, pg_type::typelem, pg_type::typarray,
                     pg_type::typmodin, pg_type::typmodout, pg_type::typanalyze,
                     pg_type::typbasetype, pg_type::typcollation})
    row.set(column, Oid{0});
  row.set(pg_type::oid, oid);
  row.set(pg_type::typname, name);
  row.set(pg_type::typnamespace, schema);
  row.set(pg_type::typowner, ddl.catalog().user());
  row.set(pg_type::typtype, kind);
  row.set(pg_type::typispreferred, false);
  row.set(pg_type::typisdefined, true);
  row.set(pg_type::typdelim, ',');
  row.set(pg_type::typnotnull, false);
  row.set(pg_type::typtypmod, -1);
  row.set(pg_type::typndims, 0);
  set_default_privileges(ddl, row, pg_type::typacl, types::AclKind::type, ddl.catalog().user(), schema);
  return row;
}

namespace {

constexpr Oid kEnumIn = 3506, kEnumOut = 3507, kEnumReceive = 3532, kEnumSend = 3533;
constexpr Oid kShellIn = 2398, kShellOut = 2399;

Oid insert_label(Ddl& ddl, Oid type, const std::string& label, float order) {
  if (label.size() > 63)
    throw SqlError("42602", "invalid enum label \"" + label + "\"")
        .with_detail("Labels must be 63 bytes or less.");
  RowBuilder row = ddl.writer().row(pg_enum::kOid);
  const Oid oid = ddl.writer().allocate_oid();
  row.set(pg_enum::oid, oid);
  row.set(pg_enum::enumtypid, type);
  row.set(pg_enum::enumsortorder, order);
  row.set(pg_enum::enumlabel, label);
  ddl.writer().insert(row);
  return oid;
}

}  // namespace

void create_enum(Ddl& ddl, const query::CreateEnum& statement) {
  Oid schema = ddl.target_schema(statement.name.schema);
  require_free_type_name(ddl, schema, statement.name.name);
  Oid array = ddl.writer().allocate_oid(), type = ddl.writer().allocate_oid();
  RowBuilder row = type_row(ddl, type, statement.name.name, schema, 'e');
  row.set(pg_type::typlen, 4);
  row.set(pg_type::typbyval, true);
  row.set(pg_type::typcategory, 'E');
  row.set(pg_type::typarray, array);
  row.set(pg_type::typinput, kEnumIn);
  row.set(pg_type::typoutput, kEnumOut);
  row.set(pg_type::typreceive, kEnumReceive);
  row.set(pg_type::typsend, kEnumSend);
  row.set(pg_type::typalign, 'i');
  row.set(pg_type::typstorage, 'p');
  ddl.writer().insert(row);
  ddl.depend({pg_type::kOid, type, 0}, {pg_namespace::kOid, schema, 0}, Dependency::normal);
  insert_array_type(ddl, type, array, statement.name.name, schema, 'i');
  float order = 0;
  for (std::size_t i = 0; i < statement.labels.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j)
      if (statement.labels[i] == statement.labels[j])
        throw SqlError("23505", "duplicate key value violates unique constraint "
                                "\"pg_enum_typid_label_index\"");
    insert_label(ddl, type, statement.labels[i], ++order);
  }
}

void alter_enum(Ddl& ddl, const query::AlterEnum& statement) {
  const catalog::TypeInfo* type =
      ddl.catalog().find_type(statement.name.schema, statement.name.name);
  if (type == nullptr)
    throw SqlError("42704", "type \"" + statement.name.name + "\" does not exist");
  if (type->kind != 'e')
    throw SqlError("42809", ddl.catalog().format_type(type->oid) + " is not an enum");
  if (!ddl.owns(type->owner))
    throw SqlError("42501", "must be owner of type " + statement.name.name);
  Oid oid = type->oid;
  std::vector<catalog::EnumLabel> labels = ddl.catalog().enum_labels(oid);
  auto find = [&](const std::string& label) {
    return std::find_if(labels.begin(), labels.end(), [&](auto& l) { return l.label == label; });
  };
  if (!statement.old_label.empty()) {
    auto old = find(statement.old_label);
    if (old == labels.end())
      throw SqlError("22023", "\"" + statement.old_label + "\" is not an existing enum label");
    if (find(statement.new_label) != labels.end())
      throw SqlError("42710", "enum label \"" + statement.new_label + "\" already exists");
    RowBuilder row = ddl.writer().row(pg_enum::kOid);
    row.set(pg_enum::enumlabel, statement.new_label);
    ddl.writer().update_one(0, {key_oid(old->oid)}, row);
    return;
  }
  if (find(statement.new_label) != labels.end()) {
    if (!statement.if_not_exists)
      throw SqlError("42710", "enum label \"" + statement.new_label + "\" already exists");
    ddl.notice("42710", "enum label \"" + statement.new_label + "\" already exists, skipping");
    return;
  }
  float order = labels.empty() ? 1 : labels.back().order + 1;
  if (!statement.neighbour.empty()) {
    auto neighbour = find(statement.neighbour);
    if (neighbour == labels.end())
      throw SqlError("22023", "\"" + statement.neighbour + "\" is not an existing enum label");
    // Stored values hold their label's order: it is never changed to make room.
    auto require_room = [&](float below, float above) {
      if (order == below || order == above)
        throw SqlError::not_supported("another label between two that many were put between");
    };
    if (statement.after) {
      auto next = neighbour + 1;
      order = next == labels.end() ? neighbour->order + 1 : (neighbour->order + next->order) / 2;
      if (next != labels.end()) require_room(neighbour->order, next->order);
    } else {
      order = neighbour == labels.begin() ? neighbour->order - 1
                                          : ((neighbour - 1)->order + neighbour->order) / 2;
      if (neighbour != labels.begin()) require_room((neighbour - 1)->order, neighbour->order);
    }
  }
  ddl.host().label_added(insert_label(ddl, oid, statement.new_label, order));
}

void create_shell_type(Ddl& ddl, const query::CreateShellType& statement) {
  const Oid schema = ddl.target_schema(statement.name.schema);
  require_free_type_name(ddl, schema, statement.name.name);
  const Oid type = ddl.writer().allocate_oid();
  RowBuilder row = type_row(ddl, type, statement.name.name, schema, 'p');
  row.set(pg_type::typlen, 4);
  row.set(pg_type::typbyval, true);
  row.set(pg_type::typcategory, 'P');
  row.set(pg_type::typisdefined, false);
  row.set(pg_type::typinput, kShellIn);
  row.set(pg_type::typoutput, kShellOut);
  row.set(pg_type::typreceive, Oid{0});
  row.set(pg_type::typsend, Oid{0});
  row.set(pg_type::typalign, 'i');
  row.set(pg_type::typstorage, 'p');
  ddl.writer().insert(row);
  ddl.depend({pg_type::kOid, type, 0}, {pg_namespace::kOid, schema, 0}, Dependency::normal);
}

void create_composite(Ddl& ddl, const query::CreateComposite& statement) {
  Oid schema = ddl.target_schema(statement.name.schema);
  require_free_type_name(ddl, schema, statement.name.name);
  ddl.require_free_relation_name(schema, statement.name.name);
  NewRelation relation;
  relation.oid = ddl.writer().allocate_oid();
  relation.name = statement.name.name;
  relation.schema = schema;
  relation.kind = 'c';
  for (const query::ColumnDefinition& column : statement.columns) {
    require_type_usage(ddl, column.type.oid);
    require_column_type(ddl.catalog(), column.name, column.type.oid);
    NewColumn c;
    c.name = column.name;
    c.type = column.type;
    relation.columns.push_back(std::move(c));
  }
  insert_relation(ddl, relation, true);
}

void create_schema(Ddl& ddl, const query::CreateSchema& statement) {
  Oid owner = statement.authorization ? ddl.role(*statement.authorization) : ddl.catalog().user();
  std::string name = statement.name.empty() ? ddl.catalog().role_name(owner) : statement.name;
  if (const Oid database = ddl.catalog().database_oid(); database != 0 && !is_superuser(ddl)) {
    RowReader rows = ddl.writer().read(pg_database::kOid, 0, {key_oid(database)});
    const auto held = catalog::held_on(ddl.catalog(), ddl.catalog().user(), pg_database::kOid, database);
    if (held && rows.next() && (held->privileges & types::privilege::create) == 0)
      throw SqlError("42501", "permission denied for database " + rows.row().string(pg_database::datname));
    require_member_of(ddl, owner);
  }
  if (name.starts_with("pg_"))
    throw SqlError("42939", "unacceptable schema name \"" + name + "\"")
        .with_detail("The prefix \"pg_\" is reserved for system schemas.");
  if (ddl.catalog().find_schema(name) != 0) {
    if (!statement.if_not_exists)
      throw SqlError("42P06", "schema \"" + name + "\" already exists");
    ddl.notice("42P06", "schema \"" + name + "\" already exists, skipping");
    return;
  }
  RowBuilder row = ddl.writer().row(pg_namespace::kOid);
  row.set(pg_namespace::oid, ddl.writer().allocate_oid());
  row.set(pg_namespace::nspname, name);
  row.set(pg_namespace::nspowner, owner);
  set_default_privileges(ddl, row, pg_namespace::nspacl, types::AclKind::schema, owner, 0);
  ddl.writer().insert(row);
}

}  // namespace commands
