#include "planner/partition_pruning.h"

#include <algorithm>

#include "eval/environment.h"
#include "types/arena.h"
#include "types/array.h"
#include "types/integer_conversion.h"

namespace planner {

using query::PartitionBound;
using types::Datum;
using BoundKind = PartitionBound::Value::Kind;

namespace {

// LIST: whether the partition takes null and some of the values, and nothing else.
bool has_only(const PartitionTable& table, std::size_t place, std::span<const Datum> values) {
  const PartitionBound& bound = *table.partitions()[place].bound;
  return !bound.is_default && std::ranges::all_of(bound.list, [&](const PartitionBound::Value& v) {
    const Datum& own = bound_value(v);
    return own.is_null || std::ranges::any_of(values, [&](const Datum& value) { return table.compare(0, own, value) == 0; });
  });
}

// A bound against a value of the first key column.
int compare_first(const PartitionTable& table, const std::vector<PartitionBound::Value>& bound, const Datum& value) {
  if (bound[0].kind != BoundKind::value) return bound[0].kind == BoundKind::min ? -1 : 1;
  return table.compare(0, bound_value(bound[0]), value);
}

}  // namespace

// Hashes of values, one row at a time.
struct PartitionPruner::Hasher {
  explicit Hasher(const Level& level) : evaluator(level.hashes, 1) {
    for (const types::PhysicalType type : level.key_types) columns.push_back(types::Vector::allocate(memory, type, 1));
  }

  std::uint64_t hash(std::span<const Datum> key, types::EvalContext& context) {
    evaluator.bind(environment, context);
    hashes.clear();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (key[i].is_null) {
        columns[i].set_null(0);
      } else {
        columns[i].set_not_null(0);
        columns[i].set_datum(0, key[i]);
      }
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const types::Vector& one = evaluator.evaluate(i, {columns, {nullptr, 1}});
      hashes.push_back(one.is_null(0) ? Datum::null() : one.datum(0));
    }
    return combine_hashes(hashes);
  }

  eval::Evaluator evaluator;
  eval::Environment environment;
  types::Arena memory{256};
  std::vector<types::Vector> columns;
  std::vector<Datum> hashes;
};

PartitionPruner::PartitionPruner(const PartitionPruning& pruning) : pruning_(pruning) {
  for (const Level& level : pruning.levels)
    hashers_.push_back(level.table->strategy() == query::PartitionStrategy::hash && !level.hashes.empty()
                           ? std::make_shared<Hasher>(level)
                           : nullptr);
}

void PartitionPruner::decide(std::span<const std::optional<Datum>> values, types::EvalContext& context, bool may_ask,
                             std::vector<bool>& survives) {
  values_ = values;
  context_ = &context;
  may_ask_ = may_ask;
  hit_.clear();
  // What is decided of a partition holds for all that is below it.
  std::vector<std::vector<std::int8_t>> known(pruning_.levels.size());
  const auto refuted = [&](auto& self, int level, std::size_t place) -> bool {
    if (level < 0) return false;
    const Level& at = pruning_.levels[static_cast<std::size_t>(level)];
    auto& memory = known[static_cast<std::size_t>(level)];
    if (memory.empty()) memory.assign(at.table->partitions().size(), -1);
    if (memory[place] < 0) memory[place] = refutes(at, at.condition, place) || self(self, at.above, at.place);
    return memory[place] != 0;
  };
  survives.clear();
  for (const PartitionPruning::Child& child : pruning_.children)
    survives.push_back(!refuted(refuted, child.level, child.place));
}

bool PartitionPruner::refutes_value(const Level& level, const Condition& condition, const Datum& given,
                                    std::size_t place) const {
  if (given.is_null) return true;
  const std::optional<Datum> value = types::convert_integer(condition.from, condition.to, given);
  if (!value) return false;
  const PartitionTable& table = *level.table;
  switch (table.strategy()) {
    case query::PartitionStrategy::list:
      if (condition.strategy == Condition::kNotEqual) return has_only(table, place, std::span(&*value, 1));
      return !table.may_match(place, condition.strategy, *value);
    case query::PartitionStrategy::range:
      if (condition.strategy == Condition::kNotEqual) return false;
      if (condition.key == 0) return !table.may_match(place, condition.strategy, *value);
      return false;
    default: return false;
  }
}

