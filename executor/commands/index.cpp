// CREATE INDEX, and the trees behind indexes.
#include <algorithm>

#include "alter_table.h"
#include "catalog/access_methods.h"
#include "catalog/builtin.h"
#include "catalog/catalog_functions.h"
#include "catalog/system_attributes.h"
#include "eval/index_expressions.h"
#include "index_method.h"
#include "inheritance.h"
#include "partition.h"
#include "query/serialize.h"
#include "relation_rows.h"
#include "storage_parameters.h"
#include "table_parts.h"
#include "types/type_io.h"
#include "catalog/collators.h"
#include "named_object.h"
#include "operator_class.h"
#include "written_name.h"

namespace commands {
namespace {

table::BuildOptions build_options() { return {}; }

std::string serialize_list(const std::vector<catalog::IndexKey>& keys) {
  std::string text;
  for (const catalog::IndexKey& key : keys) {
    if (!key.expression) continue;
    std::string one = query::serialize(*key.expression);
    text += std::to_string(one.size());
    text += ':';
    text += one;
  }
  return text;
}

std::string key_name(catalog::CatalogView& catalog, const RelationDescriptor& table, const catalog::IndexKey& key) {
  if (key.column >= 0) return table.columns[static_cast<std::size_t>(key.column)].name;
  if (const auto* call = std::get_if<query::Call>(&key.expression->node))
    if (call->form == query::CallForm::function)
      if (const catalog::FunctionInfo* f = catalog.function(call->function))
        return std::string(f->name);
  // As a column of a SELECT list would be called.
  if (std::holds_alternative<query::Case>(key.expression->node)) return "case";
  if (std::holds_alternative<query::Coalesce>(key.expression->node)) return "coalesce";
  if (std::holds_alternative<query::NullIf>(key.expression->node)) return "nullif";
  if (std::holds_alternative<query::RowConstructor>(key.expression->node)) return "row";
  if (std::holds_alternative<query::ArrayConstructor>(key.expression->node)) return "array";
  return "expr";
}

}  // namespace

int column_of_key(const RelationDescriptor& table, const std::string& name) {
  int column = table.column_index(name);
  if (column >= 0) return column;
  if (catalog::is_system_column(name)) throw SqlError("0A000", "index creation on system columns is not supported");
  throw SqlError("42703", "column \"" + name + "\" does not exist");
}

namespace {

// Whether a class is good for a type: for itself, or what its default class is for, too.
bool accepts(Ddl& ddl, const catalog::OperatorClassInfo& named, const catalog::OperatorClassInfo* own, Oid type) {
  const Oid base = ddl.catalog().base_type(type);
  if (named.input_type == base || (own != nullptr && own->input_type == named.input_type)) return true;
  const catalog::CastInfo* cast = Builtins::get().cast(base, named.input_type);
  return cast != nullptr && cast->method == 'b' && cast->context == 'i';
}

Oid operator_class_for(Ddl& ddl, Oid type, const query::ObjectName& name, Oid method) {
  const std::string method_name(catalog::method_name(method));
  const catalog::OperatorClassInfo* own = ddl.catalog().default_operator_class(type, method);
  if (!name.name.empty()) {
    const catalog::OperatorClassInfo* found = ddl.catalog().find_operator_class(name.schema, method, name.name);
    const std::string written = written_name(name);
    if (found == nullptr)
      throw SqlError("42704", "operator class \"" + written + "\" does not exist for access method \"" + method_name + "\"");
    if (!accepts(ddl, *found, own, type))
      throw SqlError("42804", "operator class \"" + written + "\" does not accept data type " +
                                  ddl.catalog().format_type(type));
    if (method == catalog::kBtree) require_own_order(ddl, found->oid, type);
    return found->oid;
  }
  if (own == nullptr)
    throw SqlError("42704", "data type " + ddl.catalog().format_type(type) +
                                " has no default operator class for access method \"" + method_name + "\"")
        .with_hint("You must specify an operator class for the index or define a default operator "
                   "class for the data type.");
  return own->oid;
}

}  // namespace

Oid key_collation(Ddl& ddl, const types::TypeRef& type, Oid written, std::string_view place) {
  const Oid collation = written != 0 ? written : type.collation;
  const catalog::TypeInfo* info = ddl.catalog().type(type.oid);
  const bool collatable = info != nullptr && info->collation != 0;
  if (collatable && collation == 0)
    throw SqlError("42P22", "could not determine which collation to use for " + std::string(place))
        .with_hint("Use the COLLATE clause to set the collation explicitly.");
  if (!collatable && written != 0)
    throw SqlError("42804", "collations are not supported by type " + ddl.catalog().format_type(type.oid));
  return collation;
}

// An entry must be found again by what made it.
void require_immutable(Ddl& ddl, const query::Expression& expression, const std::string& place) {
  if (eval::contains_mutable(ddl.catalog(), expression))
    throw SqlError("42P17", "functions in " + place + " must be marked IMMUTABLE");
}

catalog::IndexKey index_key(Ddl& ddl, const RelationDescriptor& table,
                            const query::IndexElement& element, Oid method) {
  catalog::IndexKey key;
  if (element.expression) {
    require_immutable(ddl, *element.expression, "index expression");
    key.expression = query::clone(*element.expression);
    key.type = key.expression->type;
  } else {
    key.column = column_of_key(table, element.column);
    key.type = table.columns[static_cast<std::size_t>(key.column)].type;
  }
  key.collation = key_collation(ddl, key.type, element.collation_written ? element.collation : 0, "index expression");
  key.operator_class =
      operator_class_for(ddl, key.type.oid, element.operator_class, method);
  require_served(ddl, key, method);
  key.descending = element.descending;
  key.nulls_first = element.nulls_first;
  return key;
}

Oid insert_index_rows(Ddl& ddl, const RelationDescriptor& table, const NewIndex& index,
                      wal::PageNo root) {
  NewRelation relation;
  relation.oid = index.oid != 0 ? index.oid : ddl.writer().allocate_oid();
  relation.name = index.name;
  relation.schema = table.schema;
  const bool partitioned = table.kind == RelationKind::partitioned_table;
  relation.kind = partitioned ? 'I' : 'i';
  relation.persistence = table.persistence;
  relation.access_method = index.method;
  relation.root = root;
  relation.options = index.options;
  std::vector<std::int16_t> columns, options;
  std::vector<Oid> classes, collations;
  const auto make_unlike_others = [&relation](NewColumn& column) {
    const std::string base = column.name;
    const auto is_taken = [&](const NewColumn& other) { return other.name == column.name; };
    for (int suffix = 1; std::any_of(relation.columns.begin(), relation.columns.end(), is_taken); ++suffix)
      column.name = base + std::to_string(suffix);
  };
  for (const catalog::IndexKey& key : index.keys) {
    if (index.method == catalog::kBtree || index.method == catalog::kBrin)
      catalog::collated_key(ddl.catalog(), key.type.oid, catalog::order_collation(key.operator_class, key.collation), "an index");
    else
      require_byte_equality(ddl, key.collation, "an index");
    NewColumn column;
    column.name = key_name(ddl.catalog(), table, key);
    column.type = key.type;
    column.type.collation = key.collation;
    make_unlike_others(column);
    relation.columns.push_back(column);
    columns.push_back(static_cast<std::int16_t>(key.column + 1));
    classes.push_back(key.operator_class);
    collations.push_back(key.collation);
    options.push_back(static_cast<std::int16_t>((key.descending ? 1 : 0) | (key.nulls_first ? 2 : 0)));
  }
  for (int included : index.included) {
    const catalog::Column& c = table.columns[static_cast<std::size_t>(included)];
    NewColumn column;
    column.name = c.name;
    column.type = c.type;
    make_unlike_others(column);
    relation.columns.push_back(column);
    columns.push_back(static_cast<std::int16_t>(included + 1));
  }
  insert_relation(ddl, relation, false);

  RowBuilder row = ddl.writer().row(pg_index::kOid);
  row.set(pg_index::indexrelid, relation.oid);
  row.set(pg_index::indrelid, table.oid);
  row.set(pg_index::indnatts, static_cast<int>(columns.size()));
  row.set(pg_index::indnkeyatts, static_cast<int>(index.keys.size()));
  row.set(pg_index::indisunique, index.unique);
  row.set(pg_index::indnullsnotdistinct, index.nulls_not_distinct);
  row.set(pg_index::indisprimary, index.primary);
  row.set(pg_index::indisexclusion, index.is_exclusion);
  row.set(pg_index::indimmediate, !index.deferrable);
  row.set(pg_index::indisclustered, false);
  row.set(pg_index::indisvalid, true);
  row.set(pg_index::indcheckxmin, false);
  row.set(pg_index::indisready, true);
  row.set(pg_index::indislive, true);
  row.set(pg_index::indisreplident, false);
  row.set(pg_index::indkey, std::span<const std::int16_t>(columns));
  row.set(pg_index::indcollation, std::span<const Oid>(collations));
  row.set(pg_index::indclass, std::span<const Oid>(classes));
  row.set(pg_index::indoption, std::span<const std::int16_t>(options));
  if (std::string expressions = serialize_list(index.keys); !expressions.empty())
    row.set(pg_index::indexprs, expressions);
  if (index.predicate) row.set(pg_index::indpred, query::serialize(*index.predicate));
  ddl.writer().insert(row);
  set_has_indexes(ddl, table.oid);

  ObjectAddress self = relation_address(relation.oid);
  for (Oid used : classes)
    if (used >= types::kFirstNormalOid) ddl.depend(self, {catalog::pg_opclass::kOid, used, 0}, Dependency::normal);
  if (!index.is_constraint) {
    bool any = false;
    auto on_column = [&](int column) {
      ddl.depend(self, relation_address(table.oid, column + 1), Dependency::automatic);
      any = true;
    };
    for (const catalog::IndexKey& key : index.keys)
      if (key.column >= 0) on_column(key.column);
    for (int column : index.included) on_column(column);
    for (const catalog::IndexKey& key : index.keys)
      if (key.expression)
        ddl.depend_on_expression(self, *key.expression, table.oid, Dependency::automatic);
    if (index.predicate)
      ddl.depend_on_expression(self, *index.predicate, table.oid, Dependency::automatic);
    if (!any) ddl.depend(self, relation_address(table.oid), Dependency::automatic);
  }
  return relation.oid;
}

std::string choose_index_name(Ddl& ddl, const RelationDescriptor& table, const NewIndex& index) {
  std::string columns;
  std::vector<std::string> names;
  auto add = [&](const std::string& base) {
    std::string name = base;
    for (int suffix = 1; std::find(names.begin(), names.end(), name) != names.end(); ++suffix)
      name = base + std::to_string(suffix);
    if (!columns.empty()) columns += '_';
    columns += name;
    names.push_back(std::move(name));
  };
  for (const catalog::IndexKey& key : index.keys) add(key_name(ddl.catalog(), table, key));
  for (int column : index.included) add(table.columns[static_cast<std::size_t>(column)].name);
  return choose_relation_name(ddl, table.name, columns, index.is_exclusion ? "excl" : "idx", table.schema);
}

namespace {

// On a partitioned table: for itself, then for each partition.
Oid make_index(Ddl& ddl, const RelationDescriptor& table, const NewIndex& index,
               bool recurse = true) {
  if (table.kind != RelationKind::partitioned_table) return build_new_index(ddl, table.oid, index);
  const Oid oid = insert_index_rows(ddl, table, index, wal::PageNo{0});
  if (!recurse && !table.children.empty()) {
    set_index_validity(ddl, oid, false);
    return oid;
  }
  for (Oid child : children_of(ddl, table, RelationLock::share))
    copy_parent_parts(ddl, child, table.oid);
  return oid;
}

}  // namespace

void set_index_validity(Ddl& ddl, Oid index, bool valid) {
  RowBuilder row = ddl.writer().row(pg_index::kOid);
  row.set(pg_index::indisvalid, valid);
  ddl.writer().update_one(0, {key_oid(index)}, row);
}

namespace {

// Valid and maintained, or neither.
void set_index_state(Ddl& ddl, Oid index, bool usable) {
  RowBuilder row = ddl.writer().row(pg_index::kOid);
  row.set(pg_index::indisvalid, usable);
  row.set(pg_index::indisready, usable);
  ddl.writer().update_one(0, {key_oid(index)}, row);
}

}  // namespace

void rebuild_index(Ddl& ddl, Oid table_oid, Oid index_oid, const std::string& shown) {
  const RelationPtr table = ddl.reload(table_oid);
  const catalog::IndexDescriptor& index = *table->index(index_oid);
  if (index.is_clustered_key) {
    rebuild(ddl, table_oid, &index);
    return;
  }
  table::IndexSchema fresh;
  table::create_index_storage(ddl.transaction(), fresh);
  update_class(ddl, index_oid, [&](RowBuilder& row) { row.set(pg_class::relfilenode, wal::raw(fresh.root)); });
  set_index_state(ddl, index_oid, true);
  const RelationPtr now = ddl.reload(table_oid);
  transaction::View view = ddl.transaction().take_view();
  const auto duplicate = table::build_index(view, *now->storage, now->index(index_oid)->storage_index, build_options());
  if (duplicate) raise_duplicate_key(ddl, *now, index.name, *duplicate, index.keys, shown);
  if (index.is_exclusion) validate_exclusion(ddl, table_oid, index_oid);
  table::drop_index_storage(ddl.transaction(), table->storage->schema().index(index.storage_index));
  ddl.transaction().next_command();
}

void mend_indexes(Ddl& ddl, Oid table) {
  std::vector<Oid> invalid;
  for (const catalog::IndexDescriptor& index : ddl.reload(table)->indexes)
    if (!index.valid) invalid.push_back(index.oid);
  for (const Oid index : invalid) rebuild_index(ddl, table, index);
}

void leave_invalid_index(Ddl& ddl, Oid table_oid, const NewIndex& index) {
  const RelationPtr table = ddl.catalog().open_relation(table_oid, RelationLock::share_update_exclusive);
  if (table == nullptr) return;
  ddl.require_free_relation_name(table->schema, index.name);
  table::IndexSchema stored;
  table::create_index_storage(ddl.transaction(), stored);
  set_index_state(ddl, insert_index_rows(ddl, *table, index, stored.root), false);
}

NewIndex like_index(Ddl& ddl, const catalog::IndexDescriptor& index) {
  NewIndex copy;
  copy.unique = index.unique;
  copy.nulls_not_distinct = index.nulls_not_distinct;
  copy.method = index.method;
  copy.options = stored_options(ddl, index.oid);
  copy.keys = index.keys;
  copy.included = index.included;
  copy.predicate = index.predicate;
  return copy;
}

std::string value_list(Ddl& ddl, std::span<const types::TypeRef> types_of,
                       std::span<const types::Datum> values) {
  operators::ExecutionContext execution = ddl.host().execution_context();
  types::Arena arena;
  execution.eval.arena = &arena;
  std::string text;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    const types::TypeSupport* support =
        ddl.catalog().find_support(types_of[i].oid);
    if (values[i].is_null)
      text += "null";
    else if (support != nullptr)
      support->output(execution.eval, values[i], text);
  }
  return text;
}

