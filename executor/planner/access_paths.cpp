// Ways to read one FROM item.
#include <algorithm>
#include <cmath>
#include <set>

#include "catalog/access_methods.h"
#include "catalog/collators.h"
#include "catalog/unqualified_objects.h"
#include "cost.h"
#include "fold_constants.h"
#include "implication.h"
#include "index_key_match.h"
#include "operator_strategy.h"
#include "outside.h"
#include "query_planner.h"
#include "table/scan.h"
#include "types/integer_conversion.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace planner {

using query::RangeTableEntry;

RelationPtr QueryPlanner::relation_ptr(int range_table_index) {
  const auto found = relations_.find(range_table_index);
  if (found != relations_.end()) return found->second;
  const RangeTableEntry& entry = query_->range_table[static_cast<std::size_t>(range_table_index)];
  RelationPtr relation;
  if (entry.kind == RangeTableEntry::Kind::relation && entry.relation != 0) {
    relation = catalog().relation(entry.relation);
    if (!relation)
      throw types::SqlError("42P01", "relation with OID " + std::to_string(entry.relation) +
                                         " does not exist");
    if (relation->kind == catalog::RelationKind::foreign_table) catalog::refuse_foreign_table(catalog(), *relation);
  }
  relations_[range_table_index] = relation;
  return relation;
}

const catalog::RelationDescriptor* QueryPlanner::relation(int range_table_index) {
  return relation_ptr(range_table_index).get();
}

namespace {

SizeEstimator::Size size_of(const catalog::RelationDescriptor& relation, SizeEstimator* sizes) {
  SizeEstimator::Size size{1000, 10};
  if (sizes != nullptr) size = sizes->estimate(relation);
  if (relation.rows >= 0 && sizes == nullptr) {
    size.rows = relation.rows;
    size.pages = relation.pages;
  }
  return size;
}

}  // namespace

// Of a table that was never analysed, as PostgreSQL: it is likely to grow, so it counts as ten pages at least, full of
// rows of the width that its columns' types suggest.
double QueryPlanner::rows_to_expect(int rel, const catalog::RelationDescriptor& descriptor) {
  constexpr double kPages = 10, kPageBytes = 8192 - 24, kRowBytes = 24 + 4;
  int width = 0;
  for (std::size_t i = 0; i < descriptor.columns.size(); ++i)
    if (!descriptor.columns[i].dropped) width += width_of(*make_column(rel, static_cast<int>(i), descriptor.columns[i].type));
  return std::rint(kPages * std::floor(kPageBytes / (kRowBytes + width)));
}

double QueryPlanner::table_rows(int range_table_index) {
  auto found = sizes_.find(range_table_index);
  if (found == sizes_.end()) {
    SizeEstimator::Size size{1000, 10};
    if (const auto* rel = relation(range_table_index)) {
      size = size_of(*rel, state_.options.sizes);
      if (rel->rows < 0 && rel->oid >= types::kFirstNormalOid && rel->kind == catalog::RelationKind::table)
        if (const double expected = rows_to_expect(range_table_index, *rel); size.rows < expected) {
          size.rows = expected;
          size.pages = std::max(size.pages, 10.0);
        }
    }
    found = sizes_.emplace(range_table_index, size).first;
  }
  return found->second.rows;
}

double QueryPlanner::table_pages(int range_table_index) {
  table_rows(range_table_index);
  return std::max(1.0, sizes_[range_table_index].pages);
}