bool PartitionPruner::refutes(const Level& level, const Condition& condition, std::size_t place) {
  switch (condition.kind) {
    case PruningKind::all: {
      for (const Condition& part : condition.parts)
        if (refutes(level, part, place)) return true;
      return refutes_together(level, condition.parts, place);
    }
    case PruningKind::any:
      return std::ranges::all_of(condition.parts, [&](const Condition& part) { return refutes(level, part, place); });
    case PruningKind::compare: {
      const std::optional<Datum>& value = values_[condition.value];
      if (!value) return false;
      if (refutes_value(level, condition, *value, place)) return true;
      break;
    }
    case PruningKind::any_element: {
      const std::optional<Datum>& array = values_[condition.value];
      if (!array) return false;
      if (array->is_null) return true;
      bool all = true;
      types::ArrayView view(*array);
      for (types::ArrayView::Cursor c(view); all && c.next();) all = refutes_value(level, condition, c.value(), place);
      if (all) return true;
      break;
    }
    case PruningKind::is_null:
      if (level.table->strategy() == query::PartitionStrategy::range)
        return static_cast<int>(place) != level.table->default_partition();
      if (level.table->strategy() == query::PartitionStrategy::list) return !level.table->may_match(place, 6, Datum::null());
      break;
    case PruningKind::is_not_null:
      return level.table->strategy() == query::PartitionStrategy::list && has_only(*level.table, place, {});
  }
  // A key of one column has nothing to be looked at together with.
  return level.table->strategy() == query::PartitionStrategy::hash && refutes_hash(level, std::span(&condition, 1), place);
}

bool PartitionPruner::equal_values(const Condition& condition, std::size_t key, std::vector<Datum>& out) const {
  switch (condition.kind) {
    case PruningKind::compare: {
      if (condition.key != key || condition.strategy != 3 || !values_[condition.value]) return false;
      const std::optional<Datum> value = types::convert_integer(condition.from, condition.to, *values_[condition.value]);
      if (!value || value->is_null) return false;
      out.push_back(*value);
      return true;
    }
    case PruningKind::any_element: {
      if (condition.key != key || !values_[condition.value] || values_[condition.value]->is_null) return false;
      types::ArrayView view(*values_[condition.value]);
      for (types::ArrayView::Cursor c(view); c.next();) {
        if (c.value().is_null) continue;
        const std::optional<Datum> value = types::convert_integer(condition.from, condition.to, c.value());
        if (!value) return false;
        out.push_back(*value);
      }
      return true;
    }
    case PruningKind::is_null:
      if (condition.key != key) return false;
      out.push_back(Datum::null());
      return true;
    case PruningKind::any:
      return !condition.parts.empty() && std::ranges::all_of(condition.parts, [&](const Condition& part) {
        return equal_values(part, key, out);
      });
    default: return false;
  }
}

bool PartitionPruner::refutes_hash(const Level& level, std::span<const Condition> all, std::size_t place) {
  if (level.hashes.empty() || (level.hashes_ask && !may_ask_)) return false;
  std::optional<std::vector<bool>>* hit = nullptr;
  for (auto& [conditions, partitions] : hit_)
    if (conditions.data() == all.data() && conditions.size() == all.size()) hit = &partitions;
  if (hit == nullptr) hit = &hit_.emplace_back(all, hit_partitions(level, all)).second;
  return hit->has_value() && !(**hit)[place];
}

std::optional<std::vector<bool>> PartitionPruner::hit_partitions(const Level& level, std::span<const Condition> all) {
  // More combinations than this are not gone through: what they would leave is most of the table.
  constexpr std::size_t kMostCombinations = 1 << 16;
  Hasher& hasher = *hashers_[static_cast<std::size_t>(&level - pruning_.levels.data())];
  const std::size_t width = hasher.columns.size();
  std::vector<std::vector<Datum>> candidates(width);
  std::size_t combinations = 1;
  for (std::size_t key = 0; key < width; ++key) {
    bool found = false;
    for (const Condition& part : all) {
      std::vector<Datum> values;
      if (!equal_values(part, key, values) || (found && values.size() >= candidates[key].size())) continue;
      candidates[key] = std::move(values);
      found = true;
    }
    if (!found) return std::nullopt;
    combinations *= candidates[key].size();
    if (combinations > kMostCombinations) return std::nullopt;
  }
  std::vector<bool> hit(level.table->partitions().size());
  std::vector<Datum> key(width);
  for (std::size_t n = 0; n < combinations; ++n) {
    std::size_t rest = n;
    for (std::size_t i = 0; i < width; ++i) {
      key[i] = candidates[i][rest % candidates[i].size()];
      rest /= candidates[i].size();
    }
    const std::uint64_t hash = hasher.hash(key, *context_);
    for (std::size_t place = 0; place < hit.size(); ++place) {
      const PartitionBound& bound = *level.table->partitions()[place].bound;
      if (hash % static_cast<std::uint64_t>(bound.modulus) != static_cast<std::uint64_t>(bound.remainder)) continue;
      hit[place] = true;
      break;
    }
  }
  return hit;
}

