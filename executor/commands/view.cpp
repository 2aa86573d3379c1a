// CREATE VIEW, CREATE TABLE AS, materialised views.
#include <algorithm>

#include "create_table.h"
#include "drop.h"
#include "query/serialize.h"
#include "query/updatable.h"
#include "relation_rows.h"
#include "storage_parameters.h"
#include "table/batch_insert.h"
#include "table_parts.h"
#include "type_usage.h"
#include "view.h"
#include "types/ascii.h"

namespace commands {
namespace {

void insert_rule(Ddl& ddl, Oid view, const query::Query& query) {
  Oid oid = ddl.writer().allocate_oid();
  RowBuilder row = ddl.writer().row(pg_rewrite::kOid);
  row.set(pg_rewrite::oid, oid);
  row.set(pg_rewrite::rulename, "_RETURN");
  row.set(pg_rewrite::ev_class, view);
  row.set(pg_rewrite::ev_type, '1');
  row.set(pg_rewrite::ev_enabled, 'O');
  row.set(pg_rewrite::is_instead, true);
  row.set(pg_rewrite::ev_qual, "<>");
  row.set(pg_rewrite::ev_action, query::serialize(query));
  ddl.writer().insert(row);
  ObjectAddress self{pg_rewrite::kOid, oid, 0};
  ddl.depend(self, relation_address(view), Dependency::internal);
  // A view depends on itself through nothing; on what its query reads, by its rule.
  ddl.depend_on_query(self, query);
}

void remove_rule(Ddl& ddl, Oid view) {
  RowReader rows = ddl.writer().read(pg_rewrite::kOid, catalog::index::pg_rewrite_rel_rulename_index,
                                     {key_oid(view), key_text("_RETURN")});
  while (rows.next()) {
    ddl.remove_dependencies({pg_rewrite::kOid, rows.row().oid(pg_rewrite::oid), 0});
    ddl.writer().remove(pg_rewrite::kOid, rows.row());
  }
}

std::vector<std::string> view_options(const query::CreateView& statement) {
  std::vector<std::string> options = storage_parameters(ParameterOwner::view, statement.options);
  if (statement.check_option == query::CheckOption::local)
    options.push_back("check_option=local");
  if (statement.check_option == query::CheckOption::cascaded)
    options.push_back("check_option=cascaded");
  return options;
}

void require_checkable(const query::Query& query) {
  const char* reason = query::why_not_updatable(query);
  if (reason == nullptr && !query::has_updatable_column(query)) reason = query::kNoUpdatableColumns;
  if (reason == nullptr) return;
  throw SqlError("0A000", "WITH CHECK OPTION is supported only on automatically updatable views").with_hint(reason);
}

std::string collation_name(Ddl& ddl, Oid collation) {
  const catalog::CollationInfo* info = ddl.catalog().collation(collation);
  return info == nullptr ? std::string() : std::string(info->name);
}

// CREATE OR REPLACE: old columns stay as they are, new ones may follow.
void replace_view(Ddl& ddl, const RelationDescriptor& old, const query::CreateView& statement) {
  if (statement.columns.size() < old.columns.size())
    throw SqlError("42P16", "cannot drop columns from view");
  for (std::size_t i = 0; i < old.columns.size(); ++i) {
    const catalog::Column& was = old.columns[i];
    const query::ColumnDefinition& now = statement.columns[i];
    if (was.name != now.name)
      throw SqlError("42P16", "cannot change name of view column \"" + was.name + "\" to \"" +
                                  now.name + "\"")
          .with_hint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead.");
    if (was.type.oid != now.type.oid || was.type.typmod != now.type.typmod)
      throw SqlError("42P16", "cannot change data type of view column \"" + was.name + "\" from " +
                                  ddl.catalog().format_type(was.type.oid, was.type.typmod) + " to " +
                                  ddl.catalog().format_type(now.type.oid, now.type.typmod));
    if (was.type.collation != now.type.collation)
      throw SqlError("42P16", "cannot change collation of view column \"" + was.name + "\" from \"" +
                                  collation_name(ddl, was.type.collation) + "\" to \"" +
                                  collation_name(ddl, now.type.collation) + "\"");
  }
  for (std::size_t i = old.columns.size(); i < statement.columns.size(); ++i) {
    NewColumn column;
    column.name = statement.columns[i].name;
    column.type = statement.columns[i].type;
    insert_attribute(ddl, old.oid, static_cast<int>(i) + 1, column);
  }
  std::vector<std::string> options = view_options(statement);
  update_class(ddl, old.oid, [&](RowBuilder& row) {
    row.set(pg_class::relnatts, static_cast<int>(statement.columns.size()));
    if (options.empty())
      row.set_null(pg_class::reloptions);
    else
      row.set(pg_class::reloptions, std::span<const std::string>(options));
  });
  remove_rule(ddl, old.oid);
  insert_rule(ddl, old.oid, *statement.query);
}

// Runs the query and puts its rows into the table; how many.
std::uint64_t fill_from_query(Ddl& ddl, Oid table_oid, const query::Query& query) {
  RelationPtr table = ddl.reload(table_oid);
  std::shared_ptr<const planner::Plan> plan =
      planner::plan(query, ddl.catalog(), ddl.host().planner_options());
  operators::ExecutionContext context = ddl.host().execution_context();
  transaction::View view = ddl.transaction().take_view();
  context.view = &view;
  operators::Execution execution(plan);
  execution.start(context);
  table::Scratch scratch;
  table::BatchInsert inserts(*table->storage, view, scratch);
  types::Batch batch;
  std::uint64_t rows = 0;
  while (execution.next(batch)) {
    rows += batch.rows.count;
    const table::Outcome outcome = inserts.add(batch.columns, batch.rows);
    if (!outcome.ok()) throw SqlError("XX000", "unexpected duplicate in a new table");
  }
  execution.finish();
  inserts.finish();
  view = {};
  ddl.transaction().next_command();
  return rows;
}

// Another role for a while.
class AsOwner {
 public:
  AsOwner(catalog::SessionCatalog& catalog, Oid owner) : catalog_(catalog), user_(catalog.user()), name_(catalog.user_name()) {
    catalog_.set_user(owner, catalog_.role_name(owner));
  }
  ~AsOwner() { catalog_.set_user(user_, name_); }
  AsOwner(const AsOwner&) = delete;
  AsOwner& operator=(const AsOwner&) = delete;

