// Conditions on several keys of an index together: (a, b) > ($1, $2), (a, b) IN ((1, 2), (3, 4)).
#include <algorithm>
#include <cmath>

#include "catalog/access_methods.h"
#include "catalog/collators.h"
#include "cost.h"
#include "index_key_match.h"
#include "operator_strategy.h"
#include "query_planner.h"

namespace planner {

IndexRowMatch QueryPlanner::row_match(const Expression& e, int rel, const catalog::IndexDescriptor& index,
                                      std::size_t first, const RelSet& outer) {
  const auto* row = std::get_if<query::RowCompare>(&e.node);
  if (row == nullptr || row->op == query::RowCompareOp::eq || row->op == query::RowCompareOp::ne) return {};
  for (const bool swapped : {false, true}) {
    const std::vector<ExpressionPtr>& keys = swapped ? row->right : row->left;
    const std::vector<ExpressionPtr>& values = swapped ? row->left : row->right;
    IndexRowMatch found;
    found.strategy = swapped ? 6 - static_cast<int>(row->op) : static_cast<int>(row->op);
    for (std::size_t i = 0; i < keys.size() && first + i < index.keys.size(); ++i) {
      const catalog::IndexKey& key = index.keys[first + i];
      // A range of keys goes one way.
      if (key.descending != index.keys[first].descending || !is_index_key(*keys[i], rel, key) ||
          !serves_as_key(*values[i], key, rel, outer))
        break;
      int strategy = ordering_strategy(catalog(), row->operators[i], key.type.oid);
      if (swapped && strategy != 0) strategy = 6 - strategy;
      if (strategy != found.strategy ||
          !key_order_serves(catalog(), catalog::order_collation(key.operator_class, key.collation),
                            row->input_collations[i], strategy))
        break;
      found.values.push_back(values[i].get());
    }
    found.whole = found.values.size() == keys.size();
    if (!found.values.empty()) return found;
  }
  return {};
}

// As much of the comparison as the index serves.
const Qual* QueryPlanner::cut_row_comparison(const Qual& qual, const IndexRowMatch& match) {
  if (match.whole) return &qual;
  const auto& row = std::get<query::RowCompare>(qual.expression->node);
  const std::size_t count = match.values.size();
  query::RowCompare part;
  part.op = row.op == query::RowCompareOp::lt   ? query::RowCompareOp::le
            : row.op == query::RowCompareOp::gt ? query::RowCompareOp::ge
                                                : row.op;
  for (std::size_t i = 0; i < count; ++i) {
    const catalog::OperatorInfo* op = catalog().operator_(row.operators[i]);
    const catalog::OrderingOperators ordered = catalog().ordering_operators(catalog().base_type(row.left[i]->type.oid));
    const types::Oid family = ordered.btree_family;
    const types::Oid wider = op == nullptr || family == 0
                                 ? 0
                                 : catalog().family_operator(family, op->left, op->right, static_cast<int>(part.op));
    part.operators.push_back(wider != 0 ? wider : row.operators[i]);
    part.input_collations.push_back(row.input_collations[i]);
    part.left.push_back(query::clone(*row.left[i]));
    part.right.push_back(query::clone(*row.right[i]));
  }
  Qual cut;
  cut.relations = qual.relations;
  cut.implied = true;
  if (count > 1) {
    cut.expression = std::make_unique<Expression>();
    cut.expression->type = qual.expression->type;
    cut.expression->node = std::move(part);
  } else {
    cut.expression = make_operator(catalog(), part.operators[0], std::move(part.left[0]), std::move(part.right[0]),
                                   part.input_collations[0]);
  }
  member_quals_.push_back(std::move(cut));
  return &member_quals_.back();
}

namespace {

// The conditions that hold together in a part of an OR.
void conditions_of_part(const Expression& e, std::vector<const Expression*>& out) {
  const auto* both = std::get_if<query::BooleanExpression>(&e.node);
  if (both == nullptr || both->op != query::BooleanOp::and_) {
    out.push_back(&e);
    return;
  }
  for (const ExpressionPtr& argument : both->arguments) conditions_of_part(*argument, out);
}

}  // namespace

// Of a OR b OR .., each giving the same leading keys one value: as many ranges of the index.
Path* QueryPlanner::alternatives_path(int rel, const catalog::IndexDescriptor& index,
                                      const std::vector<const Qual*>& quals,
                                      const std::vector<const Qual*>& join_quals, const RelSet& outer) {
  std::vector<const Qual*> candidates = quals;
  candidates.insert(candidates.end(), join_quals.begin(), join_quals.end());
  const auto equal_value = [&](const std::vector<const Expression*>& conditions, const catalog::IndexKey& key,
                               const Expression** used) -> const Expression* {
    for (const Expression* condition : conditions)
      if (const IndexKeyMatch match = key_match(*condition, rel, key, outer); match.strategy == 3) {
        *used = condition;
        return match.value;
      }
    return nullptr;
  };
  std::vector<const Expression*> everywhere;
  for (const Qual* qual : candidates) everywhere.push_back(qual->expression.get());
  std::size_t alone = 0;
  for (const Expression* used = nullptr;
       alone < index.keys.size() && equal_value(everywhere, index.keys[alone], &used) != nullptr;)
    ++alone;

  Path best;
  for (const Qual* either : candidates) {
    const auto* any = std::get_if<query::BooleanExpression>(&either->expression->node);
    if (any == nullptr || any->op != query::BooleanOp::or_) continue;
    struct Part {
      std::vector<const Expression*> own, values, used;
    };
    std::vector<Part> parts;
    std::size_t common = index.keys.size();
    for (const ExpressionPtr& argument : any->arguments) {
      Part& part = parts.emplace_back();
      conditions_of_part(*argument, part.own);
      for (const catalog::IndexKey& key : index.keys) {
        const Expression* used = nullptr;
        const Expression* value = equal_value(part.own, key, &used);
        if (value == nullptr) value = equal_value(everywhere, key, &used);
        if (value == nullptr) break;
        part.values.push_back(value);
        part.used.push_back(used);
      }
      common = std::min(common, part.values.size());
      if (common <= alone) break;
    }
    if (common <= alone) continue;
    if (!best.keys.empty() && common <= best.equal_keys) continue;
    best = Path();
    best.equal_keys = common;
    best.alternatives = parts.size();
    best.index_quals = {either};
    bool decided = true;
    double fraction = selectivity(*either);
    for (Part& part : parts) {
      part.values.resize(common);
      part.used.resize(common);
      for (const Expression* value : part.values) {
        best.keys.push_back(value);
        best.outer |= planner::relations_of(*value);
      }
      for (const Expression* condition : part.own)
        decided = decided && std::ranges::find(part.used, condition) != part.used.end();
    }
    for (const Qual* qual : candidates) {
      if (qual == either || std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
            return std::ranges::find(part.used, qual->expression.get()) == part.used.end();
          }))
        continue;
      best.index_quals.push_back(qual);
      fraction *= selectivity(*qual);
    }
    if (!decided) best.asked_again = {either};
    for (const Qual* qual : quals)
      if (!best.decides(qual)) best.filter.push_back(qual);
    const double most = index.unique && index.immediate && common == index.keys.size() ? static_cast<double>(parts.size()) : table_rows(rel);
    best.rows = std::max(1.0, std::min(most, table_rows(rel) * fraction));
  }
  if (best.keys.empty() || !implies_predicate(index, rel, quals)) return nullptr;
  best.kind = Path::Kind::scan;
  best.relations = RelSet::of(rel);
  best.range_table_index = rel;
  best.index = index.is_clustered_key ? -1 : index.storage_index;
  best.index_descriptor = &index;
  best.access = Access::range;
  if (index.method == catalog::kHash) best.filter.insert(best.filter.begin(), best.index_quals.begin(), best.index_quals.end());
  else best.ordering = index_order(rel, index);

  const double rows = table_rows(rel), pages = table_pages(rel), fetched = best.rows;
  const double height = 1 + std::ceil(std::log2(std::max(2.0, rows)) / 7);
  std::vector<const Qual*> rest;
  for (const Qual* qual : best.filter)
    if (std::ranges::find(best.index_quals, qual) == best.index_quals.end()) rest.push_back(qual);
  best.rows = std::max(1.0, fetched * selectivity(rest));
  best.startup = height * 50 * cost::kOperator;
  best.total = best.startup * static_cast<double>(best.alternatives) +
               fetched * (cost::kTuple + cost::kOperator * static_cast<double>(best.filter.size()));
  if (index.is_clustered_key)
    best.total += std::min(std::max(1.0, pages), static_cast<double>(best.alternatives)) * cost::kSequentialPage;
  else
    best.total += fetched * (cost::kIndexTuple + height * 0.05) + std::min(fetched, pages) * cost::kRandomPage * 0.25;
  paths_.push_back(std::move(best));
  return &paths_.back();
}

}  // namespace planner
