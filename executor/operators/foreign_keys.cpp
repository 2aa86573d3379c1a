#include "foreign_keys.h"

#include <algorithm>

#include "catalog/catalog_functions.h"
#include "catalog/collators.h"
#include "catalog/query_privileges.h"
#include "catalog/row_security.h"
#include "eval/collated.h"
#include "eval/compile.h"
#include "eval/program.h"
#include "operators/transition_tables.h"
#include "operators/deferred_checks.h"
#include "operators/triggers.h"
#include "planner/partition_routing.h"
#include "planner/planner.h"
#include "table/scan.h"
#include "transaction/newest_view.h"
#include "transaction/transaction.h"
#include "types/collator.h"
#include "types/sql_error.h"
#include "types/type_io.h"
#include "wal/check.h"

namespace operators {

using catalog::ForeignKey;
using catalog::ForeignKeyAction;
using types::Datum;
using types::SqlError;

namespace {

std::vector<Datum> values_of(std::span<const Datum> row, const std::vector<int>& columns,
                             const catalog::RelationDescriptor& relation, ExecutionState& state,
                             types::Arena& arena) {
  std::vector<Datum> values;
  for (const int c : columns) {
    const auto at = static_cast<std::size_t>(c);
    const types::PhysicalType type =
        eval::physical_type(*state.context.catalog, relation.columns[at].type.oid);
    values.push_back(types::copy_datum(arena, type, row[at]));
  }
  return values;
}

constexpr std::int32_t kRowKeyOnly[] = {table::kRowKey};

bool any_null(std::span<const Datum> values) {
  return std::any_of(values.begin(), values.end(), [](const Datum& d) { return d.is_null; });
}

}  // namespace

// A table that actions change: its rules, and its rows read in full.
struct ForeignKeys::Target {
  planner::RelationPtr relation;
  planner::WriteRules rules;
  std::unique_ptr<TableWriter> writer;
  types::Arena arena{4096};
  types::EvalContext context;
  std::vector<types::Vector> columns;   // of one row
  std::vector<std::int32_t> all_columns;  // of the table, then the row key
  std::vector<types::PhysicalType> types;
};

// Per column of the key a value of the rows' own type, or, where the types are others than integers and these do not go
// one to one, of the key's type, which what a row has is converted to.
struct ForeignKeys::Search {
  std::vector<Datum> values;
  std::vector<KeyConversion>* conversions = nullptr;  // null: all are of the rows' types
  std::vector<const types::TypeSupport*> key_types;   // with conversions

