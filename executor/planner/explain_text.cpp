// What EXPLAIN prints of nodes, put down while planning when asked for.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "catalog/planned_text.h"
#include "eval/compile.h"
#include "explain_names.h"
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

namespace {

// A scan's own columns need no name in front of them.
bool is_scan(NodeKind kind) {
  switch (kind) {
    case NodeKind::values:
    case NodeKind::table_scan:
    case NodeKind::bitmap_heap_scan:
    case NodeKind::function_scan:
    case NodeKind::cte_scan:
    case NodeKind::work_table_scan: return true;
    default: return false;
  }
}

// The conditions of a list: what ANDs hold is in it, one by one.
void add_conditions(const Expression& e, std::vector<const Expression*>& out) {
  if (const auto* both = std::get_if<query::BooleanExpression>(&e.node); both != nullptr && both->op == query::BooleanOp::and_)
    for (const ExpressionPtr& argument : both->arguments) add_conditions(*argument, out);
  else
    out.push_back(&e);
}

}  // namespace

void QueryPlanner::describe_filter(PlanNode& node, const std::vector<const Qual*>& filter, const Layout& raw) {
  if (!state_.options.explain || filter.empty()) return;
  const auto all = [](std::size_t, std::size_t) { return true; };
  if (node.kind == NodeKind::subquery_scan) {
    describe(node, "Filter", conjunction_text(filter, TextOrder::of_scan, [&](const Expression& e) { return named_text(e, all); }));
    return;
  }
  if (!is_scan(node.kind)) {
    describe(node, "Filter", text_of(filter, TextOrder::by_cost));
    return;
  }
  int own = -1;
  for (const Expression* e : raw.columns())
    if (const auto* column = e == nullptr ? nullptr : as_column(*e); column != nullptr && own < 0) own = column->range_table_index;
  describe(node, "Filter", scan_text(filter, own, TextOrder::of_scan));
}

NodeText::Entry QueryPlanner::name_of(int range_table_index) const {
  const query::RangeTableEntry& entry = query_->range_table[static_cast<std::size_t>(range_table_index)];
  return {level_, range_table_index, entry.kind == query::RangeTableEntry::Kind::values ? "*VALUES*" : entry.alias};
}

void QueryPlanner::describe_entry(PlanNode& node, std::string title, int range_table_index, std::string relation) {
  if (!state_.options.explain) return;
  describe(node, std::move(title));
  node.text->entry = name_of(range_table_index);
  node.text->relation = std::move(relation);
  if (node.text->entry->alias.empty()) node.text->entry->alias = node.text->relation;
}

void QueryPlanner::describe_relation(PlanNode& node, const std::string& what, int range_table_index) {
  if (!state_.options.explain) return;
  const RelationPtr relation = relation_ptr(range_table_index);
  if (NodeOutput* note = output_note(node)) note->range_table_index = range_table_index;
  describe_entry(node, what + schema_prefix(relation->schema) + catalog::quote_identifier(relation->name), range_table_index, relation->name);
}

void QueryPlanner::hide_scan(const Path& path, PlanNode& node) {
  static_cast<SubqueryScanNode&>(node).transparent = true;
  passed_scans_[path.range_table_index] = path.subplanner->output_texts();
}

void QueryPlanner::pass_trivial_scan(const Path& path, PlanNode& node, const std::vector<const Expression*>& required) {
  if (!path.filter.empty()) return;
  const std::size_t columns = query_->range_table[static_cast<std::size_t>(path.range_table_index)].columns.size();
  std::size_t next = 0;
  for (const Expression* e : required) {
    const auto* column = as_column(*e);
    if (column == nullptr || column->levels_up != 0 || column->range_table_index != path.range_table_index || column->column < 0)
      return;
    const auto at = static_cast<std::size_t>(column->column);
    if (at > next) return;
    next = std::max(next, at + 1);
  }
  if (!required.empty() && (next != columns || node.raw_columns.size() != columns)) return;
  hide_scan(path, node);
}

// As a query around shows its columns: what is more than a column stands in parentheses.
std::vector<std::string> QueryPlanner::output_texts() {
  std::vector<std::string> texts;
  for (const query::OutputColumn& output : query_->output) {
    if (output.hidden) continue;
    if (output.expression == nullptr) return {};  // planning has used it up
    std::string text = named_text(*output.expression, [](std::size_t, std::size_t) { return true; });
    if (as_column(*output.expression) == nullptr) text = "(" + text + ")";
    texts.push_back(std::move(text));
  }
  return texts;
}

// The subplans that were compiled since, and not for a node below.
void QueryPlanner::attach_subplans(PlanNode& node) {
  std::vector<int>& used = state_.used_subplans;
  used.insert(used.end(), node.subplans.begin(), node.subplans.end());
  std::sort(used.begin(), used.end());
  used.erase(std::unique(used.begin(), used.end()), used.end());
  node.subplans = std::exchange(used, {});
}

