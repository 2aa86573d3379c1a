// What conditions say about the keys of partitioned tables, at every level of a hierarchy.
#include <algorithm>

#include "family.h"
#include "fold_constants.h"
#include "operator_strategy.h"
#include "outside.h"
#include "planner/partition_pruning.h"
#include "planner/partition_routing.h"
#include "query_planner.h"
#include "types/integer_conversion.h"

namespace planner {
namespace {

// The key column in terms of the table's columns (range table entry 0).
ExpressionPtr key_expression_of(const catalog::PartitionKeyColumn& key) {
  return key.column >= 0 ? make_column(0, key.column, key.type) : query::clone(*key.expression);
}

// HASH: the hash of a key column, whose value stands in column `column` of a batch.
ExpressionPtr hash_of_column(const PartitionTable& table, std::size_t key, int column) {
  ExpressionPtr hash = query::clone(*table.keys()[key]);
  const catalog::PartitionKeyColumn& of = table.table().partition_key->columns[key];
  ExpressionPtr* value = &std::get<query::Call>(hash->node).arguments[0];
  if (auto* relabel = std::get_if<query::Relabel>(&(*value)->node); relabel != nullptr && (*value)->type.oid != of.type.oid)
    value = &relabel->argument;
  *value = make_column(0, column, of.type);
  return hash;
}

// Whether an expression over a family's entry is that key, which is over the same.
bool same_partition_key(const Expression& e, const Expression& key) {
  const Expression& plain = strip_relabel(e);
  if (const auto* wanted = as_column(key)) {
    const auto* column = as_column(plain);
    return column != nullptr && column->levels_up == 0 && column->range_table_index == wanted->range_table_index &&
           column->column == wanted->column;
  }
  return query::equal(plain, key);
}

bool is_text_key(types::Oid type) { return type == types::oid::text || type == types::oid::varchar; }

// The conditions on the keys of one partitioned table.
class ConditionReader {
 public:
  ConditionReader(catalog::CatalogView& catalog, const PartitionTable& table, std::vector<ExpressionPtr> keys,
                  std::vector<const Expression*>& values)
      : catalog_(catalog), table_(table), keys_(std::move(keys)), values_(values) {}

  // `usable`: which relations' values are known when the table is read.
  void add(const Expression& condition, const RelSet& self, const RelSet& usable, PruningCondition& all) {
    self_ = &self;
    usable_ = &usable;
    std::optional<PruningCondition> read = this->read(condition);
    if (!read) return;
    if (read->kind == PruningKind::all)
      for (PruningCondition& part : read->parts) all.parts.push_back(std::move(part));
    else
      all.parts.push_back(std::move(*read));
  }

  // Constants that this made, for whoever keeps expressions.
  std::vector<ExpressionPtr> made;

 private:
  const catalog::PartitionKeyColumn& key(std::size_t i) const { return table_.table().partition_key->columns[i]; }

  std::optional<std::size_t> find_key(const Expression& e) const {
    for (std::size_t i = 0; i < keys_.size(); ++i)
      if (keys_[i] != nullptr && same_partition_key(e, *keys_[i])) return i;
    return std::nullopt;
  }

  bool is_usable(const Expression& value) const {
    const RelSet used = planner::relations_of(value);
    return used.subset_of(*usable_) && !used.overlaps(*self_) && !contains_subquery(value) &&
           !eval::contains_volatile(catalog_, value);
  }

  // Whether a value of the type, or an element of it, can be compared with bounds.
  bool comparable(std::size_t k, types::Oid type, PruningCondition& condition) const {
    const types::Oid own = catalog_.base_type(key(k).type.oid);
    type = catalog_.base_type(type);
    condition.to = condition.from = eval::physical_type(catalog_, own);
    if (own == type || (is_text_key(own) && is_text_key(type))) return true;
    if (!types::is_integer(own) || !types::is_integer(type)) return false;
    condition.from = eval::physical_type(catalog_, type);
    return true;
  }

  std::size_t value_number(const Expression& value) {
    for (std::size_t i = 0; i < values_.size(); ++i)
      if (values_[i] == &value) return i;
    values_.push_back(&value);
    return values_.size() - 1;
  }

  // By btree's numbers or kNotEqual; 0: tells nothing.
  int strategy_of(types::Oid op, std::size_t k, types::Oid collation, bool swapped) const {
    int strategy = ordering_strategy(catalog_, op, key(k).type.oid);
    if (strategy == 0) {
      const catalog::OperatorInfo* info = catalog_.operator_(op);
      if (info == nullptr || info->negator == 0 || ordering_strategy(catalog_, info->negator, key(k).type.oid) != 3) return 0;
      return key_order_serves(catalog_, key(k).collation, collation, 3) ? PruningCondition::kNotEqual : 0;
    }
    if (swapped) strategy = 6 - strategy;
    return key_order_serves(catalog_, key(k).collation, collation, strategy) ? strategy : 0;
  }

