// How many rows conditions leave: from the statistics that ANALYZE kept, else PostgreSQL's guesses.
#include <algorithm>
#include <cmath>

#include "catalog/collators.h"
#include "operator_strategy.h"
#include "query_planner.h"
#include "types/collator.h"
#include "types/datetime.h"
#include "types/integer_conversion.h"
#include "types/type_io.h"

namespace planner {

namespace {

constexpr double kDefaultEqual = 0.005;
constexpr double kDefaultInequality = 1.0 / 3;
constexpr double kDefaultRange = 0.005;
constexpr double kDefaultLike = 0.005;
constexpr double kDefaultMatching = 0.01;
constexpr double kDefaultUnknown = 0.5;
constexpr double kDefaultDistinct = 200;

double clamp(double s) { return std::clamp(s, 0.0, 1.0); }

// A position on a line, for interpolating in a histogram bucket; NaN when the type has none.
double position(types::PhysicalType type, types::Oid oid, const types::Datum& value) {
  switch (type) {
    case types::PhysicalType::int16: return value.int16;
    case types::PhysicalType::int32: return value.int32;
    case types::PhysicalType::int64: return static_cast<double>(value.int64);
    case types::PhysicalType::float32: return static_cast<double>(value.float32);
    case types::PhysicalType::float64: return value.float64;
    default: break;
  }
  (void)oid;
  return std::nan("");
}

// Fraction of the histogram's rows below the value.
double histogram_below(const catalog::ColumnStatistics& s, const types::TypeSupport& support,
                       const types::Datum& value) {
  const std::size_t n = s.histogram.size();
  if (n < 2) return kDefaultInequality;
  const auto at = std::lower_bound(
      s.histogram.begin(), s.histogram.end(), value,
      [&](const types::Datum& a, const types::Datum& b) { return support.compare(a, b) < 0; });
  if (at == s.histogram.begin()) return 0;
  if (at == s.histogram.end()) return 1;
  const auto bucket = static_cast<double>(at - s.histogram.begin() - 1);
  double within = 0.5;
  const double low = position(support.physical, support.oid, *(at - 1));
  const double high = position(support.physical, support.oid, *at);
  const double x = position(support.physical, support.oid, value);
  if (!std::isnan(low) && !std::isnan(high) && !std::isnan(x) && high > low)
    within = clamp((x - low) / (high - low));
  return (bucket + within) / static_cast<double>(n - 1);
}

// How ANALYZE ordered a column's values.
const types::TypeSupport* statistics_order(catalog::CatalogView& catalog, const types::TypeRef& type) {
  const types::Collator* collator = catalog::collator(catalog, type.collation);
  if (collator != nullptr && !collator->bytewise())
    if (const types::TypeSupport* support = collator->support(catalog.base_type(type.oid))) return support;
  return catalog.find_support(type.oid);
}

}  // namespace

const Expression& QueryPlanner::behind_key(const Expression& expression) const {
  if (computed_keys_.empty()) return expression;
  const auto* column = as_column(expression);
  if (column == nullptr || column->levels_up != 0) return expression;
  const auto keys = computed_keys_.find(column->range_table_index);
  return keys == computed_keys_.end() ? expression : *keys->second.values[static_cast<std::size_t>(column->column)];
}

const catalog::ColumnStatistics* QueryPlanner::statistics(const Expression& e) {
  const Expression& expression = behind_key(e);
  const auto* column = as_column(strip_relabel(expression));
  if (column == nullptr) return expression_statistics(expression);
  if (column == nullptr || column->levels_up != 0 || column->column < 0 ||
      column->range_table_index < 0)
    return nullptr;
  const catalog::RelationDescriptor* rel = relation(column->range_table_index);
  if (rel == nullptr || static_cast<std::size_t>(column->column) >= rel->statistics.size())
    return nullptr;
  return rel->statistics[static_cast<std::size_t>(column->column)].get();
}

double QueryPlanner::distinct_values(const Expression& expression, double rows) {
  if (const Expression& value = behind_key(expression); &value != &expression) {
    const ComputedKeys& keys = computed_keys_.at(as_column(expression)->range_table_index);
    return keys.values.size() == 1 ? keys.rows : std::min(keys.rows, distinct_values(value, rows));
  }
  const auto* column = as_column(strip_relabel(expression));
  if (column == nullptr)
    if (const catalog::ColumnStatistics* s = expression_statistics(expression); s != nullptr && s->distinct != 0) {
      const double tuples = table_rows(planner::relations_of(expression).first());
      return std::max(1.0, s->distinct > 0 ? static_cast<double>(s->distinct) : -static_cast<double>(s->distinct) * tuples);
    }
  if (column == nullptr || column->levels_up != 0 || column->range_table_index < 0 ||
      column->column < 0) {
    RelSet rels = planner::relations_of(expression);
    if (rels.empty()) return 1;
    return std::min(rows, kDefaultDistinct);
  }
  const catalog::RelationDescriptor* rel = relation(column->range_table_index);
  if (rel == nullptr) return std::min(rows, kDefaultDistinct);
  for (const catalog::IndexDescriptor& index : rel->indexes)
    if (index.unique && index.keys.size() == 1 && index.keys[0].column == column->column &&
        !index.predicate)
      return std::max(1.0, table_rows(column->range_table_index));
  if (const catalog::ColumnStatistics* s = statistics(expression); s != nullptr && s->distinct != 0)
    return std::max(1.0, s->distinct > 0 ? static_cast<double>(s->distinct)
                                         : -static_cast<double>(s->distinct) *
                                               table_rows(column->range_table_index));
  if (expression.type.oid == types::oid::bool_) return 2;
  return std::min(std::max(1.0, table_rows(column->range_table_index)), kDefaultDistinct);
}

double QueryPlanner::selectivity(const Qual& qual) {
  if (qual.selectivity < 0) qual.selectivity = selectivity(*qual.expression);
  return qual.selectivity;
}

namespace {

// The day of a timestamp.
std::int32_t date_of(std::int64_t timestamp) {
  if (timestamp == types::kTimestampInfinity) return types::kDateInfinity;
  if (timestamp == types::kTimestampMinusInfinity) return types::kDateMinusInfinity;
  constexpr std::int64_t kDay = 86'400'000'000;
  return static_cast<std::int32_t>(timestamp / kDay - (timestamp % kDay < 0));
}

const query::Constant* constant_of(const Expression& e) {
  return std::get_if<query::Constant>(&strip_relabel(e).node);
}

}  // namespace

// Of conditions of one relation that hold together: a lower and an upper bound of a column are no
// independent ones.
double QueryPlanner::selectivity(const std::vector<const Qual*>& quals) {
  struct Bound {
    const query::ColumnReference* column = nullptr;
    bool is_lower = false;
  };
  const auto bound_of = [&](const Qual& qual) -> Bound {
    const auto* call = std::get_if<query::Call>(&qual.expression->node);
    if (call == nullptr || call->operator_ == 0 || call->arguments.size() != 2) return {};
    const catalog::OperatorInfo* op = catalog().operator_(call->operator_);
    if (op == nullptr || (op->name != "<" && op->name != "<=" && op->name != ">" && op->name != ">=")) return {};
    const bool swapped = constant_of(*call->arguments[0]) != nullptr;
    const Expression& side = *call->arguments[swapped ? 1 : 0];
    if (constant_of(*call->arguments[swapped ? 0 : 1]) == nullptr || statistics(side) == nullptr) return {};
    return {as_column(strip_relabel(side)), (op->name[0] == '>') != swapped};
  };
  double all = 1;
  std::vector<bool> estimated(quals.size());
  if (quals.size() > 1 && without_extended_ == 0) {
    // Those of one table, of which a statistics object may know more.
    RelSet rels;
    for (const Qual* qual : quals) rels |= planner::relations_of(*qual->expression);
    if (rels.size() == 1 && relation(rels.first()) != nullptr &&
        !relation(rels.first())->extended_statistics.empty()) {
      for (std::size_t i = 0; i < quals.size(); ++i) estimated[i] = quals[i]->implied;
      all = extended_selectivity(rels.first(), quals, estimated);
    }
  }
  std::vector<std::pair<Bound, double>> bounds;  // without a partner yet
  for (std::size_t at = 0; at < quals.size(); ++at) {
    const Qual* qual = quals[at];
    if (qual->implied || estimated[at]) continue;
    const double one = selectivity(*qual);
    const Bound bound = bound_of(*qual);
    const auto partner = std::ranges::find_if(bounds, [&](const auto& other) {
      return bound.column != nullptr && other.first.column->column == bound.column->column &&
             other.first.column->range_table_index == bound.column->range_table_index &&
             other.first.is_lower != bound.is_lower;
    });
    if (partner == bounds.end()) {
      if (bound.column != nullptr) bounds.emplace_back(bound, one);
      all *= one;
      continue;
    }
    const double both = one + partner->second - 1;
    // Bounds that leave nothing, or of which one is a guess: PostgreSQL's guess for a range.
    const bool guessed = both <= 0 || one == kDefaultInequality || partner->second == kDefaultInequality;
    all *= (guessed ? kDefaultRange : both) / std::max(1e-6, partner->second);
    bounds.erase(partner);
  }
  return clamp(all);
}

double QueryPlanner::selectivity(const Expression& e) {
  if (const auto* constant = std::get_if<query::Constant>(&e.node))
    return !constant->value.is_null && constant->value.boolean ? 1.0 : 0.0;
  if (const auto* b = std::get_if<query::BooleanExpression>(&e.node)) {
    if (b->op == query::BooleanOp::or_)
      if (const std::optional<double> known = extended_or_selectivity(b->arguments)) return clamp(*known);
    double s = b->op == query::BooleanOp::or_ ? 0 : 1;
    for (const ExpressionPtr& a : b->arguments) {
      const double x = selectivity(*a);
      if (b->op == query::BooleanOp::and_) s *= x;
      if (b->op == query::BooleanOp::or_) s = s + x - s * x;
      if (b->op == query::BooleanOp::not_) s = 1 - x;
    }
    return clamp(s);
  }
  if (const auto* test = std::get_if<query::Test>(&e.node)) {
    const catalog::ColumnStatistics* s = statistics(*test->argument);
    const double nulls = s != nullptr ? static_cast<double>(s->null_fraction) : 0.005;
    switch (test->kind) {
      case query::TestKind::is_null: case query::TestKind::is_unknown: return nulls;
      case query::TestKind::is_not_null: case query::TestKind::is_not_unknown: return 1 - nulls;
      default: return kDefaultUnknown;
    }
  }
  if (const auto* list = std::get_if<query::ScalarArrayOp>(&e.node)) {
    double count = 10;
    if (const auto* array = std::get_if<query::ArrayConstructor>(&list->array->node))
      count = static_cast<double>(array->elements.size());
    const catalog::OperatorInfo* op = catalog().operator_(list->operator_);
    if (op == nullptr) return kDefaultUnknown;
    const double one = 1.0 / distinct_values(*list->argument, 1e18);
    if (op->name == "=" && list->use_or) return clamp(one * count);
    if (op->name == "<>" && !list->use_or) return clamp(1 - one * count);
    return kDefaultUnknown;
  }
  // As PostgreSQL has it: the first columns decide, for the most part.
  if (const auto* row = std::get_if<query::RowCompare>(&e.node)) {
    Expression first;
    first.type = e.type;
    query::Call comparison;
    comparison.operator_ = row->operators[0];
    comparison.input_collation = row->input_collations[0];
    comparison.arguments.push_back(query::clone(*row->left[0]));
    comparison.arguments.push_back(query::clone(*row->right[0]));
    first.node = std::move(comparison);
    return selectivity(first);
  }
  const auto* call = std::get_if<query::Call>(&e.node);
  if (call == nullptr) {
    if (e.type.oid == types::oid::bool_ && as_column(e) != nullptr) {
      if (const catalog::ColumnStatistics* s = statistics(e))
        for (std::size_t i = 0; i < s->most_common.size(); ++i)
          if (s->most_common[i].boolean)
            return static_cast<double>(s->most_common_frequencies[i]);
      return 0.5;
    }
    return kDefaultUnknown;
  }
  const catalog::OperatorInfo* op = call->operator_ ? catalog().operator_(call->operator_) : nullptr;
  if (op == nullptr || call->arguments.size() != 2) return kDefaultInequality;
  const Expression* left = call->arguments[0].get();
  const Expression* right = call->arguments[1].get();
  bool swapped = false;
  if (planner::relations_of(*left).empty() && !planner::relations_of(*right).empty()) {
    std::swap(left, right);
    swapped = true;
  }
  const catalog::ColumnStatistics* s = statistics(*left);
  const query::Constant* constant = constant_of(*right);
  // A date is compared with a timestamp as one.
  query::Constant converted;
  types::Oid right_type = strip_relabel(*right).type.oid;
  if (constant != nullptr && !constant->value.is_null && left->type.oid == types::oid::date &&
      right_type == types::oid::timestamp) {
    converted = query::Constant(types::Datum::of(date_of(constant->value.int64)));
    constant = &converted;
    right_type = types::oid::date;
  }
  // An integer of another width is what the column's statistics have, where it fits.
  if (constant != nullptr && !constant->value.is_null && right_type != left->type.oid && types::is_integer(right_type) &&
      types::is_integer(left->type.oid))
    if (const auto fitting = types::convert_integer(eval::physical_type(catalog(), right_type),
                                                    eval::physical_type(catalog(), left->type.oid), constant->value)) {
      converted = query::Constant(*fitting);
      constant = &converted;
      right_type = left->type.oid;
    }
  const types::TypeRef& kept = strip_relabel(*left).type;
  const types::TypeSupport* support = statistics_order(catalog(), {left->type.oid, -1, kept.collation});
  const int strategy = op->name == "=" || op->name == "<>" ? 3 : 1;
  const bool usable = s != nullptr && key_order_serves(catalog(), kept.collation, call->input_collation, strategy) && constant != nullptr && support != nullptr &&
                      support->compare != nullptr && right_type == left->type.oid;
  if (constant != nullptr && constant->value.is_null) return 0;
  const std::string_view name = op->name;
  if (name == "=" || name == "<>") {
    double equal = 1.0 / std::max(1.0, distinct_values(*left, 1e18));
    if (!planner::relations_of(*right).empty())
      equal = 1.0 / std::max({1.0, distinct_values(*left, 1e18), distinct_values(*right, 1e18)});
    if (usable) {
      double common = 0;
      bool found = false;
      for (std::size_t i = 0; i < s->most_common.size(); ++i) {
        common += static_cast<double>(s->most_common_frequencies[i]);
        if (support->compare(s->most_common[i], constant->value) == 0) {
          equal = static_cast<double>(s->most_common_frequencies[i]);
          found = true;
        }
      }
      if (!found) {
        const double others =
            distinct_values(*left, 1e18) - static_cast<double>(s->most_common.size());
        equal = clamp(1 - common - static_cast<double>(s->null_fraction)) / std::max(1.0, others);
      }
    } else if (s == nullptr && relation_of_column(*left) == nullptr) {
      equal = kDefaultEqual;
    }
    return clamp(name == "=" ? equal : 1 - equal);
  }
  if (name == "<" || name == "<=" || name == ">" || name == ">=") {
    if (!usable) return kDefaultInequality;
    const bool less = (name[0] == '<') != swapped;
    double below = 0, common = 0;
    for (std::size_t i = 0; i < s->most_common.size(); ++i) {
      const auto f = static_cast<double>(s->most_common_frequencies[i]);
      common += f;
      const int order = support->compare(s->most_common[i], constant->value);
      if (less ? order < 0 : order > 0) below += f;
    }
    const double rest = clamp(1 - common - static_cast<double>(s->null_fraction));
    if (s->histogram.size() >= 2) {
      const double part = histogram_below(*s, *support, constant->value);
      below += rest * (less ? part : 1 - part);
    } else {
      below += rest * kDefaultInequality;
    }
    return std::clamp(below, 1e-6, 1.0);
  }
  if (name == "~~" || name == "~~*" || name == "~" || name == "~*") {
    if (constant != nullptr && support != nullptr && support->physical == types::PhysicalType::varlen) {
      const std::string_view pattern = constant->value.as<std::string_view>();
      // A leading wildcard with text finds more than a prefix does.
      if (pattern.starts_with('%')) return 0.05;
      return 0.02;
    }
    return kDefaultLike;
  }
  if (name == "!~~" || name == "!~~*" || name == "!~" || name == "!~*") return 1 - kDefaultLike;
  if (name == "@>" || name == "<@" || name == "&&") return kDefaultRange;
  if (name == "@@" || name == "@?" || name == "?" || name == "?|" || name == "?&") return kDefaultMatching;
  return kDefaultInequality;
}

const catalog::RelationDescriptor* QueryPlanner::relation_of_column(const Expression& e) {
  const auto* column = as_column(strip_relabel(e));
  if (column == nullptr || column->levels_up != 0 || column->range_table_index < 0) return nullptr;
  return relation(column->range_table_index);
}

double QueryPlanner::join_selectivity(const EquiCondition& c) {
  const double left = distinct_values(*c.left, 1e18), right = distinct_values(*c.right, 1e18);
  double s = 1.0 / std::max({1.0, left, right});
  if (const auto* l = statistics(*c.left)) s *= 1 - static_cast<double>(l->null_fraction);
  if (const auto* r = statistics(*c.right)) s *= 1 - static_cast<double>(r->null_fraction);
  return s;
}

// Of conditions that hold together. Those on all columns of a unique key are no independent ones:
// the rows of the other side have one partner each, as a foreign key's do.
double QueryPlanner::joint_selectivity(const std::vector<EquiCondition>& conditions,
                                       const std::vector<const Qual*>& on, const RelSet& left,
                                       const RelSet& right) {
  double independent = 1;
  for (const EquiCondition& c : conditions) independent *= join_selectivity(c);
  if (conditions.size() < 2) return independent;
  // What says that a column equals something of the other side, also in place of another condition
  // of its equivalence.
  struct Equated {
    int relation, column;
    const Qual* qual;
  };
  std::vector<Equated> equated;
  for (const Qual* qual : on) {
    const std::optional<EquiCondition> c = as_equi(*qual, left, right);
    if (!c) continue;
    for (const Expression* side : {c->left, c->right})
      if (const query::ColumnReference* column = as_column(*side); column != nullptr && column->levels_up == 0)
        equated.push_back({column->range_table_index, column->column, qual});
  }
  double best = independent;
  for (const Equated& start : equated) {
    const catalog::RelationDescriptor* relation = this->relation(start.relation);
    if (relation == nullptr) continue;
    for (const catalog::IndexDescriptor& index : relation->indexes) {
      if (!index.unique || !index.valid || index.predicate != nullptr || index.keys.size() < 2) continue;
      double key = 1;
      bool whole = true;
      for (const catalog::IndexKey& k : index.keys) {
        const auto found = std::ranges::find_if(equated, [&](const Equated& e) {
          return e.relation == start.relation && e.column == k.column;
        });
        whole = whole && found != equated.end();
        if (!whole) break;
        const auto condition = std::ranges::find_if(conditions, [&](const EquiCondition& c) {
          return c.qual == found->qual ||
                 (c.qual->equivalence >= 0 && c.qual->equivalence == found->qual->equivalence);
        });
        whole = condition != conditions.end();
        if (!whole) break;
        key *= join_selectivity(*condition);
      }
      if (!whole || key <= 0) continue;
      best = std::max(best, independent / key / std::max(1.0, table_rows(start.relation)));
    }
  }
  return best;
}

int QueryPlanner::width_of(const Expression& e) {
  if (const catalog::ColumnStatistics* s = statistics(e); s != nullptr && s->average_width > 0)
    return s->average_width;
  switch (eval::physical_type(catalog(), e.type.oid)) {
    case types::PhysicalType::boolean: case types::PhysicalType::int8: return 1;
    case types::PhysicalType::int16: return 2;
    case types::PhysicalType::int32: case types::PhysicalType::float32: return 4;
    case types::PhysicalType::int64: case types::PhysicalType::float64: return 8;
    case types::PhysicalType::fixed16: return 16;
    case types::PhysicalType::varlen: break;
  }
  // PostgreSQL's guess: half of a declared length of more than 32.
  if ((e.type.oid == types::oid::bpchar || e.type.oid == types::oid::varchar) && e.type.typmod > 4) {
    const int length = e.type.typmod - 4;
    if (e.type.oid == types::oid::bpchar || length <= 32) return length;
    return length < 1000 ? 32 + (length - 32) / 2 : 32 + (1000 - 32) / 2;
  }
  return 32;
}

}  // namespace planner