  bool is_converted(std::size_t i) const { return conversions != nullptr && !(*conversions)[i].is_one_to_one(); }
};

ForeignKeys::ForeignKeys(ExecutionState& state) : state_(state), arena_(1024) {
  row_key_.push_back(types::Vector::allocate(vector_arena_, types::PhysicalType::varlen, 1));
}
ForeignKeys::~ForeignKeys() = default;

void ForeignKeys::clear() {
  events_.clear();
  arena_.reset();
}

bool ForeignKeys::same_values(const catalog::RelationDescriptor& relation, std::span<const int> columns,
                              std::span<const Datum> before, std::span<const Datum> after) const {
  for (const int column : columns) {
    const auto at = static_cast<std::size_t>(column);
    if (before[at].is_null || after[at].is_null ||
        eval::type_support(*state_.context.catalog, relation.columns[at].type.oid).compare(before[at], after[at]) != 0)
      return false;
  }
  return true;
}

void ForeignKeys::check_references(const planner::RelationPtr& relation, std::span<const Datum> row,
                                   std::span<const Datum> before, types::Oid except) {
  for (const ForeignKey& key : relation->foreign_keys) {
    if (!relation->acts(key.enabled) || key.oid == except) continue;
    if (!before.empty() && same_values(*relation, key.columns, before, row)) continue;
    Event event{relation, &key, {}, values_of(row, key.columns, *relation, state_, arena_), true};
    const auto nulls = static_cast<std::size_t>(
        std::count_if(event.after.begin(), event.after.end(), [](const Datum& d) { return d.is_null; }));
    if (nulls == event.after.size()) continue;
    if (nulls > 0) {
      if (key.match != 'f') continue;
      throw SqlError("23503", "insert or update on table \"" + relation->name +
                                  "\" violates foreign key constraint \"" + key.name + "\"")
          .with_detail("MATCH FULL does not allow mixing of null and nonnull key values.")
          .on_table(relation->schema_name, relation->name)
          .on_constraint(key.name);
    }
    events_.push_back(std::move(event));
  }
}

void ForeignKeys::referenced_row_changed(const planner::RelationPtr& relation,
                                         std::span<const Datum> before,
                                         std::span<const Datum> after, Which which) {
  for (const ForeignKey& key : relation->referenced_by) {
    if (!relation->acts(key.enabled) || (which == Which::own && key.parent != 0)) continue;
    if (!after.empty() && same_values(*relation, key.referenced_columns, before, after)) continue;
    Event event{relation, &key, values_of(before, key.referenced_columns, *relation, state_, arena_),
                {}, false};
    if (any_null(event.before)) continue;
    if (!after.empty()) event.after = values_of(after, key.referenced_columns, *relation, state_, arena_);
    events_.push_back(std::move(event));
  }
}

void ForeignKeys::run() {
  for (auto& [key, referenced] : referenced_) referenced.locked = false;
  transaction::Transaction& transaction = *state_.context.transaction;
  struct End {
    transaction::View& view;
    ~End() { view = {}; }  // a view ends before its transaction, whatever happens
  } end{newest_};
  // What was written last must be visible to the checks.
  transaction::View view;
  const auto see_all = [&] {
    transaction.next_command();
    view = transaction.take_view();
    newest_ = transaction.isolation() == transaction::Isolation::read_committed
                  ? transaction::View()
                  : transaction::newest_view(transaction);
    acted_ = 0;
  };
  while (!events_.empty()) {
    see_all();
    std::deque<Event> events;
    std::swap(events, events_);
    for (Event& event : events) {
      state_.check();
      if (defer(event) || !refresh(event)) continue;
      // A row may refer by several keys: each of their actions takes it as the others have left it.
      if (acted_ != 0 && acted_ != event.key->oid) see_all();
      if (event.check)
        check(event, view);
      else
        act(event, view);
    }
  }
  arena_.reset();
}

void ForeignKeys::require_seen(const table::Table& table, const transaction::View& view,
                               std::string_view row_key) {
  types::Arena arena(256);
  if (newest_ && !table.fetch(view, row_key, {}, {}, 0, arena, scratch_)) TableWriter::raise_serialization(false);
}

bool ForeignKeys::defer(const Event& event) {
  const ForeignKey& key = *event.key;
  DeferredChecks* const deferred = state_.context.deferred;
  if (deferred == nullptr || !key.deferrable ||
      !deferred->is_deferred(key.oid, key.initially_deferred))
    return false;
  const ForeignKeyAction action = event.after.empty() ? key.on_delete : key.on_update;
  if (!event.check && action != ForeignKeyAction::no_action) return false;
  deferred->add(event, *state_.context.catalog);
  return true;
}

bool ForeignKeys::refresh(Event& event) {
  if (state_.context.deferred != nullptr) return true;  // of the statement that runs
  const planner::RelationPtr now = state_.context.catalog->relation(event.relation->oid);
  if (now == nullptr) return false;
  for (const ForeignKey& key : event.check ? now->foreign_keys : now->referenced_by) {
    if (key.oid != event.key->oid) continue;
    event.key = &key;
    event.relation = now;
    return true;
  }
  return false;
}

KeyPlace& ForeignKeys::place_of(const ForeignKey& key, const planner::RelationPtr& referencing) {
  Referenced& referenced = referenced_[key.oid];
  planner::RelationPtr now;
  if (auto* catalog = dynamic_cast<catalog::SessionCatalog*>(state_.context.catalog); catalog && !referenced.locked) {
    now = catalog->open_relation(key.referenced, catalog::RelationLock::row_share);
    referenced.locked = true;
  } else {
    now = state_.context.catalog->relation(key.referenced);
  }
  CHECK(now != nullptr);
  // Partitions come and go without a change of the table that they belong to.
  if (!referenced.place || referenced.place->table() != now || referenced.referencing != referencing) {
    referenced.place = std::make_unique<KeyPlace>(
        now, key.referenced_index, key.referenced_columns, *state_.context.catalog, state_.context.eval,
        key_conversions(*state_.context.catalog, key, *now, *referencing, key.columns, state_.context.eval));
    referenced.referencing = referencing;
  }
  return *referenced.place;
}

std::vector<KeyConversion>& ForeignKeys::conversions_of(const ForeignKey& key, const catalog::RelationDescriptor& referenced,
                                                        const catalog::RelationDescriptor& referencing,
                                                        std::span<const int> columns) {
  const auto types_of = [](const catalog::RelationDescriptor& relation, std::span<const int> list) {
    std::vector<types::Oid> types;
    for (const int column : list) types.push_back(relation.columns[static_cast<std::size_t>(column)].type.oid);
    return types;
  };
  std::vector<types::Oid> to = types_of(referenced, key.referenced_columns), from = types_of(referencing, columns);
  Conversions& known = conversions_[key.oid];
  if (known.columns.empty() || known.to != to || known.from != from)
    known = {std::move(to), std::move(from),
             key_conversions(*state_.context.catalog, key, referenced, referencing, columns, state_.context.eval)};
  return known.columns;
}

void ForeignKeys::check(const Event& event, const transaction::View& view) {
  const ForeignKey& key = *event.key;
  KeyPlace& keys = place_of(key, event.relation);
  const KeyPlace::Place* place = keys.find(event.after);
  bool found = false;
  if (place != nullptr) {
    const TableAccess access = state_.open_table(*place->relation);
    // A row that the statement sees and whose key nobody is changing does not wait for other changes.
    row_key_arena_.reset();
    row_key_[0].clear();
    const bool seen = access.table->lookup(view, place->storage_index, place->key, kRowKeyOnly, row_key_, 0,
                                           row_key_arena_, scratch_);
    if (seen)
      found = access.table->lock_row(view, std::string(row_key_[0].get<std::string_view>(0)),
                                     table::RowLockMode::key_share, table::LockWait::block,
                                     scratch_) == table::LockStatus::locked_same;
    // A snapshot's transaction may not refer to what it does not see. Partitions are found, and read,
    // as they are now.
    while (!found && (seen || !newest_ || keys.table()->partition_key)) {
      const std::optional<std::string> row =
          access.table->find_newest(view, place->storage_index, place->key, scratch_);
      if (!row) break;
      const table::LockStatus status = access.table->lock_row(
          view, *row, table::RowLockMode::key_share, table::LockWait::block, scratch_);
      if (status == table::LockStatus::deleted) continue;  // look again: it is gone or replaced
      found = true;
    }
    if (seen && !found && newest_) TableWriter::raise_serialization(false);
  }
  // A deferred check may come when the row that asked for it is gone or has changed.
  if (found || (state_.context.deferred == nullptr && !is_referring(event, view))) return;
  const catalog::RelationDescriptor& relation = *event.relation;
  throw SqlError("23503", "insert or update on table \"" + relation.name +
                              "\" violates foreign key constraint \"" + key.name + "\"")
      .with_detail("Key" + shown_key(relation, key.columns, event.after) +
                   " is not present in table \"" + keys.table()->name + "\".")
      .on_table(relation.schema_name, relation.name)
      .on_constraint(key.name);
}

// " (a)=(1)" of a message; nothing where the user may not see such rows.
std::string ForeignKeys::shown_key(const catalog::RelationDescriptor& relation, std::span<const int> columns,
                                   std::span<const Datum> values) const {
  if (auto* catalog = dynamic_cast<catalog::SessionCatalog*>(state_.context.catalog)) {
    if (catalog::row_security_of(*catalog, relation, catalog->user()) == catalog::RowSecurity::enabled) return {};
    const std::vector<int> list(columns.begin(), columns.end());
    if ((catalog::privileges_on(*catalog, catalog->user(), relation) & types::privilege::select) == 0 &&
        !catalog::may_use_columns(*catalog, catalog->user(), relation, types::privilege::select, list))
      return {};
  }
  return " " + describe_key(state_, relation, columns, values);
}

ForeignKeys::Target& ForeignKeys::target(types::Oid oid) {
  std::unique_ptr<Target>& target = targets_[oid];
  const planner::RelationPtr relation = state_.context.catalog->relation(oid);
  CHECK(relation != nullptr);
  if (!target || target->relation != relation) {
    target = std::make_unique<Target>();
    target->relation = relation;
    target->rules = planner::write_rules(relation, *state_.context.catalog);
    target->writer = std::make_unique<TableWriter>(target->rules, state_, 1);
    for (std::size_t i = 0; i < relation->columns.size(); ++i) {
      if (relation->columns[i].dropped) continue;
      target->all_columns.push_back(static_cast<std::int32_t>(i));
      target->types.push_back(target->rules.columns[i]);
    }
    target->all_columns.push_back(table::kRowKey);
    target->types.push_back(types::PhysicalType::varlen);
  }
  return *target;
}

namespace {

// Equal strings of that collation are equal bytes.
bool is_bytewise(catalog::CatalogView& catalog, types::Oid collation) {
  const types::Collator* collator = catalog::collator(catalog, collation);
  return collator == nullptr || collator->deterministic();
}

// Whether an index's key finds what is equal under the column's collation.
bool finds_equal(catalog::CatalogView& catalog, const catalog::IndexKey& key, types::Oid collation) {
  const types::Oid order = catalog::order_collation(key.operator_class, key.collation);
  return order == collation || (is_bytewise(catalog, order) && is_bytewise(catalog, collation));
}

}  // namespace

template <typename OnRow>
void ForeignKeys::for_rows_with(Target& target, const std::vector<int>& columns, const Search& search,
                                const transaction::View& view, OnRow on_row) {
  const catalog::RelationDescriptor& relation = *target.relation;
  const TableAccess access = state_.open_table(relation);
  // An index whose leading columns are the constraint's, but those that are converted, else the whole table.
  table::ScanRequest request;
  request.columns = target.all_columns;
  std::size_t searched = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) searched += search.is_converted(i) ? 0 : 1;
  for (const catalog::IndexDescriptor& index : relation.indexes) {
    if (!index.valid || index.predicate || index.keys.size() < searched || searched == 0) continue;
    std::vector<Datum> prefix;
    for (std::size_t i = 0; i < searched; ++i) {
      const auto place = std::find(columns.begin(), columns.end(), index.keys[i].column);
      if (place == columns.end() || search.is_converted(static_cast<std::size_t>(place - columns.begin())) ||
          !finds_equal(*state_.context.catalog, index.keys[i],
                                                 relation.columns[static_cast<std::size_t>(*place)].type.collation))
        break;
      prefix.push_back(search.values[static_cast<std::size_t>(place - columns.begin())]);
    }
    if (prefix.size() != searched) continue;
    request.index = index.is_clustered_key ? table::kClusteredIndex : index.storage_index;
    const table::TableSchema& schema = access.table->schema();
    request.range = table::make_range(schema, schema.index(request.index), prefix);
    break;
  }
  types::Arena vector_arena(16384), batch_arena(16384);
  std::vector<types::Vector> vectors = make_vectors(vector_arena, target.types, types::kBatchRows);
  table::Scan scan(*access.table, view, request);
  for (;;) {
    for (types::Vector& v : vectors) v.clear();
    batch_arena.reset();
    const std::uint32_t count = scan.next(vectors, types::kBatchRows, batch_arena);
    if (count == 0) return;
    state_.check();
    for (std::uint32_t r = 0; r < count; ++r) {
      bool matches = true;
      for (std::size_t c = 0; matches && c + 1 < target.all_columns.size(); ++c) {
        const auto place = std::find(columns.begin(), columns.end(), target.all_columns[c]);
        if (place == columns.end()) continue;
        const auto at = static_cast<std::size_t>(place - columns.begin());
        if (vectors[c].is_null(r)) {
          matches = false;
        } else if (search.is_converted(at)) {
          const std::optional<Datum> value = (*search.conversions)[at].find(vectors[c].datum(r), batch_arena);
          matches = value && search.key_types[at]->compare(*value, search.values[at]) == 0;
        } else {
          const types::TypeRef& type = relation.columns[static_cast<std::size_t>(*place)].type;
          const types::TypeSupport& support = is_bytewise(*state_.context.catalog, type.collation)
                                                  ? eval::type_support(*state_.context.catalog, type.oid)
                                                  : eval::collated_support(*state_.context.catalog, type);
          matches = support.compare(vectors[c].datum(r), search.values[at]) == 0;
        }
      }
      if (matches && !on_row(vectors, r)) return;
    }
  }
}

