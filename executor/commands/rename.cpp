#include "rename.h"

#include <functional>
#include "database.h"
#include "extension.h"
#include "large_object.h"
#include "named_object.h"
#include "catalog/acl.h"
#include "operator_lookup.h"
#include "rights.h"
#include "routine_lookup.h"
#include "role.h"
#include "scram_verifier.h"
#include "typed_table.h"
#include "unqualified_object.h"
#include "written_name.h"

#include <algorithm>

#include "alter_recursion.h"
#include "alter_table.h"
#include "relation_rows.h"
#include "table_parts.h"
#include "type_row.h"

namespace commands {
namespace {

namespace pg_extension = catalog::pg_extension;
namespace pg_language = catalog::pg_language;

bool is_relation_kind(query::ObjectKind kind) {
  using K = query::ObjectKind;
  return kind == K::table || kind == K::view || kind == K::materialized_view || kind == K::index ||
         kind == K::sequence || kind == K::foreign_table;
}

// What ALTER names must be what it says; a view may be renamed as a table, and anything as an index.
enum class KindRule : bool { of_rename, of_set_schema };
void require_kind_of_alter(Ddl& ddl, query::ObjectKind kind, const ObjectAddress& object, KindRule rule) {
  using K = query::ObjectKind;
  if (object.catalog == pg_type::kOid && rule == KindRule::of_set_schema) {
    const catalog::TypeInfo& type = *ddl.catalog().type(object.oid);
    if (kind == K::domain && type.kind != 'd')
      throw SqlError("42809", ddl.catalog().format_type(type.oid) + " is not a domain");
    require_no_array_type(ddl, type);
  }
  if (object.catalog != pg_class::kOid) return;
  const RelationPtr relation = ddl.reload(object.oid);
  const auto require = [&](RelationKind wanted, const char* what) {
    if (relation->kind != wanted) throw SqlError("42809", "\"" + relation->name + "\" is not " + what);
  };
  switch (kind) {
    case K::view: require(RelationKind::view, "a view"); break;
    case K::materialized_view: require(RelationKind::materialized_view, "a materialized view"); break;
    case K::sequence: require(RelationKind::sequence, "a sequence"); break;
    case K::foreign_table: require(RelationKind::foreign_table, "a foreign table"); break;
    default: break;
  }
  if (relation->kind == RelationKind::composite)
    throw SqlError("42809", "\"" + relation->name + "\" is a composite type").with_hint("Use ALTER TYPE instead.");
  if (rule != KindRule::of_set_schema) return;
  if (relation->kind == RelationKind::index || relation->kind == RelationKind::partitioned_index)
    throw SqlError("42809", "cannot change schema of index \"" + relation->name + "\"")
        .with_hint("Change the schema of the table instead.");
}

void rename_type(Ddl& ddl, Oid type, const std::string& name) {
  RowBuilder row = ddl.writer().row(pg_type::kOid);
  row.set(pg_type::typname, name);
  ddl.writer().update_one(0, {key_oid(type)}, row);
}

// A row type's array is renamed along with it.
void rename_with_array(Ddl& ddl, Oid type, const std::string& name) {
  const catalog::TypeInfo* info = ddl.catalog().type(type);
  if (info == nullptr) return;
  Oid array = info->array, schema = info->schema;
  const MadeWay made_way = free_type_name(ddl, name, schema);
  rename_type(ddl, type, name);
  if (array != 0 && array != made_way.array) rename_type(ddl, array, free_array_name(ddl, name, schema, made_way.name));
}

void rename_relation(Ddl& ddl, const RelationDescriptor& relation, const std::string& name) {
  ddl.require_free_relation_name(relation.schema, name);
  update_class(ddl, relation.oid, [&](RowBuilder& row) { row.set(pg_class::relname, name); });
  if (relation.row_type != 0) rename_with_array(ddl, relation.row_type, name);
  // An index that implements a constraint shares its name.
  if (relation.kind == RelationKind::index && !relation.indexes.empty() &&
      relation.indexes[0].constraint != 0) {
    RowBuilder row = ddl.writer().row(pg_constraint::kOid);
    row.set(pg_constraint::conname, name);
    ddl.writer().update_one(0, {key_oid(relation.indexes[0].constraint)}, row);
  }
}

}  // namespace

Oid constraint_of(Ddl& ddl, Oid table, Oid domain, const std::string& name) {
  RowReader rows = ddl.writer().read(pg_constraint::kOid,
                                     catalog::index::pg_constraint_conrelid_contypid_conname_index,
                                     {key_oid(table), key_oid(domain), key_text(name)});
  return rows.next() ? rows.row().oid(pg_constraint::oid) : 0;
}

void rename_column(Ddl& ddl, const RelationDescriptor& relation, const std::string& column,
                   const std::string& name) {
  int place = relation.column_index(column);
  if (place < 0 && is_system_column(column) && relation.kind != RelationKind::view)
    throw SqlError("0A000", "cannot rename system column \"" + column + "\"");
  if (place < 0) throw SqlError("42703", "column \"" + column + "\" does not exist");
  require_no_system_column(name);
  if (relation.column_index(name) >= 0)
    throw SqlError("42701", "column \"" + name + "\" of relation \"" + relation.name +
                                "\" already exists");
  RowBuilder row = ddl.writer().row(pg_attribute::kOid);
  row.set(pg_attribute::attname, name);
  ddl.writer().update_one(
      0, {key_oid(relation.oid), key_int2(static_cast<std::int16_t>(place + 1))}, row);
  // Plain columns of indexes carry the column's name.
  for (const catalog::IndexDescriptor& index : relation.indexes)
    for (std::size_t i = 0; i < index.keys.size(); ++i)
      if (index.keys[i].column == place) {
        RowBuilder key = ddl.writer().row(pg_attribute::kOid);
        key.set(pg_attribute::attname, name);
        ddl.writer().update_one(
            0, {key_oid(index.oid), key_int2(static_cast<std::int16_t>(i + 1))}, key);
      }
}

std::optional<ObjectAddress> find_object(Ddl& ddl, query::ObjectKind kind,
                                         const query::ObjectReference& object, bool missing_ok,
                                         RelationLock lock) {
  using K = query::ObjectKind;
  auto missing = [&](const char* sqlstate, std::string message) -> std::optional<ObjectAddress> {
    if (!missing_ok) throw SqlError(sqlstate, message);
    ddl.notice("00000", message + ", skipping");
    return std::nullopt;
  };
  if (kind == K::column && object.name.empty()) throw SqlError("42601", "column name must be qualified");
  if (is_relation_kind(kind) || kind == K::column || kind == K::table_constraint ||
      kind == K::trigger || kind == K::rule || kind == K::policy) {
    query::RelationName name{object.schema, object.name, 0, true, object.location};
    RelationPtr relation = missing_ok ? ddl.open_if_exists(name, lock) : ddl.open(name, lock);
    if (relation == nullptr)
      return missing("42P01", "relation \"" + object.name + "\" does not exist");
    if (kind == K::column) {
      int column = relation->column_index(object.part);
      if (column < 0)
        throw SqlError("42703", "column \"" + object.part + "\" of relation \"" + written_name(object) +
                                    "\" does not exist");
      return relation_address(relation->oid, column + 1);
    }
    if (kind == K::table_constraint) {
      Oid oid = constraint_of(ddl, relation->oid, 0, object.part);
      if (oid == 0)
        throw SqlError("42704", "constraint \"" + object.part + "\" for table \"" + relation->name +
                                    "\" does not exist");
      return ObjectAddress{pg_constraint::kOid, oid, 0};
    }
    if (kind == K::trigger) {
      for (const catalog::TriggerInfo& t : relation->triggers)
        if (t.name == object.part) return ObjectAddress{pg_trigger::kOid, t.oid, 0};
      throw SqlError("42704", "trigger \"" + object.part + "\" for table \"" + relation->name +
                                  "\" does not exist");
    }
    if (kind == K::policy) {
      for (const catalog::Policy& p : relation->policies)
        if (p.name == object.part) return ObjectAddress{pg_policy::kOid, p.oid, 0};
      throw SqlError("42704", "policy \"" + object.part + "\" for table \"" + relation->name +
                                  "\" does not exist");
    }
    if (kind == K::rule) {
      RowReader rows = ddl.writer().read(pg_rewrite::kOid, catalog::index::pg_rewrite_rel_rulename_index,
                                         {key_oid(relation->oid), key_text(object.part)});
      if (!rows.next())
        throw SqlError("42704", "rule \"" + object.part + "\" for relation \"" + relation->name +
                                    "\" does not exist");
      return ObjectAddress{pg_rewrite::kOid, rows.row().oid(pg_rewrite::oid), 0};
    }
    return relation_address(relation->oid);
  }
  switch (kind) {
    case K::schema: {
      Oid schema = ddl.catalog().find_schema(object.name);
      if (schema == 0) return missing("3F000", "schema \"" + object.name + "\" does not exist");
      return ObjectAddress{pg_namespace::kOid, schema, 0};
    }
    case K::type:
    case K::domain: {
      const catalog::TypeInfo* type = object.type != 0
                                          ? ddl.catalog().type(object.type)
                                          : ddl.catalog().find_type(object.schema, object.name);
      if (type == nullptr)
        return missing("42704", "type \"" + (object.schema.empty() ? object.name : object.schema + "." + object.name) +
                                    "\" does not exist");
      return ObjectAddress{pg_type::kOid, type->oid, 0};
    }
    case K::domain_constraint: {
      const catalog::TypeInfo* domain = object.type != 0 ? ddl.catalog().type(object.type)
                                                         : ddl.catalog().find_type(object.schema, object.name);
      if (domain == nullptr) throw SqlError("42704", "type \"" + object.name + "\" does not exist");
      if (domain->kind != 'd')
        throw SqlError("42809", "\"" + ddl.catalog().format_type(domain->oid) + "\" is not a domain");
      Oid oid = constraint_of(ddl, 0, domain->oid, object.part);
      if (oid == 0)
        throw SqlError("42704", "constraint \"" + object.part + "\" for domain " +
                                    ddl.catalog().format_type(domain->oid) + " does not exist");
      return ObjectAddress{pg_constraint::kOid, oid, 0};
    }
    case K::function:
    case K::procedure:
    case K::routine:
    case K::aggregate:
      return ObjectAddress{pg_proc::kOid, find_routine(ddl, kind, object, false)->oid, 0};
    case K::operator_:
      return ObjectAddress{catalog::pg_operator::kOid, find_operator(ddl, object, false)->oid, 0};
    case K::cast: {
      const Oid cast = find_cast(ddl, object.arguments[0], object.arguments[1], false);
      return ObjectAddress{catalog::pg_cast::kOid, cast, 0};
    }
    case K::role: {
      Oid role = ddl.catalog().find_role(object.name);
      if (role == 0) return missing("42704", "role \"" + object.name + "\" does not exist");
      return ObjectAddress{pg_authid::kOid, role, 0};
    }
    case K::database: {
      RowReader rows = ddl.writer().read(
          pg_database::kOid, catalog::index::pg_database_datname_index, {key_text(object.name)});
      if (!rows.next()) return missing("3D000", "database \"" + object.name + "\" does not exist");
      return ObjectAddress{pg_database::kOid, rows.row().oid(pg_database::oid), 0};
    }
    case K::language:
    case K::extension: {
      // Few: read them all.
      const bool is_language = kind == K::language;
      const int name = is_language ? int{pg_language::lanname} : int{pg_extension::extname};
      const Oid table = is_language ? pg_language::kOid : pg_extension::kOid;
      RowReader rows = ddl.writer().read(table, 0, catalog::Key{});
      while (rows.next())
        if (rows.row().text(name) == object.name)
          return ObjectAddress{table, rows.row().oid(0), 0};
      return missing("42704", std::string(query::object_kind_name(kind)) + " \"" + object.name +
                                  "\" does not exist");
    }
    case K::large_object: return find_large_object(ddl, object);
    case K::access_method: {
      constexpr Oid kAccessMethods = 2601;  // pg_am
      RowReader rows = ddl.writer().read(kAccessMethods, 0, catalog::Key{});
      while (rows.next())
        if (rows.row().text(1) == object.name) return ObjectAddress{kAccessMethods, rows.row().oid(0), 0};
      return missing("42704", "access method \"" + object.name + "\" does not exist");
    }
    case K::tablespace: {
      RowReader rows = ddl.writer().read(catalog::pg_tablespace::kOid, 0, catalog::Key{});
      while (rows.next())
        if (rows.row().text(catalog::pg_tablespace::spcname) == object.name)
          return ObjectAddress{catalog::pg_tablespace::kOid, rows.row().oid(catalog::pg_tablespace::oid), 0};
      return missing("42704", "tablespace \"" + object.name + "\" does not exist");
    }
    case K::transform:
      throw SqlError("42704", "transform for type " +
                                  (object.type != 0 ? ddl.catalog().format_type(object.type) : written_name(object)) +
                                  " language \"" + object.part + "\" does not exist");
    default:
      if (const catalog::NamedCatalog* named = named_catalog_of(kind)) {
        if (const auto found = find_named(ddl, *named, object)) return found;
        if (!missing_ok) throw named_missing_error(*named, object);
        return missing("42704", named_missing(*named, object));
      }
      if (const catalog::UnqualifiedCatalog* objects = unqualified_catalog_of(kind)) {
        if (const auto found = find_unqualified(ddl, *objects, object.name)) return found;
        return missing("42704", unqualified_missing(*objects, object.name));
      }
      throw SqlError::not_supported(std::string("commands on objects of kind ") +
                                    query::object_kind_name(kind));
  }
}

namespace {

// Of the table that was named and, where it is partitioned, of its partitions' copies.
void rename_trigger(Ddl& ddl, const query::Rename& statement, Oid trigger, const std::string& name) {
  RelationPtr relation = ddl.open({statement.object.schema, statement.object.name, 0, true, -1},
                                  RelationLock::access_exclusive);
  ddl.require_owner(*relation);
  auto parent_of = [&](Oid oid) {
    RowReader rows = ddl.writer().read(pg_trigger::kOid, 0, {key_oid(oid)});
    return rows.next() ? rows.row().oid(pg_trigger::tgparentid) : Oid{0};
  };
  if (const Oid parent = parent_of(trigger); parent != 0) {
    std::string above;
    for (const Oid oid : relation->parents)
      if (RelationPtr table = ddl.reload(oid)) above = table->name;
    throw SqlError("XX000", "cannot rename trigger \"" + statement.object.part + "\" on table \"" + relation->name + "\"")
        .with_hint("Rename the trigger on the partitioned table \"" + above + "\" instead.");
  }
  std::function<void(Oid, Oid, bool)> change = [&](Oid table_oid, Oid oid, bool first) {
    RelationPtr table = ddl.reload(table_oid);
    std::vector<std::pair<Oid, Oid>> copies;
    for (const catalog::TriggerInfo& t : table->triggers) {
      if (t.oid == oid) {
        if (!first && t.name != statement.object.part)
          ddl.notice("00000", "renamed trigger \"" + t.name + "\" on relation \"" + table->name + "\"");
      } else if (t.name == name) {
        throw SqlError("42710", "trigger \"" + name + "\" for relation \"" + table->name + "\" already exists");
      }
    }
    RowBuilder row = ddl.writer().row(pg_trigger::kOid);
    row.set(pg_trigger::tgname, name);
    ddl.writer().update_one(0, {key_oid(oid)}, row);
    for (const Oid child : table->children)
      if (RelationPtr partition = ddl.reload(child); partition != nullptr && partition->partition_bound)
        for (const catalog::TriggerInfo& t : partition->triggers)
          if (parent_of(t.oid) == oid) change(child, t.oid, false);
  };
  change(relation->oid, trigger, true);
}

}  // namespace

void rename(Ddl& ddl, const query::Rename& statement) {
  using K = query::ObjectKind;
  const std::string& name = statement.new_name;
  if (statement.kind == K::policy || statement.kind == K::trigger || statement.kind == K::rule) {
    const RelationPtr table = ddl.open({statement.object.schema, statement.object.name, 0, true, statement.object.location},
                                       RelationLock::access_exclusive);
    ddl.require_owner(*table);
    // A policy's new name is looked at before the old one.
    if (statement.kind == K::policy)
      for (const catalog::Policy& p : table->policies)
        if (p.name == name) throw SqlError("42710", "policy \"" + name + "\" for table \"" + table->name + "\" already exists");
  }
  if (statement.kind == K::type_attribute) {
    const catalog::TypeInfo* type =
        ddl.catalog().find_type(statement.object.schema, statement.object.name);
    if (type == nullptr || type->relation == 0)
      throw SqlError("42P01", "relation \"" + written_name(statement.object) + "\" does not exist");
    require_ownership(ddl, K::type, statement.object, {pg_type::kOid, type->oid, 0});
    for (const Oid table : tables_of_type(ddl, type->relation, statement.cascade))
      rename_column_of_all(ddl, table, statement.object.part, name, Recurse::descend);
    rename_column(ddl, *ddl.reload(type->relation), statement.object.part, name);
    return;
  }
  K kind = statement.kind;
  auto found = kind == K::column ? find_object(ddl, K::table, statement.object, statement.missing_ok,
                                               RelationLock::access_exclusive)
                                 : find_object(ddl, kind, statement.object, statement.missing_ok,
                                               RelationLock::access_exclusive);
  if (!found) return;
  if (kind != K::column) require_kind_of_alter(ddl, kind, *found, KindRule::of_rename);
  require_ownership(ddl, kind, statement.object, *found);
  RowBuilder row = ddl.writer().row(found->catalog);
  switch (found->catalog) {
    case pg_class::kOid: {
      RelationPtr relation = ddl.reload(found->oid);
      ddl.require_owner(*relation);
      if (kind != K::column) require_create_in(ddl, relation->schema);
      if (kind == K::column) require_untyped(ddl, relation->oid, "cannot rename column of typed table");
      if (kind == K::column)
        rename_column_of_all(ddl, relation->oid, statement.object.part, name,
                             statement.include_children ? Recurse::descend : Recurse::only);
      else
        rename_relation(ddl, *relation, name);
      return;
    }
    case pg_constraint::kOid: {
      RowReader rows = ddl.writer().read(pg_constraint::kOid, 0, {key_oid(found->oid)});
      if (!rows.next()) return;
      Oid table = rows.row().oid(pg_constraint::conrelid);
      char type = rows.row().letter(pg_constraint::contype);
      if (constraint_of(ddl, table, rows.row().oid(pg_constraint::contypid), name) != 0)
        throw SqlError("42710", "constraint \"" + name + "\" for relation \"" +
                                    statement.object.name + "\" already exists");
      if (type == 'p' || type == 'u' || type == 'x') {
        rename_relation(ddl, *ddl.reload(rows.row().oid(pg_constraint::conindid)), name);
        return;
      }
      if (type == 'c' && table != 0) {
        rename_check_of_all(ddl, table, statement.object.part, name,
                            statement.include_children ? Recurse::descend : Recurse::only);
        return;
      }
      row.set(pg_constraint::conname, name);
      break;
    }
    case pg_database::kOid:
      require_may_rename_database(ddl, name);
      row.set(pg_database::datname, name);
      break;
    case pg_namespace::kOid:
      if (ddl.catalog().find_schema(name) != 0)
        throw SqlError("42P06", "schema \"" + name + "\" already exists");
      if (name.starts_with("pg_"))
        throw SqlError("42939", "unacceptable schema name \"" + name + "\"")
            .with_detail("The prefix \"pg_\" is reserved for system schemas.");
      row.set(pg_namespace::nspname, name);
      break;
    case pg_type::kOid: {
      const catalog::TypeInfo* type = ddl.catalog().type(found->oid);
      if (type->kind == 'c')
        rename_relation(ddl, *ddl.reload(type->relation), name);
      else
        rename_with_array(ddl, found->oid, name);
      return;
    }
    case pg_proc::kOid: {
      const catalog::FunctionInfo* f = ddl.catalog().function(found->oid);
      require_free_routine_name(ddl, f->schema, name, f->arguments);
      row.set(pg_proc::proname, name);
      break;
    }
    case pg_rewrite::kOid: {
      RelationPtr relation = ddl.open({statement.object.schema, statement.object.name, 0, true, -1},
                                      RelationLock::access_exclusive);
      ddl.require_owner(*relation);
      if (statement.object.part == "_RETURN") throw SqlError("42P17", "renaming an ON SELECT rule is not allowed");
      for (const catalog::RuleInfo& rule : relation->rules)
        if (rule.name == name)
          throw SqlError("42710", "rule \"" + name + "\" for relation \"" + relation->name + "\" already exists");
      if (name == "_RETURN" && relation->kind == RelationKind::view)
        throw SqlError("42710", "rule \"" + name + "\" for relation \"" + relation->name + "\" already exists");
      row.set(pg_rewrite::rulename, name);
      break;
    }
    case pg_trigger::kOid:
      rename_trigger(ddl, statement, found->oid, name);
      return;
    case pg_language::kOid: {
      RowReader rows = ddl.writer().read(pg_language::kOid, 0, catalog::Key{});
      while (rows.next())
        if (rows.row().text(pg_language::lanname) == name)
          throw SqlError("42710", "language \"" + name + "\" already exists");
      row.set(pg_language::lanname, name);
      break;
    }
    case pg_policy::kOid: row.set(pg_policy::polname, name); break;
    case pg_authid::kOid: {
      for (const std::string& reserved : {ddl.catalog().role_name(found->oid), name})
        if (reserved.starts_with("pg_"))
          throw SqlError("42939", "role name \"" + reserved + "\" is reserved")
              .with_detail("Role names starting with \"pg_\" are reserved.");
      require_may_rename_role(ddl, found->oid);
      if (ddl.catalog().find_role(name) != 0)
        throw SqlError("42710", "role \"" + name + "\" already exists");
      row.set(pg_authid::rolname, name);
      // It was made with the name.
      RowReader roles = ddl.writer().read(pg_authid::kOid, 0, {key_oid(found->oid)});
      if (roles.next() && !roles.row().is_null(pg_authid::rolpassword) &&
          password_form(roles.row().text(pg_authid::rolpassword)) == PasswordForm::md5) {
        row.set_null(pg_authid::rolpassword);
        ddl.notice("00000", "MD5 password cleared because of role rename");
      }
      break;
    }
    default:
      if (const catalog::NamedCatalog* named = named_catalog_of(found->catalog))
        return rename_named(ddl, *named, found->oid, name);
      if (const catalog::UnqualifiedCatalog* objects = catalog::unqualified_catalog(found->catalog))
        return rename_unqualified(ddl, *objects, found->oid, name);
      throw SqlError::not_supported("this RENAME");
  }
  ddl.writer().update_one(0, {key_oid(found->oid)}, row);
}

namespace {

void move_type(Ddl& ddl, Oid type, Oid schema) {
  const catalog::TypeInfo* info = ddl.catalog().type(type);
  Oid array = info->array;
  for (Oid oid : {type, array}) {
    if (oid == 0) continue;
    RowBuilder row = ddl.writer().row(pg_type::kOid);
    row.set(pg_type::typnamespace, schema);
    ddl.writer().update_one(0, {key_oid(oid)}, row);
  }
}

void move_dependency(Ddl& ddl, const ObjectAddress& object, Oid schema) {
  ddl.remove_dependencies(object, pg_namespace::kOid);
  ddl.depend(object, {pg_namespace::kOid, schema, 0}, Dependency::normal);
}

void move_relation(Ddl& ddl, const RelationDescriptor& relation, Oid schema) {
  if (ddl.catalog().find_relation(ddl.catalog().schema_name(schema), relation.name) != 0)
    throw SqlError("42P07", "relation \"" + relation.name + "\" already exists in schema \"" +
                                ddl.catalog().schema_name(schema) + "\"");
  update_class(ddl, relation.oid, [&](RowBuilder& row) { row.set(pg_class::relnamespace, schema); });
  if (relation.row_type != 0) move_type(ddl, relation.row_type, schema);
  move_dependency(ddl, relation_address(relation.oid), schema);
  if (relation.kind != RelationKind::index)
    for (const catalog::IndexDescriptor& index : relation.indexes)
      update_class(ddl, index.oid, [&](RowBuilder& row) { row.set(pg_class::relnamespace, schema); });
  RowReader constraints = ddl.writer().read(
      pg_constraint::kOid, catalog::index::pg_constraint_conrelid_contypid_conname_index,
      {key_oid(relation.oid)});
  while (constraints.next()) {
    RowBuilder row = ddl.writer().row(pg_constraint::kOid);
    row.set(pg_constraint::connamespace, schema);
    ddl.writer().update(constraints.row(), row);
  }
  // Sequences of its columns go along.
  RowReader dependents = ddl.writer().read(
      pg_depend::kOid, catalog::index::pg_depend_reference_index,
      {key_oid(pg_class::kOid), key_oid(relation.oid)});
  while (dependents.next()) {
    if (dependents.row().oid(pg_depend::classid) != pg_class::kOid) continue;
    RelationPtr other = ddl.reload(dependents.row().oid(pg_depend::objid));
    if (other != nullptr && other->kind == RelationKind::sequence && other->schema != schema)
      move_relation(ddl, *other, schema);
  }
}

// The sequence of a column goes with its table.
void require_no_table(Ddl& ddl, const RelationDescriptor& sequence) {
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                     {key_oid(pg_class::kOid), key_oid(sequence.oid)});
  while (rows.next()) {
    const char kind = rows.row().letter(pg_depend::deptype);
    if (rows.row().oid(pg_depend::refclassid) != pg_class::kOid || (kind != 'a' && kind != 'i')) continue;
    const RelationPtr table = ddl.reload(rows.row().oid(pg_depend::refobjid));
    throw SqlError("0A000", "cannot move an owned sequence into another schema")
        .with_detail("Sequence \"" + sequence.name + "\" is linked to table \"" + (table ? table->name : "") + "\".");
  }
}

}  // namespace

