#include "typed_table.h"

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