 private:
  catalog::SessionCatalog& catalog_;
  Oid user_;
  std::string name_;
};

// REFRESH .. CONCURRENTLY tells rows apart by a unique index over columns.
void require_concurrent_refresh(Ddl& ddl, const RelationDescriptor& view, bool with_data) {
  RowReader rows = ddl.writer().read(pg_class::kOid, 0, {key_oid(view.oid)});
  if (rows.next() && !rows.row().flag(pg_class::relispopulated))
    throw SqlError("0A000", "CONCURRENTLY cannot be used when the materialized view is not populated");
  if (!with_data)
    throw SqlError("42601", "CONCURRENTLY and WITH NO DATA options cannot be used together");
  for (const catalog::IndexDescriptor& index : view.indexes) {
    const bool columns = std::all_of(index.keys.begin(), index.keys.end(),
                                     [](const catalog::IndexKey& key) { return key.column >= 0; });
    if (index.unique && index.valid && !index.predicate && columns) return;
  }
  throw SqlError("55000", "cannot refresh materialized view \"" +
                              catalog::quote_identifier(view.schema_name) + "." +
                              catalog::quote_identifier(view.name) + "\" concurrently")
      .with_hint("Create a unique index with no WHERE clause on one or more columns of the "
                 "materialized view.");
}

}  // namespace

void replace_view_query(Ddl& ddl, Oid view, const query::Query& query) {
  remove_rule(ddl, view);
  insert_rule(ddl, view, query);
}

void require_checkable_view(const std::vector<query::Option>& options, const query::Query& query) {
  if (std::any_of(options.begin(), options.end(), [](auto& option) { return option.name == "check_option"; }))
    require_checkable(query);
}

void create_view(Ddl& ddl, const query::CreateView& statement) {
  require_checkable_view(statement.options, *statement.query);
  if (statement.check_option != query::CheckOption::none) require_checkable(*statement.query);
  if (statement.becomes_temporary)
    ddl.notice("00000", "view \"" + statement.name.name + "\" will be a temporary view");
  Oid schema = ddl.target_schema(statement.name.schema, statement.persistence,
                                 statement.name.location);
  for (std::size_t i = 0; i < statement.columns.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (statement.columns[i].name == statement.columns[j].name)
        throw SqlError("42701",
                       "column \"" + statement.columns[i].name + "\" specified more than once");
  for (const query::ColumnDefinition& column : statement.columns) {
    require_column_type(ddl.catalog(), column.name, column.type.oid);
    require_type_usage(ddl, column.type.oid);
  }
  Oid existing =
      ddl.catalog().find_relation(ddl.catalog().schema_name(schema), statement.name.name);
  if (existing != 0) {
    if (!statement.or_replace)
      throw SqlError("42P07", "relation \"" + statement.name.name + "\" already exists");
    RelationPtr old = ddl.catalog().open_relation(existing, RelationLock::access_exclusive);
    if (old->kind != RelationKind::view)
      throw SqlError("42809", "\"" + old->name + "\" is not a view");
    ddl.require_owner(*old);
    replace_view(ddl, *old, statement);
    return;
  }
  NewRelation relation;
  relation.oid = ddl.writer().allocate_oid();
  relation.name = statement.name.name;
  relation.schema = schema;
  relation.kind = 'v';
  relation.persistence = schema == ddl.catalog().temporary_schema() ? 't' : 'p';
  relation.has_rules = true;
  relation.options = view_options(statement);
  for (const query::ColumnDefinition& column : statement.columns) {
    NewColumn c;
    c.name = column.name;
    c.type = column.type;
    relation.columns.push_back(std::move(c));
  }
  insert_relation(ddl, relation, true);
  insert_rule(ddl, relation.oid, *statement.query);
}

std::string create_table_as(Ddl& ddl, const query::CreateTableAs& statement) {
  const char* tag = statement.materialized_view ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS";
  Oid schema = ddl.target_schema(statement.name.schema, statement.persistence,
                                 statement.name.location);
  if (ddl.catalog().find_relation(ddl.catalog().schema_name(schema), statement.name.name) != 0) {
    if (!statement.if_not_exists)
      throw SqlError("42P07", "relation \"" + statement.name.name + "\" already exists");
    ddl.notice("42P07", "relation \"" + statement.name.name + "\" already exists, skipping");
    return tag;
  }
  if (statement.query == nullptr) throw SqlError::not_supported("CREATE TABLE AS EXECUTE");
  query::CreateTable definition;
  definition.name = statement.name;
  definition.persistence = statement.persistence;
  definition.options = statement.options;
  definition.tablespace = statement.tablespace;
  for (const query::ColumnDefinition& column : statement.columns) {
    query::ColumnDefinition& copy = definition.columns.emplace_back();
    copy.name = column.name;
    copy.type = column.type;
  }
  Oid table = make_table(ddl, definition, schema, statement.materialized_view ? 'm' : 'r');
  if (statement.materialized_view) insert_rule(ddl, table, *statement.query);
  if (statement.on_commit != query::OnCommit::none)
    ddl.host().on_commit(table, statement.on_commit);
  if (!statement.with_data) {
    if (statement.materialized_view)
      update_class(ddl, table, [](RowBuilder& row) { row.set(pg_class::relispopulated, false); });
    return tag;
  }
  std::uint64_t rows = fill_from_query(ddl, table, *statement.query);
  return "SELECT " + std::to_string(rows);
}

void refresh_materialized_view(Ddl& ddl, const query::RefreshMaterializedView& statement) {
  RelationPtr view = ddl.open(statement.name, RelationLock::access_exclusive);
  if (view->kind == RelationKind::table || view->kind == RelationKind::partitioned_table)
    throw SqlError("0A000", "\"" + view->name + "\" is not a materialized view");
  if (view->kind != RelationKind::materialized_view)
    throw SqlError("42809", "\"" + view->name + "\" is not a table or materialized view");
  ddl.require_owner(*view);
  ddl.require_unused(*view, "REFRESH MATERIALIZED VIEW");
  if (statement.concurrently) require_concurrent_refresh(ddl, *view, statement.with_data);
  auto query = view->view_query;
  table::TableSchema schema = view->storage->schema();
  table::truncate_storage(ddl.transaction(), schema);
  ddl.transaction().next_command();
  update_class(ddl, view->oid, [&](RowBuilder& row) {
    row.set(pg_class::relfilenode, wal::raw(schema.clustered.root));
    row.set(pg_class::relispopulated, statement.with_data);
  });
  for (const table::IndexSchema& index : schema.indexes)
    update_class(ddl, index.id,
                 [&](RowBuilder& row) { row.set(pg_class::relfilenode, wal::raw(index.root)); });
  if (!statement.with_data) return;
  // Whoever asks for it: what is read, and called, is so in the owner's name.
  AsOwner owner(ddl.catalog(), view->owner);
  if (auto denial = ddl.catalog().find_denial(*query)) throw std::move(*denial);
  fill_from_query(ddl, view->oid, *query);
}

}  // namespace commands
