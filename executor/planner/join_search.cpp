// In which order to join the items of a group.
//
// A group is a set of units. The right side of an outer, semi or anti join is a *special* unit: it
// can only be joined alone, on the right, to a set that has every unit its condition reads (the
// set's members may have joined in any order before). So every order that is tried is legal.
#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <unordered_map>

#include "cost.h"
#include "join_conditions.h"
#include "join_graph.h"
#include "join_unit.h"
#include "query_planner.h"
#include "types/kernel_interrupts.h"
#include "types/sql_error.h"

namespace planner {
namespace {

// What is searched whole: seven units of which each has conditions with each, twelve in a chain; or, each joined to what
// was joined before, ten and sixteen. Others are joined greedily.
constexpr std::size_t kBushyPairsMax = 2000, kLeftDeepPairsMax = 6000;

}  // namespace

using query::JoinKind;

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
