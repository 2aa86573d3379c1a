// FOR UPDATE and its relatives: which tables they lock.
#include <fmt/format.h>

#include "analysis.h"

namespace analyzer {
namespace {

const char* clause_name(int strength) {
  static constexpr const char* kNames[] = {"FOR some", "FOR KEY SHARE", "FOR SHARE", "FOR NO KEY UPDATE", "FOR UPDATE"};
  return kNames[strength];
}

void check(Scope& scope, const char* clause) {
  const query::Query& query = *scope.query;
  auto refuse = [&](const char* what) {
    throw SqlError("0A000", fmt::format("{} is not allowed with {}", clause, what));
  };
  if (query.set_operations) refuse("UNION/INTERSECT/EXCEPT");
  if (query.distinct || !query.distinct_on.empty()) refuse("DISTINCT clause");
  if (!query.group_by.empty() || !query.grouping_sets.empty()) refuse("GROUP BY clause");
  if (query.having) refuse("HAVING clause");
  if (scope.has_aggregates) refuse("aggregate functions");
  if (scope.has_windows) refuse("window functions");
  if (scope.has_set_functions) refuse("set-returning functions in the target list");
}

void lock_entry(Scope& scope, int index, const ast::LockingClause& clause);

// Into a subquery's own tables: it has been analysed already.
void lock_subquery(Scope& scope, query::Query& query, const ast::LockingClause& clause) {
  if (query.set_operations || query.distinct || !query.distinct_on.empty() || !query.group_by.empty() ||
      query.having || query.has_aggregates)
    throw SqlError("0A000", fmt::format("{} is not allowed with {}", clause_name(clause.strength),
                                        query.set_operations ? "UNION/INTERSECT/EXCEPT"
                                        : query.distinct     ? "DISTINCT clause"
                                        : !query.group_by.empty() ? "GROUP BY clause"
                                                                  : "aggregate functions"));
  Scope inner(scope.state, nullptr, &query);
  for (std::size_t i = 0; i < query.range_table.size(); ++i) lock_entry(inner, static_cast<int>(i), clause);
}

void lock_entry(Scope& scope, int index, const ast::LockingClause& clause) {
  auto& entry = scope.query->range_table[static_cast<std::size_t>(index)];
  using Kind = query::RangeTableEntry::Kind;
  if (entry.kind != Kind::relation && entry.kind != Kind::subquery) return;
  // A subquery's rows are locked in its own tables; that it is named says where it may not stand.
  if (entry.kind == Kind::subquery) lock_subquery(scope, *entry.subquery, clause);
  auto strength = static_cast<query::LockStrength>(clause.strength - 1);
  auto wait = static_cast<query::LockWait>(clause.wait);
  for (auto& lock : scope.query->row_locks)
    if (lock.range_table_index == index) {
      lock.strength = std::max(lock.strength, strength);
      lock.wait = std::max(lock.wait, wait);
      return;
    }
  scope.query->row_locks.push_back({index, strength, wait});
}

}  // namespace

void analyze_locking(Scope& scope, const ast::LockingClause& clause, bool pushed_down) {
  check(scope, clause_name(clause.strength));
  if (clause.relations.empty() || pushed_down) {
    for (std::size_t i = 0; i < scope.query->range_table.size(); ++i)
      lock_entry(scope, static_cast<int>(i), clause);
    return;
  }
  for (const ast::Node* node : clause.relations) {
    const auto& name = ast::as<ast::RangeVariable>(*node);
    const char* locking = clause_name(clause.strength);
    if (name.schema.data() || name.catalog.data())
      throw SqlError("42601", fmt::format("{} must specify unqualified relation names", locking)).at(name.location);
    bool found = false;
    for (std::size_t i = 0; i < scope.query->range_table.size(); ++i) {
      const auto& entry = scope.query->range_table[i];
      using Kind = query::RangeTableEntry::Kind;
      // A join goes by its alias, or by USING's.
      const bool nameless = entry.kind == Kind::join && !entry.has_user_alias;
      if ((nameless ? entry.using_alias : entry.alias) != name.name) continue;
      if (nameless && entry.using_alias.empty()) continue;
      auto refuse = [&](const char* what) {
        throw SqlError("0A000", fmt::format("{} cannot be applied to {}", locking, what)).at(name.location);
      };
      switch (entry.kind) {
        case Kind::join: refuse("a join"); break;
        case Kind::function: refuse("a function"); break;
        case Kind::values: refuse("VALUES"); break;
        case Kind::cte: refuse("a WITH query"); break;
        default: break;
      }
      lock_entry(scope, static_cast<int>(i), clause);
      found = true;
      break;
    }
    if (!found)
      throw SqlError("42P01", fmt::format("relation \"{}\" in {} clause not found in FROM clause", name.name, locking))
          .at(name.location);
  }
}

}  // namespace analyzer