void QueryPlanner::attach_level_subplans(PlanNode& node) {
  node.subplans.insert(node.subplans.begin(), init_plans_.begin(), init_plans_.end());
  for (const CommonTableEntry& table : common_tables_)
    if (table.plan_index >= 0) node.common_tables.push_back(table.plan_index);
}

// In calls of functions as cheap as operators.
double QueryPlanner::shown_cost(const Expression& condition) {
  double cost = 0;
  visit(condition, 0, [&](const Expression& e, int) {
    if (const auto* call = std::get_if<query::Call>(&e.node)) {
      const catalog::FunctionInfo* function = call->function == 0 ? nullptr : catalog().function(call->function);
      cost += function != nullptr && catalog::is_user_written(*function) ? 100 : 1;
    } else if (const auto* list = std::get_if<query::ScalarArrayOp>(&e.node)) {
      const auto* elements = std::get_if<query::ArrayConstructor>(&list->array->node);
      cost += (elements != nullptr ? static_cast<double>(elements->elements.size()) : 10) * 0.5;
    } else if (std::holds_alternative<query::Subquery>(e.node)) {
      const auto planned = planned_subqueries_.find(&e);
      const bool once = planned != planned_subqueries_.end() && std::holds_alternative<eval::ExecutionParameterReference>(planned->second);
      if (!once) cost += subplan_text(e).starts_with("(hashed") ? 1 : 1000;
      return false;
    }
    return true;
  });
  return cost;
}

bool QueryPlanner::is_leakproof(const Expression& condition) {
  bool leakproof = true;
  visit(condition, 0, [&](const Expression& e, int) {
    if (const auto* call = std::get_if<query::Call>(&e.node)) {
      types::Oid number = call->function;
      if (number == 0)
        if (const catalog::OperatorInfo* op = catalog().operator_(call->operator_)) number = op->function;
      const catalog::FunctionInfo* function = catalog().function(number);
      leakproof = leakproof && function != nullptr && function->leakproof;
    } else if (std::holds_alternative<query::Subquery>(e.node)) {
      const auto planned = planned_subqueries_.find(&e);
      leakproof = leakproof && planned != planned_subqueries_.end() && std::holds_alternative<eval::ExecutionParameterReference>(planned->second);
      return false;
    }
    return leakproof;
  });
  return leakproof;
}

std::string QueryPlanner::conjunction_text(const std::vector<const Qual*>& quals, TextOrder order,
                                           const std::function<std::string(const Expression&)>& text) {
  if (!state_.options.explain) return {};
  struct Condition {
    const Expression* expression;
    bool behind;  // of what hides rows
    double cost;
  };
  std::vector<Condition> conditions;
  for (const Qual* qual : quals) {
    std::vector<const Expression*> parts;
    add_conditions(*qual->expression, parts);
    for (const Expression* part : parts) conditions.push_back({part, qual->behind_security, shown_cost(*part)});
  }
  if (order == TextOrder::of_scan)
    std::stable_partition(conditions.begin(), conditions.end(), [&](const Condition& condition) {
      const auto* call = std::get_if<query::Call>(&condition.expression->node);
      const catalog::OperatorInfo* op = call == nullptr || call->operator_ == 0 ? nullptr : catalog().operator_(call->operator_);
      return op == nullptr || !op->can_merge;
    });
  if (order != TextOrder::as_is) {
    constexpr double kCheap = 10;
    for (Condition& condition : conditions)
      if (condition.behind && condition.cost <= kCheap && is_leakproof(*condition.expression)) condition.behind = false;
    std::stable_sort(conditions.begin(), conditions.end(), [](const Condition& a, const Condition& b) {
      return a.behind != b.behind ? b.behind : a.cost < b.cost;
    });
  }
  if (conditions.size() == 1) return text(*conditions[0].expression);
  std::string list = "(";
  for (const Condition& condition : conditions) list += (list.size() > 1 ? " AND " : "") + text(*condition.expression);
  return list + ")";
}

std::string QueryPlanner::text_of(const std::vector<const Qual*>& quals, TextOrder order) {
  return conjunction_text(quals, order, [this](const Expression& e) { return text_of(e); });
}

std::string QueryPlanner::scan_text(const std::vector<const Qual*>& quals, int range_table_index, TextOrder order) {
  return conjunction_text(quals, order, [&](const Expression& e) { return scan_text(e, range_table_index); });
}

std::string QueryPlanner::text_of(const Expression& e) {
  return named_text(e, [this](std::size_t level, std::size_t) { return level > 0 || names_columns(); });
}

