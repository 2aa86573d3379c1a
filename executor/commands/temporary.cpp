// Temporary tables at the ends of transactions and sessions. They are ordinary relations in a schema
// of the session's own.
#include <algorithm>

#include "commands/commands.h"
#include "drop.h"
#include "maintenance.h"
#include "table_parts.h"

namespace commands {
namespace {

// A table that another one refers to cannot be emptied alone.
void require_same_action(Ddl& ddl, const RelationDescriptor& table, const std::vector<Oid>& emptied) {
  for (const catalog::ForeignKey& key : table.referenced_by) {
    if (std::find(emptied.begin(), emptied.end(), key.referencing) != emptied.end()) continue;
    throw SqlError("0A000", "unsupported ON COMMIT and foreign key combination")
        .with_detail("Table \"" + ddl.reload(key.referencing)->name + "\" references \"" +
                     table.name + "\", but they do not have the same ON COMMIT setting.");
  }
}

void drop_contents(Ddl& ddl, Oid schema) {
  std::vector<ObjectAddress> objects;
  {
    RowReader rows = ddl.writer().read(pg_depend::kOid, catalog::index::pg_depend_reference_index,
                                       {key_oid(pg_namespace::kOid), key_oid(schema)});
    while (rows.next())
      objects.push_back({rows.row().oid(pg_depend::classid), rows.row().oid(pg_depend::objid), 0});
  }
  if (!objects.empty()) perform_deletion(ddl, objects, true, true);
}

}  // namespace

void run_on_commit(Host& host, std::vector<OnCommitAction>& actions) {
  Ddl ddl(host);
  std::erase_if(actions, [&](const OnCommitAction& a) { return ddl.reload(a.relation) == nullptr; });
  std::vector<Oid> emptied;
  std::vector<ObjectAddress> dropped;
  for (const OnCommitAction& a : actions) {
    if (a.action == query::OnCommit::delete_rows)
      emptied.push_back(a.relation);
    else
      dropped.push_back(relation_address(a.relation));
  }
  for (Oid oid : emptied) {
    RelationPtr table = ddl.reload(oid);
    // A partitioned table keeps its rows in members that are listed by themselves.
    if (!table->storage) continue;
    if (ddl.catalog().used_temporary()) require_same_action(ddl, *table, emptied);
    if (!has_rows(ddl, *table)) continue;
    truncate_one(ddl, oid);
  }
  if (!dropped.empty()) {
    perform_deletion(ddl, dropped, true, true);
    std::erase_if(actions,
                  [&](const OnCommitAction& a) { return ddl.reload(a.relation) == nullptr; });
  }
}

void drop_temporary_objects(Host& host) {
  Ddl ddl(host);
  if (Oid schema = ddl.catalog().temporary_schema()) drop_contents(ddl, schema);
}

void drop_temporary_schema(Host& host, Oid schema) {
  Ddl ddl(host);
  drop_contents(ddl, schema);
  ddl.writer().remove_all(pg_namespace::kOid, 0, {key_oid(schema)});
  if (schema == ddl.catalog().temporary_schema()) ddl.catalog().set_temporary_schema(0);
}

std::vector<std::pair<Oid, std::string>> temporary_schemas(Host& host) {
  Ddl ddl(host);
  std::vector<std::pair<Oid, std::string>> found;
  transaction::View view = ddl.catalog().take_view(false);
  RowReader rows = RowReader::from_oid(view, ddl.writer().table(pg_namespace::kOid),
                                       types::kFirstNormalOid);
  while (rows.next())
    if (std::string name(rows.row().text(pg_namespace::nspname)); name.starts_with(kTemporarySchemaPrefix))
      found.emplace_back(rows.row().oid(pg_namespace::oid), std::move(name));
  return found;
}

}  // namespace commands
