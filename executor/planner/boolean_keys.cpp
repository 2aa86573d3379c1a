// Boolean columns as keys of indexes: such a column is a condition itself, without an operator.
#include "query_planner.h"

namespace planner {

namespace {

struct TestedKey {
  const Expression* key = nullptr;  // null: no such condition
  bool value = false;
};

TestedKey tested_key(const Expression& condition) {
  const Expression& plain = strip_relabel(condition);
  if (const auto* b = std::get_if<query::BooleanExpression>(&plain.node)) {
    if (b->op != query::BooleanOp::not_) return {};
    return {b->arguments[0].get(), false};
  }
  if (const auto* test = std::get_if<query::Test>(&plain.node)) {
    if (test->kind == query::TestKind::is_true) return {test->argument.get(), true};
    if (test->kind == query::TestKind::is_false) return {test->argument.get(), false};
    return {};
  }
  return {&plain, true};
}

}  // namespace

const Qual* QueryPlanner::boolean_condition(const Qual& qual, int rel, const catalog::IndexKey& key) {
  if (key.type.oid != types::oid::bool_ || qual.expression->type.oid != types::oid::bool_) return nullptr;
  const TestedKey tested = tested_key(*qual.expression);
  if (tested.key == nullptr || !is_index_key(*tested.key, rel, key)) return nullptr;
  const Qual*& known = boolean_conditions_[{&qual, &key}];
  if (known != nullptr) return known;
  // What rows are asked again when somebody else has changed them is the query's own condition, not this.
  Qual& compared = member_quals_.emplace_back();
  compared.expression = make_operator(catalog(), catalog().ordering_operators(types::oid::bool_).equal, query::clone(*tested.key),
                                      make_constant(types::Datum::of(tested.value), {types::oid::bool_}), 0);
  compared.relations = qual.relations;
  compared.selectivity = selectivity(qual);
  known = &compared;
  return known;
}

}  // namespace planner
