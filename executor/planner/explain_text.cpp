// What EXPLAIN prints of nodes, put down while planning when asked for.
#include <algorithm>
#include <map>
#include <optional>

#include "catalog/planned_text.h"
#include "eval/compile.h"
#include "query_planner.h"
#include "types/array.h"

namespace planner {

void QueryPlanner::describe(PlanNode& node, std::string title) {
  if (!state_.options.explain) return;
  if (!node.text) node.text = std::make_unique<NodeText>();
  node.text->title = std::move(title);
}

void QueryPlanner::describe(PlanNode& node, std::string name, std::string value) {
  if (!state_.options.explain) return;
  if (!node.text) node.text = std::make_unique<NodeText>();
  node.text->properties.emplace_back(std::move(name), std::move(value));
}

void QueryPlanner::describe_filter(PlanNode& node, const std::vector<const Qual*>& filter) {
  if (!state_.options.explain || filter.empty()) return;
  describe(node, "Filter", text_of(filter));
}

void QueryPlanner::describe_relation(PlanNode& node, const std::string& what, int range_table_index) {
  if (!state_.options.explain) return;
  const query::RangeTableEntry& entry =
      query_->range_table[static_cast<std::size_t>(range_table_index)];
  const RelationPtr rel = relation_ptr(range_table_index);
  if (NodeOutput* note = output_note(node)) note->range_table_index = range_table_index;
  std::string title = what + schema_prefix(rel->schema) + catalog::quote_identifier(rel->name);
  // One of several that stand for the relation of that name.
  const bool is_numbered = numbered_.contains(range_table_index);
  if (!is_numbered && !entry.alias.empty() && entry.alias != rel->name)
    title += " " + catalog::quote_identifier(entry.alias);
  describe(node, std::move(title));
  if (is_numbered) node.text->numbered_alias = entry.alias;
}

// What ON CONFLICT does.
void QueryPlanner::describe_conflict(PlanNode& node) {
  if (!state_.options.explain || !query_->on_conflict) return;
  const query::OnConflict& on = *query_->on_conflict;
  describe(node, "Conflict Resolution", on.do_update ? "UPDATE" : "NOTHING");
  std::vector<types::Oid> arbiters = on.arbiters;
  if (arbiters.empty() && on.arbiter_index != 0) arbiters.push_back(on.arbiter_index);
  std::string names;
  for (const types::Oid oid : arbiters)
    if (const catalog::IndexDescriptor* index = relation_ptr(query_->target)->index(oid))
      names += (names.empty() ? "" : ", ") + index->name;
  if (!names.empty()) describe(node, "Conflict Arbiter Indexes", names);
  if (on.do_update && on.where) describe(node, "Conflict Filter", text_of(*on.where));
}

std::string QueryPlanner::text_of(const std::vector<const Qual*>& quals) {
  if (!state_.options.explain) return {};
  if (quals.size() == 1) return text_of(*quals[0]->expression);
  std::string text = "(";
  for (const Qual* qual : quals) {
    if (text.size() > 1) text += " AND ";
    text += text_of(*qual->expression);
  }
  return text + ")";
}

namespace {

std::optional<query::Constant> array_of_constants(catalog::CatalogView& catalog, const query::ArrayConstructor& list) {
  if (list.multidimensional) return std::nullopt;
  types::ArrayBuilder builder(list.element_type, eval::physical_type(catalog, list.element_type));
  for (const ExpressionPtr& element : list.elements) {
    const auto* constant = std::get_if<query::Constant>(&strip_relabel(*element).node);
    if (constant == nullptr) return std::nullopt;
    builder.add(constant->value);
  }
  types::Arena arena;
  return query::Constant::varlen(std::string(builder.finish(arena).as<std::string_view>()));
}

}  // namespace

// A subquery in an expression: what stands for its result.
std::string QueryPlanner::subplan_text(const Expression& expression) {
  if (const auto part = output_parts_.find(&expression); part != output_parts_.end()) return part->second;
  const auto found = planned_subqueries_.find(&expression);
  if (found == planned_subqueries_.end()) return "(SubPlan)";
  if (const auto* once = std::get_if<eval::ExecutionParameterReference>(&found->second)) return "$" + std::to_string(once->number);
  const auto* reference = std::get_if<eval::SubplanReference>(&found->second);
  if (reference == nullptr) return "(SubPlan)";
  const Subplan& subplan = state_.plan.subplans[static_cast<std::size_t>(reference->subplan)];
  // Its rows are the same for all rows around, and are looked up by hash.
  const auto& subquery = std::get<query::Subquery>(expression.node);
  bool hashed = subquery.kind == query::SubqueryKind::any && subplan.parameters.empty() && !subplan.is_volatile;
  for (const types::Oid number : subquery.operators) {
    const catalog::OperatorInfo* op = catalog().operator_(number);
    hashed = hashed && op != nullptr && op->oid < types::kFirstNormalOid && op->name == "=" && op->can_hash;
  }
  return (hashed ? "(hashed " : "(") + subplan.name + ")";
}

std::string QueryPlanner::text_of(const Expression& e) {
  if (!state_.options.explain) return {};
  std::vector<const query::Query*> queries;
  for (const QueryPlanner* planner = this; planner != nullptr; planner = planner->parent_) queries.push_back(planner->query_.get());
  // Members of families stand for an entry that is there already.
  int entries = 0;
  for (std::size_t i = 0; i < query_->range_table.size(); ++i)
    entries += query_->range_table[i].kind != query::RangeTableEntry::Kind::join && !owners_.contains(static_cast<int>(i));
  // Lists of constants are kept as lists while planning; shown they are as PostgreSQL has them, one constant.
  ExpressionPtr shown = query::clone(e);
  // Subqueries are known by where they stand in what was planned.
  std::vector<const Expression*> planned;
  std::map<const Expression*, const Expression*> origins;
  const auto each_subquery = [](const Expression& in, const auto& f) {
    visit(in, 0, [&](const Expression& x, int depth) {
      if (depth > 0) return false;
      if (std::holds_alternative<query::Subquery>(x.node)) f(x);
      return true;
    });
  };
  each_subquery(e, [&](const Expression& x) { planned.push_back(&x); });
  std::size_t at = 0;
  each_subquery(*shown, [&](const Expression& x) { origins[&x] = planned[at++]; });
  rewrite(shown, 0, [&](ExpressionPtr& x, int depth) {
    if (const auto* column = as_column(*x); column != nullptr && column->levels_up == depth && computed_keys_.contains(column->range_table_index)) {
      x = query::clone(*computed_keys_.at(column->range_table_index).values[static_cast<std::size_t>(column->column)]);
      shift_levels(x, 0, depth);
      return true;
    }
    const auto* list = std::get_if<query::ArrayConstructor>(&x->node);
    std::optional<query::Constant> array = list != nullptr ? array_of_constants(catalog(), *list) : std::nullopt;
    if (array) x->node = std::move(*array);
    return array.has_value();
  });
  return catalog::planned_text(catalog(), *shown, queries, qualifies_.value_or(entries > 1 || state_.options.verbose), [&](const Expression& x) {
    const auto origin = origins.find(&x);
    return subplan_text(origin != origins.end() ? *origin->second : x);
  });
}

}  // namespace planner