namespace {

std::string expression_key_text(Ddl& ddl, const RelationDescriptor& table,
                                const std::string& index_name, std::size_t position) {
  for (const catalog::IndexDescriptor& index : ddl.reload(table.oid)->indexes)
    if (index.name == index_name)
      return catalog::index_definition(ddl.catalog(), index.oid, static_cast<int>(position) + 1, true)
          .value_or("");
  return {};
}

}  // namespace

void raise_duplicate_key(Ddl& ddl, const RelationDescriptor& table, const std::string& index_name,
                         const table::DuplicateKey& duplicate,
                         std::span<const catalog::IndexKey> keys, const std::string& shown) {
  std::string columns;
  std::vector<types::TypeRef> key_types;
  for (const catalog::IndexKey& key : keys) {
    if (!columns.empty()) columns += ", ";
    if (key.column >= 0)
      columns += catalog::quote_identifier(key_name(ddl.catalog(), table, key));
    else
      columns += expression_key_text(ddl, table, index_name, key_types.size());
    key_types.push_back(key.type);
  }
  const std::string& name = shown.empty() ? index_name : shown;
  throw SqlError("23505", "could not create unique index \"" + name + "\"")
      .with_detail("Key (" + columns + ")=(" + value_list(ddl, key_types, duplicate.key) +
                   ") is duplicated.")
      .on_table(table.schema_name, table.name)
      .on_constraint(name);
}

