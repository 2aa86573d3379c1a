// Estimates from statistics objects, where conditions or groups are on several columns of one table.
//
// As PostgreSQL does: combinations that are known to be common are looked through with the conditions
// themselves; dependencies between columns correct equalities on them; groups are counted together.
#include "catalog/extended_statistics.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "fold_constants.h"
#include "query_planner.h"

namespace planner {
namespace {

using catalog::ExtendedStatistics;

// The column or expression of a statistics object that an expression is; -1: none.
int dimension_of(const PlanState& state, const Expression& e, int rel, const ExtendedStatistics& s) {
  const Expression& plain = strip_relabel(e);
  if (const auto* column = as_column(plain)) {
    if (column->levels_up != 0 || column->range_table_index != rel) return -1;
    for (std::size_t i = 0; i < s.columns.size(); ++i)
      if (s.columns[i] == column->column) return static_cast<int>(i);
    return -1;
  }
  for (std::size_t i = 0; i < s.expressions.size(); ++i) {
    // A call may be of a function in SQL, whose body is another kind of node.
    if (s.expressions[i]->node.index() != plain.node.index() && !std::holds_alternative<query::Call>(s.expressions[i]->node)) continue;
    if (query::equal(plain, *as_in_query(state.catalog, state.options.function_bodies, *s.expressions[i], rel))) return static_cast<int>(s.columns.size() + i);
  }
  return -1;
}

bool is_known_value(const Expression& e) { return std::holds_alternative<query::Constant>(strip_relabel(e).node); }

// Whether a condition is of the kinds that common rows are looked through with, on what the object knows; which
// of that then is in `used`.
bool is_covered(const PlanState& state, const Expression& e, int rel, const ExtendedStatistics& s,
                std::vector<bool>& used) {
  const auto known = [&](const Expression& operand) {
    const int dimension = dimension_of(state, operand, rel, s);
    if (dimension >= 0) used[static_cast<std::size_t>(dimension)] = true;
    return dimension >= 0;
  };
  if (const auto* b = std::get_if<query::BooleanExpression>(&e.node))
    return std::all_of(b->arguments.begin(), b->arguments.end(),
                       [&](const ExpressionPtr& a) { return is_covered(state, *a, rel, s, used); });
  if (const auto* test = std::get_if<query::Test>(&e.node)) return known(*test->argument);
  const auto compares = [&](types::Oid op) {
    const catalog::OperatorInfo* info = state.catalog.operator_(op);
    return info != nullptr && (info->name == "=" || info->name == "<>" || info->name == "<" || info->name == "<=" ||
                               info->name == ">" || info->name == ">=");
  };
  if (const auto* list = std::get_if<query::ScalarArrayOp>(&e.node)) {
    const auto* array = std::get_if<query::ArrayConstructor>(&list->array->node);
    const bool constant = is_known_value(*list->array) ||
                          (array != nullptr && std::all_of(array->elements.begin(), array->elements.end(),
                                                           [](const ExpressionPtr& x) { return is_known_value(*x); }));
    return constant && compares(list->operator_) && known(*list->argument);
  }
  if (const auto* call = std::get_if<query::Call>(&e.node);
      call != nullptr && call->operator_ != 0 && call->arguments.size() == 2 && compares(call->operator_)) {
    if (is_known_value(*call->arguments[1])) return known(*call->arguments[0]);
    if (is_known_value(*call->arguments[0])) return known(*call->arguments[1]);
  }
  return e.type.oid == types::oid::bool_ && known(e);
}

// Dimensions as columns of the input.
class DimensionResolver final : public eval::Resolver {
 public:
  DimensionResolver(const PlanState& state, int rel, const ExtendedStatistics& s)
      : state_(state), rel_(rel), s_(s) {}
  std::optional<eval::Resolved> resolve(const Expression& e) override {
    const int dimension = dimension_of(state_, e, rel_, s_);
    return dimension < 0 ? std::nullopt : std::optional<eval::Resolved>(eval::InputColumn{dimension});
  }

