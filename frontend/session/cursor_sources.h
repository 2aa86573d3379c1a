// The tables whose rows a cursor's rows come from one by one: what WHERE CURRENT OF may change.
#pragma once

#include <memory>
#include <vector>

#include "planner/plan.h"
#include "query/query.h"

namespace catalog {
class CatalogView;  // catalog/catalog_view.h
}  // namespace catalog

namespace session {

// The row's key, and behind it the OID of the table that has the row: the named one or a member of it.
inline constexpr std::size_t kSourceColumns = 2;

struct CursorSources {
  struct Table {
    types::Oid relation;
    bool with_members;  // without ONLY
  };
  std::vector<Table> tables;       // in the order of their columns
  bool by_locks = false;           // FOR UPDATE or SHARE names them; otherwise there is one at most
};

// Puts the columns of the query's sources behind its own. A query that groups, joins or unites rows without locking
// them has none.
CursorSources add_cursor_sources(query::Query&, catalog::CatalogView&);
// The plan of such a query, just made: its columns are the query's own again, and those of the sources follow in its rows.
std::shared_ptr<const planner::Plan> hide_cursor_sources(std::shared_ptr<const planner::Plan>, const CursorSources&);

}  // namespace session
