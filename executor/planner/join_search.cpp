// In which order, and how, to join the items of a group.
//
// A group is a set of units. The right side of an outer, semi or anti join is a *special* unit: it
// can only be joined alone, on the right, to a set that has every unit its condition reads (the
// set's members may have joined in any order before). So every order that is tried is legal.
#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <tuple>
#include <unordered_map>

#include "cost.h"
#include "join_conditions.h"
#include "join_graph.h"
#include "operator_strategy.h"
#include "query_planner.h"
#include "types/integer_conversion.h"
#include "types/kernel_interrupts.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {
namespace {

// What is searched whole: seven units of which each has conditions with each, twelve in a chain; or, each joined to what
// was joined before, ten and sixteen. Others are joined greedily.
constexpr std::size_t kBushyPairsMax = 2000, kLeftDeepPairsMax = 6000;

// More rows than anybody waits for: their products and costs stay numbers that can be compared.
constexpr double kMostRows = 1e100;

}  // namespace

using query::JoinKind;

struct QueryPlanner::Unit {
  RelSet relations;
  std::vector<Path*> paths;
  int leaf = -1;                        // range-table index of a plain table
  std::vector<const Qual*> leaf_quals;  // of the leaf
  bool special = false;
  JoinKind kind = JoinKind::inner;
  bool null_aware = false;
  std::vector<const Qual*> on;
  RelSet needs;                         // units
  RelSet computes;                      // of the leaf's paths
  // The different keys of a semi join's right side, and `on` over them; null: none.
  Path* unique = nullptr;
  std::vector<const Qual*> unique_on;
};

struct QueryPlanner::JoinProblem {
  const std::vector<Unit>& units;
  const std::vector<const Qual*>& quals;
  std::vector<RelSet> qual_units;  // by quals: whose rows it reads
  std::vector<RelSet> neighbours;  // by units: those that it has conditions in common with, perhaps itself
};

const Qual* QueryPlanner::add_qual(ExpressionPtr expression, const RelSet& rows) {
  Qual qual;
  qual.relations = planner::relations_of(*expression);
  qual.is_volatile = eval::contains_volatile(catalog(), *expression);
  if (qual.is_volatile && (qual.relations & rows).empty()) qual.relations |= rows;
  qual.expression = std::move(expression);
  quals_.push_back(std::move(qual));
  return &quals_.back();
}

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

