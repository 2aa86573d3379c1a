#include "catalog/access_methods.h"
#include "maintenance.h"

#include <algorithm>

#include "catalog/query_privileges.h"
#include "catalog/unqualified_objects.h"
#include "eval/compile.h"
#include "inheritance.h"
#include "maintenance_options.h"
#include "operators/triggers.h"
#include "query/walk.h"
#include "sequence.h"
#include "table/scan.h"
#include "table/sequence.h"
#include "table_parts.h"
#include "transaction/usage.h"

namespace commands {

bool has_rows(Ddl& ddl, const RelationDescriptor& table) {
  transaction::View view = ddl.transaction().take_view();
  table::ScanRequest request;
  request.columns = {table::kRowKey};
  types::Arena arena;
  std::vector<types::Vector> columns;
  columns.push_back(types::Vector::allocate(arena, types::PhysicalType::varlen, 1));
  table::Scan scan(*table.storage, view, request);
  return scan.next(columns, 1, arena) > 0;
}

void truncate_one(Ddl& ddl, Oid oid) {
  RelationPtr table = ddl.reload(oid);
  table::TableSchema schema = table->storage->schema();
  table::truncate_storage(ddl.transaction(), schema);
  ddl.transaction().next_command();
  auto set_root = [&](Oid relation, wal::PageNo root) {
    update_class(ddl, relation, [&](RowBuilder& row) {
      row.set(pg_class::relfilenode, wal::raw(root));
      if (relation == oid) {
        row.set(pg_class::relpages, 0);
        row.set(pg_class::reltuples, -1.0f);
      }
    });
  };
  set_root(oid, schema.clustered.root);
  for (const catalog::IndexDescriptor& index : table->indexes)
    if (index.is_clustered_key) set_root(index.oid, schema.clustered.root);
  for (const table::IndexSchema& index : schema.indexes) set_root(index.id, index.root);
}

namespace {

void restart_sequences(Ddl& ddl, Oid table) {
  RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                     {key_oid(pg_class::kOid), key_oid(table)});
  while (rows.next()) {
    if (rows.row().oid(pg_depend::classid) != pg_class::kOid) continue;
    RelationPtr other = ddl.reload(rows.row().oid(pg_depend::objid));
    if (other == nullptr || other->kind != RelationKind::sequence) continue;
    query::SequenceOptions options;
    options.restart = true;
    alter_sequence_options(ddl, *other, options);
  }
}

}  // namespace

namespace {

bool of_another_session(Ddl& ddl, const RelationDescriptor& table) {
  return table.persistence == 't' && table.schema != ddl.catalog().temporary_schema();
}

void require_truncate(Ddl& ddl, const RelationDescriptor& table) {
  if (table.kind == RelationKind::foreign_table) catalog::refuse_foreign_table(ddl.catalog(), table);
  if (table.kind != RelationKind::table && table.kind != RelationKind::partitioned_table)
    throw SqlError("42809", "\"" + table.name + "\" is not a table");
  if (table.system)
    throw SqlError("42501", "permission denied: \"" + table.name + "\" is a system catalog");
  catalog::require_privileges(ddl.catalog(), table, types::privilege::truncate);
}

}  // namespace