bool ForeignKeys::is_referring(const Event& event, const transaction::View& view) {
  bool found = false;
  Search search;
  search.values = event.after;
  for_rows_with(target(event.relation->oid), event.key->columns, search, view,
                [&](std::span<const types::Vector>, std::uint32_t) {
                  found = true;
                  return false;
                });
  return found;
}

namespace {

// Users' triggers on the table whose rows a foreign key's action changes, as if a statement did.
class ActionTriggers {
 public:
  ActionTriggers(ExecutionState& state, const catalog::RelationDescriptor& relation,
                 std::int16_t event, std::span<const int> updated, std::span<const types::PhysicalType> columns)
      : triggers_(state.context.triggers),
        event_{.relation = &relation, .event = event, .updated = updated} {
    using catalog::TriggerInfo;
    if (relation.triggers.empty()) return;
    const auto has = [&](int bits) {
      return has_triggers(relation, event, static_cast<std::int16_t>(bits));
    };
    before_row_ = has(TriggerInfo::kRow | TriggerInfo::kBefore);
    after_row_ = has(TriggerInfo::kRow);
    before_statement_ = has(TriggerInfo::kBefore);
    after_statement_ = has(0);
    if ((before_row_ || after_row_ || before_statement_ || after_statement_) && triggers_ == nullptr)
      throw types::SqlError::not_supported("triggers in this place");
    event_.transition = TransitionTables::make_if_wanted(state.context, relation, event, columns);
  }

