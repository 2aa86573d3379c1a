// What INSERT, UPDATE, DELETE and MERGE share.
#pragma once

#include "analysis.h"

namespace analyzer {

// Opens and enters the table to be changed; sets Query::target. The item is not in reach yet.
struct Target {
  catalog::RelationPtr relation;
  NamespaceItemPtr item;
};
Target open_target(Scope& scope, const ast::RangeVariable& name, std::string_view command);

// Index of a column by its written name; throws 42703.
int target_column(const Target& target, const ast::ResultTarget& written);

// SET items, with DEFAULT filled in.
std::vector<query::TargetColumn> analyze_set(Scope& scope, const Target& target, ast::NodeList items);

struct InsertColumn {
  int column;
  ast::NodeList indirection;
  int location;
};
std::vector<InsertColumn> insert_columns(const Target& target, ast::NodeList written);
// Row expressions coerced to their columns, by column index of the relation.
void check_row_length(Scope& scope, std::size_t expressions, const std::vector<InsertColumn>& columns, bool explicit_columns,
                      const std::vector<ExpressionPtr>& row);

std::unique_ptr<query::OnConflict> analyze_on_conflict(Scope& scope, Target& target,
                                                       const ast::OnConflict& clause);

std::unique_ptr<query::JoinTree> leaf_of(const NamespaceItem& item);

}  // namespace analyzer