// a = b and b = c: also a = c; a = 1: also b = 1.
void QueryPlanner::derive_equalities(std::vector<const Qual*>& quals, const RelSet& eligible) {
  struct Member {
    int rel, column;
    const Expression* expression;
  };
  struct Class {
    types::Oid op = 0, collation = 0;
    std::vector<Member> members;
    std::vector<const Qual*> sources;
    const Expression* constant = nullptr;
  };
  std::vector<Class> classes;
  auto side = [&](const Expression& e) -> const query::ColumnReference* {
    const auto* c = as_column(e);
    return c != nullptr && c->levels_up == 0 && c->column >= 0 && eligible.contains(c->range_table_index)
               ? c
               : nullptr;
  };
  auto find = [&](const query::ColumnReference& c, types::Oid op, types::Oid collation) -> int {
    for (std::size_t i = 0; i < classes.size(); ++i)
      if (classes[i].op == op && classes[i].collation == collation)
        for (const Member& m : classes[i].members)
          if (m.rel == c.range_table_index && m.column == c.column) return static_cast<int>(i);
    return -1;
  };
  for (const Qual* qual : quals) {
    const auto* call = std::get_if<query::Call>(&qual->expression->node);
    if (call == nullptr || call->operator_ == 0 || call->arguments.size() != 2) continue;
    const catalog::OperatorInfo* op = catalog().operator_(call->operator_);
    if (op == nullptr || op->name != "=" || !op->can_hash || op->left != op->right) continue;
    const Expression *a = call->arguments[0].get(), *b = call->arguments[1].get();
    const auto *ca = side(*a), *cb = side(*b);
    if (ca == nullptr || cb == nullptr || ca->range_table_index == cb->range_table_index ||
        a->type.oid != b->type.oid)
      continue;
    const int ia = find(*ca, call->operator_, call->input_collation),
              ib = find(*cb, call->operator_, call->input_collation);
    Member ma{ca->range_table_index, ca->column, a}, mb{cb->range_table_index, cb->column, b};
    if (ia < 0 && ib < 0) {
      Class c;
      c.op = call->operator_;
      c.collation = call->input_collation;
      c.members = {ma, mb};
      c.sources = {qual};
      classes.push_back(std::move(c));
    } else if (ia >= 0 && ib < 0) {
      classes[static_cast<std::size_t>(ia)].members.push_back(mb);
      classes[static_cast<std::size_t>(ia)].sources.push_back(qual);
    } else if (ia < 0) {
      classes[static_cast<std::size_t>(ib)].members.push_back(ma);
      classes[static_cast<std::size_t>(ib)].sources.push_back(qual);
    } else if (ia != ib) {
      Class& to = classes[static_cast<std::size_t>(std::min(ia, ib))];
      Class& from = classes[static_cast<std::size_t>(std::max(ia, ib))];
      to.members.insert(to.members.end(), from.members.begin(), from.members.end());
      to.sources.insert(to.sources.end(), from.sources.begin(), from.sources.end());
      to.sources.push_back(qual);
      classes.erase(classes.begin() + std::max(ia, ib));
    } else {
      classes[static_cast<std::size_t>(ia)].sources.push_back(qual);
    }
  }
  if (classes.empty()) return;
  const std::vector<const Qual*> original = quals;
  for (std::size_t k = 0; k < classes.size(); ++k) {
    Class& c = classes[k];
    std::vector<bool> fixed(c.members.size(), false);
    for (const Qual* qual : original) {
      const auto* call = std::get_if<query::Call>(&qual->expression->node);
      if (call == nullptr || call->operator_ != c.op || call->arguments.size() != 2 ||
          call->input_collation != c.collation)
        continue;
      for (int s = 0; s < 2; ++s) {
        const auto* column = side(*call->arguments[static_cast<std::size_t>(s)]);
        const Expression& value = *call->arguments[static_cast<std::size_t>(1 - s)];
        if (column == nullptr || !planner::relations_of(value).empty() || contains_subquery(value) ||
            qual->is_volatile)
          continue;
        for (std::size_t m = 0; m < c.members.size(); ++m)
          if (c.members[m].rel == column->range_table_index && c.members[m].column == column->column) {
            // By another value than the first it is not: the first is asked of it, too.
            if (c.constant == nullptr) c.constant = &value;
            fixed[m] = fixed[m] || query::equal(value, *c.constant);
          }
      }
    }
    std::erase_if(quals, [&](const Qual* q) {
      return std::find(c.sources.begin(), c.sources.end(), q) != c.sources.end();
    });
    if (c.constant != nullptr) {
      for (std::size_t m = 0; m < c.members.size(); ++m) {
        if (fixed[m]) continue;
        quals.push_back(add_qual(make_operator(catalog(), c.op, query::clone(*c.members[m].expression),
                                               query::clone(*c.constant), c.collation)));
      }
      // Two members of one relation, both fixed by it: nothing is lost, both equal the constant.
      continue;
    }
    // Which members the query's own conditions equate.
    std::map<std::pair<int, int>, std::size_t> places;
    for (std::size_t i = 0; i < c.members.size(); ++i) places.emplace(std::pair(c.members[i].rel, c.members[i].column), i);
    std::map<std::pair<std::size_t, std::size_t>, const Qual*> written;
    for (const Qual* source : c.sources) {
      const auto& call = std::get<query::Call>(source->expression->node);
      const auto *x = side(*call.arguments[0]), *y = side(*call.arguments[1]);
      const std::size_t a = places.at({x->range_table_index, x->column}), b = places.at({y->range_table_index, y->column});
      written[std::minmax(a, b)] = source;
    }
    for (std::size_t i = 0; i < c.members.size(); ++i)
      for (std::size_t j = i + 1; j < c.members.size(); ++j) {
        const auto found = written.find({i, j});
        const Qual* existing = found == written.end() ? nullptr : found->second;
        if (existing == nullptr)
          existing = add_qual(make_operator(catalog(), c.op, query::clone(*c.members[i].expression),
                                            query::clone(*c.members[j].expression), c.collation));
        // Equal columns of one relation are a condition of their own, not of a join.
        if (c.members[i].rel != c.members[j].rel)
          const_cast<Qual*>(existing)->equivalence = static_cast<int>(k) + equivalence_base_;
        quals.push_back(existing);
      }
  }
  equivalence_base_ += static_cast<int>(classes.size());
}