Oid build_new_index(Ddl& ddl, Oid table_oid, const NewIndex& index) {
  RelationPtr table = ddl.reload(table_oid);
  table::IndexSchema stored;
  table::create_index_storage(ddl.transaction(), stored);
  Oid oid = insert_index_rows(ddl, *table, index, stored.root);
  // The descriptor now has it; its tree is still empty.
  RelationPtr with_index = ddl.reload(table_oid);
  const catalog::IndexDescriptor* made = with_index->index(oid);
  transaction::View view = ddl.transaction().take_view();
  auto duplicate = table::build_index(view, *with_index->storage, made->storage_index,
                                      build_options());
  if (duplicate) raise_duplicate_key(ddl, *table, index.name, *duplicate, index.keys);
  return oid;
}

Oid make_partition_index(Ddl& ddl, const RelationDescriptor& partition,
                         const RelationDescriptor& parent, const catalog::IndexDescriptor& wanted,
                         const std::vector<int>& map) {
  auto column = [&](int c) { return map[static_cast<std::size_t>(c)]; };
  if (wanted.constraint != 0) {
    query::Constraint constraint;
    constraint.kind = wanted.primary ? query::Constraint::Kind::primary_key
                                     : query::Constraint::Kind::unique;
    constraint.nulls_not_distinct = wanted.nulls_not_distinct;
    constraint.deferrable = !wanted.immediate;
    constraint.initially_deferred = wanted.initially_deferred;
    constraint.like.object = wanted.oid;
    auto name_of = [&](int c) { return parent.columns[static_cast<std::size_t>(c)].name; };
    for (const catalog::IndexKey& key : wanted.keys) constraint.columns.push_back(name_of(key.column));
    for (int c : wanted.included) constraint.include.push_back(name_of(c));
    std::vector<Oid> before;
    for (const catalog::IndexDescriptor& index : partition.indexes) before.push_back(index.oid);
    add_index_constraint(ddl, partition.oid, constraint, false);
    for (const catalog::IndexDescriptor& index : ddl.reload(partition.oid)->indexes)
      if (std::find(before.begin(), before.end(), index.oid) == before.end()) return index.oid;
    throw SqlError("XX000", "the index of a new constraint is missing");
  }
  NewIndex index = like_index(ddl, wanted);
  for (catalog::IndexKey& key : index.keys) {
    if (key.column >= 0) key.column = column(key.column);
    if (key.expression) key.expression = renumbered(*key.expression, map);
  }
  for (int& c : index.included) c = column(c);
  if (wanted.predicate) index.predicate = renumbered(*wanted.predicate, map);
  index.name = choose_index_name(ddl, partition, index);
  return make_index(ddl, partition, index);
}

