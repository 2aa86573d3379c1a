// What analysis knows at one level of a query, and what all levels of a statement share.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/analyze.h"
#include "parser/ast.h"
#include "query/expression.h"
#include "query/query.h"
#include "types/sql_error.h"

namespace analyzer {

namespace ast = parser::ast;
namespace oid = types::oid;
using query::Expression;
using query::ExpressionPtr;
using types::SqlError;
using types::TypeRef;

// Where an expression stands: decides what is allowed in it and how messages name the place.
enum class Place : std::uint8_t {
  other, join_on, join_using, from_subselect, from_function, where, having, filter,
  window_partition, window_order, window_frame_range, window_frame_rows, window_frame_groups,
  select_target, insert_target, update_source, update_target, merge_when, group_by, order_by,
  distinct_on, limit, offset, returning, values, values_single, check_constraint, domain_check,
  column_default, function_default, index_expression, index_predicate, statistics_expression,
  alter_using, execute_parameter, trigger_when, policy, partition_bound, partition_expression,
  call_argument, copy_where, generated_column, cycle_mark
};
// "WHERE", "JOIN/ON", ...
const char* place_name(Place place);

// One column that names can find: a column of a range-table entry, or (USING columns of a FULL
// JOIN) an expression over several.
struct NamespaceColumn {
  std::string name;
  int range_table_index = 0;
  int column = 0;
  TypeRef type;
  std::shared_ptr<const Expression> merged;  // null: a plain column
  query::WrittenAs written_as = {};
  bool in_star = true;  // * means it, too
};

// What a FROM item puts in reach.
struct NamespaceItem {
  std::string alias;
  int range_table_index = 0;
  std::vector<NamespaceColumn> columns;  // dropped ones have an empty name
  bool table_visible = true;             // alias.column works
  bool columns_visible = true;           // a bare column works
  bool lateral_only = false;
  bool lateral_ok = true;
  Oid relation = 0;                      // for system columns and qualified names
  std::string schema;                    // of a relation without an alias
};
using NamespaceItemPtr = std::shared_ptr<NamespaceItem>;

// Shared by every level of one statement.
struct State {
  const AnalyzerContext& context;
  catalog::CatalogView& catalog;
  std::vector<Oid> parameters;   // 0: not known yet; oid::unknown never stays
  std::vector<int> parameter_locations;
  const char* stack_limit;
  int view_depth = 0;

  explicit State(const AnalyzerContext& context);
  // Throws 54001 when the stack is nearly used up: called by whatever recurses.
  void check_depth() const {
    if (static_cast<const char*>(__builtin_frame_address(0)) < stack_limit) [[unlikely]]
      throw_too_deep();
  }
  [[noreturn]] static void throw_too_deep();
};

// A CTE that names in reach can mean.
struct CommonTableName {
  std::string name;
  int index;  // into Query::with
  std::size_t added_columns = 0;  // by SEARCH and CYCLE, the last ones
};

struct Scope {
  State& state;
  Scope* parent = nullptr;
  query::Query* query;
  std::vector<NamespaceItemPtr> names;
  Place place = Place::other;
  bool lateral_active = false;

  // WITH: those of query->with that are in reach by now.
  std::vector<CommonTableName> common_tables;
  // WITH items that stand later in a WITH that is not RECURSIVE, for the hint.
  std::vector<std::string> future_common_tables;
  // Those of WITH RECURSIVE that are being analysed.
  std::vector<struct RecursiveTable*> open_common_tables;
  // This level is the UNION of that recursive CTE.
  struct RecursiveTable* recursive = nullptr;
  // FOR UPDATE ... of this level.
  ast::NodeList locking;

  std::vector<const ast::WindowDefinition*> window_definitions;
  bool has_aggregates = false;
  bool has_windows = false;
  bool has_set_functions = false;  // beside those in FROM
  bool has_sublinks = false;
  // Unknown literals of the SELECT list become text (not inside INSERT .. SELECT's top level).
  bool resolve_unknowns = true;
  // FOR UPDATE reaches this level's tables from outside.
  const ast::LockingClause* outer_lock = nullptr;
  // CHECK of a domain: what VALUE is.
  const TypeRef* domain_value = nullptr;
  // Arguments of GROUPING() calls, until GROUP BY is known.
  std::vector<std::vector<ExpressionPtr>> pending_groupings;
  // UPDATE SET (a, b) = (SELECT ..): analysed sources, by the AST node.
  std::vector<std::pair<const ast::Node*, ExpressionPtr>> multi_sources;

  Scope(State& shared, Scope* outer, query::Query* q) : state(shared), parent(outer), query(q) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  catalog::CatalogView& catalog() const { return state.catalog; }
};

// Sets Scope::place for a while.
class PlaceScope {
 public:
  PlaceScope(Scope& scope, Place place) : scope_(scope), before_(scope.place) { scope.place = place; }
  ~PlaceScope() { scope_.place = before_; }
  PlaceScope(const PlaceScope&) = delete;
  PlaceScope& operator=(const PlaceScope&) = delete;

 private:
  Scope& scope_;
  Place before_;
};

// --- small helpers ---

template <typename Node>
ExpressionPtr make_expression(TypeRef type, int location, Node node) {
  auto result = std::make_unique<Expression>();
  result->type = type;
  result->location = location;
  result->node = std::move(node);
  return result;
}

template <typename T>
const T* node_as(const ExpressionPtr& e) { return std::get_if<T>(&e->node); }
template <typename T>
T* node_as(ExpressionPtr& e) { return std::get_if<T>(&e->node); }

// The location to blame: the leftmost one known in the expression.
int location_of(const Expression& expression);

std::string type_name(Scope& scope, Oid type);
std::string quoted(std::string_view name);  // "name" in double quotes, for messages

inline std::string str(ast::Name name) { return std::string(name); }
std::string join_names(ast::Names names);  // a.b.c

}  // namespace analyzer
