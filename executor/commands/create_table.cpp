// CREATE TABLE.
#include "create_table.h"

#include "alter_table.h"

#include <algorithm>

#include "alter_recursion.h"
#include "foreign_objects.h"
#include "inheritance.h"
#include "like_parts.h"
#include "partition.h"
#include "relation_rows.h"
#include "sequence.h"
#include "storage_parameters.h"
#include "table_parts.h"
#include "type_usage.h"

namespace commands {
namespace {

void require_distinct_columns(const std::vector<query::ColumnDefinition>& columns) {
  for (std::size_t i = 0; i < columns.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (columns[i].name == columns[j].name)
        throw SqlError("42701", "column \"" + columns[i].name + "\" specified more than once")
            .at(columns[i].location);
}

const query::Constraint* primary_key_of(const query::CreateTable& statement) {
  const query::Constraint* found = nullptr;
  for (const query::Constraint& constraint : statement.constraints) {
    if (constraint.kind != query::Constraint::Kind::primary_key) continue;
    if (found != nullptr)
      throw SqlError("42P16", "multiple primary keys for table \"" + statement.name.name +
                                  "\" are not allowed")
          .at(constraint.location);
    found = &constraint;
  }
  return found;
}

std::size_t position_of(const query::CreateTable& statement, const std::string& column,
                        int location) {
  for (std::size_t i = 0; i < statement.columns.size(); ++i)
    if (statement.columns[i].name == column) return i;
  throw SqlError("42703", "column \"" + column + "\" named in key does not exist").at(location);
}

// Columns of the primary key cluster the table, if their types can be keys.
table::TableSchema storage_for(Ddl& ddl, const query::CreateTable& statement, Oid oid,
                               const query::Constraint* key) {
  table::TableSchema schema;
  schema.id = oid;
  for (const query::ColumnDefinition& column : statement.columns)
    schema.columns.push_back(column_storage(ddl.catalog(), column.type.oid));
  if (key == nullptr || key->deferrable) return schema;
  for (const std::string& name : key->columns)
    schema.clustered.keys.push_back({static_cast<table::ColumnNumber>(
        position_of(statement, name, key->location))});
  schema.clustered.unique = true;
  return schema;
}

}  // namespace

Oid make_table(Ddl& ddl, const query::CreateTable& statement, Oid schema, char kind) {
  require_distinct_columns(statement.columns);
  if (statement.columns.size() > 1600)
    throw SqlError("54011", "tables can have at most 1600 columns");
  if (statement.of_type != 0) require_type_usage(ddl, statement.of_type);
  for (const query::ColumnDefinition& column : statement.columns) {
    require_type_usage(ddl, column.type.oid);
    require_column_type(ddl.catalog(), column.name, column.type.oid);
  }
  const query::Constraint* key = primary_key_of(statement);
  const std::string& name = statement.name.name;
  char persistence = schema == ddl.catalog().temporary_schema()
                         ? 't'
                         : persistence_letter(statement.persistence);

  // Sequences come first: defaults name them.
  std::vector<Oid> sequences(statement.columns.size());
  for (std::size_t i = 0; i < statement.columns.size(); ++i) {
    const query::ColumnDefinition& column = statement.columns[i];
    if (!column.sequence) continue;
    std::string sequence = column.sequence->name.name;
    if (sequence.empty()) sequence = choose_relation_name(ddl, name, column.name, "seq", schema);
    sequences[i] =
        create_sequence_relation(ddl, sequence, schema, persistence, column.sequence->options);
  }

  NewRelation relation;
  relation.oid = ddl.writer().allocate_oid();
  relation.name = name;
  relation.schema = schema;
  relation.kind = kind;
  relation.persistence = persistence;
  relation.access_method = 2;  // heap
  relation.of_type = statement.of_type;
  relation.options = storage_parameters(kind == 'p' ? ParameterOwner::partitioned_table : ParameterOwner::table, statement.options);
  require_tablespace(statement.tablespace);
  for (std::size_t i = 0; i < statement.columns.size(); ++i) {
    const query::ColumnDefinition& column = statement.columns[i];
    NewColumn c;
    c.name = column.name;
    c.type = column.type;
    c.not_null = column.not_null || column.identity != query::Identity::none;
    c.identity = static_cast<char>(column.identity);
    c.generated = column.generated_stored;
    c.has_default = column.default_value != nullptr ||
                    (column.sequence && column.identity == query::Identity::none);
    c.is_local = column.is_local;
    c.inherited = column.inherited_count;
    c.compression = compression_method(ddl, column.compression, column.type.oid);
    if (key != nullptr && std::find(key->columns.begin(), key->columns.end(), column.name) !=
                              key->columns.end())
      c.not_null = true;
    relation.columns.push_back(std::move(c));
  }
  if (kind != 'p' && kind != 'f') {
    table::TableSchema storage = storage_for(ddl, statement, relation.oid, key);
    table::create_storage(ddl.transaction(), storage);
    relation.root = storage.clustered.root;
  } else {
    relation.access_method = 0;
  }
  insert_relation(ddl, relation, true);

  for (std::size_t i = 0; i < statement.columns.size(); ++i) {
    const query::ColumnDefinition& column = statement.columns[i];
    int number = static_cast<int>(i) + 1;
    bool identity = column.identity != query::Identity::none;
    if (sequences[i] != 0) own_sequence(ddl, sequences[i], {relation.oid, number, identity});
    if (column.default_value != nullptr)
      insert_default(ddl, relation.oid, number, *column.default_value, column.generated_stored);
    else if (sequences[i] != 0 && !identity)
      insert_default(ddl, relation.oid, number,
                     *nextval_expression(sequences[i], column.type.oid), false);
  }
  return relation.oid;
}

void create_table(Ddl& ddl, const query::CreateTable& statement) {
  Oid schema = 0;
  try {
    schema = ddl.target_schema(statement.name.schema, statement.persistence, statement.name.location);
  } catch (SqlError& error) {
    if (error.message().starts_with("permission denied for schema")) error.set_position_if_none(statement.name.location);
    throw;
  }
  if (ddl.catalog().find_relation(ddl.catalog().schema_name(schema), statement.name.name) != 0) {
    if (!statement.if_not_exists)
      throw SqlError("42P07", "relation \"" + statement.name.name + "\" already exists");
    ddl.notice("42P07", "relation \"" + statement.name.name + "\" already exists, skipping");
    return;
  }
  if (statement.on_commit != query::OnCommit::none &&
      statement.persistence != query::Persistence::temporary)
    throw SqlError("42P16", "ON COMMIT can only be used on temporary tables");
  // Who makes a child must own what it inherits from.
  const auto require_own = [&](Oid parent) {
    const RelationPtr relation = ddl.reload(parent);
    if (relation != nullptr && !ddl.owns(relation->owner))
      throw SqlError("42501", "must be owner of " + std::string(kind_name(relation->kind)) + " " + relation->name);
  };
  for (const query::RelationName& parent : statement.inherits) require_own(parent.oid);
  if (statement.partition_of) require_own(statement.partition_of->oid);
  for (const query::MergeNotice& notice : statement.notices)
    ddl.host().notice({"NOTICE", "00000", notice.message, notice.detail, {}});
  const bool partitioned = statement.partition_by != query::PartitionStrategy::none;
  if (statement.foreign && statement.partition_of) throw SqlError::not_supported("a foreign table as a partition");
  const Oid server = statement.foreign ? require_server_usage(ddl, statement.foreign->server) : Oid{0};
  Oid table = make_table(ddl, statement, schema, partitioned ? 'p' : server != 0 ? 'f' : 'r');
  if (server != 0) insert_foreign_table(ddl, table, server, statement);
  copy_like_columns(ddl, table, statement);
  for (const query::RelationName& parent : statement.inherits) {
    const RelationPtr descriptor = ddl.reload(parent.oid);
    inherit_storage(ddl, table, *descriptor, statement, &parent == &statement.inherits.front());
    add_parent(ddl, table, *descriptor, Dependency::normal);
  }
  if (partitioned) insert_partition_key(ddl, table, statement);
  if (statement.partition_of) make_partition(ddl, table, statement);

  using Kind = query::Constraint::Kind;
  for (const query::Constraint& c : statement.constraints)
    if (c.kind == Kind::check) {
      if (c.no_inherit && partitioned)
        throw SqlError("42P16", "cannot add NO INHERIT constraint to partitioned table \"" + statement.name.name + "\"");
      const Oid check = add_or_merge_check(ddl, table, c, true);
      copy_like_comment(ddl, {pg_constraint::kOid, c.like.object, 0}, {pg_constraint::kOid, check, 0}, c.like);
    }
  // The primary key first, as pg_dump and \d list it.
  for (Kind kind : {Kind::primary_key, Kind::unique, Kind::exclusion})
    for (const query::Constraint& c : statement.constraints)
      if (c.kind == kind) {
        const Oid index = add_index_constraint(ddl, table, c, true);
        copy_like_comment(ddl, relation_address(c.like.object), relation_address(index), c.like);
      }
  for (const query::CreateIndex& index : statement.like_indexes)
    copy_like_comment(ddl, relation_address(index.like.object), relation_address(create_index(ddl, index, table)),
                      index.like);
  for (const query::Constraint& c : statement.constraints)
    if (c.kind == Kind::foreign_key) add_foreign_key(ddl, table, c, true);
  for (const query::LikeStatistics& like : statement.like_statistics) copy_like_statistics(ddl, table, like);
  if (statement.partition_of) copy_parent_parts(ddl, table, statement.partition_of->oid);
  if (statement.on_commit != query::OnCommit::none)
    ddl.host().on_commit(table, statement.on_commit);
}

}  // namespace commands
