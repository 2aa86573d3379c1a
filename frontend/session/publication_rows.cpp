#include "publication_rows.h"

#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "catalog/object_columns.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "session_state.h"

namespace session {
namespace {

namespace publications = catalog::pg_publication;
namespace published = catalog::pg_publication_rel;
namespace schemas = catalog::pg_publication_namespace;
using catalog::RelationKind;
using types::Oid;

struct Listed {
  std::optional<std::string> columns, filter;
};

class PublicationTables {
 public:
  explicit PublicationTables(catalog::SessionCatalog& catalog) : catalog_(catalog), view_(catalog.take_view(false)) {}

  TextRows rows() {
    TextRows result;
    for (catalog::RowReader all = read(publications::kOid); all.next();) {
      const catalog::Row row = all.row();
      std::map<Oid, Listed> listed = listed_by(row.oid(publications::oid));
      std::set<Oid> tables;
      const bool via_root = row.flag(publications::pubviaroot);
      const std::set<Oid> in = schemas_of(row.oid(publications::oid));
      if (row.flag(publications::puballtables) || !in.empty())
        add_all(tables, row.flag(publications::puballtables) ? nullptr : &in);
      for (const auto& [table, what] : listed) tables.insert(table);
      for (const Oid table : shown(tables, via_root)) {
        const auto found = listed.find(table);
        const Listed what = found != listed.end() ? found->second : Listed();
        result.push_back({fmt::format("{}", table), what.columns, what.filter, row.string(publications::pubname)});
      }
    }
    return result;
  }

 private:
  catalog::RowReader read(Oid table) {
    relations_.push_back(catalog_.relation(table));
    return {view_, *relations_.back(), 0, catalog::Key{}};
  }

  std::map<Oid, Listed> listed_by(Oid publication) {
    std::map<Oid, Listed> found;
    for (catalog::RowReader all = read(published::kOid); all.next();) {
      const catalog::Row row = all.row();
      if (row.oid(published::prpubid) != publication) continue;
      Listed what;
      if (!row.is_null(published::prattrs)) {
        what.columns.emplace();
        for (const std::int16_t column : row.int2s(published::prattrs))
          *what.columns += (what.columns->empty() ? "" : " ") + fmt::format("{}", column);
      }
      if (!row.is_null(published::prqual)) what.filter = row.string(published::prqual);
      found.emplace(row.oid(published::prrelid), std::move(what));
    }
    return found;
  }

  std::set<Oid> schemas_of(Oid publication) {
    std::set<Oid> found;
    for (catalog::RowReader all = read(schemas::kOid); all.next();)
      if (all.row().oid(schemas::pnpubid) == publication) found.insert(all.row().oid(schemas::pnnspid));
    return found;
  }

  // Permanent tables that users made; `in`: of these schemas.
  void add_all(std::set<Oid>& tables, const std::set<Oid>* in) {
    for (catalog::RowReader all = read(catalog::pg_class::kOid); all.next();) {
      const catalog::Row row = all.row();
      const char kind = row.letter(catalog::pg_class::relkind);
      if ((kind != 'r' && kind != 'p') || row.letter(catalog::pg_class::relpersistence) != 'p' ||
          row.oid(catalog::pg_class::oid) < types::kFirstNormalOid)
        continue;
      if (in != nullptr && !in->contains(row.oid(catalog::pg_class::relnamespace))) continue;
      tables.insert(row.oid(catalog::pg_class::oid));
    }
  }

  // Through the root: the topmost of each tree; else leaves alone.
  std::set<Oid> shown(const std::set<Oid>& tables, bool via_root) {
    std::set<Oid> result;
    const std::function<void(Oid)> leaves = [&](Oid table) {
      const catalog::RelationPtr relation = catalog_.relation(table);
      if (relation == nullptr) return;
      if (relation->kind != RelationKind::partitioned_table) result.insert(table);
      else
        for (const Oid child : relation->children) leaves(child);
    };
    const std::function<bool(Oid)> below = [&](Oid table) {
      const catalog::RelationPtr relation = catalog_.relation(table);
      if (relation == nullptr || !relation->partition_bound) return false;
      for (const Oid parent : relation->parents)
        if (tables.contains(parent) || below(parent)) return true;
      return false;
    };
    for (const Oid table : tables) {
      if (!via_root) leaves(table);
      else if (!below(table)) result.insert(table);
    }
    return result;
  }

  catalog::SessionCatalog& catalog_;
  transaction::View view_;
  std::vector<catalog::RelationPtr> relations_;
};

}  // namespace

TextRows publication_rows(SessionState& session) { return PublicationTables(*session.catalog).rows(); }

}  // namespace session