void set_schema(Ddl& ddl, const query::SetSchema& statement) {
  auto found = find_object(ddl, statement.kind, statement.object, statement.missing_ok,
                           RelationLock::access_exclusive);
  if (!found) return;
  require_kind_of_alter(ddl, statement.kind, *found, KindRule::of_set_schema);
  Oid schema = ddl.catalog().schema_oid(statement.new_schema);
  // Relations are checked themselves first, everything else after the schema.
  if (found->catalog != pg_class::kOid) require_create_in(ddl, schema);
  require_ownership(ddl, statement.kind, statement.object, *found);
  if (found->catalog == pg_class::kOid) require_create_in(ddl, schema);
  if (found->catalog == pg_extension::kOid) return move_extension(ddl, found->oid, schema);
  if (found->catalog == pg_class::kOid) {
    const RelationPtr relation = ddl.reload(found->oid);
    ddl.require_owner(*relation);
    if (relation->kind == RelationKind::sequence) require_no_table(ddl, *relation);
  }
  move_to_schema(ddl, *found, schema);
}

void move_to_schema(Ddl& ddl, const ObjectAddress& object, Oid schema) {
  switch (object.catalog) {
    case pg_class::kOid: {
      RelationPtr relation = ddl.reload(object.oid);
      if (schema == ddl.catalog().temporary_schema() || relation->persistence == 't')
        throw SqlError("0A000", "cannot move objects into or out of temporary schemas");
      if (relation->schema != schema) move_relation(ddl, *relation, schema);
      return;
    }
    case pg_type::kOid: {
      const catalog::TypeInfo& moved = *ddl.catalog().type(object.oid);
      const std::string name(moved.name);
      if (moved.schema != schema && ddl.catalog().find_type(ddl.catalog().schema_name(schema), name) != nullptr)
        throw SqlError("42710", "type \"" + name + "\" already exists in schema \"" +
                                    ddl.catalog().schema_name(schema) + "\"");
      move_type(ddl, object.oid, schema);
      const catalog::TypeInfo* type = ddl.catalog().type(object.oid);
      if (type->kind != 'c') return move_dependency(ddl, object, schema);
      // Of a composite type the relation is what lies in the schema.
      ddl.remove_dependencies(object, pg_namespace::kOid);
      update_class(ddl, type->relation, [&](RowBuilder& row) { row.set(pg_class::relnamespace, schema); });
      move_dependency(ddl, relation_address(type->relation), schema);
      return;
    }
    case pg_proc::kOid: {
      const catalog::FunctionInfo* f = ddl.catalog().function(object.oid);
      if (f->schema == schema) return;
      require_free_routine_name(ddl, schema, f->name, f->arguments);
      RowBuilder row = ddl.writer().row(pg_proc::kOid);
      row.set(pg_proc::pronamespace, schema);
      ddl.writer().update_one(0, {key_oid(object.oid)}, row);
      move_dependency(ddl, object, schema);
      return;
    }
    case catalog::pg_operator::kOid: {
      const catalog::OperatorInfo* op = ddl.catalog().operator_(object.oid);
      if (op->schema == schema) return;
      if (find_operator(ddl, schema, op->name, op->left, op->right) != nullptr)
        throw SqlError("42710", "operator " + operator_signature(ddl, *op) + " already exists in schema \"" +
                                    ddl.catalog().schema_name(schema) + "\"");
      RowBuilder row = ddl.writer().row(object.catalog);
      row.set(catalog::pg_operator::oprnamespace, schema);
      ddl.writer().update_one(0, {key_oid(object.oid)}, row);
      move_dependency(ddl, object, schema);
      return;
    }
    default:
      if (const catalog::NamedCatalog* named = named_catalog_of(object.catalog))
        return move_named(ddl, *named, object, schema);
      throw SqlError::not_supported("this SET SCHEMA");
  }
}