namespace {

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

std::vector<Path*> QueryPlanner::plan_item(FromItem& item) {
  if (item.kind == FromItem::Kind::group) return plan_group(item);
  FromItem group;
  group.kind = FromItem::Kind::group;
  group.computes = std::exchange(item.computes, {});
  group.children.push_back(std::make_unique<FromItem>(std::move(item)));
  return plan_group(group);
}

namespace {

// Of a group's relations, those that are not there in all of its rows as they are.
RelSet made_null(const FromItem& group) {
  RelSet set;
  for (const FromItemPtr& child : group.children)
    if (child->kind != FromItem::Kind::leaf)
      set |= child->kind == FromItem::Kind::group ? made_null(*child) : relations_of(*child);
  return set;
}

}  // namespace

std::vector<Path*> QueryPlanner::plan_group(FromItem& group) {
  std::vector<Unit> units(group.children.size());
  RelSet nullable, all;
  for (std::size_t i = 0; i < units.size(); ++i) {
    FromItem& child = *group.children[i];
    units[i].relations = relations_of(child);
    all |= units[i].relations;
    if (child.kind == FromItem::Kind::join && child.children.size() == 1) {
      units[i].special = true;
      units[i].kind = child.join;
      units[i].null_aware = child.null_aware;
      nullable |= units[i].relations;
    }
    if (child.kind == FromItem::Kind::join && child.children.size() == 2)
      nullable |= units[i].relations;
    if (child.kind == FromItem::Kind::group) nullable |= made_null(child);
  }
  RelSet rows;  // those that WHERE meets as they are
  for (const Unit& unit : units)
    if (!unit.special) rows |= unit.relations;
  std::vector<const Qual*> quals, constant_quals;
  // First those that hide rows from the others.
  for (const FromItemPtr& child : group.children)
    if (child->kind == FromItem::Kind::leaf)
      for (ExpressionPtr& e :
           std::exchange(query_->range_table[static_cast<std::size_t>(child->range_table_index)].security, {}))
        quals.push_back(add_qual(std::move(e)));
  const std::size_t first = quals_.size();
  const bool hides_rows = !quals.empty();
  for (ExpressionPtr& e : group.quals) quals.push_back(add_qual(std::move(e), rows));
  for (std::size_t i = first; i < quals_.size(); ++i) quals_[i].behind_security = hides_rows;
  group.quals.clear();
  derive_equalities(quals, all - nullable);

  // Conditions of one unit go down to it.
  std::vector<const Qual*> join_quals;
  std::vector<std::vector<const Qual*>> unit_quals(units.size());
  for (const Qual* qual : quals) {
    const RelSet here = qual->relations & all;
    if (here.empty()) {
      constant_quals.push_back(qual);
      continue;
    }
    std::size_t first_unit = 0;
    while (!units[first_unit].relations.contains(here.first())) ++first_unit;
    if (!units[first_unit].special && here.subset_of(units[first_unit].relations))
      unit_quals[first_unit].push_back(qual);
    else
      join_quals.push_back(qual);
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    Unit& unit = units[i];
    FromItem& child = *group.children[i];
    if (child.kind == FromItem::Kind::leaf) {
      unit.paths = leaf_paths(child.range_table_index, unit_quals[i]);
      if (query_->range_table[static_cast<std::size_t>(child.range_table_index)].kind ==
          query::RangeTableEntry::Kind::relation) {
        unit.leaf = child.range_table_index;
        unit.leaf_quals = unit_quals[i];
      }
    } else if (child.kind == FromItem::Kind::group) {
      // Joined for itself (join_collapse_limit). What was hidden of it hides behind its own entries.
      for (const Qual* qual : unit_quals[i]) child.quals.push_back(query::clone(*qual->expression));
      unit.paths = plan_group(child);
    } else if (unit.special) {
      FromItemPtr right = std::move(child.children[0]);
      if (right->kind != FromItem::Kind::group) {
        auto wrapper = std::make_unique<FromItem>();
        wrapper->kind = FromItem::Kind::group;
        wrapper->computes = std::exchange(right->computes, {});
        wrapper->children.push_back(std::move(right));
        right = std::move(wrapper);
      }
      std::vector<ExpressionPtr> on;
      for (ExpressionPtr& qual : child.quals) {
        const RelSet read = planner::relations_of(*qual);
        // A NOT IN must see all rows: its own condition stays with the join.
        if (!read.empty() && read.subset_of(unit.relations) && !child.null_aware)
          right->quals.push_back(behind_outputs(std::move(qual), *right));
        else
          on.push_back(std::move(qual));
      }
      for (ExpressionPtr& qual : on) unit.on.push_back(add_qual(std::move(qual)));
      const bool plain_leaf =
          right->children.size() == 1 && right->children[0]->kind == FromItem::Kind::leaf;
      const int leaf = plain_leaf ? right->children[0]->range_table_index : -1;
      const std::size_t first_qual = quals_.size();
      for (const ComputedOutputs& outputs : right->computes) unit.computes.add(outputs.range_table_index);
      unit.paths = plan_group(*right);
      if (plain_leaf && query_->range_table[static_cast<std::size_t>(leaf)].kind ==
                            query::RangeTableEntry::Kind::relation) {
        unit.leaf = leaf;
        for (std::size_t q = first_qual; q < quals_.size(); ++q) {
          // What reads no row of it (EXISTS (... AND false)) is in the paths, but no scan of the leaf alone decides it.
          if (!quals_[q].relations.contains(leaf)) unit.leaf = -1;
          unit.leaf_quals.push_back(&quals_[q]);
        }
      }
      RelSet needed;
      for (const Qual* qual : unit.on) needed |= qual->relations;
      for (const Path* path : unit.paths) needed |= path->outer;
      needed = (needed & all) - unit.relations;
      if (needed.empty()) needed = child.left_side & all;
      for (std::size_t j = 0; j < units.size(); ++j)
        if (j != i && units[j].relations.overlaps(needed)) unit.needs.add(static_cast<int>(j));
    } else {
      // A full join.
      std::vector<Path*> lefts = plan_item(*child.children[0]);
      std::vector<Path*> rights = plan_item(*child.children[1]);
      std::vector<const Qual*> on;
      for (ExpressionPtr& qual : child.quals) on.push_back(add_qual(std::move(qual)));
      // Conditions on it hold for its result.
      Conditions conditions =
          conditions_between(lefts[0]->relations, rights[0]->relations, JoinKind::full, on,
                             unit_quals[i], nullptr, rights[0]->rows);
      for (Path* l : lefts)
        for (Path* r : rights) consider_join(unit.paths, l, r, conditions);
    }
  }
  if (units.empty()) {
    Path path;
    path.kind = Path::Kind::single_row;
    path.total = cost::kTuple;
    path.filter = constant_quals;
    paths_.push_back(std::move(path));
    compute_outputs(group, {&paths_.back()});
    return {&paths_.back()};
  }
  std::vector<Path*> best = search(units, join_quals);
  if (!constant_quals.empty()) {
    for (Path* path : best) {
      path->one_time = constant_quals;
      for (const Qual* qual : constant_quals) path->outer |= qual->relations;
    }
  }
  compute_outputs(group, best);
  return best;
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

std::vector<Path*> QueryPlanner::search(std::vector<Unit>& units,
                                        const std::vector<const Qual*>& quals) {
  const std::size_t n = units.size();
  if (n == 1) return units[0].paths;
  std::unordered_map<int, std::size_t> unit_of;
  RelSet all;
  for (std::size_t i = 0; i < n; ++i) {
    units[i].relations.for_each([&](int rel) { unit_of.emplace(rel, i); });
    all |= units[i].relations;
  }
  JoinProblem problem{units, quals, {}, {}};
  for (const Qual* qual : quals) {
    RelSet& read = problem.qual_units.emplace_back();
    qual->relations.for_each([&](int rel) {
      if (const auto found = unit_of.find(rel); found != unit_of.end()) read.add(static_cast<int>(found->second));
    });
  }
  for (Unit& unit : units)
    if (unit.special) add_unique_path(unit, all - unit.relations);
  // Of each unit, those that it has something to do with.
  problem.neighbours.resize(n);
  const auto connect = [&](const RelSet& connected) {
    connected.for_each([&](int unit) { problem.neighbours[static_cast<std::size_t>(unit)] |= connected; });
  };
  for (const RelSet& read : problem.qual_units) connect(read);
  for (std::size_t i = 0; i < n; ++i) {
    const RelSet unit = RelSet::of(static_cast<int>(i));
    if (units[i].special) connect(unit | units[i].needs);
    for (const Path* path : units[i].paths)  // LATERAL
      path->outer.for_each([&](int rel) {
        if (const auto found = unit_of.find(rel); found != unit_of.end()) connect(unit | RelSet::of(static_cast<int>(found->second)));
      });
  }
  if (n <= JoinGraph::kUnitsMax)
    if (std::vector<Path*> best = search_whole(problem); !best.empty()) return best;
  return search_greedily(problem);
}

// Empty: there is too much to look at, or no way.
std::vector<Path*> QueryPlanner::search_whole(const JoinProblem& problem) {
  using Mask = JoinGraph::Mask;
  const std::vector<Unit>& units = problem.units;
  const std::size_t n = units.size();
  const auto mask_of = [](const RelSet& set) {
    Mask mask = 0;
    set.for_each([&](int unit) { mask |= Mask{1} << unit; });
    return mask;
  };
  JoinGraph graph(n);
  for (std::size_t i = 0; i < n; ++i)
    problem.neighbours[i].for_each([&](int unit) { graph.connect(Mask{1} << i | Mask{1} << unit); });
  const JoinGraph::Pairs pairs = graph.count_pairs(kLeftDeepPairsMax);
  if (pairs.left_deep > kLeftDeepPairsMax) return {};
  const bool bushy = pairs.bushy <= kBushyPairsMax;
  std::vector<Mask> needs, qual_units;
  for (const Unit& unit : units) needs.push_back(mask_of(unit.needs));
  for (const RelSet& read : problem.qual_units) qual_units.push_back(mask_of(read));

  auto is_single = [](Mask m) { return std::has_single_bit(m); };
  const auto number_of = [](Mask m) { return static_cast<std::size_t>(std::countr_zero(m)); };
  std::vector<std::vector<Path*>> best(std::size_t{1} << n);
  for (std::size_t i = 0; i < n; ++i) best[Mask{1} << i] = units[i].paths;
  // What connects the two sides, and whether anything does.
  const auto join = [&](Mask left, Mask right, bool allow_cross) {
    std::vector<Path*>& result = best[left | right];
    const Unit* unit = is_single(right) ? &units[number_of(right)] : nullptr;
    const bool special = unit != nullptr && unit->special;
    if (is_single(left) && units[number_of(left)].special) {
      const Unit& keys = units[number_of(left)];
      if (keys.unique != nullptr && (needs[number_of(left)] & ~right) == 0 && !special) join_keys(result, keys, best[right], unit);
      return;
    }
    if (special && (needs[number_of(right)] & ~left) != 0) return;
    std::vector<const Qual*> found;
    for (std::size_t q = 0; q < qual_units.size(); ++q) {
      const Mask m = qual_units[q];
      if ((m & ~(left | right)) != 0) continue;
      // Conditions of one side have been applied there; after an outer join, those on what it
      // brought in apply now.
      if (special ? (m & right) == 0 : (m & ~left) == 0 || (m & ~right) == 0) continue;
      found.push_back(problem.quals[q]);
    }
    if (!special && found.empty() && !allow_cross && !graph.is_connected(left, right)) return;
    join_sides(result, best[left], best[right], unit, found);
  };
  const auto join_parts = [&](Mask mask, auto&& may_cross) {
    for (Mask right = (mask - 1) & mask; right != 0; right = (right - 1) & mask) {
      if (!bushy && !is_single(right)) continue;
      const Mask left = mask ^ right;
      if (!best[left].empty() && !best[right].empty()) join(left, right, may_cross(left, right));
    }
  };
  const Mask all = (Mask{1} << n) - 1;
  const auto search_all = [&](auto&& may_cross) {
    for (Mask mask = 3; mask <= all; ++mask) {
      if (is_single(mask) || !best[mask].empty()) continue;
      types::check_interrupts();
      join_parts(mask, [](Mask, Mask) { return false; });
      if (best[mask].empty()) join_parts(mask, may_cross);
    }
  };
  // Rows that no condition connects are multiplied last, whole component by whole component.
  search_all([&](Mask left, Mask right) { return graph.is_whole(left) && graph.is_whole(right); });
  // What needs others (LATERAL, outer joins) may leave no such way.
  if (best[all].empty()) search_all([](Mask, Mask) { return true; });
  return best[all];
}

// Always the pair that costs least, of those that something connects as long as there are such. What a pair costs is
// looked up once: joining two sets makes pairs of one set anew.
std::vector<Path*> QueryPlanner::search_greedily(const JoinProblem& problem) {
  const std::vector<Unit>& units = problem.units;
  const std::size_t n = units.size();
  struct Set {
    RelSet units, neighbours;
    std::vector<Path*> paths;
    const Unit* alone = nullptr;       // all there is in it
    std::vector<std::size_t> pending;  // conditions that read rows of it and have not been asked yet; ascending
  };
  std::vector<Set> sets(n);
  std::vector<std::size_t> left_over(n);  // ascending
  for (std::size_t i = 0; i < n; ++i) {
    left_over[i] = i;
    sets[i].units = RelSet::of(static_cast<int>(i));
    sets[i].neighbours = problem.neighbours[i];
    sets[i].paths = units[i].paths;
    sets[i].alone = &units[i];
  }
  for (std::size_t q = 0; q < problem.quals.size(); ++q)
    problem.qual_units[q].for_each([&](int unit) { sets[static_cast<std::size_t>(unit)].pending.push_back(q); });

  const auto join = [&](const Set& left, const Set& right) {
    std::vector<Path*> result;
    if (left.paths.empty() || right.paths.empty()) return result;
    const Unit* unit = right.alone;
    const bool special = unit != nullptr && unit->special;
    if (left.alone != nullptr && left.alone->special) {
      if (left.alone->unique != nullptr && left.alone->needs.subset_of(right.units) && !special)
        join_keys(result, *left.alone, right.paths, unit);
      return result;
    }
    if (special && !unit->needs.subset_of(left.units)) return result;
    std::vector<const Qual*> found;
    const RelSet both = left.units | right.units;
    for (const std::size_t q : special || right.pending.size() < left.pending.size() ? right.pending : left.pending) {
      const RelSet& read = problem.qual_units[q];
      if (read.subset_of(both) && (special || (!read.subset_of(left.units) && !read.subset_of(right.units))))
        found.push_back(problem.quals[q]);
    }
    join_sides(result, left.paths, right.paths, unit, found);
    return result;
  };
  constexpr double kNoWay = std::numeric_limits<double>::infinity(), kNotAsked = -1;
  const auto cost_of = [&](const Set& left, const Set& right) {
    // The paths of the pair that wins are made again: those of all the others would take as much memory as there are pairs.
    const std::size_t before = paths_.size();
    double cost = kNoWay;
    for (const Path* path : join(left, right)) cost = std::min(cost, path->total + path->rows * 1e-3);
    while (paths_.size() > before) paths_.pop_back();
    return cost;
  };
  // By left * n + right.
  std::vector<double> connected(n * n, kNoWay), crossed(n * n, kNotAsked);
  const auto look_at = [&](std::size_t i, std::size_t j) {
    types::check_interrupts();
    crossed[i * n + j] = kNotAsked;
    connected[i * n + j] = sets[i].neighbours.overlaps(sets[j].units) ? cost_of(sets[i], sets[j]) : kNoWay;
  };
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      if (i != j) look_at(i, j);
  while (left_over.size() > 1) {
    std::size_t left = 0, right = 0;
    double least = kNoWay;
    const auto compare = [&](auto&& cost) {
      for (const std::size_t i : left_over)
        for (const std::size_t j : left_over) {
          if (i == j) continue;
          if (const double c = cost(i, j); c < least) {
            least = c;
            left = i;
            right = j;
          }
        }
    };
    compare([&](std::size_t i, std::size_t j) { return connected[i * n + j]; });
    if (left == right)
      compare([&](std::size_t i, std::size_t j) {
        double& cost = crossed[i * n + j];
        types::check_interrupts();
        if (cost == kNotAsked) cost = cost_of(sets[i], sets[j]);
        return cost;
      });
    if (left == right) throw types::SqlError::not_supported("this combination of joins and lateral references");
    Set& to = sets[left];
    Set& from = sets[right];
    std::vector<Path*> paths = join(to, from);
    to.paths = std::move(paths);
    to.units |= from.units;
    to.neighbours |= from.neighbours;
    to.alone = nullptr;
    std::vector<std::size_t> pending;
    std::ranges::set_union(to.pending, from.pending, std::back_inserter(pending));
    std::erase_if(pending, [&](std::size_t q) { return problem.qual_units[q].subset_of(to.units); });
    to.pending = std::move(pending);
    from = Set();
    std::erase(left_over, right);
    for (const std::size_t other : left_over) {
      if (other == left) continue;
      look_at(left, other);
      look_at(other, left);
    }
  }
  return sets[left_over[0]].paths;
}

}  // namespace planner