void truncate(Ddl& ddl, const query::Truncate& statement) {
  std::vector<RelationPtr> tables;
  auto listed = [&](Oid oid) {
    return std::any_of(tables.begin(), tables.end(), [&](auto& t) { return t->oid == oid; });
  };
  const auto list = [&](RelationPtr table) {
    ddl.require_unused(*table, "TRUNCATE");
    tables.push_back(std::move(table));
  };
  for (const query::RelationName& name : statement.tables) {
    // Who may not do it does not wait for the lock either.
    if (RelationPtr seen = ddl.open(name, RelationLock::none)) require_truncate(ddl, *seen);
    RelationPtr table = ddl.open(name, RelationLock::access_exclusive);
    require_truncate(ddl, *table);
    if (table->kind == RelationKind::partitioned_table && !name.include_children)
      throw SqlError("42809", "cannot truncate only a partitioned table")
          .with_hint("Do not specify the ONLY keyword, or use TRUNCATE ONLY on the partitions "
                     "directly.");
    if (!name.include_children) {
      if (!listed(table->oid)) list(std::move(table));
      continue;
    }
    for (Oid oid : with_descendants(ddl, table->oid, RelationLock::access_exclusive))
      if (RelationPtr member = ddl.reload(oid); !listed(oid) && !of_another_session(ddl, *member)) list(std::move(member));
  }
  for (std::size_t i = 0; i < tables.size(); ++i) {
    RelationPtr table = tables[i];
    for (const catalog::ForeignKey& key : table->referenced_by) {
      if (listed(key.referencing)) continue;
      RelationPtr other =
          ddl.catalog().open_relation(key.referencing, RelationLock::access_exclusive);
      if (!statement.cascade)
        throw SqlError("0A000", "cannot truncate a table referenced in a foreign key constraint")
            .with_detail("Table \"" + other->name + "\" references \"" + table->name + "\".")
            .with_hint("Truncate table \"" + other->name +
                       "\" at the same time, or use TRUNCATE ... CASCADE.");
      ddl.notice("00000", "truncate cascades to table \"" + other->name + "\"");
      for (Oid oid : with_descendants(ddl, other->oid, RelationLock::access_exclusive)) {
        if (listed(oid)) continue;
        RelationPtr member = ddl.reload(oid);
        if (oid != other->oid) ddl.notice("00000", "truncate cascades to table \"" + member->name + "\"");
        list(std::move(member));
      }
    }
  }
  auto fire = [&](bool before) {
    using catalog::TriggerInfo;
    for (const RelationPtr& table : tables) {
      if (!operators::has_triggers(*table, TriggerInfo::kTruncate, static_cast<std::int16_t>(before ? int{TriggerInfo::kBefore} : 0)))
        continue;
      operators::Triggers* triggers = ddl.host().execution_context().triggers;
      if (triggers == nullptr) throw SqlError::not_supported("triggers in this place");
      triggers->statement({.relation = table.get(), .event = TriggerInfo::kTruncate, .updated = {}}, before);
    }
  };
  fire(true);
  for (const RelationPtr& table : tables) {
    if (table->storage) truncate_one(ddl, table->oid);
    if (statement.restart_sequences) restart_sequences(ddl, table->oid);
  }
  fire(false);
}

namespace {

// Any of what the mode protects.
void require_lock(Ddl& ddl, const RelationDescriptor& table, RelationLock mode, Oid role) {
  namespace privilege = types::privilege;
  types::Privileges enough = privilege::update | privilege::delete_ | privilege::truncate;
  if (mode == RelationLock::access_share) enough = privilege::select;
  if (mode == RelationLock::row_exclusive) enough |= privilege::insert;
  if ((catalog::privileges_on(ddl.catalog(), role, table) & enough) == 0) throw catalog::permission_denied(table);
}

bool can_be_locked(const RelationDescriptor& relation) {
  return relation.kind == RelationKind::table || relation.kind == RelationKind::view ||
         relation.kind == RelationKind::partitioned_table;
}

void lock_children(Ddl& ddl, const RelationDescriptor& table, RelationLock mode, bool nowait) {
  for (Oid child : table.children)
    if (RelationPtr locked = ddl.catalog().open_relation(child, mode, nowait)) lock_children(ddl, *locked, mode, nowait);
}

// Everything that a view reads, in the name of its owner.
class ViewLocker {
 public:
  ViewLocker(Ddl& ddl, RelationLock mode, bool nowait) : ddl_(ddl), mode_(mode), nowait_(nowait) {}

  void view(const RelationDescriptor& view) {
    if (view.view_query == nullptr || std::find(seen_.begin(), seen_.end(), view.oid) != seen_.end()) return;
    seen_.push_back(view.oid);
    query(*view.view_query, view.security_invoker ? ddl_.catalog().user() : view.owner);
  }

 private:
  void query(const query::Query& query, Oid role) {
    std::vector<const query::Query*> views;
    for (const query::RangeTableEntry& entry : query.range_table) {
      const Oid oid = entry.view != 0 ? entry.view : entry.relation;
      if (entry.view != 0) views.push_back(entry.subquery.get());
      if (oid != 0) relation(oid, entry.include_children, role);
    }
    const auto below = [&](const query::Query& nested) {
      if (std::find(views.begin(), views.end(), &nested) == views.end()) this->query(nested, role);
    };
    const std::function<void(const query::Expression&)> expression = [&](const query::Expression& e) {
      query::for_each_child(e, expression, below);
    };
    query::for_each_expression(query, expression, below);
  }

