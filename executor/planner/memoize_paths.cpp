// Whether it pays to keep what the right side of a nested loop gave for each value, and how that is planned.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "catalog/collators.h"
#include "cost.h"
#include "operator_strategy.h"
#include "planner/memoize.h"
#include "query_planner.h"
#include "types/hash.h"
#include "wal/check.h"

namespace planner {

using query::JoinKind;
using query::RangeTableEntry;

namespace {

// What an entry of the cache takes besides its rows, and a row besides its values: as the operator keeps them.
constexpr double kEntryBytes = 128, kRowBytes = 24;

// Values of a type by their bytes alone.
template <typename T>
int compare_bytes(const types::Datum& a, const types::Datum& b) {
  const T x = a.as<T>(), y = b.as<T>();
  return std::memcmp(&x, &y, sizeof(T));
}
template <typename T>
std::uint64_t hash_of_bytes(const types::Datum& value) {
  const T x = value.as<T>();
  return types::hash_bytes({reinterpret_cast<const char*>(&x), sizeof(T)});
}

KeyColumn binary_key(types::PhysicalType physical, int column) {
  KeyColumn key;
  key.column = column;
  key.physical = physical;
  switch (physical) {
    case types::PhysicalType::float32:
      key.compare = &compare_bytes<float>;
      key.hash = &hash_of_bytes<float>;
      break;
    case types::PhysicalType::float64:
      key.compare = &compare_bytes<double>;
      key.hash = &hash_of_bytes<double>;
      break;
    case types::PhysicalType::fixed16:
      key.compare = &compare_bytes<types::Fixed16>;
      key.hash = &hash_of_bytes<types::Fixed16>;
      break;
    case types::PhysicalType::varlen:
      key.compare = types::type_support(types::oid::text).compare;
      key.hash = types::type_support(types::oid::text).hash;
      break;
    default: break;  // integers: operators compare them themselves
  }
  return key;
}

}  // namespace

bool QueryPlanner::is_volatile_leaf(const RangeTableEntry& entry) {
  bool found = false;
  const auto look = [&](const Expression& e, int) {
    const auto* call = std::get_if<query::Call>(&e.node);
    const auto* aggregate = std::get_if<query::Aggregate>(&e.node);
    if (call != nullptr || aggregate != nullptr) {
      const catalog::FunctionInfo* info = catalog().function(call != nullptr ? call->function : aggregate->function);
      found = found || info == nullptr || info->volatility == 'v';
    }
    return !found;
  };
  if (entry.subquery) {
    visit(*entry.subquery, 0, look);
    found = found || !entry.subquery->row_locks.empty();
  }
  for (const query::FunctionItem& item : entry.functions) visit(*item.call, 0, look);
  for (const auto& row : entry.values)
    for (const ExpressionPtr& e : row) visit(*e, 0, look);
  return found;
}

// Whether the number of its different values is more than a guess.
bool QueryPlanner::knows_distinct_values(const Expression& expression) {
  const Expression& plain = strip_relabel(expression);
  if (plain.type.oid == types::oid::bool_) return true;
  const auto* column = as_column(plain);
  if (column == nullptr) {
    const catalog::ColumnStatistics* s = expression_statistics(plain);
    return s != nullptr && s->distinct != 0;
  }
  if (column->levels_up != 0 || column->column < 0) return false;
  if (const catalog::ColumnStatistics* s = statistics(plain); s != nullptr && s->distinct != 0) return true;
  const catalog::RelationDescriptor* rel = relation(column->range_table_index);
  return rel != nullptr && std::ranges::any_of(rel->indexes, [&](const catalog::IndexDescriptor& index) {
    return index.unique && !index.predicate && index.keys.size() == 1 && index.keys[0].column == column->column;
  });
}

std::shared_ptr<const Memoization> QueryPlanner::memoization(const Path& left, const Path& right, JoinKind kind) {
  if (!state_.options.enable_memoize || left.rows < 2 || !right.outer.overlaps(left.relations)) return nullptr;
  if (kind == JoinKind::full || !right.one_time.empty()) return nullptr;
  // What it computes of the left side's values would have to be a key.
  if (!right.computes.empty()) {
    std::vector<const Expression*> read;
    right.computes.for_each([&](int entry) {
      for (const Expression* value : computed_keys_.at(entry).values) collect_inputs(*value, left.relations, read);
    });
    if (!read.empty()) return nullptr;
  }
  auto result = std::make_shared<Memoization>();
  for (const Qual* qual : right.filter)
    if (qual->is_volatile) return nullptr;
  const auto add_key = [&](const Expression& e) {
    for (const Expression* present : result->keys)
      if (query::equal(*present, e)) return;
    result->keys.push_back(&e);
  };
  switch (right.kind) {
    case Path::Kind::scan: {
      // Each condition that leads to rows compares something of the left side with something of the right one.
      if (right.by_place || right.array_key >= 0 || right.alternatives > 1) return nullptr;
      for (const Qual* qual : right.filter)
        if (qual->relations.overlaps(left.relations)) return nullptr;
      for (const Qual* qual : right.index_quals) {
        if (!qual->relations.overlaps(left.relations)) continue;
        if (const auto equi = as_equi(*qual, left.relations, right.relations)) {
          add_key(*equi->left);
          continue;
        }
        const auto* call = std::get_if<query::Call>(&qual->expression->node);
        if (call == nullptr || call->operator_ == 0 || call->arguments.size() != 2) return nullptr;
        const Expression* value = nullptr;
        for (std::size_t side = 0; side < 2 && value == nullptr; ++side) {
          const RelSet of_value = planner::relations_of(*call->arguments[side]);
          const RelSet of_key = planner::relations_of(*call->arguments[1 - side]);
          if (!of_value.empty() && of_value.subset_of(left.relations) && of_key == right.relations - right.computes) value = call->arguments[side].get();
        }
        if (value == nullptr) return nullptr;
        add_key(*value);
        result->binary = true;
      }
      result->single_row = right.access == Access::lookup;
      break;
    }
    case Path::Kind::subquery:
    case Path::Kind::function: {
      if (right.is_volatile) return nullptr;
      std::vector<const Expression*> columns;
      collect_outer_inputs(right, left.relations, columns);
      for (const Expression* column : columns) {
        // A row's place says more than the row.
        if (const auto* c = as_column(*column); c == nullptr || c->column < 0) return nullptr;
        add_key(*column);
      }
      result->binary = true;
      break;
    }
    default: return nullptr;
  }
  if (result->keys.empty()) return nullptr;
  // Who stops at the first match has seen all of the rows only where there is one at most.
  if ((kind == JoinKind::semi || kind == JoinKind::anti) && !result->single_row) return nullptr;

  int width = 0;
  for (const Expression* key : result->keys) width += width_of(*key);
  const double calls = left.rows;
  double distinct = calls;
  // An expression has as many values as what it is made of.
  std::vector<const Expression*> sources;
  for (const Expression* key : result->keys)
    if (expression_statistics(*key) != nullptr)
      sources.push_back(key);
    else
      collect_inputs(*key, left.relations, sources);
  if (std::ranges::all_of(sources, [&](const Expression* source) { return knows_distinct_values(*source); }))
    distinct = group_count(sources, left, calls);
  const double entry = kEntryBytes + width + right.rows * (kRowBytes + std::max(8, right.width));
  const double room = std::max(1.0, std::floor(static_cast<double>(state_.options.hash_memory_bytes) / entry));
  result->entries = std::min(distinct, room);
  result->evictions = 1 - result->entries / distinct;
  result->hits = (calls - distinct) / calls * (room / std::max(distinct, room));
  return result->hits > 0 ? result : nullptr;
}

PlanNodePtr QueryPlanner::build_memoize(const Path& path, PlanNodePtr right, std::size_t first_use) {
  const Memoization& how = *path.memoization;
  auto node = std::make_unique<MemoizeNode>();
  std::vector<int> others(state_.parameter_uses.begin() + static_cast<std::ptrdiff_t>(first_use), state_.parameter_uses.end());
  const std::size_t first_key_use = state_.parameter_uses.size();
  node->key_values = compile(how.keys, Layout());
  std::vector<int> of_keys(state_.parameter_uses.begin() + static_cast<std::ptrdiff_t>(first_key_use), state_.parameter_uses.end());
  // A subquery knows the same values under numbers of its own.
  if (path.right->subplanner)
    for (const auto& [parameter, expression] : path.right->subplanner->outer_arguments())
      if (std::ranges::any_of(how.keys, [&](const Expression* key) { return query::equal(*key, *expression); })) of_keys.push_back(parameter);
  std::ranges::sort(others);
  for (const int parameter : others)
    if (std::ranges::find(of_keys, parameter) == of_keys.end() && (node->parameters.empty() || node->parameters.back() != parameter))
      node->parameters.push_back(parameter);
  bool binary = how.binary;
  for (const Expression* key : how.keys)
    binary = binary || !eval::type_support(catalog(), key->type.oid).hash || !equality_is_bytewise(catalog(), key->type.collation);
  for (std::size_t k = 0; k < how.keys.size(); ++k) {
    const int column = static_cast<int>(k);
    node->keys.push_back(binary ? binary_key(node->key_values.expressions[k]->physical(), column) : key_column(*how.keys[k], column));
  }
  node->single_row = how.single_row;
  node->expected_entries = how.entries;
  node->raw_columns = node->columns = right->columns;
  node->batch_rows = right->batch_rows;
  set_costs(*node, right->startup_cost + cost::kTuple, right->total_cost + cost::kTuple, right->rows, right->width);
  describe(*node, "Memoize");
  if (state_.options.explain) {
    std::string text;
    for (const Expression* key : how.keys) text += (text.empty() ? "" : ", ") + text_of(*key);
    describe(*node, "Cache Key", text);
    describe(*node, "Cache Mode", binary ? "binary" : "logical");
  }
  node->children.push_back(std::move(right));
  return node;
}

}  // namespace planner