namespace {

// A condition with what it says about an index key.
struct KeyMatch : IndexKeyMatch {
  const Qual* qual = nullptr;
  const Qual* original = nullptr;  // what the query has in its place
};

int commute(int strategy) { return strategy == 0 ? 0 : strategy > 5 ? 0 : 6 - strategy; }

// Whether a value of one type may stand for a key of another: same encoding, or integers, which a scan converts, and
// knows of those that do not fit that no key is equal to them and all are on one side.
bool value_fits(catalog::CatalogView& catalog, types::Oid key, types::Oid value) {
  key = catalog.base_type(key);
  value = catalog.base_type(value);
  if (key == value) return true;
  auto text = [](types::Oid t) { return t == types::oid::text || t == types::oid::varchar; };
  if (text(key) && text(value)) return true;
  auto oid = [](types::Oid t) {
    return t == types::oid::oid_ || t == types::oid::regclass || t == types::oid::regtype ||
           t == types::oid::regproc || t == types::oid::regnamespace || t == types::oid::regrole ||
           t == types::oid::regprocedure || t == types::oid::regoper ||
           t == types::oid::regoperator || t == types::oid::regcollation;
  };
  if (oid(key) && oid(value)) return true;
  if ((key == types::oid::name && text(value)) || (text(key) && value == types::oid::name))
    return true;
  return types::is_integer(key) && types::is_integer(value);
}

types::Oid order_collation(const catalog::IndexKey& key) {
  return catalog::order_collation(key.operator_class, key.collation);
}

// Whether the key's order is that of its column's own collation.
bool in_column_order(catalog::CatalogView& catalog, const catalog::RelationDescriptor& relation,
                     const catalog::IndexKey& key) {
  return catalog::same_order(catalog, order_collation(key), relation.columns[static_cast<std::size_t>(key.column)].type.collation);
}

}  // namespace

bool QueryPlanner::is_index_key(const Expression& e, int range_table_index, const catalog::IndexKey& key) {
  const Expression& plain = strip_relabel(e);
  if (key.column >= 0) {
    const auto* column = as_column(plain);
    return column != nullptr && column->levels_up == 0 &&
           column->range_table_index == range_table_index && column->column == key.column;
  }
  if (!key.expression) return false;
  return query::equal(plain, *as_in_query(catalog(), state_.options.function_bodies, *key.expression, range_table_index));
}

// What part of its table's rows a partial index has, as far as the index's conditions do not say so already.
double QueryPlanner::covered_fraction(const catalog::IndexDescriptor& index, int rel, const std::vector<const Qual*>& index_quals) {
  if (!index.predicate) return 1;
  const auto columns_of = [rel](const Expression& e) {
    std::set<int> columns;
    visit(e, 0, [&](const Expression& x, int depth) {
      const auto* column = as_column(x);
      if (column != nullptr && column->levels_up == depth && column->range_table_index == rel) columns.insert(column->column);
      return true;
    });
    return columns;
  };
  std::set<int> decided;
  for (const Qual* qual : index_quals) decided.merge(columns_of(*qual->expression));
  double fraction = 1;
  for (const ExpressionPtr& part : predicate_parts(catalog(), state_.options.function_bodies, index, rel)) {
    const std::set<int> columns = columns_of(*part);
    if (std::ranges::none_of(columns, [&](int column) { return decided.contains(column); })) fraction *= selectivity(*part);
  }
  return fraction;
}

bool QueryPlanner::implies_predicate(const catalog::IndexDescriptor& index, int rel,
                                     const std::vector<const Qual*>& quals) {
  if (!index.predicate) return true;
  bool implied = true;
  std::vector<const Expression*> conditions;
  for (const Qual* qual : quals) conditions.push_back(qual->expression.get());
  for (const ExpressionPtr& part : predicate_parts(catalog(), state_.options.function_bodies, index, rel)) implied = implied && implies(catalog(), conditions, *part);
  return implied;
}

namespace {

// Whether its subqueries, if any, are run once, before the first row.
bool is_known_before(const Expression& value) {
  bool known = true;
  visit(value, 0, [&](const Expression& e, int) {
    const auto* sub = std::get_if<query::Subquery>(&e.node);
    if (sub == nullptr) return known;
    known = known && (sub->kind == query::SubqueryKind::scalar || sub->kind == query::SubqueryKind::array) && !reads_outside(*sub->query);
    return false;
  });
  return known;
}

}  // namespace

bool QueryPlanner::serves_as_key(const Expression& value, const catalog::IndexKey& key, int rel, const RelSet& outer) {
  const RelSet used = planner::relations_of(value);
  return used.subset_of(outer) && !used.overlaps(RelSet::of(rel)) && is_known_before(value) &&
         !eval::contains_volatile(catalog(), value) && value_fits(catalog(), key.type.oid, value.type.oid);
}