 private:
  const PlanState& state_;
  int rel_;
  const ExtendedStatistics& s_;
};

// For which of the common rows a covered condition is true.
std::vector<bool> matches(const PlanState& state, const Expression& condition, int rel, const ExtendedStatistics& s) {
  const types::CommonRows& common = *s.common;
  DimensionResolver resolver(state, rel, s);
  eval::Compiler compiler(state.catalog, &resolver);
  compiler.add(condition);
  const eval::Program program = compiler.finish();
  static const types::FormatSettings kFormat;
  types::Arena arena, memory;
  types::EvalContext context;
  context.arena = &arena;
  context.format = &kFormat;
  eval::Environment environment;
  eval::Evaluator evaluator(program, types::kBatchRows);
  evaluator.bind(environment, context);
  std::vector<types::Vector> columns;
  for (const types::PhysicalType physical : common.physical)
    columns.push_back(types::Vector::allocate(memory, physical, types::kBatchRows));
  std::vector<bool> result;
  for (std::size_t first = 0; first < common.rows.size(); first += types::kBatchRows) {
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows, common.rows.size() - first));
    arena.reset();
    for (std::size_t d = 0; d < columns.size(); ++d) {
      columns[d].clear();
      for (std::uint32_t i = 0; i < count; ++i) {
        const types::Datum& value = common.rows[first + i].values[d];
        if (value.is_null) columns[d].set_null(i);
        else columns[d].set_datum(i, value);
      }
    }
    const types::Vector& out = evaluator.evaluate(0, {columns, {nullptr, count}});
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t row = out.is_constant() ? 0 : i;
      result.push_back(!out.is_null(row) && out.get<bool>(row));
    }
  }
  return result;
}

// What the common rows tell of a condition: how frequent those are that match, and would be if the columns were
// independent; how frequent all of them are.
struct CommonSelectivity {
  double matching = 0, base = 0, total = 0;

  // With an estimate for the rows that are not common.
  double combined(double simple) const {
    const double others = std::min(std::clamp(simple - base, 0.0, 1.0), 1 - std::min(1.0, total));
    return std::clamp(matching + others, 0.0, 1.0);
  }
};
CommonSelectivity of_matches(const types::CommonRows& common, const std::vector<bool>& match) {
  CommonSelectivity s;
  for (std::size_t i = 0; i < common.rows.size(); ++i) {
    s.total += common.rows[i].frequency;
    if (!match[i]) continue;
    s.matching += common.rows[i].frequency;
    s.base += common.rows[i].base_frequency;
  }
  return s;
}

}  // namespace

// Of an expression that a statistics object of its table is on; null: there is none.
const catalog::ColumnStatistics* QueryPlanner::expression_statistics(const Expression& e) {
  if (std::holds_alternative<query::Constant>(e.node)) return nullptr;
  const RelSet rels = planner::relations_of(e);
  if (rels.size() != 1 || relation(rels.first()) == nullptr) return nullptr;
  for (const auto& each : relation(rels.first())->extended_statistics) {
    const ExtendedStatistics* const s = each.get();
    if (s->of_expressions.size() != s->expressions.size()) continue;
    if (const int d = dimension_of(state_, e, rels.first(), *s); d >= static_cast<int>(s->columns.size()))
      return s->of_expressions[static_cast<std::size_t>(d) - s->columns.size()].get();
  }
  return nullptr;
}

// Which of the conditions a statistics object of the table with common rows knows most about; null: none knows of
// two columns.
const catalog::ExtendedStatistics* QueryPlanner::best_common_rows(int rel, const std::vector<const Expression*>& conditions,
                                                                  const std::vector<bool>& estimated,
                                                                  std::vector<bool>& covered) {
  const ExtendedStatistics* best = nullptr;
  std::size_t most = 1;
  for (const auto& each : relation(rel)->extended_statistics) {
    const ExtendedStatistics* const s = each.get();
    if (!s->common || s->common->rows.empty()) continue;
    std::vector<bool> dimensions(s->dimensions()), own(conditions.size());
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      if (estimated[i]) continue;
      std::vector<bool> used(s->dimensions());
      if (!is_covered(state_, *conditions[i], rel, *s, used)) continue;
      own[i] = true;
      for (std::size_t d = 0; d < used.size(); ++d) dimensions[d] = dimensions[d] || used[d];
    }
    const auto known = static_cast<std::size_t>(std::ranges::count(dimensions, true));
    if (known < most + 1 && !(best != nullptr && known == most && s->dimensions() < best->dimensions())) continue;
    best = s;
    most = known;
    covered = std::move(own);
  }
  return best;
}

