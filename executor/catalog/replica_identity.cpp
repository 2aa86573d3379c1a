// Whether what publications say lets a table's rows be changed, by the rules of PostgreSQL's CheckCmdReplicaIdentity().
#include "replica_identity.h"

#include <algorithm>
#include <vector>

#include "catalog/object_columns.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "query/serialize.h"
#include "query/walk.h"

namespace catalog {
namespace {

using query::Expression;
using query::Query;
using types::SqlError;
namespace publications = pg_publication;
namespace published = pg_publication_rel;
namespace published_schemas = pg_publication_namespace;

struct Publication {
  Oid oid;
  bool all_tables, updates, deletes, via_root;
};

void columns_of(const Expression& e, std::vector<int>& columns) {
  if (const auto* reference = std::get_if<query::ColumnReference>(&e.node)) columns.push_back(reference->column);
  query::for_each_child(e, [&](const Expression& child) { columns_of(child, columns); });
}

class Checker {
 public:
  explicit Checker(SessionCatalog& catalog) : catalog_(catalog), view_(catalog.take_view(false)) {
    RowReader rows = read(publications::kOid, 0, Key{});
    while (rows.next()) {
      const Row row = rows.row();
      const Publication one{row.oid(publications::oid), row.flag(publications::puballtables), row.flag(publications::pubupdate),
                            row.flag(publications::pubdelete), row.flag(publications::pubviaroot)};
      if (one.updates || one.deletes) publications_.push_back(one);
    }
  }

  bool has_nothing_to_do() const { return publications_.empty(); }

  void visit(const Query& query) {
    if (query.target >= 0) {
      const query::RangeTableEntry& entry = query.range_table[static_cast<std::size_t>(query.target)];
      bool updates = query.command == query::CommandKind::update, deletes = query.command == query::CommandKind::delete_;
      if (query.command == query::CommandKind::merge)
        for (const query::MergeAction& action : query.merge_actions) {
          updates |= action.kind == query::MergeAction::Kind::update;
          deletes |= action.kind == query::MergeAction::Kind::delete_;
        }
      if ((updates || deletes) && entry.kind == query::RangeTableEntry::Kind::relation)
        check(entry.relation, entry.include_children, updates, deletes);
    }
    query::for_each_expression(
        query, [&](const Expression& e) { visit(e); }, [&](const Query& below) { visit(below); });
  }

  std::optional<SqlError> take_error() { return std::move(error_); }

 private:
  void visit(const Expression& e) {
    query::for_each_child(
        e, [&](const Expression& child) { visit(child); }, [&](const Query& below) { visit(below); });
  }

  RowReader read(Oid catalog, Oid index, Key key) {
    return RowReader(view_, *catalog_.relation(catalog), index, std::move(key));
  }

  void check(Oid oid, bool with_children, bool updates, bool deletes) {
    const RelationPtr table = catalog_.relation(oid);
    if (error_ || table == nullptr) return;
    if (table->kind == RelationKind::table && table->persistence == 'p' && !table->system) {
      if (updates) check_one(*table, true);
      if (deletes && !error_) check_one(*table, false);
    }
    if (!with_children) return;
    for (const Oid child : table->children) check(child, true, updates, deletes);
  }

  // Of a table: how its rows are known to who gets the changes.
  struct Identity {
    char kind = 'd';
    bool has_key = false;
    std::vector<int> columns;
  };
  Identity identity_of(const RelationDescriptor& table) {
    Identity identity;
    RowReader classes = read(pg_class::kOid, 0, {key_oid(table.oid)});
    if (classes.next()) identity.kind = classes.row().letter(pg_class::relreplident);
    for (const IndexDescriptor& index : table.indexes) {
      bool chosen = identity.kind == 'd' && index.primary && index.immediate;
      if (identity.kind == 'i') {
        RowReader indexes = read(pg_index::kOid, 0, {key_oid(index.oid)});
        chosen = indexes.next() && indexes.row().flag(pg_index::indisreplident);
      }
      if (!chosen) continue;
      identity.has_key = true;
      for (const IndexKey& key : index.keys) identity.columns.push_back(key.column);
    }
    return identity;
  }

