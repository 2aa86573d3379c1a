// ON CONFLICT: which indexes arbitrate, and the update.
#include <fmt/format.h>

#include "columns.h"
#include "dml.h"
#include "updatable_views.h"
#include "query/walk.h"

namespace analyzer {
namespace {

// What one index's key must be: a column, or an expression over the table's row.
struct Inferred {
  int column = -1;
  ExpressionPtr expression;
  Oid collation = 0;
  Oid operator_class = 0;
};

bool matches(const Inferred& element, const catalog::IndexKey& key) {
  if (element.collation && element.collation != key.collation) return false;
  if (element.operator_class && element.operator_class != key.operator_class) return false;
  if (element.column >= 0) return key.column == element.column;
  return key.expression && query::equal(*key.expression, *element.expression);
}

// Every element is a key and every key an element, in any order.
bool covers(const std::vector<Inferred>& elements, const catalog::IndexDescriptor& index) {
  for (const auto& element : elements) {
    bool found = false;
    for (const auto& key : index.keys) found = found || matches(element, key);
    if (!found) return false;
  }
  for (const auto& key : index.keys) {
    bool found = false;
    for (const auto& element : elements) found = found || matches(element, key);
    if (!found) return false;
  }
  return true;
}

std::vector<const Expression*> conjuncts(const Expression& condition) {
  const auto* both = std::get_if<query::BooleanExpression>(&condition.node);
  if (both == nullptr || both->op != query::BooleanOp::and_) return {&condition};
  std::vector<const Expression*> all;
  for (const ExpressionPtr& argument : both->arguments)
    for (const Expression* part : conjuncts(*argument)) all.push_back(part);
  return all;
}

// Whether a partial index has every row for which the clause's WHERE holds; only conditions that
// stand there as they are in the predicate are decided.
bool implies(const Expression& where, const Expression& predicate) {
  const auto given = conjuncts(where);
  for (const Expression* part : conjuncts(predicate)) {
    bool found = false;
    for (const Expression* condition : given) found = found || query::equal(*condition, *part);
    if (!found) return false;
  }
  return true;
}

// References to the target as entry 0, as stored expressions have it.
void rebase(Expression& expression, int from) {
  if (auto* ref = std::get_if<query::ColumnReference>(&expression.node))
    if (ref->levels_up == 0 && ref->range_table_index == from) ref->range_table_index = 0;
  query::for_each_child(expression, [&](ExpressionPtr& child) { rebase(*child, from); });
}

std::vector<Inferred> infer(Scope& scope, const Target& target, const ast::ConflictTarget& clause) {
  std::vector<Inferred> elements;
  for (const ast::Node* node : clause.elements) {
    const auto& element = ast::as<ast::IndexElement>(*node);
    int location = element.expression ? element.expression->location : clause.location;
    if (element.direction != ast::SortDirection::by_default)
      throw SqlError("42P10", "ASC/DESC is not allowed in ON CONFLICT clause").at(clause.location);
    if (element.nulls != ast::NullsOrder::by_default)
      throw SqlError("42P10", "NULLS FIRST/LAST is not allowed in ON CONFLICT clause").at(clause.location);
    Inferred inferred;
    if (element.name.data()) {
      auto column = find_column(scope, element.name, clause.location, true);
      if (!column) missing_column(scope, {}, element.name, clause.location);
      inferred.column = std::get<query::ColumnReference>(column->node).column;
    } else {
      auto expression = analyze_expression(scope, element.expression, Place::index_expression);
      assign_collations(scope, *expression);
      if (const auto* ref = std::get_if<query::ColumnReference>(&expression->node)) {
        inferred.column = ref->column;
      } else {
        rebase(*expression, target.item->range_table_index);
        inferred.expression = std::move(expression);
      }
    }
    if (!element.collation.empty()) inferred.collation = resolve_collation(scope, element.collation, location);
    if (!element.operator_class.empty()) {
      const auto* found =
          catalog::Builtins::get().operator_class_by_name(catalog::kBtree, element.operator_class.back());
      if (!found)
        throw SqlError("42704", fmt::format("operator class \"{}\" does not exist for access method \"{}\"",
                                            join_names(element.operator_class), "btree"));
      inferred.operator_class = found->oid;
    }
    elements.push_back(std::move(inferred));
  }
  return elements;
}

// The table that has the indexes, with what is inferred in terms of it.
catalog::RelationPtr under_view(Scope& scope, const Target& target, std::vector<Inferred>& elements,
                                ExpressionPtr& where) {
  if (target.relation->kind != catalog::RelationKind::view) return target.relation;
  std::vector<ExpressionPtr> all;
  for (Inferred& element : elements) {
    if (element.column >= 0)
      all.push_back(make_expression(target.relation->columns[static_cast<std::size_t>(element.column)].type, -1,
                                    query::ColumnReference{0, element.column, 0}));
    else
      all.push_back(std::move(element.expression));
  }
  if (where) all.push_back(std::move(where));
  catalog::RelationPtr table = find_under_view(scope, target.relation, all);
  if (all.size() > elements.size()) where = std::move(all.back());
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto* ref = std::get_if<query::ColumnReference>(&all[i]->node);
    elements[i].column = ref ? ref->column : -1;
    elements[i].expression = ref ? nullptr : std::move(all[i]);
  }
  return table;
}

void require_immediate(const catalog::IndexDescriptor& index) {
  if (!index.immediate)
    throw SqlError("55000",
                   "ON CONFLICT does not support deferrable unique constraints/exclusion constraints as arbiters")
        .on_constraint(index.name);
}

}  // namespace