// Conditions of one table that hold together: what statistics objects tell of some, which are marked.
double QueryPlanner::extended_selectivity(int rel, const std::vector<const Qual*>& quals, std::vector<bool>& estimated) {
  double all = 1;
  std::vector<const Expression*> conditions;
  for (const Qual* qual : quals) conditions.push_back(qual->expression.get());
  const auto without = [&](const std::vector<const Qual*>& some) {
    ++without_extended_;
    const double s = selectivity(some);
    --without_extended_;
    return s;
  };
  std::vector<bool> covered;
  while (const ExtendedStatistics* s = best_common_rows(rel, conditions, estimated, covered)) {
    std::vector<const Qual*> some;
    std::vector<bool> match(s->common->rows.size(), true);
    for (std::size_t i = 0; i < quals.size(); ++i) {
      if (!covered[i]) continue;
      some.push_back(quals[i]);
      estimated[i] = true;
      const std::vector<bool> own = matches(state_, *conditions[i], rel, *s);
      for (std::size_t m = 0; m < match.size(); ++m) match[m] = match[m] && own[m];
    }
    all *= of_matches(*s->common, match).combined(without(some));
  }

  // Equalities, by what they are of.
  struct Attribute {
    const Expression* expression = nullptr;
    std::vector<std::size_t> conditions;
    double selectivity = 1;
    bool open = true;  // may still be one of a dependency
  };
  std::vector<Attribute> attributes;
  for (std::size_t i = 0; i < quals.size(); ++i) {
    if (estimated[i]) continue;
    const Expression* of = equated_expression(*conditions[i], rel);
    if (of == nullptr) continue;
    auto found = std::ranges::find_if(attributes, [&](const Attribute& a) { return query::equal(*a.expression, *of); });
    if (found == attributes.end()) {
      found = attributes.emplace(attributes.end());
      found->expression = of;
    }
    found->conditions.push_back(i);
  }
  if (attributes.size() < 2) return all;
  struct Found {
    std::vector<std::size_t> attributes;  // the last follows from the others
    double degree = 0;
  };
  std::vector<Found> known;
  for (const auto& each : relation(rel)->extended_statistics) {
    const ExtendedStatistics* const s = each.get();
    if (s->dependencies.empty()) continue;
    std::vector<int> of_dimension(s->dimensions(), -1);
    for (std::size_t a = 0; a < attributes.size(); ++a)
      if (const int d = dimension_of(state_, *attributes[a].expression, rel, *s); d >= 0)
        of_dimension[static_cast<std::size_t>(d)] = static_cast<int>(a);
    for (const types::ColumnDependency& dependency : s->dependencies) {
      Found one;
      one.degree = dependency.degree;
      for (const std::int16_t number : dependency.columns) {
        const std::size_t d = s->dimension(number);
        if (d >= of_dimension.size() || of_dimension[d] < 0) break;
        one.attributes.push_back(static_cast<std::size_t>(of_dimension[d]));
      }
      if (one.attributes.size() == dependency.columns.size()) known.push_back(std::move(one));
    }
  }
  // The strongest first: those of the most columns, then of the highest degree. What follows is out.
  std::vector<const Found*> applied;
  for (;;) {
    const Found* strongest = nullptr;
    for (const Found& one : known) {
      if (!std::ranges::all_of(one.attributes, [&](std::size_t a) { return attributes[a].open; })) continue;
      if (strongest == nullptr || one.attributes.size() > strongest->attributes.size() ||
          (one.attributes.size() == strongest->attributes.size() && one.degree > strongest->degree))
        strongest = &one;
    }
    if (strongest == nullptr) break;
    applied.push_back(strongest);
    attributes[strongest->attributes.back()].open = false;
  }
  if (applied.empty()) return all;
  std::vector<bool> counts(attributes.size());
  for (const Found* one : applied)
    for (const std::size_t a : one->attributes) counts[a] = true;
  for (std::size_t a = 0; a < attributes.size(); ++a) {
    if (!counts[a]) continue;
    std::vector<const Qual*> some;
    for (const std::size_t i : attributes[a].conditions) {
      some.push_back(quals[i]);
      estimated[i] = true;
    }
    attributes[a].selectivity = without(some);
  }
  for (auto one = applied.rbegin(); one != applied.rend(); ++one) {
    double from = 1;
    for (std::size_t i = 0; i + 1 < (*one)->attributes.size(); ++i) from *= attributes[(*one)->attributes[i]].selectivity;
    double& implied = attributes[(*one)->attributes.back()].selectivity;
    const double f = (*one)->degree;
    implied = from <= implied ? f + (1 - f) * implied : f * implied / from + (1 - f) * implied;
  }
  for (std::size_t a = 0; a < attributes.size(); ++a)
    if (counts[a]) all *= attributes[a].selectivity;
  return all;
}