namespace {

// COMMENT ON takes an object by what it is; `"x" is not a view`.
void require_kind_of_comment(Ddl& ddl, query::ObjectKind kind, const query::ObjectReference& written, const ObjectAddress& object) {
  using K = query::ObjectKind;
  if (object.catalog == pg_type::kOid && kind == K::domain) {
    const catalog::TypeInfo* type = ddl.catalog().type(object.oid);
    if (type != nullptr && type->kind != 'd') throw SqlError("42809", "\"" + written_name(written) + "\" is not a domain");
  }
  if (object.catalog != pg_class::kOid) return;
  const RelationPtr relation = ddl.reload(object.oid);
  if (relation == nullptr) return;
  const RelationKind is = relation->kind;
  const auto require = [&](bool fits, const char* what) {
    if (!fits) throw SqlError("42809", "\"" + relation->name + "\" is not " + what);
  };
  switch (kind) {
    case K::table: require(is == RelationKind::table || is == RelationKind::partitioned_table, "a table"); break;
    case K::view: require(is == RelationKind::view, "a view"); break;
    case K::materialized_view: require(is == RelationKind::materialized_view, "a materialized view"); break;
    case K::sequence: require(is == RelationKind::sequence, "a sequence"); break;
    case K::index: require(is == RelationKind::index || is == RelationKind::partitioned_index, "an index"); break;
    case K::foreign_table: require(is == RelationKind::foreign_table, "a foreign table"); break;
    default:
      if (object.sub != 0 && (is == RelationKind::sequence || is == RelationKind::index || is == RelationKind::partitioned_index))
        throw SqlError("42809", "cannot set comment on relation \"" + relation->name + "\"")
            .with_detail("This operation is not supported for " + std::string(kind_name(is)) +
                         (is == RelationKind::sequence ? "s." : "es."));
  }
}

}  // namespace