  void start() {
    if (before_statement_) triggers_->statement(event_, true);
  }
  bool may_change_rows() const { return before_row_; }
  bool before_row(std::span<const Datum> old_row, std::span<Datum> new_row, types::Arena& arena) {
    return !before_row_ || triggers_->before_row(event_, old_row, new_row, arena);
  }
  // Both rows stay until finish().
  void changed(const std::vector<Datum>& old_row, const std::vector<Datum>& new_row) {
    if (after_row_) rows_.emplace_back(old_row, new_row);
    if (event_.transition) event_.transition->add(old_row, new_row);
  }
  void finish() {
    for (const auto& [old_row, new_row] : rows_) triggers_->after_row(event_, old_row, new_row);
    if (after_statement_) triggers_->statement(event_, false);
  }

 private:
  Triggers* triggers_;
  TriggerEvent event_;
  bool before_row_ = false, after_row_ = false, before_statement_ = false, after_statement_ = false;
  std::vector<std::pair<std::vector<Datum>, std::vector<Datum>>> rows_;
};

}  // namespace

bool ForeignKeys::is_there_again(const Event& event, const transaction::View& view) {
  const ForeignKey& key = *event.key;
  KeyPlace keys(event.relation, key.referenced_index, key.referenced_columns, *state_.context.catalog,
                state_.context.eval);
  const KeyPlace::Place* place = keys.find(event.before);
  if (place == nullptr) return false;
  const TableAccess access = state_.open_table(*place->relation);
  return access.table->find_newest(view, place->storage_index, place->key, scratch_).has_value();
}