// What a condition says that it equals some constant, or one of some; null: it says no such thing.
const Expression* QueryPlanner::equated_expression(const Expression& e, int rel) {
  const auto of_rel = [&](const Expression& x) -> const Expression* {
    const Expression& plain = strip_relabel(x);
    return planner::relations_of(plain) == RelSet::of(rel) ? &plain : nullptr;
  };
  const auto is_equality = [&](types::Oid op) {
    const catalog::OperatorInfo* info = catalog().operator_(op);
    return info != nullptr && info->name == "=";
  };
  if (const auto* b = std::get_if<query::BooleanExpression>(&e.node)) {
    if (b->op == query::BooleanOp::not_) return of_rel(*b->arguments[0]);
    if (b->op != query::BooleanOp::or_) return nullptr;
    const Expression* first = nullptr;
    for (const ExpressionPtr& argument : b->arguments) {
      const Expression* one = equated_expression(*argument, rel);
      if (one == nullptr || (first != nullptr && !query::equal(*first, *one))) return nullptr;
      first = one;
    }
    return first;
  }
  if (const auto* list = std::get_if<query::ScalarArrayOp>(&e.node))
    return list->use_or && is_equality(list->operator_) && planner::relations_of(*list->array).empty() ? of_rel(*list->argument)
                                                                                                     : nullptr;
  if (const auto* call = std::get_if<query::Call>(&e.node); call != nullptr && call->operator_ != 0) {
    if (call->arguments.size() != 2 || !is_equality(call->operator_)) return nullptr;
    if (is_known_value(*call->arguments[1])) return of_rel(*call->arguments[0]);
    if (is_known_value(*call->arguments[0])) return of_rel(*call->arguments[1]);
    return nullptr;
  }
  return e.type.oid == types::oid::bool_ ? of_rel(e) : nullptr;
}

// The parts of an OR on one table; nullopt: no statistics object knows of them.
std::optional<double> QueryPlanner::extended_or_selectivity(const std::vector<ExpressionPtr>& parts) {
  if (without_extended_ > 0) return std::nullopt;
  RelSet rels;
  for (const ExpressionPtr& part : parts) rels |= planner::relations_of(*part);
  if (rels.size() != 1 || relation(rels.first()) == nullptr) return std::nullopt;
  const int rel = rels.first();
  std::vector<const Expression*> conditions;
  for (const ExpressionPtr& part : parts) conditions.push_back(part.get());
  std::vector<bool> estimated(conditions.size()), covered;
  double all = 0;
  bool any = false;
  while (const ExtendedStatistics* s = best_common_rows(rel, conditions, estimated, covered)) {
    any = true;
    double sum = 0, simple_or = 0;
    std::vector<bool> before(s->common->rows.size());
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      if (!covered[i]) continue;
      estimated[i] = true;
      ++without_extended_;
      const double simple = selectivity(*conditions[i]);
      --without_extended_;
      const double simple_overlap = simple_or * simple;
      simple_or += simple - simple_overlap;
      const std::vector<bool> match = matches(state_, *conditions[i], rel, *s);
      std::vector<bool> both(match.size());
      for (std::size_t m = 0; m < match.size(); ++m) {
        both[m] = match[m] && before[m];
        before[m] = before[m] || match[m];
      }
      const double own = of_matches(*s->common, match).combined(simple);
      sum = std::clamp(sum + own - of_matches(*s->common, both).combined(simple_overlap), 0.0, 1.0);
    }
    all = all + sum - all * sum;
  }
  if (!any) return std::nullopt;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    if (estimated[i]) continue;
    const double one = selectivity(*conditions[i]);
    all = all + one - all * one;
  }
  return all;
}