Oid create_index(Ddl& ddl, const query::CreateIndex& statement, Oid table_oid) {
  RelationLock lock = statement.concurrently ? RelationLock::share_update_exclusive
                                             : RelationLock::share;
  // Nobody may write while the tree is filled, CONCURRENTLY or not.
  if (statement.concurrently) lock = RelationLock::share;
  RelationPtr table = table_oid != 0 ? ddl.reload(table_oid) : ddl.open(statement.table, lock);
  if (table->kind != RelationKind::table && table->kind != RelationKind::materialized_view &&
      table->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "cannot create index on relation \"" + table->name + "\"")
        .with_detail("This operation is not supported for " +
                     std::string(kind_name(table->kind)) + "s.");
  ddl.require_owner(*table);
  if (table_oid == 0) ddl.require_unused(*table, "CREATE INDEX");
  const Oid method = require_method(statement);
  NewIndex index;
  index.unique = statement.unique;
  index.nulls_not_distinct = statement.nulls_not_distinct;
  index.method = method;
  require_tablespace(statement.tablespace);
  index.options = statement.like.object != 0 ? stored_options(ddl, statement.like.object)
                                             : storage_parameters(parameter_owner(method), statement.options);
  for (const query::IndexElement& element : statement.elements)
    index.keys.push_back(index_key(ddl, *table, element, method));
  for (const std::string& name : statement.include)
    index.included.push_back(column_of_key(*table, name));
  if (statement.where) {
    require_immutable(ddl, *statement.where, "index predicate");
    index.predicate = query::clone(*statement.where);
  }
  index.name = statement.name;
  if (table->kind == RelationKind::partitioned_table) {
    if (statement.concurrently)
      throw SqlError("0A000", "cannot create index on partitioned table \"" + table->name +
                                  "\" concurrently");
    if (index.unique) require_partition_columns(ddl, *table, index, "UNIQUE");
  }
  if (index.name.empty()) {
    index.name = choose_index_name(ddl, *table, index);
  } else if (ddl.catalog().find_relation(table->schema_name, index.name) != 0) {
    if (!statement.if_not_exists) ddl.require_free_relation_name(table->schema, index.name);
    ddl.notice("42P07", "relation \"" + index.name + "\" already exists, skipping");
    return 0;
  }
  if (statement.concurrently && table->persistence != 't')
    ddl.host().on_failure([oid = table->oid, index](Host& host) {
      Ddl later(host);
      leave_invalid_index(later, oid, index);
    });
  return make_index(ddl, *table, index, statement.table.include_children);
}

