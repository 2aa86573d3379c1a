// In which order, and how, to join the items of a group.
//
// A group is a set of units. The right side of an outer, semi or anti join is a *special* unit: it
// can only be joined alone, on the right, to a set that has every unit its condition reads (the
// set's members may have joined in any order before). So every order that is tried is legal.
#include <algorithm>
#include <bit>
#include <cmath>

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
  std::uint64_t needs = 0;              // units
  RelSet computes;                      // of the leaf's paths
  // The different keys of a semi join's right side, and `on` over them; null: none.
  Path* unique = nullptr;
  std::vector<const Qual*> unique_on;
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
    for (std::size_t i = 0; i < c.members.size(); ++i)
      for (std::size_t j = i + 1; j < c.members.size(); ++j) {
        const Qual* existing = nullptr;
        for (const Qual* source : c.sources) {
          const auto& call = std::get<query::Call>(source->expression->node);
          const auto *x = side(*call.arguments[0]), *y = side(*call.arguments[1]);
          auto is = [](const query::ColumnReference* r, const Member& m) {
            return r->range_table_index == m.rel && r->column == m.column;
          };
          if ((is(x, c.members[i]) && is(y, c.members[j])) ||
              (is(x, c.members[j]) && is(y, c.members[i])))
            existing = source;
        }
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
  for (Path* inner : scan_paths(right_unit->leaf, right_unit->leaf_quals, on, left)) {
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
  rows = std::max(1.0, rows * conditions.after_fraction);

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
    bool pushed = false;
    for (std::size_t i = 0; i < units.size() && !pushed; ++i) {
      if (units[i].special || !here.subset_of(units[i].relations)) continue;
      unit_quals[i].push_back(qual);
      pushed = true;
    }
    if (!pushed) join_quals.push_back(qual);
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
        if (j != i && units[j].relations.overlaps(needed)) unit.needs |= std::uint64_t{1} << j;
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
    if (static_cast<std::size_t>(rel) >= RelSet::kLimit) return;
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

std::vector<Path*> QueryPlanner::search(std::vector<Unit>& units,
                                        const std::vector<const Qual*>& quals) {
  const std::size_t n = units.size();
  if (n > 64) throw types::SqlError("54001", "too many tables in a join");
  using Mask = std::uint64_t;
  std::vector<Mask> qual_units(quals.size(), 0);
  for (std::size_t q = 0; q < quals.size(); ++q)
    for (std::size_t i = 0; i < n; ++i)
      if (quals[q]->relations.overlaps(units[i].relations)) qual_units[q] |= Mask{1} << i;

  auto is_single = [](Mask m) { return std::has_single_bit(m); };
  auto lone_special = [&](Mask m) {
    return is_single(m) && units[static_cast<std::size_t>(std::countr_zero(m))].special;
  };
  for (std::size_t i = 0; i < n && n > 1; ++i) {
    if (!units[i].special) continue;
    RelSet others;
    for (std::size_t j = 0; j < n; ++j)
      if (j != i) others |= units[j].relations;
    add_unique_path(units[i], others);
  }
  JoinGraph graph(n);
  for (const Mask mask : qual_units) graph.connect(mask);
  for (std::size_t i = 0; i < n; ++i) {
    const Mask unit = Mask{1} << i;
    if (units[i].special) graph.connect(unit | units[i].needs);
    for (const Path* path : units[i].paths)  // LATERAL
      for (std::size_t j = 0; j < n; ++j)
        if (j != i && path->outer.overlaps(units[j].relations)) graph.connect(unit | Mask{1} << j);
  }
  // What connects the two sides, and whether anything does.
  auto join = [&](std::vector<Path*>& best, const std::vector<Path*>& lefts, Mask left,
                  const std::vector<Path*>& rights, Mask right, bool allow_cross) {
    if (lefts.empty() || rights.empty()) return;
    const Unit* unit =
        is_single(right) ? &units[static_cast<std::size_t>(std::countr_zero(right))] : nullptr;
    if (lone_special(left)) {
      // The keys of a semi join first, and what has them looked up.
      const Unit& keys = units[static_cast<std::size_t>(std::countr_zero(left))];
      if (keys.unique == nullptr || (keys.needs & ~right) != 0 || lone_special(right)) return;
      const Conditions conditions = conditions_between(keys.unique->relations, rights[0]->relations, JoinKind::inner,
                                                       keys.unique_on, {}, unit, rights[0]->rows);
      for (Path* r : rights) consider_join(best, keys.unique, r, conditions);
      return;
    }
    const bool special = unit != nullptr && unit->special;
    if (special && (unit->needs & ~left) != 0) return;
    std::vector<const Qual*> found;
    bool connected = special;
    for (std::size_t q = 0; q < quals.size(); ++q) {
      const Mask m = qual_units[q];
      if ((m & ~(left | right)) != 0) continue;
      // Conditions of one side have been applied there; after an outer join, those on what it
      // brought in apply now.
      if (special ? (m & right) == 0 : (m & ~left) == 0 || (m & ~right) == 0) continue;
      found.push_back(quals[q]);
      connected = true;
    }
    if (!connected && !allow_cross && !graph.is_connected(left, right)) return;
    const Conditions conditions =
        special ? conditions_between(lefts[0]->relations, rights[0]->relations, unit->kind, unit->on,
                                     found, unit, rights[0]->rows)
                : conditions_between(lefts[0]->relations, rights[0]->relations, JoinKind::inner,
                                     found, {}, unit, rights[0]->rows);
    for (Path* l : lefts)
      for (Path* r : rights) consider_join(best, l, r, conditions);
  };

  if (n == 1) return units[0].paths;
  const Mask all = n == 64 ? ~Mask{0} : (Mask{1} << n) - 1;
  if (const JoinGraph::Pairs pairs = graph.count_pairs(kLeftDeepPairsMax); pairs.left_deep <= kLeftDeepPairsMax) {
    const bool bushy = pairs.bushy <= kBushyPairsMax;
    std::vector<std::vector<Path*>> best(std::size_t{1} << n);
    for (std::size_t i = 0; i < n; ++i) best[Mask{1} << i] = units[i].paths;
    const auto join_parts = [&](Mask mask, auto&& may_cross) {
      for (Mask right = (mask - 1) & mask; right != 0; right = (right - 1) & mask) {
        if (!bushy && !is_single(right)) continue;
        const Mask left = mask ^ right;
        if (!best[left].empty() && !best[right].empty()) join(best[mask], best[left], left, best[right], right, may_cross(left, right));
      }
    };
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
    if (!best[all].empty()) return best[all];
  }
  // Greedy: always the pair with the fewest rows.
  struct Set {
    Mask mask;
    std::vector<Path*> paths;
  };
  std::vector<Set> sets;
  for (std::size_t i = 0; i < n; ++i) sets.push_back({Mask{1} << i, units[i].paths});
  while (sets.size() > 1) {
    types::check_interrupts();
    std::size_t best_left = 0, best_right = 0;
    std::vector<Path*> best_paths;
    for (const bool allow_cross : {false, true}) {
      for (std::size_t i = 0; i < sets.size(); ++i)
        for (std::size_t j = 0; j < sets.size(); ++j) {
          if (i == j) continue;
          std::vector<Path*> paths;
          join(paths, sets[i].paths, sets[i].mask, sets[j].paths, sets[j].mask, allow_cross);
          if (paths.empty()) continue;
          auto cheapest = [](const std::vector<Path*>& list) {
            const Path* p = *std::min_element(list.begin(), list.end(), [](const Path* a, const Path* b) {
              return a->total < b->total;
            });
            return p->rows * 1e-3 + p->total;
          };
          if (best_paths.empty() || cheapest(paths) < cheapest(best_paths)) {
            best_paths = paths;
            best_left = i;
            best_right = j;
          }
        }
      if (!best_paths.empty()) break;
    }
    if (best_paths.empty())
      throw types::SqlError::not_supported("this combination of joins and lateral references");
    sets[best_left].mask |= sets[best_right].mask;
    sets[best_left].paths = best_paths;
    sets.erase(sets.begin() + static_cast<std::ptrdiff_t>(best_right));
  }
  return sets[0].paths;
}

}  // namespace planner
