// In which order a scan asks its conditions.
#include <algorithm>

#include "query_planner.h"

namespace planner {

namespace {

// What a row costs that is asked a condition, in comparisons of integers; 0: one that may fail or have
// effects, which keeps its place.
double price(catalog::CatalogView& catalog, const Expression& condition) {
  const auto simple = [](const Expression& e) {
    const Expression& stripped = strip_relabel(e);
    const query::ColumnReference* column = as_column(stripped);
    return std::holds_alternative<query::Constant>(stripped.node) ||
           (column != nullptr && column->levels_up == 0 && column->column >= 0);
  };
  const auto is_ordering = [&](types::Oid op) {
    const catalog::OperatorInfo* info = op == 0 ? nullptr : catalog.operator_(op);
    return op < types::kFirstNormalOid && info != nullptr &&
           (info->name == "=" || info->name == "<>" || info->name == "<" || info->name == "<=" ||
            info->name == ">" || info->name == ">=");
  };
  const auto of_type = [&](types::Oid type) {
    const types::TypeSupport* support = catalog.find_support(type);
    if (support == nullptr) return 0.0;
    switch (support->physical) {
      case types::PhysicalType::varlen: return type == types::oid::numeric || type == types::oid::text ||
                                               type == types::oid::varchar || type == types::oid::bpchar ? 4.0 : 0.0;
      case types::PhysicalType::fixed16: return 0.0;
      default: return 1.0;
    }
  };
  if (const auto* call = std::get_if<query::Call>(&condition.node)) {
    if (!is_ordering(call->operator_) || call->arguments.size() != 2 || !simple(*call->arguments[0]) ||
        !simple(*call->arguments[1]))
      return 0;
    const double left = of_type(call->arguments[0]->type.oid), right = of_type(call->arguments[1]->type.oid);
    return left == 0 || right == 0 ? 0 : std::max(left, right);
  }
  if (const auto* list = std::get_if<query::ScalarArrayOp>(&condition.node)) {
    const auto* elements = std::get_if<query::ArrayConstructor>(&list->array->node);
    if (elements == nullptr || !is_ordering(list->operator_) || !simple(*list->argument)) return 0;
    for (const ExpressionPtr& element : elements->elements)
      if (!simple(*element)) return 0;
    return of_type(list->argument->type.oid) * static_cast<double>(std::max<std::size_t>(1, elements->elements.size()));
  }
  return 0;
}

}  // namespace

// Those first that leave out most rows for their price. What may fail stays behind what stood before it.
std::vector<const Qual*> QueryPlanner::cheapest_first(const std::vector<const Qual*>& conditions) {
  struct Ranked {
    const Qual* qual;
    double rank;
  };
  std::vector<Ranked> ranked;
  for (const Qual* qual : conditions) {
    const double cost = price(catalog(), *qual->expression);
    // No condition leaves out more than all rows.
    ranked.push_back({qual, cost == 0 ? -1 : cost / std::max(0.01, 1 - selectivity(*qual))});
  }
  for (auto begin = ranked.begin(); begin != ranked.end();) {
    if (begin->rank < 0) {
      ++begin;
      continue;
    }
    const auto end = std::find_if(begin, ranked.end(), [](const Ranked& r) { return r.rank < 0; });
    std::stable_sort(begin, end, [](const Ranked& a, const Ranked& b) { return a.rank < b.rank; });
    begin = end;
  }
  std::vector<const Qual*> ordered;
  for (const Ranked& r : ranked) ordered.push_back(r.qual);
  return ordered;
}

}  // namespace planner