  void relation(Oid oid, bool with_children, Oid role) {
    RelationPtr found = ddl_.catalog().relation(oid);
    if (found == nullptr || !can_be_locked(*found)) return;
    require_lock(ddl_, *found, mode_, role);
    found = ddl_.catalog().open_relation(oid, mode_, nowait_);
    if (found == nullptr) return;
    if (found->kind == RelationKind::view)
      view(*found);
    else if (with_children)
      lock_children(ddl_, *found, mode_, nowait_);
  }

  Ddl& ddl_;
  const RelationLock mode_;
  const bool nowait_;
  std::vector<Oid> seen_;
};

}  // namespace

void lock_tables(Ddl& ddl, const query::LockTable& statement) {
  for (const query::RelationName& name : statement.tables) {
    RelationPtr table = ddl.catalog().open_relation(
        name.schema, name.name, static_cast<RelationLock>(statement.mode), false, statement.nowait);
    const auto mode = static_cast<RelationLock>(statement.mode);
    if (!can_be_locked(*table))
      throw SqlError("42809", "cannot lock relation \"" + table->name + "\"")
          .with_detail("This operation is not supported for " + std::string(kind_name(table->kind)) +
                       (table->kind == RelationKind::index ? "es." : "s."));
    require_lock(ddl, *table, mode, ddl.catalog().user());
    if (table->kind == RelationKind::view)
      ViewLocker(ddl, mode, statement.nowait).view(*table);
    else if (name.include_children)
      lock_children(ddl, *table, mode, statement.nowait);
  }
}

namespace {

bool owns_database(Ddl& ddl) {
  RowReader rows = ddl.writer().read(pg_database::kOid, 0, {key_oid(ddl.catalog().database_oid())});
  return rows.next() && ddl.owns(rows.row().oid(pg_database::datdba));
}

std::vector<Oid> user_tables(Ddl& ddl) {
  std::vector<Oid> tables;
  transaction::View view = ddl.catalog().take_view(false);
  const RelationDescriptor& classes = ddl.writer().table(pg_class::kOid);
  RowReader rows = RowReader::from_oid(view, classes, types::kFirstNormalOid);
  while (rows.next()) {
    char kind = rows.row().letter(pg_class::relkind);
    if (kind == 'r' || kind == 'm') tables.push_back(rows.row().oid(pg_class::oid));
  }
  return tables;
}

}  // namespace

void vacuum(Ddl& ddl, const query::Vacuum& statement) {
  require_vacuum_options(statement);
  const bool analyze = !statement.vacuum || is_on(statement.options, "analyze");
  const auto one = [&](const RelationPtr& table, const auto& columns) {
    if (analyze) analyze_table(ddl, table->oid, columns);
    if (statement.vacuum)
      if (const auto& usage = table->storage->usage())
        usage->vacuumed(ddl.host().execution_context().eval.statement_time);
  };
  if (statement.targets.empty()) {
    for (Oid oid : user_tables(ddl))
      if (RelationPtr table = ddl.reload(oid); table != nullptr && (ddl.owns(table->owner) || owns_database(ddl)))
        one(table, std::vector<std::string>());
  }
  // All of them are there before the first is worked on.
  std::vector<RelationPtr> tables;
  for (const query::Vacuum::Target& target : statement.targets)
    tables.push_back(ddl.open(target.relation, RelationLock::share_update_exclusive));
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const query::Vacuum::Target& target = statement.targets[i];
    const RelationPtr& table = tables[i];
    if (table->kind == RelationKind::partitioned_table) {
      for (Oid oid : with_descendants(ddl, table->oid, RelationLock::share_update_exclusive))
        if (RelationPtr leaf = ddl.reload(oid); leaf && leaf->storage) one(leaf, target.columns);
      continue;
    }
    if (table->kind != RelationKind::table && table->kind != RelationKind::materialized_view) {
      ddl.warning("01000", "skipping \"" + table->name + "\" --- cannot " +
                               (statement.vacuum ? "vacuum" : "analyze") +
                               " non-tables or special system tables");
      continue;
    }
    if (table->system) {
      if (!ddl.owns(table->owner) && !owns_database(ddl))
        ddl.warning("01000", "skipping \"" + table->name + "\" --- only superuser " +
                                 (table->shared ? "" : "or database owner ") + "can " +
                                 (statement.vacuum ? "vacuum" : "analyze") + " it");
      continue;
    }
    if (!ddl.owns(table->owner) && !owns_database(ddl)) {
      ddl.warning("01000", "skipping \"" + table->name + "\" --- only table or database owner can " +
                               (statement.vacuum ? "vacuum" : "analyze") + " it");
      continue;
    }
    one(table, target.columns);
  }
  // Old versions are in undo pages: the purge has them, not VACUUM.
  if (statement.vacuum) ddl.manager().wake_purge();
}

