// UNION, INTERSECT, EXCEPT: leaves are queries of their own, columns become common types.
#include <fmt/format.h>

#include "analysis.h"
#include "collations.h"
#include "query/walk.h"
#include "subqueries.h"

namespace analyzer {
namespace {

const char* operation_name(ast::SetOperationKind kind) {
  switch (kind) {
    case ast::SetOperationKind::union_: return "UNION";
    case ast::SetOperationKind::intersect: return "INTERSECT";
    default: return "EXCEPT";
  }
}

// One side: a tree, and its columns as expressions to find common types with.
struct Side {
  std::unique_ptr<query::SetTree> tree;
  std::vector<ExpressionPtr> columns;  // literals of leaves stay literals
  std::vector<std::string> names;
  std::vector<int> locations;
};

Side leaf(Scope& scope, const ast::Select& select) {
  if (select.into)
    throw SqlError("42601", "INTO is only allowed on first SELECT of UNION/INTERSECT/EXCEPT")
        .at(select.into->relation->location);
  QuerySetup setup;
  setup.resolve_unknowns = false;
  Side side;
  side.tree = std::make_unique<query::SetTree>();
  side.tree->leaf = analyze_query(scope.state, &scope, &select, &setup);
  for (const auto& output : side.tree->leaf->output) {
    if (output.hidden) continue;
    const Expression& e = *output.expression;
    bool literal = std::holds_alternative<query::Constant>(e.node) ||
                   std::holds_alternative<query::Parameter>(e.node);
    ExpressionPtr column = literal ? query::clone(e) : make_expression(e.type, e.location, query::CaseValue{});
    column->location = location_of(e);
    if (const auto clause = e.type.collation ? explicit_collation(scope, *output.expression) : std::nullopt) {
      query::Relabel collate{std::move(column), query::CallForm::function};
      collate.collate = true;
      column = make_expression(e.type, *clause, std::move(collate));
    }
    side.columns.push_back(std::move(column));
    side.names.push_back(output.name);
    side.tree->column_types.push_back(e.type);
  }
  // What refers to the columns beside must not be allowed.
  return side;
}

// Gives the tree's columns the types, down to the leaves that compute them.
void retype(Scope& scope, query::SetTree& tree, const std::vector<TypeRef>& types) {
  if (tree.leaf) {
    tree.leaf = with_output_types(scope, std::move(tree.leaf), types);
    std::size_t i = 0;
    for (const auto& output : tree.leaf->output)
      if (!output.hidden) tree.column_types[i++] = output.expression->type;
    return;
  }
  bool same = true;
  for (std::size_t i = 0; i < types.size(); ++i) same = same && tree.column_types[i].oid == types[i].oid;
  if (same) return;
  // A nested operation keeps its own types: cast what comes out of it. It becomes a query of its own.
  deepen(tree);
  auto query = std::make_unique<query::Query>();
  query->set_operations = std::make_unique<query::SetTree>(std::move(tree));
  const query::SetTree& inner = *query->set_operations;
  for (std::size_t i = 0; i < inner.column_types.size(); ++i) {
    query::OutputColumn output;
    output.name = fmt::format("column{}", i + 1);
    output.expression = make_expression(inner.column_types[i], -1,
                                        query::ColumnReference{query::kSetOperationResult, static_cast<int>(i), 0});
    query->output.push_back(std::move(output));
  }
  auto wrapped = with_output_types(scope, wrap_query(std::move(query)), types);
  tree = query::SetTree{};
  for (const auto& output : wrapped->output) tree.column_types.push_back(output.expression->type);
  tree.leaf = std::move(wrapped);
}

void publish_recursive_columns(Scope& scope, RecursiveTable& recursive, Side& left,
                               std::vector<query::RangeColumn>& storage);

Side build(Scope& scope, const ast::Select& select, bool top) {
  scope.state.check_depth();
  bool is_leaf = select.operation == ast::SetOperationKind::none ||
                 (!top && (!select.order_by.empty() || select.limit || select.offset || !select.locking.empty() ||
                           select.with));
  if (is_leaf) return leaf(scope, select);

  Side left = build(scope, *select.left, false);
  std::vector<query::RangeColumn> recursive_columns;
  if (top && scope.recursive && select.operation == ast::SetOperationKind::union_)
    publish_recursive_columns(scope, *scope.recursive, left, recursive_columns);
  Side right = build(scope, *select.right, false);

  const char* what = operation_name(select.operation);
  if (left.columns.size() != right.columns.size()) {
    int at = -1;
    for (const auto& column : right.columns)
      if ((at = location_of(*column)) >= 0) break;
    throw SqlError("42601", fmt::format("each {} query must have the same number of columns", what)).at(at);
  }
  Side result;
  result.tree = std::make_unique<query::SetTree>();
  result.tree->op = select.operation == ast::SetOperationKind::union_      ? query::SetOperation::union_
                    : select.operation == ast::SetOperationKind::intersect ? query::SetOperation::intersect
                                                                           : query::SetOperation::except;
  result.tree->all = select.all;
  std::vector<TypeRef> types;
  std::vector<Oid> collations;
  for (std::size_t i = 0; i < left.columns.size(); ++i) {
    std::vector<Expression*> pair{left.columns[i].get(), right.columns[i].get()};
    int location = location_of(*right.columns[i]);
    Oid type = select_common_type(scope, pair, what);
    for (auto* side : pair)
      if (!can_coerce(scope, side->type.oid, type, Context::implicit))
        throw SqlError("42846", fmt::format("{} could not convert type {} to {}", what,
                                            type_name(scope, side->type.oid), type_name(scope, type)))
            .at(location_of(*side));
    TypeRef common = type_ref(scope, type);
    if (pair[0]->type.oid == type && pair[1]->type.oid == type && pair[0]->type.typmod == pair[1]->type.typmod)
      common.typmod = pair[0]->type.typmod;
    // Literals must be valid for the type, and say so where they stand.
    for (auto* column : {&left.columns[i], &right.columns[i]})
      if ((*column)->type.oid == oid::unknown)
        *column = coerce(scope, std::move(*column), type_ref(scope, type), Context::implicit,
                         query::CallForm::implicit_cast, -1);
    if (!select.all || select.operation != ast::SetOperationKind::union_) {
      auto operators = scope.catalog().ordering_operators(type);
      if (!operators.equal && !operators.hash_equal)
        throw SqlError("42883", fmt::format("could not identify an equality operator for type {}",
                                            type_name(scope, type)))
            .at(location);
    }
    collations.push_back(0);
    if (common.collation)
      collations.back() =
          common_collation(scope, std::vector<Expression*>{left.columns[i].get(), right.columns[i].get()},
                           select.all && select.operation == ast::SetOperationKind::union_);
    types.push_back(common);
  }
  retype(scope, *left.tree, types);
  retype(scope, *right.tree, types);
  for (std::size_t i = 0; i < types.size(); ++i) {
    types[i].collation = collations[i];
    result.columns.push_back(make_expression(types[i], location_of(*left.columns[i]), query::CaseValue{}));
  }
  result.names = std::move(left.names);
  result.tree->column_types = std::move(types);
  result.tree->left = std::move(left.tree);
  result.tree->right = std::move(right.tree);
  return result;
}

void publish_recursive_columns(Scope& scope, RecursiveTable& recursive, Side& left,
                               std::vector<query::RangeColumn>& storage) {
  for (std::size_t i = 0; i < left.columns.size(); ++i) {
    TypeRef type = left.columns[i]->type;
    if (type.oid == oid::unknown) type = type_ref(scope, oid::text);
    std::string name = i < recursive.column_names.size() ? str(recursive.column_names[i]) : left.names[i];
    storage.push_back({name, type});
  }
  if (recursive.column_names.size() > left.columns.size())
    throw SqlError("42P10", fmt::format("WITH query \"{}\" has {} columns available but {} columns specified",
                                        recursive.name, left.columns.size(), recursive.column_names.size()))
        .at(recursive.location);
  recursive.base_columns = storage;
  recursive.columns = &recursive.base_columns;
}

}  // namespace

void analyze_set_operations(Scope& scope, const ast::Select& select) {
  query::Query& query = *scope.query;
  const ast::Select* leftmost = &select;
  while (leftmost->left) leftmost = leftmost->left;
  if (leftmost->into)
    throw SqlError("42601", "SELECT ... INTO is not allowed here").at(leftmost->into->relation->location);
  analyze_with(scope, select.with);
  Side side = build(scope, select, true);
  query.set_operations = std::move(side.tree);
  auto item = std::make_shared<NamespaceItem>();
  for (std::size_t i = 0; i < side.names.size(); ++i) {
    TypeRef type = query.set_operations->column_types[i];
    query::OutputColumn output;
    output.name = side.names[i];
    output.expression = make_expression(
        type, location_of(*side.columns[i]),
        query::ColumnReference{query::kSetOperationResult, static_cast<int>(i), 0});
    query.output.push_back(std::move(output));
    item->columns.push_back({side.names[i], query::kSetOperationResult, static_cast<int>(i), type, nullptr});
  }
  // ORDER BY may use output names and numbers, nothing else.
  scope.names = {item};
  item->table_visible = false;
  std::size_t columns = query.output.size();
  analyze_order_by(scope, select.order_by);
  if (query.output.size() != columns)
    throw SqlError("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
        .with_detail("Only result column names can be used, not expressions or functions.")
        .with_hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
        .at(location_of(*query.output[columns].expression));
  scope.names.clear();
  query.offset = analyze_limit(scope, select.offset, Place::offset, "OFFSET", false);
  query.limit = analyze_limit(scope, select.limit, Place::limit, "LIMIT", select.with_ties);
  query.with_ties = select.with_ties;
  assign_collations(scope, query);
  for (const ast::Node* node : select.locking)
    analyze_locking(scope, ast::as<ast::LockingClause>(*node), false);
}

}  // namespace analyzer
