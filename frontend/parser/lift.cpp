// Which literals of a statement may become parameters.
#include <algorithm>

#include "parser/normalize.h"

namespace parser {
namespace {

// Deeper literals stay in the plan.
constexpr int kMaximumDepth = 100;

class Lifter {
 public:
  Lifter(std::string_view text, const TextTemplate& found, LiftPlan& plan)
      : text_(text), found_(found), plan_(plan) {}

  void statement(const ast::Node* node) {
    if (!node) return;
    switch (node->kind) {
      case ast::NodeKind::select: return select(ast::as<ast::Select>(*node));
      case ast::NodeKind::insert: return insert(ast::as<ast::Insert>(*node));
      case ast::NodeKind::update: return update(ast::as<ast::Update>(*node));
      case ast::NodeKind::delete_: return remove(ast::as<ast::Delete>(*node));
      default: return;
    }
  }

 private:
  void with(const ast::WithClause* clause) {
    if (!clause || clause->recursive) return;
    for (const ast::Node* item : clause->tables) statement(ast::as<ast::CommonTable>(*item).query);
  }

  void select(const ast::Select& node) {
    if (node.into) return;
    with(node.with);
    if (node.left) {
      // The branches' lists decide each other's types; what stands below them does not.
      in_set_operation_ = true;
      select(*node.left);
      in_set_operation_ = true;
      select(*node.right);
      in_set_operation_ = false;
      bounds(node);
      return;
    }
    bool branch = in_set_operation_;
    in_set_operation_ = false;
    if (!node.values_lists.empty()) return;
    // Expressions of the list are compared with those of these clauses.
    bool compared = branch || node.distinct || !node.group_by.empty() || node.having || !node.order_by.empty() ||
                    !node.windows.empty();
    if (!compared)
      for (const ast::Node* target : node.targets) expression(ast::as<ast::ResultTarget>(*target).value, 0);
    for (const ast::Node* item : node.from) from(item);
    expression(node.where, 0);
    bounds(node);
  }

  void bounds(const ast::Select& node) {
    // How many rows are wanted decides which plan is the best.
    if (!node.with_ties) expression(node.offset, 0);
  }

  void insert(const ast::Insert& node) {
    with(node.with);
    if (node.source) {
      const auto& source = *node.source;
      bool values = !source.values_lists.empty() && !source.with && source.order_by.empty() && !source.limit &&
                    !source.offset;
      if (values) {
        for (const ast::Node* row : source.values_lists)
          for (const ast::Node* cell : ast::as<ast::ListNode>(*row).items) expression(cell, 0);
      } else {
        select(source);
      }
    }
    if (node.on_conflict) {
      assignments(node.on_conflict->set);
      expression(node.on_conflict->where, 0);
    }
  }

  void assignments(ast::NodeList items) {
    for (const ast::Node* item : items) {
      const auto& target = ast::as<ast::ResultTarget>(*item);
      if (target.value && target.value->kind == ast::NodeKind::multi_assignment) continue;
      expression(target.value, 0);
    }
  }

  void update(const ast::Update& node) {
    with(node.with);
    assignments(node.targets);
    for (const ast::Node* item : node.from) from(item);
    expression(node.where, 0);
  }

  void remove(const ast::Delete& node) {
    with(node.with);
    for (const ast::Node* item : node.using_) from(item);
    expression(node.where, 0);
  }

  void from(const ast::Node* node) {
    if (!node) return;
    if (const auto* join = ast::try_as<ast::Join>(node)) {
      from(join->left);
      from(join->right);
      expression(join->condition, 0);
    } else if (const auto* sub = ast::try_as<ast::RangeSubquery>(node)) {
      statement(sub->query);
    }
  }

  void list(ast::NodeList nodes, int depth) {
    for (const ast::Node* node : nodes) expression(node, depth);
  }

