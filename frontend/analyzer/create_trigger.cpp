// CREATE TRIGGER: what it is on, its condition over OLD and NEW, its transition tables.
#include <fmt/format.h>

#include <algorithm>

#include "collations.h"
#include "query/walk.h"
#include "statements.h"
#include "transition_tables.h"

namespace analyzer {
namespace {

// BEFORE triggers run before those are known.
void check_before_new(const catalog::RelationDescriptor& relation, int column, int location) {
  std::string detail;
  if (column == query::kWholeRowColumn) {
    if (std::ranges::any_of(relation.columns, [](const auto& c) { return c.generated && !c.dropped; }))
      detail = "A whole-row reference is used and the table contains generated columns.";
  } else if (column < 0) {
    throw SqlError("0A000", "BEFORE trigger's WHEN condition cannot reference NEW system columns").at(location);
  } else if (const catalog::Column& c = relation.columns[static_cast<std::size_t>(column)]; c.generated) {
    detail = fmt::format("Column \"{}\" is a generated column.", c.name);
  }
  if (!detail.empty())
    throw SqlError("42P17", "BEFORE trigger's WHEN condition cannot reference NEW generated columns")
        .with_detail(std::move(detail))
        .at(location);
}

// A trigger's WHEN over two entries, the row before and the row after.
std::unique_ptr<query::Query> trigger_condition(State& state, const ast::CreateTrigger& node,
                                                const catalog::RelationPtr& relation) {
  using catalog::TriggerInfo;
  auto query = std::make_unique<query::Query>();
  Scope scope(state, nullptr, query.get());
  for (const char* name : {"old", "new"}) scope.names.push_back(add_relation(scope, relation, name, false));
  query->where = analyze_condition(scope, node.when, Place::trigger_when, "WHEN");
  assign_collations(scope, *query->where);
  auto check = [&](auto& self, const Expression& e) -> void {
    if (const auto* column = std::get_if<query::ColumnReference>(&e.node); column && column->levels_up == 0) {
      const bool is_old = column->range_table_index == 0;
      const char* refused = !node.row                                     ? "statement trigger's WHEN condition cannot reference column values"
                            : is_old && (node.type & TriggerInfo::kInsert) ? "INSERT trigger's WHEN condition cannot reference OLD values"
                            : !is_old && (node.type & TriggerInfo::kDelete) ? "DELETE trigger's WHEN condition cannot reference NEW values"
                                                                            : nullptr;
      if (refused) throw SqlError("42P17", refused).at(e.location);
      if (!is_old && (node.type & TriggerInfo::kBefore)) check_before_new(*relation, column->column, e.location);
    }
    query::for_each_child(e, [&](const Expression& child) { self(self, child); }, [](const query::Query&) {});
  };
  check(check, *query->where);
  return query;
}

// REFERENCING.
void check_transitions(const ast::CreateTrigger& node, const catalog::RelationDescriptor& relation) {
  using catalog::TriggerInfo;
  if (node.old_tables + node.new_tables == 0) return;
  const auto wrong = [](const char* message) { throw SqlError("42P17", message); };
  if (node.names_row)
    throw SqlError("0A000", "ROW variable naming in the REFERENCING clause is not supported")
        .with_hint("Use OLD TABLE or NEW TABLE for naming transition tables.");
  if (relation.kind == catalog::RelationKind::view)
    throw SqlError("42809", fmt::format("\"{}\" is a view", relation.name))
        .with_detail("Triggers on views cannot have transition tables.");
  if (node.row && relation.partition_bound)
    throw SqlError("0A000", "ROW triggers with transition tables are not supported on partitions");
  if (node.row && !relation.parents.empty())
    throw SqlError("0A000", "ROW triggers with transition tables are not supported on inheritance children");
  if (node.type & (TriggerInfo::kBefore | TriggerInfo::kInstead))
    wrong("transition table name can only be specified for an AFTER trigger");
  if (node.type & TriggerInfo::kTruncate)
    throw SqlError("0A000", "TRUNCATE triggers with transition tables are not supported");
  const int events = ((node.type & TriggerInfo::kInsert) != 0) + ((node.type & TriggerInfo::kUpdate) != 0) +
                     ((node.type & TriggerInfo::kDelete) != 0);
  if (events != 1)
    throw SqlError("0A000", "transition tables cannot be specified for triggers with more than one event");
  if (node.columns.size() > 0)
    throw SqlError("0A000", "transition tables cannot be specified for triggers with column lists");
  if (node.new_tables > 0 && (node.type & (TriggerInfo::kInsert | TriggerInfo::kUpdate)) == 0)
    wrong("NEW TABLE can only be specified for an INSERT or UPDATE trigger");
  if (node.new_tables > 1) wrong("NEW TABLE cannot be specified multiple times");
  if (node.old_tables > 0 && (node.type & (TriggerInfo::kDelete | TriggerInfo::kUpdate)) == 0)
    wrong("OLD TABLE can only be specified for a DELETE or UPDATE trigger");
  if (node.old_tables > 1) wrong("OLD TABLE cannot be specified multiple times");
  if (node.old_tables > 0 && node.new_tables > 0 && str(node.old_table) == str(node.new_table))
    wrong("OLD TABLE name and NEW TABLE name cannot be the same");
}

}  // namespace

query::CreateTrigger analyze_create_trigger(State& state, const ast::CreateTrigger& node) {
  using catalog::TriggerInfo;
  if (node.is_constraint && node.replace)
    throw SqlError("0A000", "CREATE OR REPLACE CONSTRAINT TRIGGER is not supported");
  query::CreateTrigger result;
  result.name = str(node.name);
  result.or_replace = node.replace;
  result.relation = relation_name(state, *node.relation);
  result.type = static_cast<std::int16_t>(node.type);
  query::Query query;
  Scope scope(state, nullptr, &query);
  auto relation = open_relation(scope, *node.relation, catalog::RelationLock::share_row_exclusive);
  switch (relation->kind) {
    case catalog::RelationKind::table:
      if (node.type & TriggerInfo::kInstead)
        throw SqlError("42809", fmt::format("\"{}\" is a table", relation->name))
            .with_detail("Tables cannot have INSTEAD OF triggers.");
      break;
    case catalog::RelationKind::partitioned_table:
      if (node.row && (node.type & TriggerInfo::kInstead))
        throw SqlError("42809", fmt::format("\"{}\" is a table", relation->name))
            .with_detail("Tables cannot have INSTEAD OF triggers.");
      if (node.row && node.old_tables + node.new_tables > 0)
        throw SqlError("0A000", fmt::format("\"{}\" is a partitioned table", relation->name))
            .with_detail("ROW triggers with transition tables are not supported on partitioned tables.");
      break;
    case catalog::RelationKind::view: {
      const auto wrong = [&](const char* detail) {
        return SqlError("42809", fmt::format("\"{}\" is a view", relation->name)).with_detail(detail);
      };
      if (node.row && !(node.type & TriggerInfo::kInstead))
        throw wrong("Views cannot have row-level BEFORE or AFTER triggers.");
      if (node.type & TriggerInfo::kTruncate) throw wrong("Views cannot have TRUNCATE triggers.");
      break;
    }
    default: {
      SqlError refused("42809", fmt::format("relation \"{}\" cannot have triggers", relation->name));
      using Kind = catalog::RelationKind;
      switch (relation->kind) {
        case Kind::materialized_view: throw std::move(refused).with_detail("This operation is not supported for materialized views.");
        case Kind::sequence: throw std::move(refused).with_detail("This operation is not supported for sequences.");
        case Kind::composite: throw std::move(refused).with_detail("This operation is not supported for composite types.");
        default: throw refused;
      }
    }
  }
  if (node.type & TriggerInfo::kInstead) {
    if (!node.row) throw SqlError("0A000", "INSTEAD OF triggers must be FOR EACH ROW");
    if (node.when) throw SqlError("0A000", "INSTEAD OF triggers cannot have WHEN conditions");
    if (!node.columns.empty()) throw SqlError("0A000", "INSTEAD OF triggers cannot have column lists");
  }
  if ((node.type & TriggerInfo::kTruncate) && node.row)
    throw SqlError("0A000", "TRUNCATE FOR EACH ROW triggers are not supported");
  if (node.is_constraint) {
    result.is_constraint = true;
    result.deferrable = node.deferrable;
    result.initially_deferred = node.initially_deferred;
    if (node.from != nullptr) result.from = relation_name(state, *node.from);
  }
  check_transitions(node, *relation);
  result.old_table = str(node.old_table);
  result.new_table = str(node.new_table);
  for (ast::Name column : node.columns) result.columns.push_back(str(column));
  for (const ast::Node* argument : node.arguments) result.arguments.push_back(argument_text(argument).value_or(""));
  result.function = lookup_function(scope, node.function, {}, false, -1);
  const auto* function = state.catalog.function(result.function);
  if (function->result != oid::trigger)
    throw SqlError("42P17", fmt::format("function {} must return type {}", join_names(node.function), "trigger"));
  if (node.when) result.when = trigger_condition(state, node, relation);
  return result;
}

}  // namespace analyzer