wal::PageNo rebuild(Ddl& ddl, Oid table_oid, const catalog::IndexDescriptor* key,
                    table::RowConverter* convert) {
  RelationPtr now = ddl.reload(table_oid);
  return rebuild_as(ddl, now, *now, key, convert);
}

void rebuild_from(Ddl& ddl, const RelationPtr& old, const RelationDescriptor& now,
                  table::RowConverter* convert) {
  const catalog::IndexDescriptor* key = nullptr;
  for (const catalog::IndexDescriptor& index : now.indexes)
    if (index.is_clustered_key) key = &index;
  rebuild_as(ddl, old, now, key, convert);
}

wal::PageNo rebuild_as(Ddl& ddl, const RelationPtr& old, const RelationDescriptor& now,
                       const catalog::IndexDescriptor* key, table::RowConverter* convert) {
  Oid table_oid = now.oid;
  table::TableSchema schema = now.storage->schema();
  // The new rows have every column, so nothing is missing from them.
  schema.created_columns = 0;
  for (table::ColumnStorage& column : schema.columns) column.missing = types::Datum::null();
  for (std::size_t i = 0; i < schema.columns.size(); ++i)
    if (!schema.columns[i].dropped) {
      table::ColumnStorage storage =
          column_storage(ddl.catalog(), now.columns[i].type.oid);
      schema.columns[i].type = storage.type;
      schema.columns[i].physical = storage.physical;
    }
  // Secondary trees by pg_class.oid; the clustered key's is the table's own.
  std::vector<table::IndexSchema> secondary;
  table::IndexSchema clustered;
  for (const table::IndexSchema& index : schema.indexes)
    if (key == nullptr || index.id != key->oid) secondary.push_back(index);
  if (!schema.clustered.keys.empty() && (key == nullptr || schema.clustered.id != key->oid) &&
      now.index(schema.clustered.id) != nullptr)
    secondary.push_back(schema.clustered);
  if (key != nullptr) {
    clustered.id = key->oid;
    clustered.unique = true;
    for (const catalog::IndexKey& k : key->keys)
      clustered.keys.push_back({static_cast<table::ColumnNumber>(k.column), k.descending, k.nulls_first,
                                catalog::collated_key(ddl.catalog(), k.type.oid,
                                                      catalog::order_collation(k.operator_class, k.collation), "an index")});
  }
  schema.clustered = std::move(clustered);
  schema.indexes = std::move(secondary);
  table::create_storage(ddl.transaction(), schema);

  table::Table target(ddl.manager(), schema);
  int violated = 0;
  std::optional<table::DuplicateKey> duplicate;
  {
    transaction::View view = ddl.transaction().take_view();
    duplicate = table::rebuild_table(view, *old->storage, target, convert, build_options(),
                                     &violated);
  }
  if (duplicate) {
    Oid index = violated == table::kClusteredIndex
                    ? schema.clustered.id
                    : schema.indexes[static_cast<std::size_t>(violated)].id;
    const catalog::IndexDescriptor* descriptor = key != nullptr && key->oid == index
                                                     ? key
                                                     : now.index(index);
    raise_duplicate_key(ddl, now, descriptor->name, *duplicate, descriptor->keys);
  }
  table::TableSchema gone = old->storage->schema();
  // Indexes that the statement dropped before are gone already.
  std::erase_if(gone.indexes, [&](const table::IndexSchema& i) { return now.index(i.id) == nullptr; });
  table::drop_storage(ddl.transaction(), gone);
  ddl.transaction().next_command();

  auto set_root = [&](Oid relation, wal::PageNo root) {
    update_class(ddl, relation,
                 [&](RowBuilder& row) { row.set(pg_class::relfilenode, wal::raw(root)); });
  };
  set_root(table_oid, schema.clustered.root);
  if (key != nullptr && now.index(key->oid) != nullptr)
    set_root(key->oid, schema.clustered.root);
  for (const table::IndexSchema& index : schema.indexes) set_root(index.id, index.root);
  // No column is missing from the new rows.
  RowReader rows = ddl.writer().read(pg_attribute::kOid, 0, {key_oid(table_oid)});
  while (rows.next()) {
    if (!rows.row().flag(pg_attribute::atthasmissing)) continue;
    RowBuilder row = ddl.writer().row(pg_attribute::kOid);
    row.set(pg_attribute::atthasmissing, false);
    row.set_null(pg_attribute::attmissingval);
    ddl.writer().update(rows.row(), row);
  }
  return schema.clustered.root;
}

void update_class(Ddl& ddl, Oid relation, const std::function<void(RowBuilder&)>& change) {
  RowBuilder row = ddl.writer().row(pg_class::kOid);
  change(row);
  if (!ddl.writer().update_one(0, {key_oid(relation)}, row))
    throw SqlError("XX000", "cache lookup failed for relation " + std::to_string(relation));
}

void set_has_indexes(Ddl& ddl, Oid table) {
  RowReader rows = ddl.writer().read(pg_class::kOid, 0, {key_oid(table)});
  if (!rows.next() || rows.row().flag(pg_class::relhasindex)) return;
  RowBuilder row = ddl.writer().row(pg_class::kOid);
  row.set(pg_class::relhasindex, true);
  ddl.writer().update(rows.row(), row);
}

}  // namespace commands
