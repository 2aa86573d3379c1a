#include "typed_table.h"

#include <algorithm>

#include "relation_rows.h"
#include "table_parts.h"

namespace commands {
namespace {

Oid type_of_table(Ddl& ddl, Oid table) {
  RowReader rows = ddl.writer().read(pg_class::kOid, 0, {key_oid(table)});
  return rows.next() ? rows.row().oid(pg_class::reloftype) : Oid{0};
}

std::vector<const catalog::Column*> present(const RelationDescriptor& relation) {
  std::vector<const catalog::Column*> columns;
  for (const catalog::Column& column : relation.columns)
    if (!column.dropped) columns.push_back(&column);
  return columns;
}

// The table's columns are the type's fields, in order.
void require_same_columns(const RelationDescriptor& table, const RelationDescriptor& type) {
  const auto have = present(table), want = present(type);
  for (std::size_t i = 0; i < want.size(); ++i) {
    if (i == have.size()) throw SqlError("42804", "table is missing column \"" + want[i]->name + "\"");
    if (have[i]->name != want[i]->name)
      throw SqlError("42804", "table has column \"" + have[i]->name + "\" where type requires \"" + want[i]->name + "\"");
    if (have[i]->type.oid != want[i]->type.oid || have[i]->type.typmod != want[i]->type.typmod ||
        have[i]->type.collation != want[i]->type.collation)
      throw SqlError("42804", "table \"" + table.name + "\" has different type for column \"" + want[i]->name + "\"");
  }
  if (have.size() > want.size())
    throw SqlError("42804", "table has extra column \"" + have[want.size()]->name + "\"");
}

void forget_type(Ddl& ddl, Oid table, Oid type) {
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_depender_index,
                                     {key_oid(pg_class::kOid), key_oid(table)});
  while (rows.next()) {
    const Row row = rows.row();
    if (row.int4(pg_depend::objsubid) == 0 && row.oid(pg_depend::refclassid) == pg_type::kOid &&
        row.oid(pg_depend::refobjid) == type)
      ddl.writer().remove(pg_depend::kOid, row);
  }
}

}  // namespace

void require_untyped(Ddl& ddl, Oid table, const char* message) {
  if (type_of_table(ddl, table) != 0) throw SqlError("42809", message);
}

std::vector<Oid> tables_of_type(Ddl& ddl, Oid relation, bool cascade) {
  RelationPtr composite = ddl.reload(relation);
  if (composite == nullptr || composite->kind != RelationKind::composite) return {};
  RowReader self = ddl.writer().read(pg_class::kOid, 0, {key_oid(relation)});
  if (!self.next()) return {};
  const Oid type = self.row().oid(pg_class::reltype);
  std::vector<Oid> tables;
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                     {key_oid(pg_type::kOid), key_oid(type)});
  while (rows.next()) {
    const Row row = rows.row();
    if (row.oid(pg_depend::classid) == pg_class::kOid && row.int4(pg_depend::objsubid) == 0 &&
        type_of_table(ddl, row.oid(pg_depend::objid)) == type)
      tables.push_back(row.oid(pg_depend::objid));
  }
  std::sort(tables.begin(), tables.end());
  tables.erase(std::unique(tables.begin(), tables.end()), tables.end());
  if (!tables.empty() && !cascade)
    throw SqlError("2BP01", "cannot alter type \"" + composite->name + "\" because it is the type of a typed table")
        .with_hint("Use ALTER ... CASCADE to alter the typed tables too.");
  for (const Oid table : tables) ddl.catalog().open_relation(table, RelationLock::access_exclusive);
  return tables;
}

void set_type_of_table(Ddl& ddl, Oid table, Oid type) {
  RelationPtr relation = ddl.reload(table);
  const Oid before = type_of_table(ddl, table);
  if (type == 0 && before == 0) throw SqlError("42809", "\"" + relation->name + "\" is not a typed table");
  if (type != 0) {
    if (!relation->parents.empty()) throw SqlError("42809", "typed tables cannot inherit");
    const catalog::TypeInfo* info = ddl.catalog().type(type);
    require_same_columns(*relation, *ddl.reload(info->relation));
  }
  if (before != 0) forget_type(ddl, table, before);
  if (type != 0) ddl.depend(relation_address(table), {pg_type::kOid, type, 0}, Dependency::normal);
  update_class(ddl, table, [&](RowBuilder& row) { row.set(pg_class::reloftype, type); });
}

}  // namespace commands