IndexKeyMatch QueryPlanner::key_match(const Expression& e, int rel, const catalog::IndexKey& key, const RelSet& outer) {
  if (const auto* call = std::get_if<query::Call>(&e.node);
      call != nullptr && call->operator_ != 0 && call->arguments.size() == 2) {
    for (int side = 0; side < 2; ++side) {
      const Expression& a = *call->arguments[static_cast<std::size_t>(side)];
      const Expression& b = *call->arguments[static_cast<std::size_t>(1 - side)];
      if (!is_index_key(a, rel, key)) continue;
      int strategy = ordering_strategy(catalog(), call->operator_, key.type.oid);
      if (side == 1) strategy = commute(strategy);
      if (strategy != 0 && serves_as_key(b, key, rel, outer) &&
          key_order_serves(catalog(), order_collation(key), call->input_collation, strategy))
        return {&b, strategy};
    }
  }
  if (const auto* list = std::get_if<query::ScalarArrayOp>(&e.node);
      list != nullptr && list->use_or && is_index_key(*list->argument, rel, key) &&
      ordering_strategy(catalog(), list->operator_, key.type.oid) == 3 &&
      key_order_serves(catalog(), order_collation(key), list->input_collation, 7)) {
    const RelSet used = planner::relations_of(*list->array);
    if (!used.subset_of(outer) || used.overlaps(RelSet::of(rel)) || !is_known_before(*list->array) ||
        eval::contains_volatile(catalog(), *list->array))
      return {};
    types::Oid element = catalog().element_type(list->array->type.oid);
    if (const auto* array = std::get_if<query::ArrayConstructor>(&list->array->node))
      element = array->element_type;
    if (catalog().base_type(element) == catalog().base_type(key.type.oid) ||
        value_fits(catalog(), key.type.oid, element))
      return {list->array.get(), 7};
  }
  if (const auto* test = std::get_if<query::Test>(&e.node);
      test != nullptr && (test->kind == query::TestKind::is_null || test->kind == query::TestKind::is_not_null) &&
      is_index_key(*test->argument, rel, key)) {
    // Of a row value the test asks its fields.
    const catalog::TypeInfo* type = catalog().type(catalog().base_type(key.type.oid));
    if (type != nullptr && type->kind != 'c' && type->oid != types::oid::record)
      return {nullptr, test->kind == query::TestKind::is_null ? kIsNull : kIsNotNull};
  }
  return {};
}

std::vector<OrderColumn> QueryPlanner::index_order(int rel, const catalog::IndexDescriptor& index) {
  std::vector<OrderColumn> order;
  for (const catalog::IndexKey& key : index.keys) {
    if (key.column < 0 || !in_column_order(catalog(), *relation(rel), key)) break;
    order.push_back({rel, key.column, key.descending, key.nulls_first});
  }
  // Entries that are equal in the index's own keys lie in the order of the table's.
  if (order.size() == index.keys.size() && index.method == catalog::kBtree && !index.unique && !index.is_clustered_key &&
      index.included.empty())
    for (const OrderColumn& column : key_order(rel))
      if (std::ranges::none_of(order, [&](const OrderColumn& other) { return other.column == column.column; })) order.push_back(column);
  return order;
}