void comment(Ddl& ddl, const query::Comment& statement) {
  if (statement.kind == query::ObjectKind::database &&
      !ddl.writer().read(pg_database::kOid, catalog::index::pg_database_datname_index, {key_text(statement.object.name)}).next()) {
    // A dump may be restored under another name.
    ddl.warning("3D000", "database \"" + statement.object.name + "\" does not exist");
    return;
  }
  auto found = find_object(ddl, statement.kind, statement.object, false,
                           RelationLock::share_update_exclusive);
  if (found->catalog == pg_authid::kOid) require_may_comment_on_role(ddl, found->oid);
  require_kind_of_comment(ddl, statement.kind, statement.object, *found);
  require_ownership(ddl, statement.kind, statement.object, *found, Naming::as_written);
  if (found->catalog != pg_authid::kOid && found->catalog != pg_database::kOid &&
      found->catalog != catalog::pg_tablespace::kOid) {
    ddl.set_comment(*found, statement.text);
    return;
  }
  ddl.writer().remove_all(catalog::pg_shdescription::kOid, 0,
                          {key_oid(found->oid), key_oid(found->catalog)});
  if (!statement.text || statement.text->empty()) return;
  RowBuilder row = ddl.writer().row(catalog::pg_shdescription::kOid);
  row.set(catalog::pg_shdescription::objoid, found->oid);
  row.set(catalog::pg_shdescription::classoid, found->catalog);
  row.set(catalog::pg_shdescription::description, *statement.text);
  ddl.writer().insert(row);
}

}  // namespace commands
