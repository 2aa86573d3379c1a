// Conditions of which any one is enough, each by an index of its own: the rows that the first finds, then of those that
// the second finds the ones that are not the first's, and so on. No row comes twice, and no list of rows is kept.
#include <algorithm>

#include "query_planner.h"

namespace planner {

Path* QueryPlanner::divided_path(int rel, const std::vector<const Qual*>& quals, const std::vector<Path*>& others) {
  constexpr std::size_t kMostParts = 16;
  if (divides_or_ || others.empty()) return nullptr;
  double cheapest = others[0]->total;
  for (const Path* path : others) cheapest = std::min(cheapest, path->total);
  // What rows are asked again when somebody else has changed them are the query's own conditions, not these.
  const auto derive = [&](ExpressionPtr condition) {
    Qual& qual = member_quals_.emplace_back();
    qual.relations = planner::relations_of(*condition);
    qual.expression = std::move(condition);
    return &qual;
  };
  Path* best = nullptr;
  for (std::size_t at = 0; at < quals.size(); ++at) {
    const auto* any = std::get_if<query::BooleanExpression>(&quals[at]->expression->node);
    if (any == nullptr || any->op != query::BooleanOp::or_ || any->arguments.size() > kMostParts || quals[at]->is_volatile ||
        contains_subquery(*quals[at]->expression) || !(quals[at]->relations == RelSet::of(rel)))
      continue;
    // One index that serves all of it does so in its order.
    if (std::ranges::any_of(others, [&](const Path* path) { return std::ranges::find(path->index_quals, quals[at]) != path->index_quals.end(); }))
      continue;
    Path divided;
    divided.kind = Path::Kind::divided;
    divided.relations = RelSet::of(rel);
    divided.range_table_index = rel;
    divides_or_ = true;
    for (std::size_t part = 0; part < any->arguments.size() && divided.total < cheapest; ++part) {
      std::vector<ExpressionPtr> conditions;
      split_conjunction(query::clone(*any->arguments[part]), conditions);
      std::vector<const Qual*> own, mine(quals.begin(), quals.begin() + static_cast<std::ptrdiff_t>(at));
      for (ExpressionPtr& condition : conditions) own.push_back(derive(std::move(condition)));
      mine.insert(mine.end(), own.begin(), own.end());
      for (std::size_t before = 0; before < part; ++before) {
        auto test = std::make_unique<Expression>();
        test->type = {types::oid::bool_};
        test->node = query::Test{query::TestKind::is_not_true, query::clone(*any->arguments[before])};
        mine.push_back(derive(std::move(test)));
      }
      mine.insert(mine.end(), quals.begin() + static_cast<std::ptrdiff_t>(at) + 1, quals.end());
      Path* found = nullptr;
      for (Path* path : scan_paths(rel, mine, {}, RelSet())) {
        const bool by_own = std::ranges::any_of(path->index_quals, [&](const Qual* q) { return std::ranges::find(own, q) != own.end(); });
        if (by_own && path->outer.empty() && (found == nullptr || path->total < found->total)) found = path;
      }
      if (found == nullptr) {
        divided.parts.clear();
        break;
      }
      divided.parts.push_back(found);
      divided.total += found->total;
      divided.rows += found->rows;
    }
    divides_or_ = false;
    if (divided.parts.size() != any->arguments.size() || divided.total >= cheapest) continue;
    cheapest = divided.total;
    divided.rows = std::max(1.0, divided.rows - 1);
    divided.rows = std::min(divided.rows, std::max(1.0, others[0]->rows));
    paths_.push_back(std::move(divided));
    best = &paths_.back();
  }
  return best;
}

Built QueryPlanner::build_divided(Path& path, const std::vector<const Expression*>& required) {
  auto node = std::make_unique<AppendNode>();
  Layout raw;
  for (const Expression* e : required) raw.add(*e);
  int width = 0;
  for (Path* part : path.parts) {
    Built built = build(*part, required);
    width = std::max(width, built.node->width);
    node->raw_columns = built.node->columns;
    node->children.push_back(std::move(built.node));
  }
  set_costs(*node, path.startup, path.total, path.rows, width);
  describe(*node, "Append");
  return finish(std::move(node), raw, {}, required);
}

}  // namespace planner