void ForeignKeys::refuse(const Event& event, Target& target, const std::vector<int>& columns,
                         const catalog::RelationDescriptor& root, const transaction::View& view) {
  const ForeignKey& key = *event.key;
  Search search;
  if (!search_for(event, target, columns, search)) return;
  for_rows_with(target, columns, search, newest(view), [&](std::span<const types::Vector>, std::uint32_t) -> bool {
    const catalog::RelationDescriptor& relation = *event.relation;
    throw SqlError("23503", "update or delete on table \"" + relation.name +
                                "\" violates foreign key constraint \"" + key.name +
                                "\" on table \"" + root.name + "\"")
        .with_detail("Key" + shown_key(relation, key.referenced_columns, event.before) +
                     " is still referenced from table \"" + root.name + "\".")
        .on_table(root.schema_name, root.name)
        .on_constraint(key.name);
  });
}

bool ForeignKeys::search_for(const Event& event, const Target& target, const std::vector<int>& columns, Search& search) {
  search.values = event.before;
  search.conversions = &conversions_of(*event.key, *event.relation, *target.relation, columns);
  search.key_types.resize(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (search.is_converted(i)) {
      const auto at = static_cast<std::size_t>(event.key->referenced_columns[i]);
      search.key_types[i] = &eval::type_support(*state_.context.catalog, event.relation->columns[at].type.oid);
    } else if (const std::optional<Datum> value = (*search.conversions)[i].unfind(search.values[i])) {
      search.values[i] = *value;
    } else {
      return false;
    }
  }
  return true;
}