  // The table and, of a partition, what it is a part of.
  std::vector<RelationPtr> with_ancestors(const RelationDescriptor& table) {
    std::vector<RelationPtr> found{catalog_.relation(table.oid)};
    while (found.back()->partition_bound && !found.back()->parents.empty()) {
      RelationPtr above = catalog_.relation(found.back()->parents.front());
      if (above == nullptr) break;
      found.push_back(std::move(above));
    }
    return found;
  }

  bool names(const Publication& publication, const RelationDescriptor& table) {
    return read(published::kOid, published::kRelationIndex, {key_oid(table.oid), key_oid(publication.oid)}).next() ||
           read(published_schemas::kOid, published_schemas::kSchemaIndex, {key_oid(table.schema), key_oid(publication.oid)}).next();
  }

  void check_one(const RelationDescriptor& table, bool update) {
    const std::vector<RelationPtr> family = with_ancestors(table);
    const Identity identity = identity_of(table);
    bool publishes = false, bad_filter = false, bad_list = false;
    for (const Publication& publication : publications_) {
      if (!(update ? publication.updates : publication.deletes)) continue;
      if (publication.all_tables) {
        publishes = true;
        continue;
      }
      const RelationDescriptor* top = nullptr;
      for (const RelationPtr& member : family)
        if (names(publication, *member)) top = member.get();
      if (top == nullptr) continue;
      publishes = true;
      check_parts(publication, publication.via_root ? *top : table, table, identity, bad_filter, bad_list);
    }
    const std::string cannot = std::string(update ? "cannot update table \"" : "cannot delete from table \"") + table.name + "\"";
    if (bad_filter) {
      error_ = SqlError("42P10", cannot).with_detail(
          "Column used in the publication WHERE expression is not part of the replica identity.");
    } else if (bad_list) {
      error_ = SqlError("42P10", cannot).with_detail(
          "Column list used by the publication does not cover the replica identity.");
    } else if (publishes && identity.kind != 'f' && !identity.has_key) {
      error_ = SqlError("55000", cannot + " because it does not have a replica identity and publishes " +
                                     (update ? "updates" : "deletes"))
                   .with_hint(std::string("To enable ") + (update ? "updating the table" : "deleting from the table") +
                              ", set REPLICA IDENTITY using ALTER TABLE.");
    }
  }

  // The row filter and the list of columns with which `as` is published, of which `table` is a part or which it is.
  void check_parts(const Publication& publication, const RelationDescriptor& as, const RelationDescriptor& table,
                   const Identity& identity, bool& bad_filter, bool& bad_list) {
    RowReader rows = read(published::kOid, published::kRelationIndex, {key_oid(as.oid), key_oid(publication.oid)});
    if (!rows.next()) return;
    const auto own = [&](int column) {
      return as.oid == table.oid || column < 0 ? column : table.column_index(as.columns[static_cast<std::size_t>(column)].name);
    };
    if (identity.kind != 'f' && !rows.row().is_null(published::prqual)) {
      std::vector<int> columns;
      columns_of(*query::deserialize_expression(rows.row().text(published::prqual)), columns);
      for (const int column : columns)
        bad_filter |= std::find(identity.columns.begin(), identity.columns.end(), own(column)) == identity.columns.end();
    }
    if (rows.row().is_null(published::prattrs)) return;
    if (identity.kind == 'f') {
      bad_list = true;
      return;
    }
    std::vector<int> listed;
    for (const std::int16_t number : rows.row().int2s(published::prattrs)) listed.push_back(own(number - 1));
    for (const int column : identity.columns)
      bad_list |= std::find(listed.begin(), listed.end(), column) == listed.end();
  }

  SessionCatalog& catalog_;
  transaction::View view_;
  std::vector<Publication> publications_;
  std::optional<SqlError> error_;
};

bool changes_rows(const Query& query) {
  bool found = query.command == query::CommandKind::update || query.command == query::CommandKind::delete_ ||
               query.command == query::CommandKind::merge;
  for (const auto& common : query.with) found = found || (common.query != nullptr && changes_rows(*common.query));
  return found;
}

}  // namespace

std::optional<SqlError> find_missing_identity(SessionCatalog& catalog, const Query& query) {
  if (!changes_rows(query)) return std::nullopt;
  Checker checker(catalog);
  if (checker.has_nothing_to_do()) return std::nullopt;
  checker.visit(query);
  return checker.take_error();
}

}  // namespace catalog