bool PartitionPruner::may_match_keys(const PartitionTable& table, std::size_t place, std::span<const Datum> equal,
                                     const KeyBound& lower, const KeyBound& upper) {
  const auto& partitions = table.partitions();
  const std::size_t columns = table.table().partition_key->columns.size(), next = equal.size();
  if (static_cast<int>(place) == table.default_partition()) {
    if (next == columns) return table.find(equal) == table.default_partition();
    if (columns > 1 || (!lower.given && !upper.given)) return true;
    // Whether the ranges leave a gap between the bounds. The default partition is the last one.
    const std::size_t ranges = place;
    std::size_t at = 0;
    if (lower.given) {
      while (at < ranges && compare_first(table, partitions[at].bound->upper, lower.value) <= 0) ++at;
      if (at == ranges || compare_first(table, partitions[at].bound->lower, lower.value) > 0) return true;
    } else if (ranges == 0 || partitions[0].bound->lower[0].kind != BoundKind::min) {
      return true;
    }
    for (; at < ranges; ++at) {
      const PartitionBound& range = *partitions[at].bound;
      if (range.upper[0].kind == BoundKind::max) return false;
      if (upper.given) {
        const int c = compare_first(table, range.upper, upper.value);
        if (c > 0 || (c == 0 && !upper.inclusive)) return false;
      }
      if (at + 1 == ranges || table.compare_range(range.upper, partitions[at + 1].bound->lower) != 0) return true;
    }
    return true;
  }
  const PartitionBound& bound = *partitions[place].bound;
  // Where all keys in question lie, seen from a bound of the partition; at the bound itself counts as above.
  enum class Side : std::uint8_t { below, above, neither };
  const auto side = [&](const std::vector<PartitionBound::Value>& limit) {
    for (std::size_t i = 0; i < next; ++i) {
      if (limit[i].kind != BoundKind::value) return limit[i].kind == BoundKind::min ? Side::above : Side::below;
      if (const int c = table.compare(i, equal[i], bound_value(limit[i])); c != 0) return c < 0 ? Side::below : Side::above;
    }
    if (next == columns) return Side::above;
    if (limit[next].kind != BoundKind::value) return limit[next].kind == BoundKind::min ? Side::above : Side::below;
    const bool last = next + 1 == columns;
    if (upper.given) {
      const int c = table.compare(next, upper.value, bound_value(limit[next]));
      if (c < 0 || (c == 0 && !upper.inclusive) || (c == 0 && !last && limit[next + 1].kind == BoundKind::max))
        return Side::below;
    }
    if (lower.given) {
      const int c = table.compare(next, lower.value, bound_value(limit[next]));
      if (c > 0 || (c == 0 && (!lower.inclusive || last || limit[next + 1].kind == BoundKind::min))) return Side::above;
    }
    return Side::neither;
  };
  return side(bound.lower) != Side::below && side(bound.upper) != Side::above;
}

bool PartitionPruner::refutes_together(const Level& level, std::span<const Condition> all, std::size_t place) {
  if (level.table->strategy() == query::PartitionStrategy::hash) return refutes_hash(level, all, place);
  if (level.table->strategy() == query::PartitionStrategy::list) {
    // key <> 'a' AND key <> 'b'
    std::vector<Datum> others;
    for (const Condition& part : all)
      if (part.kind == PruningKind::compare && part.strategy == Condition::kNotEqual && values_[part.value] &&
          !values_[part.value]->is_null)
        if (const std::optional<Datum> value = types::convert_integer(part.from, part.to, *values_[part.value])) others.push_back(*value);
    return others.size() > 1 && has_only(*level.table, place, others);
  }
  if (level.table->strategy() != query::PartitionStrategy::range) return false;
  // Equal leading columns, then bounds of the next one.
  const std::size_t columns = level.table->table().partition_key->columns.size();
  std::vector<Datum> equal;
  KeyBound lower, upper;
  while (equal.size() < columns) {
    const std::size_t key = equal.size();
    bool found = false;
    for (const Condition& part : all) {
      if (part.kind != PruningKind::compare || part.key != key || !values_[part.value] || values_[part.value]->is_null) continue;
      const std::optional<Datum> value = types::convert_integer(part.from, part.to, *values_[part.value]);
      if (!value) continue;
      if (part.strategy == 3 && !found) {
        equal.push_back(*value);
        found = true;
      }
    }
    if (found) continue;
    for (const Condition& part : all) {
      if (part.kind != PruningKind::compare || part.key != key || !values_[part.value] || values_[part.value]->is_null) continue;
      const std::optional<Datum> value = types::convert_integer(part.from, part.to, *values_[part.value]);
      if (!value) continue;
      const auto order = [&](const KeyBound& known) { return level.table->compare(key, *value, known.value); };
      if (part.strategy == 4 || part.strategy == 5) {
        const bool inclusive = part.strategy == 4;
        if (!lower.given || order(lower) > 0 || (order(lower) == 0 && !inclusive)) lower = {true, inclusive, *value};
      } else if (part.strategy == 1 || part.strategy == 2) {
        const bool inclusive = part.strategy == 2;
        if (!upper.given || order(upper) < 0 || (order(upper) == 0 && !inclusive)) upper = {true, inclusive, *value};
      }
    }
    break;
  }
  return !may_match_keys(*level.table, place, equal, lower, upper);
}

}  // namespace planner
