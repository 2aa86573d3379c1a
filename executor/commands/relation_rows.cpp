#include "relation_rows.h"

#include <algorithm>

#include "default_privileges.h"
#include "eval/index_expressions.h"
#include "query/serialize.h"
#include "type_row.h"

namespace commands {
namespace {

// Support functions that generated types have: pg_proc OIDs.
constexpr Oid kArrayIn = 750, kArrayOut = 751, kArrayReceive = 2400, kArraySend = 2401,
              kArrayAnalyze = 3816, kArraySubscript = 6179;
constexpr Oid kRecordIn = 2290, kRecordOut = 2291, kRecordReceive = 2402, kRecordSend = 2403;

struct SystemColumn {
  const char* name;
  Oid type;
  int number;
  int length;
  char alignment;
};
constexpr SystemColumn kSystemColumns[] = {
    {"ctid", types::oid::tid, -1, 6, 's'},  {"xmin", types::oid::xid, -2, 4, 'i'},
    {"cmin", types::oid::cid, -3, 4, 'i'},  {"xmax", types::oid::xid, -4, 4, 'i'},
    {"cmax", types::oid::cid, -5, 4, 'i'},  {"tableoid", types::oid::oid_, -6, 4, 'i'},
};

void set_attribute_defaults(RowBuilder& row) {
  row.set(pg_attribute::attstattarget, -1);
  row.set(pg_attribute::attndims, 0);
  row.set(pg_attribute::attcacheoff, -1);
  row.set(pg_attribute::attcompression, '\0');
  row.set(pg_attribute::atthasdef, false);
  row.set(pg_attribute::atthasmissing, false);
  row.set(pg_attribute::attidentity, '\0');
  row.set(pg_attribute::attgenerated, '\0');
  row.set(pg_attribute::attisdropped, false);
  row.set(pg_attribute::attislocal, true);
  row.set(pg_attribute::attinhcount, 0);
  row.set(pg_attribute::attcollation, Oid{0});
  row.set(pg_attribute::atttypmod, -1);
}

void insert_system_columns(Ddl& ddl, Oid relation) {
  for (const SystemColumn& column : kSystemColumns) {
    RowBuilder row = ddl.writer().row(pg_attribute::kOid);
    set_attribute_defaults(row);
    row.set(pg_attribute::attrelid, relation);
    row.set(pg_attribute::attname, column.name);
    row.set(pg_attribute::atttypid, column.type);
    row.set(pg_attribute::attstattarget, 0);
    row.set(pg_attribute::attlen, column.length);
    row.set(pg_attribute::attnum, column.number);
    row.set(pg_attribute::attbyval, column.length == 4);
    row.set(pg_attribute::attalign, column.alignment);
    row.set(pg_attribute::attstorage, 'p');
    row.set(pg_attribute::attnotnull, true);
    ddl.writer().insert(row);
  }
}

void set_type_defaults(RowBuilder& row) {
  for (int column : {pg_type::typrelid, pg_type::typsubscript, pg_type::typelem,
                     pg_type::typarray, pg_type::typmodin, pg_type::typmodout,
                     pg_type::typanalyze, pg_type::typbasetype, pg_type::typcollation})
    row.set(column, Oid{0});
  row.set(pg_type::typispreferred, false);
  row.set(pg_type::typisdefined, true);
  row.set(pg_type::typdelim, ',');
  row.set(pg_type::typnotnull, false);
  row.set(pg_type::typtypmod, -1);
  row.set(pg_type::typndims, 0);
}

}  // namespace

char persistence_letter(query::Persistence persistence) {
  switch (persistence) {
    case query::Persistence::unlogged: return 'u';
    case query::Persistence::temporary: return 't';
    default: return 'p';
  }
}

void require_column_type(catalog::CatalogView& catalog, const std::string& column, Oid type) {
  const catalog::TypeInfo* info = catalog.type(type);
  if (info == nullptr)
    throw SqlError("42704", "type with OID " + std::to_string(type) + " does not exist");
  if (info->kind == 'p')
    throw SqlError("42P16", "column \"" + column + "\" has pseudo-type " + catalog.format_type(type));
}

table::ColumnStorage column_storage(catalog::CatalogView& catalog, Oid type) {
  table::ColumnStorage storage;
  storage.type = catalog.base_type(type);
  if (const types::TypeSupport* support = catalog.find_support(storage.type)) {
    storage.physical = support->physical;
    if (support->user != nullptr) storage.support = support;
  } else if (storage.type < types::kFirstNormalOid) {
    storage.physical = catalog::physical_type_of(storage.type);
  } else {
    storage.physical = types::PhysicalType::varlen;
  }
  return storage;
}

char compression_method(Ddl& ddl, std::string_view name, Oid type) {
  if (name.empty() || name == "default") return '\0';
  if (const catalog::TypeInfo* info = ddl.catalog().type(type); info != nullptr && info->storage == 'p')
    throw SqlError("0A000", "column data type " + ddl.catalog().format_type(type) + " does not support compression");
  if (name == "pglz") return 'p';
  if (name == "lz4") return 'l';
  throw SqlError("22023", "invalid compression method \"" + std::string(name) + "\"");
}

void insert_attribute(Ddl& ddl, Oid relation, int number, const NewColumn& column,
                      bool has_missing) {
  const catalog::TypeInfo* type = ddl.catalog().type(column.type.oid);
  RowBuilder row = ddl.writer().row(pg_attribute::kOid);
  set_attribute_defaults(row);
  row.set(pg_attribute::attcompression, column.compression);
  row.set(pg_attribute::attrelid, relation);
  row.set(pg_attribute::attname, column.name);
  row.set(pg_attribute::atttypid, column.type.oid);
  row.set(pg_attribute::attlen, type->length);
  row.set(pg_attribute::attnum, number);
  row.set(pg_attribute::attndims, type->is_true_array ? 1 : 0);
  row.set(pg_attribute::atttypmod, column.type.typmod);
  row.set(pg_attribute::attbyval, type->by_value);
  row.set(pg_attribute::attalign, type->alignment);
  row.set(pg_attribute::attstorage, type->storage);
  row.set(pg_attribute::attnotnull, column.not_null);
  row.set(pg_attribute::atthasdef, column.has_default);
  row.set(pg_attribute::atthasmissing, has_missing);
  row.set(pg_attribute::attidentity, column.identity);
  row.set(pg_attribute::attgenerated, column.generated ? 's' : '\0');
  row.set(pg_attribute::attislocal, column.is_local);
  row.set(pg_attribute::attinhcount, column.inherited);
  row.set(pg_attribute::attcollation, column.type.collation);
  ddl.writer().insert(row);
}

void require_no_system_column(const std::string& name) {
  if (is_system_column(name))
    throw SqlError("42701", "column name \"" + name + "\" conflicts with a system column name");
}

MadeWay free_type_name(Ddl& ddl, const std::string& name, Oid schema) {
  const catalog::TypeInfo* present = ddl.catalog().find_type(ddl.catalog().schema_name(schema), name);
  if (present == nullptr) return {};
  const catalog::TypeInfo* element = present->element != 0 ? ddl.catalog().type(present->element) : nullptr;
  if (element == nullptr || element->array != present->oid)
    throw SqlError("42710", "type \"" + name + "\" already exists");
  MadeWay result{present->oid, array_type_name(ddl, name, schema)};
  RowBuilder row = ddl.writer().row(pg_type::kOid);
  row.set(pg_type::typname, result.name);
  ddl.writer().update_one(0, {key_oid(result.array)}, row);
  return result;
}

std::string array_type_name(Ddl& ddl, const std::string& name, Oid schema) { return free_array_name(ddl, name, schema, {}); }

std::string free_array_name(Ddl& ddl, const std::string& name, Oid schema, const std::string& taken) {
  std::string candidate = "_" + name;
  std::string schema_name = ddl.catalog().schema_name(schema);
  for (;;) {
    if (candidate.size() > 63) candidate.resize(63);
    if (candidate != taken && ddl.catalog().find_type(schema_name, candidate) == nullptr) return candidate;
    candidate = "_" + candidate;
  }
}

Oid insert_array_type(Ddl& ddl, Oid element, Oid array, const std::string& name, Oid schema,
                      char alignment, Oid collation) {
  RowBuilder row = ddl.writer().row(pg_type::kOid);
  set_type_defaults(row);
  row.set(pg_type::oid, array);
  row.set(pg_type::typname, array_type_name(ddl, name, schema));
  row.set(pg_type::typnamespace, schema);
  row.set(pg_type::typowner, ddl.catalog().user());
  row.set(pg_type::typlen, -1);
  row.set(pg_type::typbyval, false);
  row.set(pg_type::typtype, 'b');
  row.set(pg_type::typcategory, 'A');
  row.set(pg_type::typsubscript, kArraySubscript);
  row.set(pg_type::typelem, element);
  row.set(pg_type::typinput, kArrayIn);
  row.set(pg_type::typoutput, kArrayOut);
  row.set(pg_type::typreceive, kArrayReceive);
  row.set(pg_type::typsend, kArraySend);
  row.set(pg_type::typanalyze, kArrayAnalyze);
  row.set(pg_type::typalign, alignment == 'd' ? 'd' : 'i');
  row.set(pg_type::typstorage, 'x');
  row.set(pg_type::typcollation, collation);
  ddl.writer().insert(row);
  ddl.depend({pg_type::kOid, array, 0}, {pg_type::kOid, element, 0}, Dependency::internal);
  return array;
}

Oid insert_row_type(Ddl& ddl, Oid relation, const std::string& name, Oid schema) {
  try {
    (void)free_type_name(ddl, name, schema);
  } catch (SqlError& error) {
    throw std::move(error).with_hint("A relation has an associated type of the same name, so you must use a name that "
                                     "doesn't conflict with any existing type.");
  }
  Oid array = ddl.writer().allocate_oid();
  Oid type = ddl.writer().allocate_oid();
  RowBuilder row = ddl.writer().row(pg_type::kOid);
  set_type_defaults(row);
  row.set(pg_type::oid, type);
  row.set(pg_type::typname, name);
  row.set(pg_type::typnamespace, schema);
  row.set(pg_type::typowner, ddl.catalog().user());
  row.set(pg_type::typlen, -1);
  row.set(pg_type::typbyval, false);
  row.set(pg_type::typtype, 'c');
  row.set(pg_type::typcategory, 'C');
  row.set(pg_type::typrelid, relation);
  row.set(pg_type::typarray, array);
  row.set(pg_type::typinput, kRecordIn);
  row.set(pg_type::typoutput, kRecordOut);
  row.set(pg_type::typreceive, kRecordReceive);
  row.set(pg_type::typsend, kRecordSend);
  row.set(pg_type::typalign, 'd');
  row.set(pg_type::typstorage, 'x');
  ddl.writer().insert(row);
  ddl.depend({pg_type::kOid, type, 0}, relation_address(relation), Dependency::internal);
  insert_array_type(ddl, type, array, name, schema, 'd');
  return type;
}

void insert_relation(Ddl& ddl, const NewRelation& relation, bool with_row_type) {
  Oid row_type = with_row_type ? insert_row_type(ddl, relation.oid, relation.name, relation.schema)
                               : Oid{0};
  bool is_table = relation.kind == 'r' || relation.kind == 'm' || relation.kind == 'p';
  if (const Oid owner = ddl.catalog().user();
      relation.kind == 'c' && default_privileges(ddl, types::AclKind::type, owner, relation.schema)) {
    RowBuilder type = ddl.writer().row(pg_type::kOid);
    set_default_privileges(ddl, type, pg_type::typacl, types::AclKind::type, owner, relation.schema);
    ddl.writer().update_one(0, {key_oid(row_type)}, type);
  }
  RowBuilder row = ddl.writer().row(pg_class::kOid);
  row.set(pg_class::oid, relation.oid);
  row.set(pg_class::relname, relation.name);
  row.set(pg_class::relnamespace, relation.schema);
  row.set(pg_class::reltype, row_type);
  row.set(pg_class::reloftype, relation.of_type);
  row.set(pg_class::relowner, ddl.catalog().user());
  row.set(pg_class::relam, relation.access_method);
  row.set(pg_class::relfilenode, wal::raw(relation.root));
  row.set(pg_class::reltablespace, Oid{0});
  row.set(pg_class::relpages, relation.kind == 'S' ? 1 : 0);
  row.set(pg_class::reltuples, is_table || relation.kind == 'f' ? -1.0f : relation.kind == 'S' ? 1.0f : 0.0f);
  row.set(pg_class::relallvisible, 0);
  row.set(pg_class::reltoastrelid, Oid{0});
  row.set(pg_class::relhasindex, relation.has_indexes);
  row.set(pg_class::relisshared, false);
  row.set(pg_class::relpersistence, relation.persistence);
  row.set(pg_class::relkind, relation.kind);
  row.set(pg_class::relnatts, static_cast<int>(relation.columns.size()));
  row.set(pg_class::relchecks, relation.checks);
  row.set(pg_class::relhasrules, relation.has_rules);
  row.set(pg_class::relhastriggers, false);
  row.set(pg_class::relhassubclass, false);
  row.set(pg_class::relrowsecurity, false);
  row.set(pg_class::relforcerowsecurity, false);
  row.set(pg_class::relispopulated, true);
  row.set(pg_class::relreplident, is_table ? 'd' : 'n');
  row.set(pg_class::relispartition, false);
  row.set(pg_class::relrewrite, Oid{0});
  row.set(pg_class::relfrozenxid, is_table ? 3 : 0);
  row.set(pg_class::relminmxid, is_table ? 1 : 0);
  if (!relation.options.empty())
    row.set(pg_class::reloptions, std::span<const std::string>(relation.options));
  if (std::string_view("rvmfpS").find(relation.kind) != std::string_view::npos)
    set_default_privileges(ddl, row, pg_class::relacl,
                           relation.kind == 'S' ? types::AclKind::sequence : types::AclKind::relation,
                           ddl.catalog().user(), relation.schema);
  ddl.writer().insert(row);

  const bool has_system_columns = is_table || relation.kind == 'S' || relation.kind == 'f';
  int number = 0;
  for (const NewColumn& column : relation.columns) {
    if (has_system_columns) require_no_system_column(column.name);
    insert_attribute(ddl, relation.oid, ++number, column);
  }
  if (has_system_columns) insert_system_columns(ddl, relation.oid);

  if (relation.kind == 'i') return;  // depends on its table or constraint instead
  ObjectAddress self = relation_address(relation.oid);
  if (relation.kind != 't')
    ddl.depend(self, {pg_namespace::kOid, relation.schema, 0}, Dependency::normal);
  if (relation.of_type != 0) ddl.depend(self, {pg_type::kOid, relation.of_type, 0}, Dependency::normal);
  number = 0;
  for (const NewColumn& column : relation.columns) {
    const ObjectAddress self_column = relation_address(relation.oid, ++number);
    ddl.depend(self_column, {pg_type::kOid, column.type.oid, 0}, Dependency::normal);
    ddl.depend(self_column, {catalog::pg_collation::kOid, column.type.collation, 0}, Dependency::normal);
  }
}

void insert_default(Ddl& ddl, Oid relation, int number, const query::Expression& value,
                    bool generated) {
  if (generated && eval::contains_mutable(ddl.catalog(), value))
    throw SqlError("42P17", "generation expression is not immutable");
  Oid oid = ddl.writer().allocate_oid();
  RowBuilder row = ddl.writer().row(pg_attrdef::kOid);
  row.set(pg_attrdef::oid, oid);
  row.set(pg_attrdef::adrelid, relation);
  row.set(pg_attrdef::adnum, number);
  row.set(pg_attrdef::adbin, query::serialize(value));
  ddl.writer().insert(row);
  ObjectAddress self{pg_attrdef::kOid, oid, 0};
  ddl.depend(self, relation_address(relation, number),
             generated ? Dependency::internal : Dependency::automatic);
  ddl.depend_on_expression(self, value, relation, Dependency::normal);
}

}  // namespace commands