namespace {

// Rows that a path reads of a relation; < 0: it does not read it.
double rows_read(const Path& path, int rel) {
  if (path.kind == Path::Kind::join) {
    const double left = rows_read(*path.left, rel);
    return left >= 0 ? left : rows_read(*path.right, rel);
  }
  return path.range_table_index == rel ? path.rows : -1;
}

}  // namespace

// How many groups of equal values of some expressions there are among the rows of a path.
double QueryPlanner::group_count(const std::vector<const Expression*>& expressions, const Path& path, double rows) {
  double groups = 1;
  std::map<int, std::vector<const Expression*>> of_relation;
  for (const Expression* e : expressions) {
    if (std::holds_alternative<query::Constant>(e->node)) continue;
    const RelSet rels = planner::relations_of(*e);
    if (rels.size() != 1 || relation(rels.first()) == nullptr) {
      groups *= distinct_values(*e, rows);
      continue;
    }
    auto& list = of_relation[rels.first()];
    if (std::none_of(list.begin(), list.end(), [&](const Expression* other) { return query::equal(*other, *e); }))
      list.push_back(e);
  }
  for (auto& [rel, list] : of_relation) {
    const double tuples = std::max(1.0, table_rows(rel));
    double distinct = 1, most = 0;
    int counted = 0;
    const auto take = [&](double count) {
      distinct *= count;
      most = std::max(most, count);
      ++counted;
    };
    while (list.size() > 1) {
      // The object that knows most of them.
      const ExtendedStatistics* best = nullptr;
      std::vector<std::size_t> best_dimensions;
      for (const auto& each : relation(rel)->extended_statistics) {
        const ExtendedStatistics* const s = each.get();
        if (s->combined_distinct.empty()) continue;
        std::vector<std::size_t> dimensions;
        for (const Expression* e : list)
          if (const int d = dimension_of(state_, *e, rel, *s); d >= 0) dimensions.push_back(static_cast<std::size_t>(d));
        if (dimensions.size() < 2 || dimensions.size() <= best_dimensions.size()) continue;
        best = s;
        best_dimensions = std::move(dimensions);
      }
      if (best == nullptr) break;
      std::ranges::sort(best_dimensions);
      const types::CombinedDistinct* item = nullptr;
      for (const types::CombinedDistinct& one : best->combined_distinct) {
        std::vector<std::size_t> own;
        for (const std::int16_t number : one.columns) own.push_back(best->dimension(number));
        std::ranges::sort(own);
        if (own == best_dimensions) item = &one;
      }
      if (item == nullptr) break;
      take(item->count);
      std::erase_if(list, [&](const Expression* e) { return dimension_of(state_, *e, rel, *best) >= 0; });
    }
    for (const Expression* e : list) take(distinct_values(*e, tuples));
    // As PostgreSQL has it: several columns make no more groups than a tenth of the rows, or one of them alone.
    double limit = tuples;
    if (counted > 1) limit = std::min(tuples, std::max(most, tuples * 0.1));
    distinct = std::min(distinct, limit);
    // What conditions leave has its part of them.
    const double read = rows_read(path, rel);
    if (read >= 0 && read < tuples && distinct > 0)
      distinct *= 1 - std::pow((tuples - read) / tuples, tuples / distinct);
    groups *= std::max(1.0, distinct);
  }
  return std::clamp(std::ceil(groups), 1.0, std::max(1.0, rows));
}

}  // namespace planner