void ForeignKeys::act_by_statement(const Event& event, const catalog::RelationDescriptor& referencing) {
  const ForeignKey& key = *event.key;
  const auto quoted = [](const std::string& name) { return catalog::quote_identifier(name); };
  const auto type = [&](const catalog::RelationDescriptor& relation, int column) {
    return relation.columns[static_cast<std::size_t>(column)].type.oid;
  };
  const auto name = [&](int column) {
    return quoted(referencing.columns[static_cast<std::size_t>(column)].name);
  };
  const std::string table = std::string(referencing.partition_key ? "" : "ONLY ") + quoted(referencing.schema_name) + "." +
                            quoted(referencing.name);
  const bool deleted = event.after.empty();
  const ForeignKeyAction action = deleted ? key.on_delete : key.on_update;
  std::vector<types::Oid> types;
  std::vector<Datum> values;
  std::string set, where;
  if (action == ForeignKeyAction::cascade && !deleted) {
    for (std::size_t i = 0; i < key.columns.size(); ++i) {
      types.push_back(type(*event.relation, key.referenced_columns[i]));
      values.push_back(event.after[i]);
      set += (set.empty() ? "" : ", ") + name(key.columns[i]) + " = $" + std::to_string(types.size());
    }
  } else if (action != ForeignKeyAction::cascade) {
    const bool some = deleted && !key.delete_set_columns.empty();
    for (const int column : some ? key.delete_set_columns : key.columns)
      set += (set.empty() ? "" : ", ") + name(column) +
             (action == ForeignKeyAction::set_null ? " = NULL" : " = DEFAULT");
  }
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    types.push_back(type(*event.relation, key.referenced_columns[i]));
    values.push_back(event.before[i]);
    const catalog::OperatorInfo* equal = state_.context.catalog->operator_(key.equal_operators[i]);
    CHECK(equal != nullptr);
    where += (where.empty() ? "" : " AND ") + ("$" + std::to_string(types.size())) + " OPERATOR(" +
             quoted(std::string(state_.context.catalog->schema_name(equal->schema))) + "." + std::string(equal->name) + ") " +
             name(key.columns[i]);
  }
  if (state_.context.triggers == nullptr) throw SqlError::not_supported("foreign keys in this place");
  state_.context.triggers->run_action(
      set.empty() ? "DELETE FROM " + table + " WHERE " + where
                  : "UPDATE " + table + " SET " + set + " WHERE " + where,
      types, values, referencing.owner);
}

// The tables that hold the rows, with the places of those columns there.
std::vector<std::pair<types::Oid, std::vector<int>>> ForeignKeys::tables_of(const planner::RelationPtr& root,
                                                                         const std::vector<int>& columns) {
  if (!root->partition_key) return {{root->oid, columns}};
  std::vector<std::pair<types::Oid, std::vector<int>>> tables;
  const planner::PartitionRouting leaves(root, *state_.context.catalog, planner::PartitionRouting::From::target);
  for (std::size_t l = 0; l < leaves.leaves.size(); ++l) {
    tables.emplace_back(leaves.leaves[l]->oid, std::vector<int>());
    for (const int column : columns)
      tables.back().second.push_back(leaves.columns[l][static_cast<std::size_t>(column)]);
  }
  return tables;
}