  std::optional<PruningCondition> compare(std::size_t k, int strategy, const Expression& value) {
    PruningCondition condition;
    condition.kind = PruningKind::compare;
    condition.key = k;
    condition.strategy = strategy;
    const Expression& plain = strip_relabel(value);
    const Expression& used = std::holds_alternative<query::Constant>(plain.node) ? plain : value;
    if (!is_usable(used) || !comparable(k, used.type.oid, condition)) return std::nullopt;
    condition.value = value_number(used);
    return condition;
  }

  std::optional<PruningCondition> boolean(const Expression& e, bool wanted) {
    if (e.type.oid != types::oid::bool_) return std::nullopt;
    const std::optional<std::size_t> k = find_key(e);
    if (!k || ordering_strategy(catalog_, catalog_.ordering_operators(types::oid::bool_).equal, key(*k).type.oid) != 3)
      return std::nullopt;
    made.push_back(make_constant(types::Datum::of(wanted), {types::oid::bool_}));
    return compare(*k, 3, *made.back());
  }

  std::optional<PruningCondition> read(const Expression& e) {
    if (const auto* b = std::get_if<query::BooleanExpression>(&e.node)) {
      if (b->op == query::BooleanOp::not_) return boolean(*b->arguments[0], false);
      PruningCondition both;
      both.kind = b->op == query::BooleanOp::and_ ? PruningKind::all : PruningKind::any;
      for (const ExpressionPtr& argument : b->arguments) {
        std::optional<PruningCondition> part = read(*argument);
        if (!part && both.kind == PruningKind::any) return std::nullopt;
        if (!part) continue;
        if (part->kind == both.kind)
          for (PruningCondition& inner : part->parts) both.parts.push_back(std::move(inner));
        else
          both.parts.push_back(std::move(*part));
      }
      if (both.parts.empty() && both.kind == PruningKind::all) return std::nullopt;
      return both;
    }
    if (const auto* constant = std::get_if<query::Constant>(&e.node)) {
      if (e.type.oid != types::oid::bool_ || (!constant->value.is_null && constant->value.boolean)) return std::nullopt;
      PruningCondition never;
      never.kind = PruningKind::any;
      return never;
    }
    if (const auto* test = std::get_if<query::Test>(&e.node)) {
      if (test->kind == query::TestKind::is_true) return boolean(*test->argument, true);
      if (test->kind == query::TestKind::is_false) return boolean(*test->argument, false);
      if (test->kind != query::TestKind::is_null && test->kind != query::TestKind::is_not_null) return std::nullopt;
      const std::optional<std::size_t> k = find_key(*test->argument);
      if (!k) return std::nullopt;
      PruningCondition condition;
      condition.kind = test->kind == query::TestKind::is_null ? PruningKind::is_null : PruningKind::is_not_null;
      condition.key = *k;
      return condition;
    }
    if (const auto* call = std::get_if<query::Call>(&e.node);
        call != nullptr && call->operator_ != 0 && call->arguments.size() == 2) {
      for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
        const std::optional<std::size_t> k = find_key(*call->arguments[side]);
        if (!k) continue;
        if (const int strategy = strategy_of(call->operator_, *k, call->input_collation, side == 1); strategy != 0)
          if (auto condition = compare(*k, strategy, *call->arguments[1 - side])) return condition;
      }
      return boolean(e, true);
    }
    if (const auto* list = std::get_if<query::ScalarArrayOp>(&e.node)) return read_list(*list);
    return boolean(e, true);
  }

  // key = ANY (..), key <> ALL (..).
  std::optional<PruningCondition> read_list(const query::ScalarArrayOp& list) {
    const std::optional<std::size_t> k = find_key(*list.argument);
    if (!k) return std::nullopt;
    const int strategy = strategy_of(list.operator_, *k, list.input_collation, false);
    if (strategy != (list.use_or ? 3 : PruningCondition::kNotEqual)) return std::nullopt;
    if (const auto* array = std::get_if<query::ArrayConstructor>(&list.array->node)) {
      PruningCondition each;
      each.kind = list.use_or ? PruningKind::any : PruningKind::all;
      for (const ExpressionPtr& element : array->elements) {
        auto one = compare(*k, strategy, *element);
        if (!one && list.use_or) return std::nullopt;
        if (one) each.parts.push_back(std::move(*one));
      }
      return each.parts.empty() ? std::nullopt : std::optional(std::move(each));
    }
    PruningCondition any;
    any.kind = PruningKind::any_element;
    any.key = *k;
    if (!list.use_or || !is_usable(*list.array) || !comparable(*k, catalog_.element_type(list.array->type.oid), any))
      return std::nullopt;
    any.value = value_number(*list.array);
    return any;
  }