namespace {

void rebuild_with_indexes(Ddl& ddl, const RelationDescriptor& table) {
  const catalog::IndexDescriptor* key = nullptr;
  for (const catalog::IndexDescriptor& index : table.indexes)
    if (index.is_clustered_key) key = &index;
  rebuild(ddl, table.oid, key);
}

// All of its trees anew; with those that were not valid.
void reindex_table(Ddl& ddl, const RelationDescriptor& table) {
  rebuild_with_indexes(ddl, table);
  mend_indexes(ddl, table.oid);
}

void reindex_tables(Ddl& ddl, Oid schema) {
  for (Oid oid : user_tables(ddl)) {
    RelationPtr table = ddl.reload(oid);
    if (table == nullptr || (schema != 0 && table->schema != schema) || of_another_session(ddl, *table)) continue;
    // Waiting may see it dropped.
    table = ddl.catalog().open_relation(oid, RelationLock::access_exclusive);
    if (table != nullptr && table->storage) reindex_table(ddl, *table);
  }
}

void warn_of_system_catalogs(Ddl& ddl) {
  ddl.warning("0A000", "cannot reindex system catalogs concurrently, skipping all");
}

void reindex_schema(Ddl& ddl, const std::string& name, bool concurrently) {
  const Oid schema = ddl.catalog().find_schema(name);
  if (schema == 0) throw SqlError("3F000", "schema \"" + name + "\" does not exist");
  RowReader owner = ddl.writer().read(pg_namespace::kOid, 0, {key_oid(schema)});
  if (!owner.next() || !ddl.owns(owner.row().oid(pg_namespace::nspowner)))
    throw SqlError("42501", "must be owner of schema " + name);
  if (concurrently && name == "pg_catalog") warn_of_system_catalogs(ddl);
  reindex_tables(ddl, schema);
}

// DATABASE, and SYSTEM, of whose tables there is nothing to make anew.
void reindex_database(Ddl& ddl, const query::Reindex& statement, bool concurrently) {
  const bool system = statement.kind == query::Reindex::Kind::system;
  if (system && concurrently) throw SqlError("0A000", "cannot reindex system catalogs concurrently");
  RowReader rows = ddl.writer().read(pg_database::kOid, 0, {key_oid(ddl.catalog().database_oid())});
  if (!rows.next() || rows.row().text(pg_database::datname) != statement.name)
    throw SqlError("0A000", "can only reindex the currently open database");
  if (!ddl.owns(rows.row().oid(pg_database::datdba)))
    throw SqlError("42501", "must be owner of database " + statement.name);
  if (system) return;
  if (concurrently) warn_of_system_catalogs(ddl);
  reindex_tables(ddl, 0);
}

// In PostgreSQL such a table has one that says where its long values lie.
bool has_long_values(Ddl& ddl, const RelationDescriptor& table) {
  return std::ranges::any_of(table.columns, [&](const catalog::Column& column) {
    return !column.dropped && eval::physical_type(ddl.catalog(), column.type.oid) == types::PhysicalType::varlen;
  });
}

// In PostgreSQL another index is built beside the old one, under this name, and stays where that fails.
std::string name_of_new(Ddl& ddl, const catalog::IndexDescriptor& index) {
  return choose_relation_name(ddl, index.name, {}, "ccnew", index.schema);
}

void reindex_one(Ddl& ddl, const RelationDescriptor& table, const catalog::IndexDescriptor& index, bool concurrently) {
  if (!concurrently || table.persistence == 't') return rebuild_index(ddl, table.oid, index.oid);
  if (index.is_exclusion)
    throw SqlError("0A000", "concurrent index creation for exclusion constraints is not supported");
  NewIndex remains = like_index(ddl, index);
  remains.name = name_of_new(ddl, index);
  ddl.host().on_failure([oid = table.oid, remains](Host& host) {
    Ddl later(host);
    leave_invalid_index(later, oid, remains);
  });
  rebuild_index(ddl, table.oid, index.oid, remains.name);
  ddl.host().on_failure({});
}

// Those that can be; false: none.
bool reindex_concurrently(Ddl& ddl, const RelationDescriptor& table) {
  bool any = false;
  const std::string schema = "\"" + table.schema_name + ".";
  for (const catalog::IndexDescriptor& index : table.indexes) {
    if (!index.valid)
      ddl.warning("XX002", "cannot reindex invalid index " + schema + index.name + "\" concurrently, skipping");
    else if (index.is_exclusion)
      ddl.warning("0A000", "cannot reindex exclusion constraint index " + schema + index.name + "\" concurrently, skipping");
    else
      any = true;
  }
  for (const catalog::IndexDescriptor& index : table.indexes)
    if (index.valid && !index.is_exclusion) reindex_one(ddl, table, index, true);
  return any;
}

bool is_system(Ddl& ddl, const query::RelationName& name) {
  const Oid oid = ddl.catalog().find_relation(name.schema, name.name);
  return oid != 0 && oid < types::kFirstNormalOid;
}

}  // namespace