void ForeignKeys::require_all_seen(const Event& event, const planner::RelationPtr& root,
                                   const transaction::View& view) {
  for (const auto& [oid, columns] : tables_of(root, event.key->columns)) {
    Target& leaf = target(oid);
    Search search;
    if (!search_for(event, leaf, columns, search)) continue;
    const TableAccess access = state_.open_table(*leaf.relation);
    for_rows_with(leaf, columns, search, newest_, [&](std::span<const types::Vector> vectors, std::uint32_t row) {
      require_seen(*access.table, view, vectors.back().get<std::string_view>(row));
      return true;
    });
  }
}

bool ForeignKeys::is_one_to_one(const Event& event, const catalog::RelationDescriptor& referencing) {
  // A statement sees to what values of the key may not become: too long, or none of a domain's.
  for (std::size_t i = 0; i < event.key->columns.size(); ++i) {
    const types::TypeRef& own = referencing.columns[static_cast<std::size_t>(event.key->columns[i])].type;
    const types::TypeRef& key = event.relation->columns[static_cast<std::size_t>(event.key->referenced_columns[i])].type;
    if (own.typmod >= 0 && own.typmod != key.typmod) return false;
    if (own.oid != key.oid && state_.context.catalog->base_type(own.oid) != own.oid) return false;
  }
  const std::vector<KeyConversion>& all = conversions_of(*event.key, *event.relation, referencing, event.key->columns);
  return std::all_of(all.begin(), all.end(), [](const KeyConversion& c) { return c.is_one_to_one(); });
}