  catalog::CatalogView& catalog_;
  const PartitionTable& table_;
  std::vector<ExpressionPtr> keys_;  // null: a column that the family does not have
  std::vector<const Expression*>& values_;
  const RelSet* self_ = nullptr;
  const RelSet* usable_ = nullptr;
};

}  // namespace

eval::Program compile_key_hashes(const PartitionTable& table, catalog::CatalogView& catalog) {
  std::vector<ExpressionPtr> hashes;
  for (std::size_t i = 0; i < table.keys().size(); ++i) hashes.push_back(hash_of_column(table, i, static_cast<int>(i)));
  return compile_row_expressions(hashes, catalog);
}

std::vector<bool> QueryPlanner::prune(int rel, const std::vector<const Qual*>& quals,
                                      const std::vector<const Qual*>& join_quals, const RelSet& outer, Path& path) {
  Family& all = *family(rel);
  std::vector<bool> survives(all.members.size(), true);
  if (all.levels.empty() || (quals.empty() && join_quals.empty())) return survives;
  auto pruning = std::make_shared<PartitionPruning>();
  std::vector<const Expression*> values;
  const RelSet self = RelSet::of(rel);
  bool says_something = false;
  for (const Family::Level& level : all.levels) {
    PartitionPruning::Level& made = pruning->levels.emplace_back();
    made.table = level.table;
    made.above = level.above;
    made.place = static_cast<std::size_t>(std::max(0, level.place));
    const auto& columns = level.table->table().partition_key->columns;
    std::vector<ExpressionPtr> keys;
    for (const catalog::PartitionKeyColumn& column : columns) {
      ExpressionPtr key = key_expression_of(column);
      bool known = true;
      // By name: in terms of the family's entry.
      rewrite(key, 0, [&](ExpressionPtr& e, int depth) {
        auto* reference = std::get_if<query::ColumnReference>(&e->node);
        if (reference == nullptr || reference->levels_up != depth) return false;
        if (reference->column >= 0)
          reference->column = all.parent->column_index(
              level.table->table().columns[static_cast<std::size_t>(reference->column)].name);
        known = known && reference->column >= 0;
        return true;
      });
      keys.push_back(known ? as_in_query(catalog(), state_.options.function_bodies, *key, rel) : nullptr);
    }
    ConditionReader reader(catalog(), *level.table, std::move(keys), values);
    for (const Qual* qual : quals)
      if (!qual->is_volatile) reader.add(*qual->expression, self, qual->relations | outer, made.condition);
    for (const Qual* qual : join_quals)
      if (!qual->is_volatile) reader.add(*qual->expression, self, outer, made.condition);
    for (ExpressionPtr& constant : reader.made) expressions_.push_back(std::move(constant));
    if (made.condition.parts.empty()) continue;
    says_something = true;
    if (level.table->strategy() != query::PartitionStrategy::hash) continue;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      made.key_types.push_back(eval::physical_type(catalog(), columns[i].type.oid));
      made.hashes_ask = made.hashes_ask || std::get<query::Call>(level.table->keys()[i]->node).function >= types::kFirstNormalOid;
    }
    made.hashes = compile_key_hashes(*level.table, catalog());
  }
  if (!says_something) return survives;
  std::vector<std::optional<types::Datum>> known(values.size());
  bool later = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto* constant = std::get_if<query::Constant>(&values[i]->node);
    if (constant != nullptr) known[i] = constant->value;
    later = later || constant == nullptr;
    pruning->from_start.push_back(planner::relations_of(*values[i]).empty() && !reads_outside(*values[i]));
    pruning->any_later = pruning->any_later || !pruning->from_start.back();
  }
  for (const PartitionPruning::Level& level : pruning->levels) later = later || level.hashes_ask;
  for (const Member& member : all.members)
    pruning->children.push_back({member.level, static_cast<std::size_t>(std::max(0, member.place))});
  static const types::FormatSettings kFormat;
  types::Arena arena(1024);
  types::EvalContext context;
  context.arena = &arena;
  context.format = &kFormat;
  PartitionPruner(*pruning).decide(known, context, false, survives);
  if (later) {
    path.pruning = std::move(pruning);
    path.pruning_values = std::move(values);
  }
  return survives;
}

}  // namespace planner
