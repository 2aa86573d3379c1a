#include "column_users.h"

#include <algorithm>

#include "alter_recursion.h"
#include "catalog/catalog_functions.h"
#include "catalog/named_objects.h"
#include "drop.h"
#include "rename.h"

namespace commands {
namespace {

std::string comment_on(Ddl& ddl, const ObjectAddress& object) {
  RowReader rows = ddl.writer().read(pg_description::kOid, 0,
                                     {key_oid(object.oid), key_oid(object.catalog), types::Datum::of(std::int32_t{0})});
  return rows.next() ? std::string(rows.row().text(pg_description::description)) : std::string();
}

std::string qualified(catalog::SessionCatalog& catalog, const RelationDescriptor& relation) {
  return quote_identifier(catalog.schema_name(relation.schema)) + "." + quote_identifier(relation.name);
}

// An index on the column itself only takes the other type's operator class.
bool computes(const catalog::IndexDescriptor& index, int column) {
  for (const catalog::IndexKey& key : index.keys)
    if (key.expression && reads_column(*key.expression, column)) return true;
  return index.predicate && reads_column(*index.predicate, column);
}

// A partitioned index's definition speaks of the table alone: made again, it is made for the partitions, too.
std::string on_all_partitions(std::string definition, const std::string& name) {
  const std::string only = quote_identifier(name) + " ON ONLY ";
  if (const std::size_t at = definition.find(only); at != std::string::npos)
    definition.erase(at + only.size() - 5, 5);
  return definition;
}

}  // namespace

void ColumnUsers::require_free(Ddl& ddl, Oid table, int column) {
  RelationPtr relation = ddl.reload(table);
  const std::string& name = relation->columns[static_cast<std::size_t>(column)].name;
  for (const catalog::Column& other : relation->columns)
    if (other.generated && other.name != name && other.default_ && reads_column(*other.default_, column))
      throw SqlError("0A000", "cannot alter type of a column used by a generated column")
          .with_detail("Column \"" + name + "\" is used by generated column \"" + other.name + "\".");
  RowReader users = ddl.writer().read(
      pg_depend::kOid, catalog::index::pg_depend_reference_index,
      {key_oid(pg_class::kOid), key_oid(table), types::Datum::of(std::int32_t{column + 1})});
  while (users.next()) {
    const ObjectAddress user{users.row().oid(pg_depend::classid), users.row().oid(pg_depend::objid), 0};
    const char* place = user.catalog == pg_rewrite::kOid          ? "used by a view or rule"
                        : user.catalog == catalog::pg_policy::kOid  ? "used in a policy definition"
                        : user.catalog == catalog::pg_trigger::kOid ? "used in a trigger definition"
                                                                    : nullptr;
    if (place != nullptr)
      throw SqlError("0A000", std::string("cannot alter type of a column ") + place)
          .with_detail(describe(ddl, user) + " depends on column \"" + name + "\"");
  }
}

void ColumnUsers::take_down(Ddl& ddl, Oid table, int column) {
  std::vector<Oid> constraints, statistics;
  RowReader users = ddl.writer().read(
      pg_depend::kOid, catalog::index::pg_depend_reference_index,
      {key_oid(pg_class::kOid), key_oid(table), types::Datum::of(std::int32_t{column + 1})});
  while (users.next()) {
    const Oid user = users.row().oid(pg_depend::objid);
    if (users.row().oid(pg_depend::classid) == pg_constraint::kOid) constraints.push_back(user);
    if (users.row().oid(pg_depend::classid) == catalog::pg_statistic_ext::kOid && std::ranges::count(statistics, user) == 0)
      statistics.push_back(user);
  }
  for (Oid constraint : constraints) take_constraint(ddl, constraint);
  for (Oid object : statistics) take_statistics(ddl, object);
  std::vector<Oid> indexes;
  for (const catalog::IndexDescriptor& index : ddl.reload(table)->indexes)
    if (computes(index, column)) indexes.push_back(index.oid);
  std::sort(indexes.begin(), indexes.end());
  for (Oid index : indexes) take_index(ddl, index);
}

void ColumnUsers::take_constraint(Ddl& ddl, Oid constraint) {
  RowReader rows = ddl.writer().read(pg_constraint::kOid, 0, {key_oid(constraint)});
  if (!rows.next()) return;  // went with another one
  const char kind = rows.row().letter(pg_constraint::contype);
  if (kind != 'c' && kind != 'f' && kind != 'x') return;
  if (rows.row().oid(pg_constraint::conparentid) != 0 || rows.row().int4(pg_constraint::coninhcount) > 0) return;
  Definition definition;
  definition.kind = Kind::constraint;
  definition.table = rows.row().oid(pg_constraint::conrelid);
  definition.name = rows.row().text(pg_constraint::conname);
  definition.comment = comment_on(ddl, {pg_constraint::kOid, constraint, 0});
  if (definition.table == 0) {
    definition.domain = rows.row().oid(pg_constraint::contypid);
    const catalog::TypeInfo* domain = ddl.catalog().type(definition.domain);
    definition.sql = "ALTER DOMAIN " + quote_identifier(ddl.catalog().schema_name(domain->schema)) + "." +
                     quote_identifier(domain->name) + " ADD CONSTRAINT " + quote_identifier(definition.name) + " " +
                     catalog::constraint_definition(ddl.catalog(), constraint, false).value();
    definitions_.push_back(std::move(definition));
    perform_deletion(ddl, {{pg_constraint::kOid, constraint, 0}}, false);
    return;
  }
  RelationPtr table = ddl.catalog().open_relation(definition.table, RelationLock::access_exclusive);
  definition.sql = "ALTER TABLE " + qualified(ddl.catalog(), *table) + " ADD CONSTRAINT " +
                   quote_identifier(definition.name) + " " +
                   catalog::constraint_definition(ddl.catalog(), constraint, false).value();
  definitions_.push_back(std::move(definition));
  drop_constraint_of_all(ddl, table->oid, {definitions_.back().name, false, false}, Recurse::descend);
}

void ColumnUsers::take_index(Ddl& ddl, Oid index) {
  RelationPtr relation = ddl.reload(index);
  if (!relation->parents.empty()) return;
  // EXCLUDE .. WHERE.
  if (!relation->indexes.empty() && relation->indexes[0].constraint != 0)
    return take_constraint(ddl, relation->indexes[0].constraint);
  RowReader rows = ddl.writer().read(pg_index::kOid, 0, {key_oid(index)});
  if (!rows.next()) return;
  Definition definition;
  definition.table = rows.row().oid(pg_index::indrelid);
  definition.name = relation->name;
  definition.comment = comment_on(ddl, relation_address(index));
  definition.is_clustered = rows.row().flag(pg_index::indisclustered);
  definition.is_replica_identity = rows.row().flag(pg_index::indisreplident);
  definition.sql = on_all_partitions(catalog::index_definition(ddl.catalog(), index, 0, false).value(), relation->name);
  definitions_.push_back(std::move(definition));
  perform_deletion(ddl, {relation_address(index)}, false);
}

void ColumnUsers::take_statistics(Ddl& ddl, Oid object) {
  RowReader rows = ddl.writer().read(catalog::pg_statistic_ext::kOid, 0, {key_oid(object)});
  if (!rows.next()) return;
  Definition definition;
  definition.kind = Kind::statistics;
  definition.table = rows.row().oid(catalog::pg_statistic_ext::stxrelid);
  definition.schema = ddl.catalog().schema_name(rows.row().oid(catalog::pg_statistic_ext::stxnamespace));
  definition.name = rows.row().text(catalog::pg_statistic_ext::stxname);
  const ObjectAddress address{catalog::pg_statistic_ext::kOid, object, 0};
  definition.comment = comment_on(ddl, address);
  definition.sql = catalog::statistics_object_definition(ddl.catalog(), object).value();
  definitions_.push_back(std::move(definition));
  perform_deletion(ddl, {address}, false);
}

void ColumnUsers::finish(Ddl& ddl, const Definition& definition) {
  if (definition.kind == Kind::constraint) {
    if (!definition.comment.empty())
      ddl.set_comment({pg_constraint::kOid, constraint_of(ddl, definition.table, definition.domain, definition.name), 0},
                      definition.comment);
    return;
  }
  if (definition.kind == Kind::statistics) {
    if (definition.comment.empty()) return;
    if (const Oid made = catalog::find_named(ddl.catalog(), catalog::NamedKind::statistics, definition.schema, definition.name))
      ddl.set_comment({catalog::pg_statistic_ext::kOid, made, 0}, definition.comment);
    return;
  }
  for (const catalog::IndexDescriptor& index : ddl.reload(definition.table)->indexes) {
    if (index.name != definition.name) continue;
    if (!definition.comment.empty()) ddl.set_comment(relation_address(index.oid), definition.comment);
    RowBuilder row = ddl.writer().row(pg_index::kOid);
    row.set(pg_index::indisclustered, definition.is_clustered);
    row.set(pg_index::indisreplident, definition.is_replica_identity);
    ddl.writer().update_one(0, {key_oid(index.oid)}, row);
  }
}

void ColumnUsers::make_again(Ddl& ddl) {
  for (const Kind kind : {Kind::index, Kind::constraint, Kind::statistics})
    for (const Definition& definition : definitions_) {
      if (definition.kind != kind) continue;
      // A parent's came back before, and with it the child's.
      if (const Oid inherited = definition.table != 0 && kind == Kind::constraint
                                    ? find_constraint(ddl, definition.table, definition.name) : 0) {
        RowBuilder row = ddl.writer().row(pg_constraint::kOid);
        row.set(pg_constraint::conislocal, true);
        ddl.writer().update_one(0, {key_oid(inherited)}, row);
        ddl.notice("00000", "merging constraint \"" + definition.name + "\" with inherited definition");
      } else {
        ddl.host().run_statement(definition.sql);
      }
      finish(ddl, definition);
    }
  definitions_.clear();
}

}  // namespace commands