std::unique_ptr<query::OnConflict> analyze_on_conflict(Scope& scope, Target& target,
                                                       const ast::OnConflict& clause) {
  auto result = std::make_unique<query::OnConflict>();
  result->do_update = clause.do_update;
  if (clause.do_update && !clause.target)
    throw SqlError("42601", "ON CONFLICT DO UPDATE requires inference specification or constraint name")
        .with_hint("For example, ON CONFLICT (column_name).")
        .at(clause.location);
  const auto& relation = *target.relation;
  if (relation.system)
    throw SqlError("0A000", "ON CONFLICT is not supported with system catalog tables").at(clause.location);
  std::vector<NamespaceItemPtr> outside = std::move(scope.names);
  scope.names = {target.item};
  NamespaceItemPtr excluded;
  if (clause.do_update) {
    excluded = add_relation(scope, target.relation, "excluded", false);
    excluded->relation = 0;  // the proposed row has no system columns
    result->excluded_range_table_index = excluded->range_table_index;
  }

  if (clause.target && clause.target->constraint.data()) {
    for (const auto& index : relation.indexes)
      if (index.name == clause.target->constraint && index.constraint) {
        require_immediate(index);
        if (index.is_exclusion && clause.do_update)
          throw SqlError("42809", "ON CONFLICT DO UPDATE not supported with exclusion constraints");
        result->arbiters.push_back(index.oid);
      }
    if (result->arbiters.empty())
      throw SqlError("42704", fmt::format("constraint \"{}\" for table \"{}\" does not exist",
                                          clause.target->constraint, relation.name));
  } else if (clause.target) {
    auto elements = infer(scope, target, *clause.target);
    ExpressionPtr where = analyze_condition(scope, clause.target->where, Place::index_predicate, "WHERE");
    if (where) {
      assign_collations(scope, *where);
      rebase(*where, target.item->range_table_index);
    }
    const catalog::RelationPtr indexed = under_view(scope, target, elements, where);
    for (const auto& index : indexed->indexes) {
      if (!index.unique || !index.valid || !covers(elements, index)) continue;
      if (index.predicate && (!where || !implies(*where, *index.predicate))) continue;
      require_immediate(index);
      result->arbiters.push_back(index.oid);
    }
    // A view that cannot be inserted into is told of later.
    if (result->arbiters.empty() && (indexed->kind != catalog::RelationKind::view || !indexed->triggers.empty()))
      throw SqlError("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification");
  }
  if (!result->arbiters.empty()) result->arbiter_index = result->arbiters[0];

  if (clause.do_update) {
    scope.names = {target.item, excluded};
    result->set = analyze_set(scope, target, clause.set);
    result->where = analyze_condition(scope, clause.where, Place::where, "WHERE");
  }
  scope.names = std::move(outside);
  return result;
}

}  // namespace analyzer
