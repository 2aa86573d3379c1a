// The ways to join two sides, and which of them are worth keeping.
#include <algorithm>
#include <cmath>
#include <tuple>

#include "cost.h"
#include "join_conditions.h"
#include "join_unit.h"
#include "operator_strategy.h"
#include "query_planner.h"
#include "types/integer_conversion.h"

namespace planner {

using query::JoinKind;

bool QueryPlanner::is_beaten(const std::vector<Path*>& best, double startup, double total,
                             bool is_ordered, const RelSet& outer) {
  return std::ranges::any_of(best, [&](const Path* other) {
    return other->total <= total && other->startup <= startup * 1.01 + 1 &&
           (!is_ordered || !other->ordering.empty()) && other->outer.subset_of(outer);
  });
}

void QueryPlanner::add_path(std::vector<Path*>& best, Path path) {
  std::erase_if(best, [&](const Path* other) {
    return path.total <= other->total && path.startup <= other->startup &&
           (other->ordering.empty() || !path.ordering.empty()) &&
           path.outer.subset_of(other->outer);
  });
  paths_.push_back(std::move(path));
  best.push_back(&paths_.back());
}

namespace {

// More rows than anybody waits for: their products and costs stay numbers that can be compared.
constexpr double kMostRows = 1e100;

// Of the conditions that follow from one equivalence, one between two sides is enough.
std::vector<const Qual*> one_of_each_class(const std::vector<const Qual*>& quals) {
  std::vector<const Qual*> result;
  std::vector<int> seen;
  for (const Qual* qual : quals) {
    if (qual->equivalence >= 0) {
      if (std::find(seen.begin(), seen.end(), qual->equivalence) != seen.end()) continue;
      seen.push_back(qual->equivalence);
    }
    result.push_back(qual);
  }
  return result;
}

// And one of those that say of one column of the right side that it equals something of the left one: which of many equal
// columns a key is looked up by is the same.
std::vector<const Qual*> one_of_each_key(const std::vector<const Qual*>& quals, const RelSet& right) {
  std::vector<const Qual*> result;
  std::vector<std::tuple<int, int, int>> seen;
  for (const Qual* qual : quals) {
    if (qual->equivalence >= 0) {
      const query::ColumnReference* own = nullptr;
      for (const ExpressionPtr& argument : std::get<query::Call>(qual->expression->node).arguments)
        if (const query::ColumnReference* column = as_column(*argument); column != nullptr && right.contains(column->range_table_index))
          own = column;
      if (own != nullptr) {
        const std::tuple key(qual->equivalence, own->range_table_index, own->column);
        if (std::ranges::find(seen, key) != seen.end()) continue;
        seen.push_back(key);
      }
    }
    result.push_back(qual);
  }
  return result;
}

}  // namespace

// The condition as left = right of the two sides, if it can be hashed.
std::optional<EquiCondition> QueryPlanner::as_equi(const Qual& qual, const RelSet& left,
                                                   const RelSet& right) {
  if (qual.is_volatile) return std::nullopt;
  const auto* call = std::get_if<query::Call>(&qual.expression->node);
  if (call == nullptr || call->operator_ == 0 || call->arguments.size() != 2) return std::nullopt;
  const catalog::OperatorInfo* op = catalog().operator_(call->operator_);
  if (op == nullptr || op->name != "=" || (!op->can_hash && !op->can_merge)) return std::nullopt;
  const Expression *a = call->arguments[0].get(), *b = call->arguments[1].get();
  if (contains_subquery(*a) || contains_subquery(*b)) return std::nullopt;
  RelSet ra = planner::relations_of(*a), rb = planner::relations_of(*b);
  if (ra.empty() || rb.empty()) return std::nullopt;
  if (!(ra.subset_of(left) && rb.subset_of(right))) {
    std::swap(a, b);
    std::swap(ra, rb);
    if (!(ra.subset_of(left) && rb.subset_of(right))) return std::nullopt;
  }
  EquiCondition equi;
  equi.qual = &qual;
  equi.left = a;
  equi.right = b;
  equi.op = call->operator_;
  const auto ta = eval::physical_type(catalog(), a->type.oid);
  const auto tb = eval::physical_type(catalog(), b->type.oid);
  if (ta != tb) {
    const types::Oid base_a = catalog().base_type(a->type.oid), base_b = catalog().base_type(b->type.oid);
    const auto is_float = [](types::Oid type) { return type == types::oid::float4 || type == types::oid::float8; };
    if (types::is_integer(base_a) && types::is_integer(base_b))
      equi.widened = types::oid::int8;
    else if (is_float(base_a) && is_float(base_b))
      equi.widened = types::oid::float8;
    else
      return std::nullopt;
  }
  // Where collations conflict the function says so, for the first pair of rows.
  if (call->input_collation == 0 && (a->type.collation != 0 || b->type.collation != 0)) return std::nullopt;
  for (const types::Oid collation : {call->input_collation, a->type.collation, b->type.collation})
    if (!equality_is_bytewise(catalog(), collation)) return std::nullopt;
  const types::TypeSupport& support = eval::type_support(catalog(), a->type.oid);
  if (support.compare == nullptr) return std::nullopt;
  equi.is_hashable = op->can_hash && support.hash != nullptr;
  equi.is_mergeable = op->can_merge && is_mergeable(*call, *op, *a, *b, equi.widened != 0);
  if (!equi.is_hashable && !equi.is_mergeable) return std::nullopt;
  return equi;
}

QueryPlanner::Conditions QueryPlanner::conditions_between(
    const RelSet& left, const RelSet& right, JoinKind kind, const std::vector<const Qual*>& on,
    const std::vector<const Qual*>& after, const Unit* right_unit, double right_rows) {
  Conditions result;
  result.kind = kind;
  result.after = after;
  result.right_rows = right_rows;
  result.null_aware = right_unit != nullptr && right_unit->null_aware;
  for (const Qual* qual : on) result.relations |= qual->relations;
  for (const Qual* qual : after) result.relations |= qual->relations;
  result.all = kind == JoinKind::inner ? one_of_each_class(on) : on;
  for (const Qual* qual : result.all) {
    const std::optional<EquiCondition> e = as_equi(*qual, left, right);
    if (e && e->is_mergeable) result.ordered.push_back(*e);
    if (e && e->is_hashable) {
      result.equi.push_back(*e);
    } else {
      result.fraction *= selectivity(*qual);
      result.others.push_back(qual);
    }
  }
  result.fraction *= joint_selectivity(result.equi, on, left, right);
  for (const Qual* qual : after) result.after_fraction *= selectivity(*qual);
  if (kind == JoinKind::full || result.null_aware || right_unit == nullptr || right_unit->leaf < 0)
    return result;
  for (Path* inner : scan_paths(right_unit->leaf, right_unit->leaf_quals, kind == JoinKind::inner ? one_of_each_key(on, right) : on, left)) {
    inner->computes |= right_unit->computes;
    inner->relations |= right_unit->computes;
    Conditions::Lookup& lookup = result.lookups.emplace_back(inner);
    for (const Qual* qual : result.all) {
      bool decided = inner->decides(qual);
      // Another condition of the same equivalence decided it.
      for (const Qual* used : inner->index_quals)
        decided = decided || (kind == JoinKind::inner && qual->equivalence >= 0 &&
                              used->equivalence == qual->equivalence);
      if (!decided) lookup.residual.push_back(qual);
    }
  }
  return result;
}

void QueryPlanner::consider_join(std::vector<Path*>& best, Path* left, Path* right,
                                 const Conditions& conditions) {
  const JoinKind kind = conditions.kind;
  if (left->outer.overlaps(right->relations)) return;
  const bool lateral = right->outer.overlaps(left->relations);
  if (lateral && kind == JoinKind::full) return;

  double rows = std::max(1.0, left->rows * conditions.right_rows * conditions.fraction);
  if (kind == JoinKind::left) rows = std::max(rows, left->rows);
  if (kind == JoinKind::full) rows = std::max({rows, left->rows, right->rows});
  if (kind == JoinKind::semi || kind == JoinKind::anti) {
    double matching = 0.5;
    const double right_rows = conditions.right_rows;
    if (!conditions.equi.empty()) {
      matching = 1;
      for (const EquiCondition& e : conditions.equi)
        matching *= std::min(1.0, std::min(right_rows, distinct_values(*e.right, right_rows)) /
                                      std::max(1.0, std::min(left->rows, distinct_values(*e.left, left->rows))));
    }
    rows = std::max(1.0, left->rows * (kind == JoinKind::semi ? matching : std::max(0.01, 1 - matching)));
  }
  rows = std::clamp(rows * conditions.after_fraction, 1.0, kMostRows);

  const RelSet relations = left->relations | right->relations;
  const auto make_path = [&] {
    Path path;
    path.kind = Path::Kind::join;
    path.join = kind;
    path.relations = relations;
    path.left = left;
    path.filter = conditions.after;
    path.rows = rows;
    path.null_aware = conditions.null_aware;
    return path;
  };

  if (!lateral && !conditions.null_aware && !conditions.ordered.empty()) consider_merge_join(best, left, right, conditions, rows);
  const bool only_merges = kind == JoinKind::full && conditions.equi.empty() && !conditions.ordered.empty();
  if (!lateral && !only_merges && (!conditions.equi.empty() || kind == JoinKind::full || conditions.null_aware)) {
    const RelSet outer = (left->outer | right->outer | conditions.relations) - relations;
    const double startup =
        left->startup + right->total + right->rows * (cost::kOperator * 1.5 + cost::kTuple);
    double total = startup + (left->total - left->startup) + left->rows * cost::kOperator * 1.5 +
                   rows * (cost::kTuple +
                           cost::kOperator * static_cast<double>(conditions.others.size()));
    if (conditions.equi.empty()) total += left->rows * right->rows * cost::kOperator;
    if (!state_.options.enable_hashjoin) total += 1e10;
    if (!is_beaten(best, startup, total, false, outer)) {
      Path path = make_path();
      path.right = right;
      path.hash = true;
      path.equi = conditions.equi;
      path.join_quals = conditions.others;
      path.outer = outer;
      path.startup = startup;
      path.total = total;
      add_path(best, std::move(path));
    }
    // The left side's rows are hashed where they are fewer, and those that met no partner come at the end.
    if (kind == JoinKind::left && !conditions.equi.empty()) {
      const double first = right->startup + left->total + left->rows * (cost::kOperator * 1.5 + cost::kTuple);
      double all = first + (right->total - right->startup) + right->rows * cost::kOperator * 1.5 +
                   rows * (cost::kTuple + cost::kOperator * static_cast<double>(conditions.others.size()));
      if (!state_.options.enable_hashjoin) all += 1e10;
      if (!is_beaten(best, first, all, false, outer)) {
        Path path = make_path();
        path.join = JoinKind::right;
        path.left = right;
        path.right = left;
        path.hash = true;
        path.equi = conditions.equi;
        for (EquiCondition& e : path.equi) std::swap(e.left, e.right);
        path.join_quals = conditions.others;
        path.outer = outer;
        path.startup = first;
        path.total = all;
        add_path(best, std::move(path));
      }
    }
  }
  if (kind == JoinKind::full || conditions.null_aware) return;

  struct Loop {
    RelSet outer;
    double startup, total;
  };
  // `hits`: the share of left rows for which what was read before is at hand; nullopt: nothing is kept.
  const auto cost_of_loop = [&](const Path& inner, std::size_t conditions_left, bool materialize, std::optional<double> hits,
                                double evictions) {
    double rescan = inner.total;
    // Rows of common tables are kept already.
    const bool is_kept = inner.kind == Path::Kind::common_table || inner.kind == Path::Kind::work_table;
    if (materialize) rescan = inner.rows * (is_kept ? cost::kTuple : cost::kOperator);
    const double keeping = materialize && !is_kept ? 2 * cost::kOperator * inner.rows : 0;
    // What is kept is looked up by hash and handed out; what is not costs a place to keep it.
    const double missed = hits ? 1 - *hits : 1;
    if (hits) {
      rescan = rescan * missed + cost::kOperator + cost::kTuple + cost::kOperator * inner.rows +
               evictions * (cost::kTuple + cost::kOperator * 0.1 * inner.rows);
    }
    double total = left->total + inner.total + keeping + std::max(0.0, left->rows - 1) * rescan +
                   left->rows * inner.rows * (cost::kTuple * 0.5 + cost::kOperator * static_cast<double>(conditions_left)) +
                   rows * cost::kTuple;
    // Each descent leads to pages that are no longer in the processor's cache when there are many; what
    // is scanned as a whole comes faster than pages are reckoned.
    constexpr double kManyDescents = 1000, kColdDescent = 1.0;
    if (inner.outer.overlaps(left->relations) && (inner.kind == Path::Kind::scan || inner.kind == Path::Kind::bitmap))
      total += std::max(0.0, left->rows * missed - kManyDescents) * kColdDescent;
    // A semi join stops at the first match.
    if ((kind == JoinKind::semi || kind == JoinKind::anti) && inner.rows > 1)
      total = left->total + inner.total + left->rows * (rescan * 0.5 + cost::kTuple);
    if (!state_.options.enable_nestloop) total += 1e10;
    return Loop{(left->outer | inner.outer | conditions.relations) - relations, left->startup + inner.startup, total};
  };
  const auto is_loop_beaten = [&](const Loop& loop) {
    return is_beaten(best, loop.startup, loop.total, !left->ordering.empty(), loop.outer);
  };
  const auto nested_loop = [&](Path* inner, const std::vector<const Qual*>& residual, bool materialize,
                               const std::shared_ptr<const Memoization>& memoized = nullptr) {
    const Loop loop = cost_of_loop(*inner, residual.size(), materialize, memoized ? std::optional(memoized->hits) : std::nullopt,
                                   memoized ? memoized->evictions : 0);
    if (is_loop_beaten(loop)) return;
    Path path = make_path();
    path.right = inner;
    path.materialize_right = materialize;
    path.memoization = memoized;
    path.join_quals = residual;
    path.outer = loop.outer;
    path.ordering = left->ordering;
    path.startup = loop.startup;
    path.total = loop.total;
    add_path(best, std::move(path));
  };
  const auto memoized_loop = [&](Path* inner, const std::vector<const Qual*>& residual) {
    // How often what is kept serves takes long to find out: not for what would not do if it always did.
    if (is_loop_beaten(cost_of_loop(*inner, residual.size(), false, 1.0, 0))) return;
    if (const auto memoized = memoization(*left, *inner, kind)) nested_loop(inner, residual, false, memoized);
  };
  nested_loop(right, conditions.all, !lateral);
  // What is scanned but once need not be kept.
  if (!lateral && right->kind == Path::Kind::scan) nested_loop(right, conditions.all, false);
  if (lateral) {
    memoized_loop(right, conditions.all);
    return;
  }
  for (const Conditions::Lookup& lookup : conditions.lookups) {
    nested_loop(lookup.path, lookup.residual, false);
    memoized_loop(lookup.path, lookup.residual);
  }
}

// Keys that are more than plain columns become columns of an entry that is made for them: what is above the path then
// asks for them by one, as a hash key or in an index condition, and nothing is computed twice.
void QueryPlanner::add_unique_path(Unit& unit, const RelSet& others) {
  if (unit.kind != JoinKind::semi || unit.null_aware || unit.on.empty() || !state_.options.enable_hashagg) return;
  Path path;
  bool plain = true;
  for (const Qual* qual : unit.on) {
    const std::optional<EquiCondition> equi = as_equi(*qual, others, unit.relations);
    if (!equi) return;
    const query::ColumnReference* column = as_column(*equi->right);
    plain = plain && column != nullptr && column->levels_up == 0 && column->column >= 0;
    path.unique_columns.push_back(equi->right);
  }
  for (Path* candidate : unit.paths)
    if (candidate->outer.empty() && (path.input == nullptr || candidate->total < path.input->total)) path.input = candidate;
  if (path.input == nullptr) return;
  const double rows = path.input->rows;
  path.kind = Path::Kind::unique;
  path.relations = unit.relations;
  // Of an expression that nothing is known about, as many as of the columns that it reads.
  std::vector<const Expression*> counted;
  for (const Expression* key : path.unique_columns)
    if (as_column(strip_relabel(*key)) != nullptr || expression_statistics(*key) != nullptr)
      counted.push_back(key);
    else
      collect_inputs(*key, unit.relations, counted);
  path.rows = std::clamp(group_count(counted, *path.input, rows), 1.0, std::max(1.0, rows));
  path.startup = path.input->total + rows * (cost::kOperator * static_cast<double>(path.unique_columns.size()) + cost::kTuple);
  path.total = path.startup + path.rows * cost::kTuple;
  unit.unique_on = unit.on;
  if (!plain) {
    const int rel = static_cast<int>(query_->range_table.size());
    query_->range_table.emplace_back().kind = query::RangeTableEntry::Kind::subquery;
    path.range_table_index = rel;
    path.relations |= RelSet::of(rel);
    computed_keys_[rel] = {path.unique_columns, path.rows};
    for (std::size_t i = 0; i < unit.on.size(); ++i) {
      ExpressionPtr condition = query::clone(*unit.on[i]->expression);
      const auto& original = std::get<query::Call>(unit.on[i]->expression->node);
      auto& arguments = std::get<query::Call>(condition->node).arguments;
      const Expression* key = path.unique_columns[i];
      arguments[original.arguments[0].get() == key ? 0 : 1] = make_column(rel, static_cast<int>(i), key->type);
      // The query's own condition is the one that it stands for.
      Qual& derived = member_quals_.emplace_back();
      derived.relations = planner::relations_of(*condition);
      derived.expression = std::move(condition);
      unit.unique_on[i] = &derived;
    }
  }
  paths_.push_back(std::move(path));
  unit.unique = &paths_.back();
}

// The keys of a semi join's right side first, and what has them looked up.
void QueryPlanner::join_keys(std::vector<Path*>& best, const Unit& keys, const std::vector<Path*>& rights, const Unit* right) {
  const Conditions conditions = conditions_between(keys.unique->relations, rights[0]->relations, JoinKind::inner, keys.unique_on, {},
                                                   right, rights[0]->rows);
  for (Path* r : rights) consider_join(best, keys.unique, r, conditions);
}

// `found`: the conditions that hold between the two.
void QueryPlanner::join_sides(std::vector<Path*>& best, const std::vector<Path*>& lefts, const std::vector<Path*>& rights,
                              const Unit* right, const std::vector<const Qual*>& found) {
  const Conditions conditions =
      right != nullptr && right->special
          ? conditions_between(lefts[0]->relations, rights[0]->relations, right->kind, right->on, found, right, rights[0]->rows)
          : conditions_between(lefts[0]->relations, rights[0]->relations, JoinKind::inner, found, {}, right, rights[0]->rows);
  for (Path* l : lefts)
    for (Path* r : rights) consider_join(best, l, r, conditions);
}

}  // namespace planner