// The columns of a table that the query reads; null: rows as a whole, or who knows what.
const std::vector<std::int32_t>* QueryPlanner::columns_read(int rel) {
  const auto known = columns_read_.find(rel);
  if (known != columns_read_.end()) return known->second ? &*known->second : nullptr;
  std::optional<std::vector<std::int32_t>>& columns = columns_read_[rel];
  if (!state_.options.enable_indexonlyscan) return nullptr;
  if (query_->command != query::CommandKind::select || !query_->row_locks.empty() || owner_of(rel) != rel || family(rel) != nullptr)
    return nullptr;
  std::set<std::int32_t> found;
  const auto look = [&](const Expression& e, int depth) {
    const auto* column = as_column(e);
    if (column != nullptr && column->levels_up == depth && column->range_table_index == rel) found.insert(column->column);
    return true;
  };
  visit(*query_, 0, look);
  const auto look_in = [&](auto& self, const FromItem& item) -> void {
    for (const ExpressionPtr& qual : item.quals)
      if (qual != nullptr) visit(*qual, 0, look);
    for (const ComputedOutputs& outputs : item.computes)
      for (const ExpressionPtr& value : outputs.values)
        if (value != nullptr) visit(*value, 0, look);
    for (const FromItemPtr& child : item.children)
      if (child != nullptr) self(self, *child);
  };
  if (root_ != nullptr) look_in(look_in, *root_);
  for (const Qual& qual : quals_)
    if (qual.expression != nullptr) visit(*qual.expression, 0, look);
  if (!found.empty() && *found.begin() < 0) return nullptr;
  columns.emplace(found.begin(), found.end());
  return &*columns;
}