void reindex(Ddl& ddl, const query::Reindex& statement) {
  require_reindex_options(statement);
  using Kind = query::Reindex::Kind;
  const bool concurrently = is_on(statement.options, "concurrently");
  if (statement.kind == Kind::schema) return reindex_schema(ddl, statement.name, concurrently);
  if (statement.kind != Kind::index && statement.kind != Kind::table) return reindex_database(ddl, statement, concurrently);
  if (is_system(ddl, statement.relation)) {
    if (concurrently) throw SqlError("0A000", "cannot reindex system catalogs concurrently");
    return;
  }
  RelationPtr relation = ddl.open(statement.relation, RelationLock::share);
  Oid only = 0;  // the index that is asked for
  if (statement.kind == Kind::index) {
    if ((relation->kind != RelationKind::index &&
         relation->kind != RelationKind::partitioned_index) ||
        relation->indexes.empty())
      throw SqlError("42809", "\"" + relation->name + "\" is not an index");
    if (relation->kind == RelationKind::index) only = relation->oid;
    relation = ddl.catalog().open_relation(relation->indexes[0].table,
                                           RelationLock::access_exclusive);
  }
  if (statement.kind == Kind::table && relation->kind != RelationKind::table &&
      relation->kind != RelationKind::materialized_view && relation->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "\"" + relation->name + "\" is not a table or materialized view");
  if (!owns_database(ddl)) ddl.require_owner(*relation);
  const bool verbose = is_on(statement.options, "verbose");
  const auto tell = [&](const std::string& index) {
    if (verbose) ddl.host().notice({"INFO", "00000", "index \"" + index + "\" was reindexed", {}, {}});
  };
  if (only != 0) {
    const catalog::IndexDescriptor* index = relation->index(only);
    if (index == nullptr) throw SqlError("42704", "index \"" + statement.relation.name + "\" does not exist");
    reindex_one(ddl, *relation, *index, concurrently);
    return tell(index->name);
  }
  const bool partitioned = relation->kind == RelationKind::partitioned_table;
  if (!partitioned && !concurrently && relation->indexes.empty() && !has_long_values(ddl, *relation))
    ddl.notice("00000", "table \"" + relation->name + "\" has no indexes to reindex");
  for (Oid oid : with_descendants(ddl, relation->oid, RelationLock::access_exclusive)) {
    RelationPtr table = ddl.catalog().open_relation(oid, RelationLock::access_exclusive);
    if (table == nullptr || !table->storage) continue;
    // Of a plain table, children are not its own.
    if (oid != relation->oid && !partitioned) continue;
    if (!concurrently) {
      reindex_table(ddl, *table);
    } else if (!reindex_concurrently(ddl, *table) && !partitioned && !has_long_values(ddl, *table)) {
      ddl.notice("00000", "table \"" + table->name + "\" has no indexes that can be reindexed concurrently");
    }
    for (const catalog::IndexDescriptor& index : table->indexes)
      if (statement.kind == Kind::table || index.name == statement.relation.name) tell(index.name);
  }
}