// The rows that refer to a key that is gone: an error, or deleted or changed with it.
void ForeignKeys::act(const Event& event, const transaction::View& view) {
  const ForeignKey& key = *event.key;
  const bool deleted = event.after.empty();
  const ForeignKeyAction action = deleted ? key.on_delete : key.on_update;
  const bool may_refuse = action == ForeignKeyAction::no_action || action == ForeignKeyAction::restrict;
  // NO ACTION: the key may be there again, in another row.
  if (action == ForeignKeyAction::no_action && is_there_again(event, view)) return;
  if (const planner::RelationPtr root = state_.context.catalog->relation(key.referencing); 
      !may_refuse && (root->partition_key || root->partition_bound || !is_one_to_one(event, *root))) {
    acted_ = key.oid;
    if (newest_) require_all_seen(event, root, view);
    return act_by_statement(event, *root);
  } else if (root->partition_key) {
    for (const auto& [oid, columns] : tables_of(root, key.columns)) refuse(event, target(oid), columns, *root, view);
    return;
  }
  Target& target = this->target(key.referencing);
  const catalog::RelationDescriptor& referencing = *target.relation;
  if (may_refuse) return refuse(event, target, key.columns, referencing, view);
  TableAccess access = state_.open_table(referencing);
  const std::int16_t caused = deleted && action == ForeignKeyAction::cascade ? catalog::TriggerInfo::kDelete
                                                                              : catalog::TriggerInfo::kUpdate;
  ActionTriggers triggers(state_, referencing, caused, key.columns, target.rules.columns);

  Search search;
  if (!search_for(event, target, key.columns, search)) return;
  // The rows first: changing them while reading could meet them again.
  struct Row {
    std::string key;
    std::vector<Datum> values;  // every column
  };
  std::vector<Row> rows;
  types::Arena row_arena;
  for_rows_with(target, key.columns, search, newest(view), [&](std::span<const types::Vector> vectors,
                                                               std::uint32_t r) {
    Row row;
    row.values.resize(referencing.columns.size());
    for (std::size_t c = 0; c + 1 < target.all_columns.size(); ++c) {
      const auto at = static_cast<std::size_t>(target.all_columns[c]);
      row.values[at] = types::copy_datum(row_arena, target.rules.columns[at], vectors[c].datum(r));
    }
    row.key = std::string(vectors.back().get<std::string_view>(r));
    require_seen(*access.table, view, row.key);
    rows.push_back(std::move(row));
    return true;
  });
  triggers.start();

  if (!rows.empty()) acted_ = key.oid;
  bool kept = false;
  target.context = state_.eval_context();
  target.context.arena = &target.arena;
  target.writer->open(target.context);
  for (Row& row : rows) {
    target.arena.reset();
    const table::LockStatus locked = access.table->lock_row(
        view, row.key, table::RowLockMode::update, table::LockWait::block, scratch_);
    if (locked == table::LockStatus::deleted || locked == table::LockStatus::self_modified) continue;
    if (newest_ && locked == table::LockStatus::locked_newer) TableWriter::raise_serialization(false);
    if (action == ForeignKeyAction::cascade && deleted) {
      if (!triggers.before_row(row.values, {}, row_arena)) continue;
      if (access.table->remove(view, row.key, scratch_, true).ok()) {
        referenced_row_changed(target.relation, row.values, {});
        triggers.changed(row.values, {});
      }
      continue;
    }
    std::vector<Datum> after = row.values;
    std::vector<int> columns = key.columns;
    if (action == ForeignKeyAction::cascade) {
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto at = static_cast<std::size_t>(columns[i]);
        const std::optional<Datum> value = (*search.conversions)[i].unfind(event.after[i]);
        if (!value)
          throw SqlError("22003", target.rules.columns[at] == types::PhysicalType::int16
                                      ? "smallint out of range"
                                      : "integer out of range");
        after[at] = *value;
      }
    } else {
      if (deleted && !key.delete_set_columns.empty()) columns = key.delete_set_columns;
      for (const int c : columns) {
        Datum& value = after[static_cast<std::size_t>(c)];
        value = Datum::null();
        const catalog::Column& column = referencing.columns[static_cast<std::size_t>(c)];
        if (action == ForeignKeyAction::set_default && column.default_) {
          const eval::Program program =
              planner::compile_expression(*column.default_, *state_.context.catalog);
          eval::Evaluator evaluator(program, 1);
          evaluator.bind(state_.environment, target.context);
          value = types::copy_datum(row_arena, target.rules.columns[static_cast<std::size_t>(c)],
                                    evaluator.value(0));
        }
      }
    }
    if (!triggers.before_row(row.values, after, row_arena)) continue;
    std::vector<types::Vector> vectors;
    for (std::size_t c = 0; c < after.size(); ++c) {
      vectors.push_back(types::Vector::constant(target.arena, target.rules.columns[c], after[c]));
      if (after[c].is_null) vectors.back().set_null(0);
    }
    target.writer->complete(vectors, {nullptr, 1}, TableWriter::Fate::updated);
    std::vector<table::ColumnValue> changes;
    if (triggers.may_change_rows()) {
      columns.clear();
      for (std::size_t c = 0; c < after.size(); ++c)
        if (!referencing.columns[c].dropped) columns.push_back(static_cast<int>(c));
    } else {
      columns.insert(columns.end(), target.rules.generated.begin(), target.rules.generated.end());
    }
    for (std::size_t c = 0; c < after.size(); ++c)
      after[c] = vectors[c].is_null(0)
                     ? Datum::null()
                     : types::copy_datum(row_arena, target.rules.columns[c], vectors[c].datum(0));
    for (const int c : columns)
      changes.push_back({static_cast<table::ColumnNumber>(c), after[static_cast<std::size_t>(c)]});
    const table::Outcome outcome = access.table->update(view, row.key, changes, scratch_, true);
    if (outcome.status == table::DmlStatus::unique_violation)
      target.writer->raise_duplicate(outcome, vectors, 0);
    if (!outcome.ok()) continue;
    // What this key became by its own action needs no look, unless it is a default or a trigger's.
    const bool own = action == ForeignKeyAction::set_default || triggers.may_change_rows() || !key.delete_set_columns.empty();
    check_references(target.relation, after, row.values, own ? 0 : key.oid);
    kept = kept || (action == ForeignKeyAction::set_default && same_values(referencing, key.columns, row.values, after));
    referenced_row_changed(target.relation, row.values, after);
    triggers.changed(row.values, after);
  }
  triggers.finish();
  // The default is the very key that is gone.
  if (kept && !is_there_again(event, view)) refuse(event, target, key.columns, referencing, view);
}

}  // namespace operators