Path* QueryPlanner::index_path(int rel, const catalog::IndexDescriptor* index,
                               const std::vector<const Qual*>& quals,
                               const std::vector<const Qual*>& join_quals, const RelSet& outer) {
  const RelSet self = RelSet::of(rel);
  std::vector<const Qual*> candidates = quals;
  candidates.insert(candidates.end(), join_quals.begin(), join_quals.end());
  auto match = [&](const Qual& qual, const catalog::IndexKey& key) -> KeyMatch {
    if (const Qual* compared = boolean_condition(qual, rel, key))
      return {key_match(*compared->expression, rel, key, outer), compared, &qual};
    return {key_match(*qual.expression, rel, key, outer), &qual};
  };

  Path path;
  path.kind = Path::Kind::scan;
  path.relations = self;
  path.range_table_index = rel;
  path.index = index == nullptr || index->is_clustered_key ? -1 : index->storage_index;
  path.index_descriptor = index;
  double fraction = 1;
  std::size_t keys_matched = 0;
  bool array_used = false;
  for (const catalog::IndexKey& key : index->keys) {
    KeyMatch best;
    for (const Qual* qual : candidates) {
      const KeyMatch m = match(*qual, key);
      if (m.strategy == 3) {
        best = m;
        break;
      }
      if (m.strategy == 7 && !array_used && (best.strategy == 0 || best.strategy == kIsNull)) best = m;
      // What lies under a hash has no nulls in a place of their own.
      if (m.strategy == kIsNull && best.strategy == 0 && index->method != catalog::kHash && keys_matched < kMostNullKeys) best = m;
    }
    if (best.strategy == 0) break;
    if (best.strategy == kIsNull) {
      path.null_keys |= std::uint64_t{1} << keys_matched;
      best.value = &own(make_constant(types::Datum(), key.type));
    }
    path.keys.push_back(best.value);
    path.index_quals.push_back(best.qual);
    if (best.original != nullptr) path.rephrased.push_back(best.original);
    fraction *= selectivity(*best.qual);
    path.outer |= planner::relations_of(*best.value);
    if (best.strategy == 7) {
      array_used = true;
      path.array_key = static_cast<int>(keys_matched);
    }
    // A value that equals something is not null.
    if (best.strategy != kIsNull)
      for (const Qual* qual : candidates)
        if (match(*qual, key).strategy == kIsNotNull) path.index_quals.push_back(qual);
    ++keys_matched;
  }
  path.equal_keys = keys_matched;
  const bool all_keys = keys_matched == index->keys.size();
  std::vector<const Qual*> cut;
  // What lies under a hash is in no order, and may be of another value.
  const bool hashed = index->method == catalog::kHash;
  if (!all_keys && !hashed) {
    const catalog::IndexKey& key = index->keys[keys_matched];
    KeyMatch lower, upper;
    for (const Qual* qual : candidates) {
      const KeyMatch m = match(*qual, key);
      if ((m.strategy == 1 || m.strategy == 2) && upper.strategy == 0) upper = m;
      if ((m.strategy == 4 || m.strategy == 5) && lower.strategy == 0) lower = m;
    }
    // A bound on this key and those behind it, as rows are compared, tells more than one on this alone.
    IndexRowMatch lower_row, upper_row;
    for (const Qual* qual : candidates) {
      IndexRowMatch row = row_match(*qual->expression, rel, *index, keys_matched, outer);
      if (row.values.empty()) continue;
      IndexRowMatch& known = row.is_lower() ? lower_row : upper_row;
      if (row.values.size() <= known.values.size()) continue;
      const Qual* decided = cut_row_comparison(*qual, row);
      // A null behind the first key is no match, though it may lie within the range.
      bool exact = row.whole;
      for (std::size_t i = 1; exact && i < row.values.size(); ++i) {
        const int column = index->keys[keys_matched + i].column;
        exact = column >= 0 && relation(rel)->columns[static_cast<std::size_t>(column)].not_null;
      }
      if (row.whole && !exact) path.asked_again.push_back(qual);
      if (!row.whole) cut.push_back(qual);
      (row.is_lower() ? lower : upper) = {{row.values.front(), row.inclusive() ? (row.is_lower() ? 4 : 2) : (row.is_lower() ? 5 : 1)}, decided};
      known = std::move(row);
    }
    if (lower_row.values.empty() && lower.strategy != 0) lower_row.values = {lower.value};
    if (upper_row.values.empty() && upper.strategy != 0) upper_row.values = {upper.value};
    const auto first_of_key = static_cast<std::ptrdiff_t>(path.index_quals.size());
    for (const auto* bound : {&lower, &upper}) {
      if (bound->strategy == 0) continue;
      const std::vector<const Expression*>& values = bound == &lower ? lower_row.values : upper_row.values;
      for (const Expression* value : values) {
        path.keys.push_back(value);
        path.outer |= planner::relations_of(*value);
      }
      path.index_quals.push_back(bound->qual);
    }
    for (const Qual* qual : candidates) {
      if (match(*qual, key).strategy != kIsNotNull) continue;
      const bool is_bounded = lower.strategy != 0 || upper.strategy != 0;
      // What all rows pass is no reason to read an index.
      if (!is_bounded && key.column >= 0 && relation(rel)->columns[static_cast<std::size_t>(key.column)].not_null) continue;
      path.index_quals.push_back(qual);
      if (is_bounded || path.next_not_null) continue;
      path.next_not_null = true;
      fraction *= selectivity(*qual);
    }
    // As the query has them.
    std::stable_sort(path.index_quals.begin() + first_of_key, path.index_quals.end(), [&](const Qual* a, const Qual* b) {
      return std::ranges::find(candidates, a) < std::ranges::find(candidates, b);
    });
    path.has_lower = lower.strategy != 0;
    path.lower_inclusive = lower.strategy == 4;
    path.lower_keys = std::max<std::size_t>(1, lower_row.values.size());
    path.has_upper = upper.strategy != 0;
    path.upper_inclusive = upper.strategy == 2;
    path.upper_keys = std::max<std::size_t>(1, upper_row.values.size());
    if (lower.strategy != 0 && upper.strategy != 0)
      fraction *= std::max(1e-6, selectivity(*lower.qual) + selectivity(*upper.qual) - 1 > 0
                                     ? selectivity(*lower.qual) + selectivity(*upper.qual) - 1
                                     : 0.005);
    else if (lower.strategy != 0)
      fraction *= selectivity(*lower.qual);
    else if (upper.strategy != 0)
      fraction *= selectivity(*upper.qual);
  }
  const bool clustered = index->is_clustered_key;
  path.access = path.keys.empty() && !path.next_not_null ? Access::full
                : all_keys && index->unique && index->immediate && !array_used && path.null_keys == 0 && !path.has_lower && !path.has_upper
                    ? Access::lookup
                    : Access::range;
  if (!implies_predicate(*index, rel, quals)) return nullptr;
  // A secondary index read as a whole is good for its order only.
  if (!hashed && !array_used) {
    path.ordering = index_order(rel, *index);
    for (std::size_t i = 0; i < std::min(path.equal_keys, path.ordering.size()); ++i) path.ordering[i].is_fixed = true;
  }
  // Filter by everything that the keys do not decide. (Keys of another integer type decide, too:
  // a value that does not fit finds no row.)
  for (const Qual* qual : quals)
    if (!path.decides(qual)) path.filter.push_back(qual);
  if (hashed) path.filter.insert(path.filter.begin(), path.index_quals.begin(), path.index_quals.end());

  const double rows = table_rows(rel), pages = table_pages(rel);
  const double within = path.access == Access::lookup ? 1 : std::max(1.0, rows * fraction);
  // What the keys have counted already counts once.
  std::vector<const Qual*> rest;
  for (const Qual* qual : path.filter)
    if (std::ranges::find(path.index_quals, qual) == path.index_quals.end() &&
        std::ranges::find(cut, qual) == cut.end())
      rest.push_back(qual);
  const double out = within * selectivity(rest);
  const double fetched = std::max(1.0, within * covered_fraction(*index, rel, path.index_quals));
  path.entries = fetched;
  path.rows = std::max(path.access == Access::lookup ? 1.0 : 1e-9, out);
  if (path.rows < 1) path.rows = 1;
  const double height = 1 + std::ceil(std::log2(std::max(2.0, rows)) / 7);
  const std::vector<std::int32_t>* read = clustered ? nullptr : columns_read(rel);
  if (read != nullptr && relation(rel)->storage != nullptr &&
      table::entries_hold(*relation(rel)->storage, index->storage_index, *read)) {
    constexpr double kEntryBytes = 36, kPageBytes = 8192 * 0.7;  // besides the keys; what is filled of a page
    double width = kEntryBytes;
    for (const catalog::IndexKey& key : index->keys)
      width += key.column >= 0 ? width_of(*make_column(rel, key.column, key.type)) : 16;
    for (const int column : index->included)
      width += width_of(*make_column(rel, column, relation(rel)->columns[static_cast<std::size_t>(column)].type));
    path.startup = height * 50 * cost::kOperator;
    path.total = path.startup + std::max(1.0, fetched * width / kPageBytes) * cost::kSequentialPage +
                 // Entries are read one by one, rows of the table's own tree a leaf at a time.
                 fetched * (cost::kIndexTuple + 2 * cost::kTuple + cost::kOperator * static_cast<double>(path.filter.size()));
    if (path.access == Access::lookup) path.total = path.startup + cost::kTuple;
  } else if (clustered) {
    path.startup = height * 50 * cost::kOperator;
    path.total = path.startup + std::max(1.0, pages * fetched / std::max(1.0, rows)) *
                                    (path.access == Access::full ? cost::kSequentialPage
                                                                 : cost::kSequentialPage) +
                 fetched * (cost::kTuple + cost::kOperator * static_cast<double>(path.filter.size()));
    if (path.access == Access::lookup) path.total = path.startup + cost::kTuple;
  } else {
    path.startup = height * 50 * cost::kOperator;
    // Each entry leads to a row of its own through the clustered tree, cached for the most part.
    path.total = path.startup + fetched * (cost::kIndexTuple + cost::kTuple + height * 0.05 +
                                           cost::kOperator * static_cast<double>(path.filter.size())) +
                 std::min(fetched, pages) * cost::kRandomPage * 0.25;
    if (path.access == Access::lookup) path.total = path.startup + 0.1 + cost::kTuple;
  }
  // A table of a few rows is read as soon as found in. (Rows to be changed are still looked up: nobody waits for the
  // others then.)
  constexpr double kFewRows = 64;
  if (path.access != Access::full && relation(rel)->rows >= 0 && rows <= kFewRows && query_->command == query::CommandKind::select &&
      query_->row_locks.empty())
    path.total += 2 * cost::kRandomPage;
  paths_.push_back(std::move(path));
  return &paths_.back();
}

