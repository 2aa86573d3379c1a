// Reading what indexes find, one or several together, in the order of the table's own keys.
#include <algorithm>
#include <cmath>

#include "catalog/access_methods.h"
#include "catalog/collators.h"
#include "cost.h"
#include "fold_constants.h"
#include "implication.h"
#include "inverted/placement.h"
#include "inverted/search.h"
#include "operator_strategy.h"
#include "query_planner.h"
#include "table/posting.h"

namespace planner {

using inverted::Search;
using inverted::Source;

namespace {

bool is_inverted(catalog::CatalogView& catalog, const catalog::IndexDescriptor& index) {
  if (index.method == catalog::kBtree) return false;
  const catalog::OperatorClassInfo* first = catalog.operator_class(index.keys.front().operator_class);
  return first != nullptr && catalog::inverted_source(catalog, *first) != Source::none;
}

// How many entries lie under the keys of a search, of `rows` rows.
double estimate(const table::Table& table, int index, const Search& search, double rows) {
  switch (search.kind) {
    case Search::Kind::everything: return rows;
    case Search::Kind::nothing: return 0;
    case Search::Kind::key:
    case Search::Kind::prefix: return std::min(rows, table::estimate_postings(table, index, search.key));
    case Search::Kind::ranges: return std::min(rows, table::estimate_postings(table, index, *search.ranges));
    case Search::Kind::all_of: {
      double part = 1;
      for (const Search& one : search.parts) part *= estimate(table, index, one, rows) / std::max(1.0, rows);
      return rows * part;
    }
    case Search::Kind::any_of: {
      double sum = 0;
      for (const Search& one : search.parts) sum += estimate(table, index, one, rows);
      return std::min(rows, sum);
    }
  }
  return rows;
}

// Keys looked for.
double key_count(const Search& search) {
  if (search.parts.empty()) return 1;
  double count = 0;
  for (const Search& part : search.parts) count += key_count(part);
  return count;
}

bool contains(const std::vector<const Qual*>& quals, const Qual* qual) {
  return std::find(quals.begin(), quals.end(), qual) != quals.end();
}

// What says that the index has the rows belongs to what it decides.
void add_predicate_quals(catalog::CatalogView& catalog, FunctionBodies* bodies, int rel, const catalog::IndexDescriptor& index,
                         const std::vector<const Qual*>& quals, std::vector<const Qual*>& decided) {
  if (!index.predicate) return;
  const std::vector<ExpressionPtr> parts = predicate_parts(catalog, bodies, index, rel);
  for (const Qual* qual : quals)
    for (const ExpressionPtr& part : parts)
      if (!contains(decided, qual) && query::equal(*qual->expression, *part)) decided.push_back(qual);
}

// What evaluating the condition costs once, as pg_proc tells: to_tsvector() is not free.
double cost_of(catalog::CatalogView& catalog, const Expression& expression) {
  return std::max(1.0, calls_in(catalog, expression)) * cost::kOperator;
}

// Whether an ordered column of an index answers a condition under its collation; equality it always does.
bool is_in_order(Source source, int strategy, bool by_letters, bool same_collation) {
  constexpr int kEqual = 3, kFirstByLetters = 11, kLastByLetters = 15;
  if (source == Source::scalar || source == Source::value) return same_collation || strategy == kEqual;
  return source != Source::bytes || !by_letters || strategy < kFirstByLetters || strategy > kLastByLetters;
}

// Leaves the conditions that help to find rows in an index whose columns make keys together.
void keep_helpful(const table::Table& table, int index, std::vector<Path::BitmapArm::Condition>& conditions) {
  std::vector<inverted::PlacedCondition> placed;
  for (const auto& condition : conditions) placed.push_back({condition.column, condition.strategy, {}});
  const auto helps = std::make_unique<bool[]>(placed.size());
  inverted::find_helpful(table::placed_columns(table, index), placed, {helps.get(), placed.size()});
  std::size_t kept = 0;
  for (std::size_t i = 0; i < conditions.size(); ++i)
    if (helps[i]) conditions[kept++] = conditions[i];
  conditions.resize(kept);
}

}  // namespace

// What part of the rows an index says that a condition with a constant leaves; < 0: it cannot tell.
double QueryPlanner::inverted_fraction(int rel, const catalog::IndexDescriptor& index,
                                       const Path::BitmapArm::Condition& condition) {
  if (state_.options.sizes == nullptr || index.predicate) return -1;
  const auto* constant = std::get_if<query::Constant>(&strip_relabel(*condition.value).node);
  const table::Table* table = relation(rel)->storage.get();
  if (constant == nullptr || table == nullptr) return -1;
  if (constant->value.is_null) return 0;
  const table::KeyColumn& key = table->schema().index(index.storage_index).keys.at(condition.column);
  Search search;
  if (inverted::is_placed(key.source)) {
    const inverted::PlacedCondition placed{condition.column, condition.strategy, constant->value};
    search = inverted::placed_search(table::placed_columns(*table, index.storage_index), {&placed, 1});
  } else {
    search = inverted::search_for(key.source, key.support, condition.column, condition.strategy, constant->value);
  }
  if (search.kind == Search::Kind::everything || key_count(search) > 100) return -1;
  const double rows = std::max(1.0, table_rows(rel));
  return std::clamp(estimate(*table, index.storage_index, search, rows) / rows, 0.0, 1.0);
}

// How a condition says something about a key of an inverted index.
std::optional<Path::BitmapArm::Condition> QueryPlanner::inverted_match(
    int rel, const catalog::IndexDescriptor& index, const Expression& expression, const RelSet& outer) {
  const auto* call = std::get_if<query::Call>(&expression.node);
  if (call == nullptr || call->operator_ == 0 || call->arguments.size() != 2) return std::nullopt;
  for (std::size_t k = 0; k < index.keys.size(); ++k) {
    const catalog::IndexKey& key = index.keys[k];
    const catalog::OperatorClassInfo* own = catalog().operator_class(key.operator_class);
    if (own == nullptr) continue;
    for (std::size_t side = 0; side < 2; ++side) {
      if (!is_index_key(*call->arguments[side], rel, key)) continue;
      const Expression& value = *call->arguments[1 - side];
      const RelSet used = planner::relations_of(value);
      if (!used.subset_of(outer) || used.overlaps(RelSet::of(rel)) || contains_subquery(value) ||
          eval::contains_volatile(catalog(), value))
        continue;
      types::Oid op = call->operator_;
      if (side == 1) {
        const catalog::OperatorInfo* info = catalog().operator_(op);
        op = info != nullptr ? info->commutator : 0;
      }
      int strategy = catalog::placed_strategy(catalog(), *own, op, value.type.oid);
      if (strategy == 0 || !equality_is_bytewise(catalog(), call->input_collation)) continue;
      const Source source = catalog::inverted_source(catalog(), *own);
      const bool by_letters = catalog::collator(catalog(), call->input_collation) != nullptr;
      if (source == Source::trigrams && by_letters) strategy |= inverted::kUnicodeCase;
      if (!is_in_order(source, strategy, by_letters, call->input_collation == key.collation)) continue;
      return Path::BitmapArm::Condition{&expression, &value, static_cast<std::uint8_t>(k), strategy};
    }
  }
  return std::nullopt;
}

// All that the conditions say about the keys of one index; no conditions: nothing.
Path::BitmapArm QueryPlanner::bitmap_arm(int rel, const catalog::IndexDescriptor& index,
                                         const std::vector<const Expression*>& conditions, const RelSet& outer) {
  Path::BitmapArm arm;
  arm.index = &index;
  for (const Expression* condition : conditions)
    if (const auto match = inverted_match(rel, index, *condition, outer)) arm.conditions.push_back(*match);
  const table::Table& table = *relation(rel)->storage;
  if (table.schema().index(index.storage_index).is_placed()) keep_helpful(table, index.storage_index, arm.conditions);
  double fraction = 1;
  for (const Path::BitmapArm::Condition& condition : arm.conditions) {
    const double told = inverted_fraction(rel, index, condition);
    fraction *= told >= 0 ? told : selectivity(*condition.expression);
  }
  arm.rows = std::max(1.0, table_rows(rel) * fraction);
  return arm;
}

std::vector<const Qual*> QueryPlanner::part_quals(const Qual& either, const Expression& part) {
  std::vector<ExpressionPtr> conditions;
  split_conjunction(query::clone(part), conditions);
  std::vector<const Qual*> quals;
  for (ExpressionPtr& condition : conditions) {
    // What rows are asked again when somebody else has changed them is the query's own condition, not this.
    Qual& qual = member_quals_.emplace_back();
    qual.relations = planner::relations_of(*condition);
    qual.behind_security = either.behind_security;
    qual.expression = std::move(condition);
    quals.push_back(&qual);
  }
  return quals;
}

std::vector<Path*> QueryPlanner::bitmap_paths(int rel, const std::vector<const Qual*>& quals,
                                              const std::vector<const Qual*>& join_quals, const RelSet& outer,
                                              const std::vector<Path*>& scans) {
  std::vector<Path*> result;
  const RelationPtr descriptor = relation_ptr(rel);
  if (descriptor->indexes.empty() || !descriptor->storage) return result;
  std::vector<const catalog::IndexDescriptor*> inverted, ordered;
  for (const catalog::IndexDescriptor& index : descriptor->indexes) {
    if (!index.valid || (!index.is_clustered_key && index.storage_index < 0)) continue;
    if (index.method == catalog::kBtree || index.method == catalog::kBrin || index.method == catalog::kHash) ordered.push_back(&index);
    else if (is_inverted(catalog(), index) && implies_predicate(index, rel, quals)) inverted.push_back(&index);
  }

  std::vector<const Qual*> candidates = quals;
  candidates.insert(candidates.end(), join_quals.begin(), join_quals.end());
  const double rows = table_rows(rel), pages = table_pages(rel);
  const double height = 1 + std::ceil(std::log2(std::max(2.0, rows)) / 7);
  // What some arms find, any of them; the conditions that lead there, and those that need not be asked again.
  struct Choice {
    std::vector<Path::BitmapArm> arms;
    std::vector<const Qual*> leading, settled;
    double rows = 0;
  };
  std::vector<Choice> choices;
  const auto add = [&](std::vector<Path::BitmapArm> arms, std::vector<const Qual*> leading, std::vector<const Qual*> settled) {
    double found = 0;
    for (const Path::BitmapArm& arm : arms) found += arm.rows;
    choices.push_back({std::move(arms), std::move(leading), std::move(settled), std::min(found, rows)});
  };
  const auto path_of = [&](const std::vector<const Choice*>& chosen) {
    Path path;
    path.kind = Path::Kind::bitmap;
    path.relations = RelSet::of(rel);
    path.range_table_index = rel;
    double found = rows, checks = 0, least = rows;
    std::vector<const Qual*> settled;
    for (const Choice* choice : chosen) {
      for (const Qual* qual : choice->leading)
        if (!contains(path.index_quals, qual)) path.index_quals.push_back(qual);
      settled.insert(settled.end(), choice->settled.begin(), choice->settled.end());
      found *= choice->rows / std::max(1.0, rows);
      least = std::min(least, choice->rows);
      path.arms.push_back(choice->arms);
    }
    found = std::max(1.0, found);
    for (const Choice* choice : chosen)
      for (const Path::BitmapArm& arm : choice->arms) {
        const double descents = arm.search != nullptr ? 1 : static_cast<double>(arm.conditions.size());
        // Lists that are intersected seek what the shortest has, and pass over the rest.
        path.startup += descents * height * 50 * cost::kOperator +
                        std::min(arm.rows, chosen.size() > 1 ? least * height : arm.rows) * cost::kIndexTuple;
        if (arm.search == nullptr) continue;
        // A list of rows is no use for a handful of them.
        constexpr double kSetUp = 2.0;
        path.startup += kSetUp;
        // What is found is put into the order of the rows, and lies in pages of rows itself where the tree is theirs.
        path.startup += arm.rows * 0.1 * cost::kOperator * std::max(1.0, std::log2(std::max(2.0, arm.rows)));
        if (arm.index->is_clustered_key) path.startup += pages * arm.rows / std::max(1.0, rows) * cost::kSequentialPage;
        path.outer |= arm.search->outer;
      }
    for (const Qual* qual : path.index_quals)
      if (!contains(settled, qual)) path.filter.push_back(qual);
    for (const Qual* qual : quals)
      if (!contains(settled, qual) && !contains(path.filter, qual)) path.filter.push_back(qual);
    double out = found;
    for (const Qual* qual : path.filter) {
      checks += cost_of(catalog(), *qual->expression);
      if (!contains(path.index_quals, qual) && !qual->implied) out *= selectivity(*qual);
    }
    for (const Qual* qual : settled)
      if (!contains(path.index_quals, qual)) path.rephrased.push_back(qual);
    path.rows = std::max(1.0, out);
    // How many pages hold so many rows (Mackert and Lohman, TODS 1989): each is found and read once, for all its rows.
    const double read = std::min(pages, 2 * pages * found / (2 * pages + found));
    path.total = path.startup + found * (cost::kTuple + checks) + read * (cost::kRandomPage * 0.25 + height * 0.05);
    if (!state_.options.enable_bitmapscan) path.total += 1e10;
    for (const Qual* qual : path.filter) path.outer |= qual->relations - path.relations;
    path.ordering = key_order(rel);
    return path;
  };

  for (const catalog::IndexDescriptor* index : inverted) {
    std::vector<const Expression*> conditions;
    for (const Qual* qual : candidates) conditions.push_back(qual->expression.get());
    Path::BitmapArm arm = bitmap_arm(rel, *index, conditions, outer);
    if (!arm.found()) continue;
    std::vector<const Qual*> leading;
    for (const Qual* qual : candidates)
      if (std::any_of(arm.conditions.begin(), arm.conditions.end(),
                      [&](const auto& condition) { return condition.expression == qual->expression.get(); }))
        leading.push_back(qual);
    add_predicate_quals(catalog(), state_.options.function_bodies, rel, *index, quals, leading);
    add({std::move(arm)}, std::move(leading), {});
  }
  const std::size_t inverted_choices = choices.size();
  // What a scan of an index has to say, an arm says as well.
  const auto arm_of = [](Path* scan) {
    Path::BitmapArm arm;
    arm.index = scan->index_descriptor;
    arm.search = scan;
    arm.rows = std::max(1.0, scan->entries);
    return arm;
  };
  for (Path* scan : scans) {
    if (divides_or_ || scan->kind != Path::Kind::scan || scan->access != Access::range || scan->index_descriptor == nullptr ||
        scan->alternatives > 1 || scan->by_place || scan->index_quals.empty())
      continue;
    std::vector<const Qual*> settled;
    if (scan->index_descriptor->method != catalog::kHash) {
      for (const Qual* qual : scan->index_quals)
        if (scan->decides(qual)) settled.push_back(qual);
      settled.insert(settled.end(), scan->rephrased.begin(), scan->rephrased.end());
    }
    add({arm_of(scan)}, scan->index_quals, std::move(settled));
  }
  // a OR b, where an index serves each of them.
  for (const Qual* qual : candidates) {
    const auto* either = std::get_if<query::BooleanExpression>(&qual->expression->node);
    if (either == nullptr || either->op != query::BooleanOp::or_ || qual->is_volatile) continue;
    if (inverted.empty() && (divides_or_ || contains_subquery(*qual->expression))) continue;
    const bool of_join = contains(join_quals, qual);
    std::vector<Path::BitmapArm> arms;
    bool settled = true;
    for (const ExpressionPtr& part : either->arguments) {
      std::vector<const Expression*> conditions{part.get()};
      if (const auto* both = std::get_if<query::BooleanExpression>(&part->node);
          both != nullptr && both->op == query::BooleanOp::and_) {
        conditions.clear();
        for (const ExpressionPtr& one : both->arguments) conditions.push_back(one.get());
      }
      Path::BitmapArm best;
      bool best_settles = false;
      for (const catalog::IndexDescriptor* index : inverted) {
        Path::BitmapArm arm = bitmap_arm(rel, *index, conditions, outer);
        if (arm.found() && (!best.found() || arm.rows < best.rows)) best = std::move(arm);
      }
      if (!divides_or_ && !ordered.empty() && !contains_subquery(*part)) {
        const std::vector<const Qual*> own = part_quals(*qual, *part);
        std::vector<const Qual*> mine = quals, joined = join_quals;
        std::vector<const Qual*>& added = of_join ? joined : mine;
        added.insert(added.begin(), own.begin(), own.end());
        for (const catalog::IndexDescriptor* index : ordered) {
          Path* scan = index_path(rel, index, mine, joined, outer);
          if (scan == nullptr || scan->access == Access::full ||
              std::ranges::none_of(own, [&](const Qual* one) { return contains(scan->index_quals, one) || contains(scan->rephrased, one); }))
            continue;
          Path::BitmapArm arm = arm_of(scan);
          if (best.found() && arm.rows >= best.rows) continue;
          best = std::move(arm);
          best_settles = index->method != catalog::kHash && std::ranges::all_of(own, [&](const Qual* one) { return scan->decides(one); });
        }
      }
      if (!best.found()) break;
      settled = settled && best_settles;
      arms.push_back(std::move(best));
    }
    if (arms.size() != either->arguments.size()) continue;
    std::vector<const Qual*> decided;
    if (settled) decided.push_back(qual);
    add(std::move(arms), {qual}, std::move(decided));
  }

  const auto keep = [&](Path path) {
    if (!join_quals.empty() && std::none_of(path.index_quals.begin(), path.index_quals.end(), [&](const Qual* q) {
          return contains(join_quals, q);
        }))
      return;
    paths_.push_back(std::move(path));
    result.push_back(&paths_.back());
  };
  // One ordered index alone leads to its rows by itself, unless several lie in one page.
  constexpr double kManyOfPage = 4;
  for (std::size_t i = 0; i < choices.size(); ++i)
    if (i < inverted_choices || choices[i].arms.size() > 1 ||
        (!choices[i].arms.front().index->is_clustered_key && choices[i].rows > pages * kManyOfPage))
      keep(path_of({&choices[i]}));
  // Both of a AND b: to what finds the fewest rows, the next one is added as long as it pays.
  std::ranges::stable_sort(choices, {}, &Choice::rows);
  if (choices.size() > 1) {
    std::vector<const Choice*> chosen{&choices.front()};
    Path best = path_of(chosen);
    for (std::size_t i = 1; i < choices.size(); ++i) {
      if (std::any_of(choices[i].leading.begin(), choices[i].leading.end(),
                      [&](const Qual* qual) { return contains(best.index_quals, qual); }))
        continue;
      chosen.push_back(&choices[i]);
      Path more = path_of(chosen);
      if (more.total < best.total)
        best = std::move(more);
      else
        chosen.pop_back();
    }
    if (chosen.size() > 1) keep(std::move(best));
  }
  return result;
}

// Conditions with constants, told by an index what they leave, before any path is reckoned.
void QueryPlanner::ask_inverted_indexes(int rel, const std::vector<const Qual*>& quals) {
  for (const catalog::IndexDescriptor& index : relation(rel)->indexes) {
    if (!index.valid || index.storage_index < 0 || !is_inverted(catalog(), index)) continue;
    for (const Qual* qual : quals) {
      if (qual->selectivity >= 0) continue;
      const auto match = inverted_match(rel, index, *qual->expression, RelSet());
      if (!match) continue;
      if (const double told = inverted_fraction(rel, index, *match); told >= 0) qual->selectivity = told;
    }
  }
}

PlanNodePtr QueryPlanner::build_bitmap_arm(const Path& path, const Path::BitmapArm& arm) {
  auto node = std::make_unique<BitmapIndexScanNode>();
  node->relation = relation_ptr(path.range_table_index);
  if (arm.search != nullptr) {
    node->search = std::make_unique<TableScanNode>();
    node->search->relation = node->relation;
    node->search->range_table_index = path.range_table_index;
    set_keys(*node->search, *arm.search);
    set_costs(*node, 0, path.startup, arm.rows, 0);
    describe(*node, "Bitmap Index Scan on " + catalog::quote_identifier(arm.index->name));
    if (state_.options.explain) describe(*node, "Index Cond", index_text(arm.search->index_quals, path.range_table_index));
    return node;
  }
  node->index = arm.index->storage_index;
  std::vector<const Expression*> values;
  std::string text;
  for (const Path::BitmapArm::Condition& condition : arm.conditions) {
    node->conditions.push_back({condition.column, condition.strategy});
    values.push_back(condition.value);
    if (!state_.options.explain) continue;
    const auto shown = [&](const Expression& e) { return scan_text(e, path.range_table_index); };
    std::string one = shown(*condition.expression);
    // The key is on the left, as PostgreSQL writes it.
    const auto& call = std::get<query::Call>(condition.expression->node);
    if (call.arguments[0].get() == condition.value) {
      const catalog::OperatorInfo* op = catalog().operator_(call.operator_);
      const catalog::OperatorInfo* other = op != nullptr ? catalog().operator_(op->commutator) : nullptr;
      if (other != nullptr)
        one = "(" + shown(*call.arguments[1]) + " " + std::string(other->name) + " " + shown(*condition.value) + ")";
    }
    text += (text.empty() ? "" : " AND ") + one;
  }
  if (arm.conditions.size() > 1) text = "(" + text + ")";
  node->key_values = compile(values, Layout());
  set_costs(*node, 0, path.startup, arm.rows, 0);
  describe(*node, "Bitmap Index Scan on " + catalog::quote_identifier(arm.index->name));
  describe(*node, "Index Cond", text);
  return node;
}

Built QueryPlanner::build_bitmap_scan(Path& path, const std::vector<const Expression*>& required) {
  auto node = std::make_unique<BitmapHeapScanNode>();
  node->relation = relation_ptr(path.range_table_index);
  std::vector<const Expression*> inputs;
  for (const Qual* qual : path.filter) collect_inputs(*qual->expression, path.relations, inputs);
  for (const Expression* e : required) collect_inputs(*e, path.relations, inputs);
  Layout raw;
  for (const Expression* e : inputs) {
    const auto& column = std::get<query::ColumnReference>(e->node);
    node->table_columns.push_back(column.column);
    node->raw_columns.push_back(column.column == query::kRowKeyColumn ? types::PhysicalType::varlen
                                                                      : eval::physical_type(catalog(), e->type.oid));
    raw.add(*e);
  }
  set_costs(*node, path.startup, path.total, path.rows, 0);
  describe_relation(*node, "Bitmap Heap Scan on ", path.range_table_index);
  std::vector<PlanNodePtr> finders;
  for (const std::vector<Path::BitmapArm>& arms : path.arms) {
    double found = 0;
    std::vector<PlanNodePtr> scans;
    for (const Path::BitmapArm& arm : arms) {
      scans.push_back(build_bitmap_arm(path, arm));
      found += arm.rows;
    }
    if (scans.size() == 1) {
      finders.push_back(std::move(scans.front()));
      continue;
    }
    auto either = std::make_unique<BitmapOrNode>();
    either->children = std::move(scans);
    set_costs(*either, 0, path.startup, std::min(found, table_rows(path.range_table_index)), 0);
    describe(*either, "BitmapOr");
    finders.push_back(std::move(either));
  }
  // Subqueries in it are known by now.
  describe(*node, "Recheck Cond", scan_text(path.index_quals, path.range_table_index));
  if (finders.size() == 1) {
    node->children.push_back(std::move(finders.front()));
  } else {
    auto both = std::make_unique<BitmapAndNode>();
    both->children = std::move(finders);
    set_costs(*both, 0, path.startup, path.rows, 0);
    describe(*both, "BitmapAnd");
    node->children.push_back(std::move(both));
  }
  state_.use(node->relation, catalog::RelationLock::access_share);
  std::vector<const Qual*> others;
  for (const Qual* qual : path.filter)
    if (!contains(path.index_quals, qual)) others.push_back(qual);
  return finish(std::move(node), raw, path.filter, required, &others);
}

}  // namespace planner