namespace {

// The name of the index that the table was clustered by; empty: none.
std::string clustered_index(Ddl& ddl, const RelationDescriptor& table) {
  for (const catalog::IndexDescriptor& index : table.indexes) {
    RowReader rows = ddl.writer().read(pg_index::kOid, 0, {key_oid(index.oid)});
    if (rows.next() && rows.row().flag(pg_index::indisclustered)) return index.name;
  }
  return {};
}

void require_clusterable(const RelationDescriptor& table, const std::string& name, Ddl& ddl) {
  const auto index = std::ranges::find(table.indexes, name, &catalog::IndexDescriptor::name);
  if (index == table.indexes.end()) {
    if (const RelationPtr other = ddl.catalog().relation(ddl.catalog().find_relation(table.schema_name, name)))
      throw SqlError("42809", "\"" + name + "\" is not an index" +
                                  (other->kind == RelationKind::index ? " for table \"" + table.name + "\"" : ""));
    throw SqlError("42704", "index \"" + name + "\" for table \"" + table.name + "\" does not exist");
  }
  if (index->method != catalog::kBtree && index->method != catalog::kGist)
    throw SqlError("0A000", "cannot cluster on index \"" + name + "\" because access method does not support clustering");
  if (index->predicate) throw SqlError("0A000", "cannot cluster on partial index \"" + name + "\"");
  if (!index->valid) throw SqlError("0A000", "cannot cluster on invalid index \"" + name + "\"");
}

}  // namespace

void mark_clustered(Ddl& ddl, const RelationDescriptor& table, const std::string& name) {
  if (!name.empty()) require_clusterable(table, name, ddl);
  for (const catalog::IndexDescriptor& index : table.indexes) {
    RowBuilder row = ddl.writer().row(pg_index::kOid);
    row.set(pg_index::indisclustered, !name.empty() && index.name == name);
    ddl.writer().update_one(0, {key_oid(index.oid)}, row);
  }
}

namespace {

// Each partition by the part of the index that it has.
void cluster_partitions(Ddl& ddl, const RelationDescriptor& table, const std::string& name) {
  Oid wanted = 0;
  for (const catalog::IndexDescriptor& index : table.indexes)
    if (index.name == name) wanted = index.oid;
  for (Oid oid : with_descendants(ddl, table.oid, RelationLock::access_exclusive)) {
    const RelationPtr leaf = ddl.reload(oid);
    if (leaf == nullptr || leaf->storage == nullptr) continue;
    for (const catalog::IndexDescriptor& index : leaf->indexes) {
      bool comes_from_it = false;
      for (Oid above = index.oid; above != 0 && !comes_from_it;) {
        RowReader parents = ddl.writer().read(pg_inherits::kOid, 0, {key_oid(above)});
        above = parents.next() ? parents.row().oid(pg_inherits::inhparent) : Oid{0};
        comes_from_it = above == wanted;
      }
      if (!comes_from_it) continue;
      ddl.require_unused(*leaf, "CLUSTER");
      mark_clustered(ddl, *leaf, index.name);
      reindex_table(ddl, *leaf);
      break;
    }
  }
}

}  // namespace

void cluster(Ddl& ddl, const query::Cluster& statement) {
  require_cluster_options(statement);
  if (!statement.table) return;
  RelationPtr table = ddl.open(*statement.table, RelationLock::access_exclusive);
  if (table->kind != RelationKind::table && table->kind != RelationKind::materialized_view &&
      table->kind != RelationKind::partitioned_table)
    throw SqlError("42809", "\"" + table->name + "\" is not a table or materialized view");
  if (!table->system || !ddl.owns(table->owner)) ddl.require_owner(*table);
  const std::string wanted = statement.index.empty() ? clustered_index(ddl, *table) : statement.index;
  if (wanted.empty())
    throw SqlError("42704", "there is no previously clustered index for table \"" + table->name + "\"");
  if (table->system) ddl.require_owner(*table);  // whose order nobody changes
  if (ddl.catalog().find_relation(table->schema_name, wanted) == 0)
    throw SqlError("42704", "index \"" + wanted + "\" for table \"" + table->name + "\" does not exist");
  ddl.require_unused(*table, "CLUSTER");
  if (table->kind == RelationKind::partitioned_table) {
    require_clusterable(*table, wanted, ddl);
    return cluster_partitions(ddl, *table, wanted);
  }
  mark_clustered(ddl, *table, wanted);
  reindex_table(ddl, *table);
}

}  // namespace commands