// The order in which a table's own tree has its rows.
std::vector<OrderColumn> QueryPlanner::key_order(int rel) {
  std::vector<OrderColumn> order;
  const catalog::RelationDescriptor& descriptor = *relation(rel);
  if (const auto* primary = descriptor.primary_key(); primary != nullptr && primary->is_clustered_key)
    for (const catalog::IndexKey& key : primary->keys) {
      if (!in_column_order(catalog(), descriptor, key)) break;
      order.push_back({rel, key.column, key.descending, key.nulls_first});
    }
  return order;
}

std::vector<Path*> QueryPlanner::scan_paths(int rel, const std::vector<const Qual*>& quals,
                                            const std::vector<const Qual*>& join_quals,
                                            const RelSet& outer) {
  if (family(rel) != nullptr) return append_paths(rel, quals, join_quals, outer);
  std::vector<Path*> result;
  const RelationPtr descriptor = relation_ptr(rel);
  ask_inverted_indexes(rel, quals);
  if (join_quals.empty()) {
    Path path;
    path.kind = Path::Kind::scan;
    path.relations = RelSet::of(rel);
    path.range_table_index = rel;
    path.filter = quals;
    const double rows = table_rows(rel);
    double out = rows;
    out *= selectivity(quals);
    path.rows = std::max(1.0, std::round(out));
    path.total = table_pages(rel) * cost::kSequentialPage +
                 rows * (cost::kTuple + cost::kOperator * static_cast<double>(quals.size()));
    if (!state_.options.enable_seqscan) path.total += 1e10;
    for (const Qual* qual : quals) path.outer |= qual->relations - path.relations;
    path.ordering = key_order(rel);
    paths_.push_back(std::move(path));
    result.push_back(&paths_.back());
  }
  for (const catalog::IndexDescriptor& index : descriptor->indexes) {
    if (!index.valid || (!index.is_clustered_key && index.storage_index < 0)) continue;
    const bool hashed = index.method == catalog::kHash;
    if (index.method != catalog::kBtree && index.method != catalog::kBrin && !hashed) continue;
    Path* path = index_path(rel, &index, quals, join_quals, outer);
    if (path == nullptr || (hashed && path->access == Access::full)) continue;
    for (const Qual* qual : path->filter) path->outer |= qual->relations - path->relations;
    const bool uses_join = std::any_of(
        path->index_quals.begin(), path->index_quals.end(), [&](const Qual* q) {
          return std::find(join_quals.begin(), join_quals.end(), q) != join_quals.end();
        });
    if (!join_quals.empty() && !uses_join) continue;
    if (path->access == Access::full && index.is_clustered_key) continue;  // the scan above
    if (!state_.options.enable_indexscan) path->total += 1e10;
    result.push_back(path);
  }
  for (const catalog::IndexDescriptor& index : descriptor->indexes) {
    if (!index.valid || (!index.is_clustered_key && index.storage_index < 0) ||
        (index.method != catalog::kBtree && index.method != catalog::kBrin && index.method != catalog::kHash))
      continue;
    Path* path = alternatives_path(rel, index, quals, join_quals, outer);
    if (path == nullptr || (!join_quals.empty() && std::ranges::none_of(path->index_quals, [&](const Qual* q) {
          return std::ranges::find(join_quals, q) != join_quals.end();
        })))
      continue;
    for (const Qual* qual : path->filter) path->outer |= qual->relations - path->relations;
    if (!state_.options.enable_indexscan) path->total += 1e10;
    result.push_back(path);
  }
  // The next page of a result: what a range of the table's own tree begins with, reading all of it comes to late.
  if (query_->limit && state_.options.enable_indexscan &&
      std::ranges::any_of(result, [](const Path* path) {
        return path->access == Access::range && path->index_descriptor != nullptr && path->index_descriptor->is_clustered_key &&
               path->alternatives == 1 && path->array_key < 0;
      }))
    std::erase_if(result, [](const Path* path) { return path->access == Access::full && path->index_descriptor == nullptr; });
  for (Path* path : bitmap_paths(rel, quals, join_quals, outer, result)) result.push_back(path);
  if (Path* path = row_place_path(rel, quals, join_quals, outer)) result.push_back(path);
  if (join_quals.empty() && state_.options.enable_indexscan)
    if (Path* path = divided_path(rel, quals, result)) result.push_back(path);
  return result;
}