// What an index is asked, with the column on the left.
std::string QueryPlanner::index_text(const std::vector<const Qual*>& quals, int range_table_index) {
  return conjunction_text(quals, TextOrder::as_is, [&](const Expression& e) {
    const auto* call = std::get_if<query::Call>(&e.node);
    const catalog::OperatorInfo* op = call == nullptr || call->arguments.size() != 2 ? nullptr : catalog().operator_(call->operator_);
    if (op == nullptr || op->commutator == 0 || planner::relations_of(*call->arguments[0]).contains(range_table_index))
      return scan_text(e, range_table_index);
    // Subqueries are known by where they stand.
    const auto subqueries = [](const Expression& in) {
      std::vector<const Expression*> found;
      visit(in, 0, [&](const Expression& x, int depth) {
        if (depth == 0 && std::holds_alternative<query::Subquery>(x.node)) found.push_back(&x);
        return depth == 0;
      });
      return found;
    };
    const ExpressionPtr turned = make_operator(catalog(), op->commutator, query::clone(*call->arguments[1]),
                                               query::clone(*call->arguments[0]), call->input_collation);
    const auto& arguments = std::get<query::Call>(turned->node).arguments;
    for (std::size_t side = 0; side < 2; ++side) {
      const std::vector<const Expression*> planned = subqueries(*call->arguments[1 - side]), copies = subqueries(*arguments[side]);
      for (std::size_t i = 0; i < planned.size() && i < copies.size(); ++i)
        if (const auto found = planned_subqueries_.find(planned[i]); found != planned_subqueries_.end())
          planned_subqueries_.emplace(copies[i], found->second);
    }
    std::string text = scan_text(*turned, range_table_index);
    for (std::size_t side = 0; side < 2; ++side)
      for (const Expression* copy : subqueries(*arguments[side])) planned_subqueries_.erase(copy);
    return text;
  });
}

std::string QueryPlanner::scan_text(const Expression& e, int range_table_index) {
  return named_text(e, [&](std::size_t level, std::size_t entry) {
    return state_.options.verbose || level > 0 || static_cast<int>(entry) != range_table_index;
  });
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

std::string QueryPlanner::named_text(const Expression& e, const std::function<bool(std::size_t, std::size_t)>& is_named) {
  if (!state_.options.explain) return {};
  std::vector<const query::Query*> queries;
  std::vector<const QueryPlanner*> planners;
  for (const QueryPlanner* planner = this; planner != nullptr; planner = planner->parent_) {
    queries.push_back(planner->query_.get());
    planners.push_back(planner);
  }
  const auto prefix = [&](std::size_t level, std::size_t entry, bool whole_row) -> std::string {
    if (!whole_row && !is_named(level, entry)) return {};
    return name_mark(planners.at(level)->name_of(static_cast<int>(entry)));
  };
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
  // Texts in the places of expressions: in the place of each is a subquery, which prints as what is said of it.
  std::map<const Expression*, std::string> computed;
  const auto put_text = [&](Expression& x, std::string text) {
    x.node = query::Subquery{};
    computed[&x] = std::move(text);
  };
  rewrite(shown, 0, [&](ExpressionPtr& x, int depth) {
    if (const auto* column = as_column(*x); column != nullptr && depth == 0 && column->column >= 0) {
      const auto level = static_cast<std::size_t>(column->levels_up);
      const auto& passed = planners.at(std::min(level, planners.size() - 1))->passed_scans_;
      const auto scan = level < planners.size() ? passed.find(column->range_table_index) : passed.end();
      if (scan != passed.end() && static_cast<std::size_t>(column->column) < scan->second.size()) {
        put_text(*x, scan->second[static_cast<std::size_t>(column->column)]);
        return true;
      }
      // Whatever names are given to them, lists of rows have columns of their own.
      if (level < planners.size() && column->range_table_index >= 0) {
        const auto entry = static_cast<std::size_t>(column->range_table_index);
        if (queries[level]->range_table[entry].kind == query::RangeTableEntry::Kind::values) {
          const std::string name = prefix(level, entry, false);
          put_text(*x, (name.empty() ? name : name + ".") + "column" + std::to_string(column->column + 1));
          return true;
        }
      }
    }
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
  const auto text_of_shown = [&](const Expression& x) {
    return catalog::planned_text(catalog(), x, queries, prefix, [&](const Expression& part) {
      if (const auto text = computed.find(&part); text != computed.end()) return text->second;
      const auto origin = origins.find(&part);
      return subplan_text(origin != origins.end() ? *origin->second : part);
    });
  };
  // What a node below has computed stands in parentheses: the aggregates that window functions read.
  if (std::holds_alternative<query::WindowCall>(shown->node) || query_->has_aggregates)
    rewrite(shown, 0, [&](ExpressionPtr& x, int depth) {
      auto* window = depth > 0 ? nullptr : std::get_if<query::WindowCall>(&x->node);
      if (window == nullptr) return depth > 0 || computed.contains(x.get());
      for (ExpressionPtr& argument : window->arguments)
        rewrite(argument, 0, [&](ExpressionPtr& part, int inner) {
          if (inner > 0 || !std::holds_alternative<query::Aggregate>(part->node)) return inner > 0 || computed.contains(part.get());
          put_text(*part, "(" + text_of_shown(*part) + ")");
          return true;
        });
      return true;
    });
  return text_of_shown(*shown);
}

}  // namespace planner