  void expression(const ast::Node* node, int depth) {
    if (!node || ++depth > kMaximumDepth) return;
    using Kind = ast::NodeKind;
    switch (node->kind) {
      case Kind::literal: return literal(ast::as<ast::Literal>(*node), true);
      case Kind::operation: {
        const auto& n = ast::as<ast::Operation>(*node);
        expression(n.left, depth);
        // A pattern decides which part of an index is read.
        if (n.operation == ast::OperationKind::like || n.operation == ast::OperationKind::ilike ||
            n.operation == ast::OperationKind::similar)
          return;
        if (n.operation == ast::OperationKind::op && !n.name.empty() &&
            n.name.back().find('~') != std::string_view::npos)
          return;
        // Both sides literals: leave what is decided between them alone.
        if (const auto* items = ast::try_as<ast::ListNode>(n.right)) return list(items->items, depth);
        return expression(n.right, depth);
      }
      case Kind::boolean_operation: return list(ast::as<ast::BooleanOperation>(*node).arguments, depth);
      case Kind::function_call: {
        const auto& n = ast::as<ast::FunctionCall>(*node);
        if (n.over || n.within_group || !n.order_by.empty() || n.distinct) return;
        if (n.form != ast::FunctionForm::call) return;
        ++strings_stay_;
        list(n.arguments, depth);
        --strings_stay_;
        return;
      }
      case Kind::type_cast: {
        const auto& n = ast::as<ast::TypeCast>(*node);
        ++strings_stay_;
        expression(n.argument, depth);
        --strings_stay_;
        return;
      }
      case Kind::case_expression: {
        const auto& n = ast::as<ast::CaseExpression>(*node);
        expression(n.argument, depth);
        for (const ast::Node* when : n.whens) {
          const auto& branch = ast::as<ast::CaseBranch>(*when);
          expression(branch.condition, depth);
          expression(branch.result, depth);
        }
        return expression(n.otherwise, depth);
      }
      case Kind::coalesce_expression: return list(ast::as<ast::CoalesceExpression>(*node).arguments, depth);
      case Kind::min_max_expression: return list(ast::as<ast::MinMaxExpression>(*node).arguments, depth);
      case Kind::row_expression: return list(ast::as<ast::RowExpression>(*node).fields, depth);
      case Kind::null_test: return expression(ast::as<ast::NullTest>(*node).argument, depth);
      case Kind::boolean_test: return expression(ast::as<ast::BooleanTest>(*node).argument, depth);
      case Kind::sublink: {
        const auto& n = ast::as<ast::Sublink>(*node);
        expression(n.test, depth);
        bool branch = in_set_operation_;
        in_set_operation_ = false;
        statement(n.query);
        in_set_operation_ = branch;
        return;
      }
      default: return;
    }
  }

  void literal(const ast::Literal& node, bool) {
    if (node.location < 0) return;
    bool string = node.kind_of == ast::LiteralKind::string;
    if (string && strings_stay_ > 0) return;
    if (!string && node.kind_of != ast::LiteralKind::integer && node.kind_of != ast::LiteralKind::number) return;
    auto location = static_cast<std::size_t>(node.location);
    bool negated = location < text_.size() && text_[location] == '-';
    // The literal that begins there, or behind the sign.
    auto it = std::lower_bound(found_.literals.begin(), found_.literals.end(), node.location,
                               [](const TextLiteral& l, int at) { return l.location < at; });
    if (it == found_.literals.end()) return;
    if (!negated && it->location != node.location) return;
    if (negated) {
      for (std::size_t i = location + 1; i < static_cast<std::size_t>(it->location); ++i)
        if (text_[i] != ' ') return;
    }
    if ((it->type == LiteralType::string) != string) return;
    // The grammar's type must be the scanner's.
    if (it->type == LiteralType::int4 && node.kind_of != ast::LiteralKind::integer) return;
    if (negated && has_another_type_negated(it->value)) return;
    auto& choice = plan_.choices[static_cast<std::size_t>(it - found_.literals.begin())];
    if (choice.parameter) return;
    choice.parameter = ++plan_.parameters;
    choice.negated = negated;
    choice.location = node.location;
  }

  std::string_view text_;
  const TextTemplate& found_;
  LiftPlan& plan_;
  int strings_stay_ = 0;
  bool in_set_operation_ = false;
};

}  // namespace

LiftPlan choose_literals(const ParseTree& tree, const TextTemplate& text) {
  LiftPlan plan;
  plan.choices.resize(text.literals.size());
  if (tree.statements().size() == 1) Lifter(tree.text(), text, plan).statement(tree.statements()[0].node);
  for (std::size_t i = 0; i < plan.choices.size(); ++i)
    if (plan.choices[i].parameter == 0) plan.choices[i].fixed = text.literals[i].value;
  return plan;
}

}  // namespace parser