std::vector<Path*> QueryPlanner::leaf_paths(int rel, const std::vector<const Qual*>& all_quals) {
  RangeTableEntry& entry = query_->range_table[static_cast<std::size_t>(rel)];
  if (entry.kind == RangeTableEntry::Kind::relation) return scan_paths(rel, all_quals, {}, RelSet());
  std::vector<const Qual*> quals = all_quals;
  Path path;
  path.relations = RelSet::of(rel);
  path.range_table_index = rel;
  path.is_volatile = is_volatile_leaf(entry);
  switch (entry.kind) {
    case RangeTableEntry::Kind::subquery: {
      CHECK(entry.subquery != nullptr);
      path.kind = Path::Kind::subquery;
      push_into_subquery(rel, quals);
      path.subplanner = std::make_shared<QueryPlanner>(state_, this, std::move(entry.subquery));
      path.subplan = std::make_shared<PlanNodePtr>(path.subplanner->plan());
      for (const auto& [parameter, expression] : path.subplanner->outer_arguments())
        path.outer |= planner::relations_of(*expression);
      path.rows = (*path.subplan)->rows;
      path.startup = (*path.subplan)->startup_cost;
      path.total = (*path.subplan)->total_cost;
      path.ordering = path.subplanner->output_order(rel);
      break;
    }
    case RangeTableEntry::Kind::values:
      if (entry.columns.empty()) {
        path.kind = Path::Kind::single_row;
        path.total = cost::kTuple;
        break;
      }
      path.kind = Path::Kind::values;
      path.rows = static_cast<double>(entry.values.size());
      path.total = path.rows * cost::kOperator * 5;
      for (const auto& row : entry.values)
        for (const ExpressionPtr& e : row) path.outer |= planner::relations_of(*e);
      break;
    case RangeTableEntry::Kind::function: {
      path.kind = Path::Kind::function;
      path.rows = 1;
      for (const query::FunctionItem& item : entry.functions) {
        path.outer |= planner::relations_of(*item.call);
        if (const auto* call = std::get_if<query::Call>(&item.call->node);
            call != nullptr && call->returns_set) {
          const catalog::FunctionInfo* info = catalog().function(call->function);
          double rows = info != nullptr ? static_cast<double>(info->rows) : 1000;
          path.rows = std::max(path.rows, series_rows(*call, rows));
        }
      }
      path.total = path.rows * cost::kTuple;
      break;
    }
    case RangeTableEntry::Kind::cte: {
      CommonTableEntry* table = find_common_table(entry.cte_name, entry.cte_levels_up);
      CHECK(table != nullptr);
      path.kind = table->plan_index >= 0 ? Path::Kind::common_table : Path::Kind::work_table;
      path.rows = std::max(1.0, table->rows);
      path.total = path.rows * cost::kTuple;
      break;
    }
    default: CHECK(false);
  }
  path.filter = quals;
  for (const Qual* qual : quals) {
    path.rows *= selectivity(*qual);
    path.outer |= qual->relations - path.relations;
  }
  path.outer = path.outer - path.relations;
  path.rows = std::max(1.0, path.rows);
  paths_.push_back(std::move(path));
  return {&paths_.back()};
}

// generate_series() of constants tells how many.
double QueryPlanner::series_rows(const query::Call& call, double otherwise) {
  const catalog::FunctionInfo* info = catalog().function(call.function);
  if (info == nullptr || info->name != "generate_series" || call.arguments.size() < 2) return otherwise;
  double values[3] = {0, 0, 1};
  for (std::size_t i = 0; i < call.arguments.size() && i < 3; ++i) {
    const auto* constant = std::get_if<query::Constant>(&call.arguments[i]->node);
    if (constant == nullptr || constant->value.is_null) return otherwise;
    if (call.arguments[i]->type.oid == types::oid::int4)
      values[i] = constant->value.int32;
    else if (call.arguments[i]->type.oid == types::oid::int8)
      values[i] = static_cast<double>(constant->value.int64);
    else
      return otherwise;
  }
  if (values[2] == 0) return otherwise;
  return std::max(1.0, std::floor((values[1] - values[0]) / values[2]) + 1);
}

}  // namespace planner
