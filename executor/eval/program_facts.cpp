#include "eval/program_facts.h"

#include <algorithm>

#include "call_node.h"
#include "compound_nodes.h"
#include "conditional_nodes.h"
#include "decimal_node.h"
#include "leaf_nodes.h"
#include "logic_nodes.h"

namespace eval {

namespace {

// Calls f for the nodes whose values the node takes; false: it is of a kind that is not known here.
template <typename F>
bool for_each_argument(const Node& node, F&& f) {
  const auto each = [&](const std::vector<NodePtr>& nodes) {
    for (const NodePtr& argument : nodes) f(*argument);
  };
  if (dynamic_cast<const ColumnNode*>(&node) != nullptr || dynamic_cast<const ConstantNode*>(&node) != nullptr ||
      dynamic_cast<const ParameterNode*>(&node) != nullptr || dynamic_cast<const CaseValueNode*>(&node) != nullptr ||
      dynamic_cast<const ExecutionParameterNode*>(&node) != nullptr)
    return true;
  if (const auto* call = dynamic_cast<const CallNode*>(&node)) {
    each(call->arguments());
  } else if (const auto* decimal = dynamic_cast<const DecimalNode*>(&node)) {
    for (const DecimalNode::Leaf& leaf : decimal->leaves()) f(*leaf.node);
  } else if (const auto* logic = dynamic_cast<const AndOrNode*>(&node)) {
    each(logic->arguments());
  } else if (const auto* negation = dynamic_cast<const NotNode*>(&node)) {
    f(negation->argument());
  } else if (const auto* test = dynamic_cast<const TestNode*>(&node)) {
    f(test->argument());
  } else if (const auto* list = dynamic_cast<const ListNode*>(&node)) {
    f(list->argument());
    each(list->elements());
  } else if (const auto* hashed = dynamic_cast<const HashedListNode*>(&node)) {
    f(hashed->argument());
  } else if (const auto* relabel = dynamic_cast<const RelabelNode*>(&node)) {
    f(relabel->argument());
  } else if (const auto* reinterpreted = dynamic_cast<const ReinterpretNode*>(&node)) {
    f(reinterpreted->argument());
  } else if (const auto* choice = dynamic_cast<const CaseNode*>(&node)) {
    if (choice->argument() != nullptr) f(*choice->argument());
    for (const CaseNode::Arm& arm : choice->arms()) {
      f(*arm.condition);
      f(*arm.result);
    }
    f(choice->otherwise());
  } else {
    return false;
  }
  return true;
}

bool has_no_effects(const Node& node) {
  if (const auto* call = dynamic_cast<const CallNode*>(&node); call != nullptr && call->is_volatile()) return false;
  if (const auto* list = dynamic_cast<const ListNode*>(&node); list != nullptr && list->comparison().is_volatile)
    return false;
  bool none = true;
  const bool known = for_each_argument(node, [&](const Node& argument) { none = none && has_no_effects(argument); });
  return known && none;
}

bool collect_columns(const Node& node, std::vector<std::size_t>& out) {
  if (const auto* column = dynamic_cast<const ColumnNode*>(&node)) out.push_back(column->column());
  bool all = true;
  const bool known = for_each_argument(node, [&](const Node& argument) { all = all && collect_columns(argument, out); });
  return known && all;
}

}  // namespace

std::optional<std::size_t> input_column(const Node& expression) {
  if (const auto* relabel = dynamic_cast<const RelabelNode*>(&expression)) return input_column(relabel->argument());
  const auto* column = dynamic_cast<const ColumnNode*>(&expression);
  return column == nullptr ? std::nullopt : std::optional(column->column());
}

std::optional<std::vector<std::size_t>> input_columns(const Node& expression) {
  std::vector<std::size_t> columns;
  if (!collect_columns(expression, columns)) return std::nullopt;
  std::ranges::sort(columns);
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

bool has_no_effects(const Program& program) {
  return std::ranges::all_of(program.expressions, [](const NodePtr& e) { return has_no_effects(*e); });
}

}  // namespace eval
