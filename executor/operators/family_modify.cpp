// Rows of several tables: each goes to the operator of the table that has it, or is to have it.
#include "family_modify.h"

#include <algorithm>

#include "execution_state.h"
#include "foreign_keys.h"
#include "modify_table.h"
#include "operators/partition_probe.h"
#include "planner/family_modify.h"
#include "operators/row_details.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

namespace {

using planner::FamilyModifyNode;
using types::SqlError;

class FamilyModify final : public Operator, public RowChange {
 public:
  FamilyModify(const FamilyModifyNode& node, ExecutionState& state)
      : Operator(node, state),
        modify_(node),
        values_(node.values, node.batch_rows),
        arena_(1024),
        targets_(node.targets.size()),
        away_(node.targets.size()),
        arrivals_(node.arrivals.size()),
        table_columns_(node.rules.columns.size()) {
    if (node.routing) {
      router_.emplace(*node.routing, node.batch_rows);
      probe_.emplace(*node.routing, node.rules.columns);
    }
    for (const types::PhysicalType type : node.rules.columns) {
      nulls_.push_back(types::Vector::constant(arena_, type, types::Datum::null()));
      nulls_.back().set_null(0);
    }
    row_.resize(table_columns_);
    raw_.resize(node.raw_columns.size());
  }

  void close() override {
    Operator::close();
    for (auto* list : {&targets_, &away_, &arrivals_})
      for (Slot& slot : *list)
        if (slot.op) slot.op->close();
    for (auto* tables : {&transition_, &conflict_transition_, &moved_away_, &moved_in_}) tables->reset();
    statement_ = {};
  }

  // RowChange.
  void open_rows(const Transitions& transitions) override {
    open_parts();
    transition_ = transitions.changed;
    moved_away_ = transitions.deleted;
    moved_in_ = transitions.inserted;
  }
  void close_rows() override { close(); }

  Outcome change_row(types::Batch& one, bool locked) override {
    input_ = one;
    batch_arena().reset();
    values_arena_.reset();
    const std::uint16_t row = 0;
    groups_.clear();
    next_group_ = 0;
    if (modify_.command == query::CommandKind::insert) {
      route_input();
      return {table::DmlStatus::ok, !run_group().rows.empty()};
    }
    groups_.push_back({target_of(0), {row}});
    at_ = groups_[0].first;
    const planner::ModifyNode& node = *modify_.targets[at_].node;
    ModifyTable& op = use(targets_, at_, node, modify_.targets[at_].columns);
    op.run_alone(locked);
    if (!locked && node.rules.row_security) check_existing(op, node);
    const Result result = run_group();
    if (op.status() != table::DmlStatus::ok) return {op.status(), false};
    if (next_move_ < moves_.size()) return {table::DmlStatus::ok, !run_move(moves_[next_move_++]).rows.empty()};
    return {table::DmlStatus::ok, !result.rows.empty()};
  }

  Newest lock_newest(std::span<types::Vector> one, types::Arena& arena) override {
    const planner::ModifyNode& node = *modify_.targets[at_].node;
    TableWriter& writer = use(targets_, at_, node, modify_.targets[at_].columns).writer();
    NewestRow newest(node, node.rules.columns, arena);
    types::Vector& key = one[static_cast<std::size_t>(node.row_key_column)];
    std::string moved;
    switch (writer.table().lock_row(writer.view(), std::string(key.get<std::string_view>(0)),
                                    table::RowLockMode::update, table::LockWait::block, writer.scratch(),
                                    newest.columns, newest.values, &arena, &moved)) {
      case table::LockStatus::deleted:
        if (writer.repeatable_read()) TableWriter::raise_serialization(true);
        return Newest::gone;
      case table::LockStatus::self_modified: return Newest::own;
      case table::LockStatus::locked_same: return Newest::same;
      case table::LockStatus::locked_newer:
        if (writer.repeatable_read()) TableWriter::raise_serialization(false);
        break;
      case table::LockStatus::skipped:
      case table::LockStatus::not_available: CHECK(false);
    }
    newest.put_into(one);
    if (!moved.empty())
      key = types::Vector::constant(arena, types::PhysicalType::varlen,
                                    types::copy_datum(arena, types::PhysicalType::varlen,
                                                      types::Datum::of(std::string_view(moved))));
    return Newest::other;
  }

 protected:
  void do_open() override {
    open_parts();
    std::vector<TriggerEvent> caused = events();
    const std::size_t count = caused.size();
    statement_.open(state(), std::move(caused), modify_.rules.columns);
    if (count > 0) moved_away_ = moved_in_ = transition_ = statement_.transition(0);
    if (count > 1) conflict_transition_ = statement_.transition(1);
    child().open();
  }

  void open_parts() {
    values_context_ = state().eval_context();
    values_context_.arena = &values_arena_;
    values_.bind(environment(), values_context_);
    if (router_) router_->bind(environment(), values_context_);
    if (probe_) probe_->bind(environment(), values_context_);
    for (auto* list : {&targets_, &away_, &arrivals_})
      for (Slot& slot : *list) slot.open = false;
    for (auto* tables : {&transition_, &conflict_transition_, &moved_away_, &moved_in_}) tables->reset();
    groups_.clear();
    moves_.clear();
    next_group_ = next_move_ = 0;
  }

  bool produce(types::Batch& raw) override {
    for (;;) {
      // One operator at a time: what it did is handed out before it does more.
      while (next_move_ < moves_.size() || next_group_ < groups_.size()) {
        const Result result = next_move_ < moves_.size() ? run_move(moves_[next_move_++]) : run_group();
        if (modify_.set_tag) state().rows_affected += result.rows.size();
        if (!modify_.returning || result.rows.empty()) continue;
        lend(result, raw);
        return true;
      }
      if (!modify_.returning) {
        state().check();
        batch_arena().reset();
      }
      groups_.clear();
      next_group_ = 0;
      if (!child().next(input_)) {
        statement_.finish(state());
        return false;
      }
      values_arena_.reset();
      if (modify_.command == query::CommandKind::insert)
        route_input();
      else
        for (std::uint32_t i = 0; i < input_.rows.count; ++i)
          group(target_of(input_.rows[i])).push_back(static_cast<std::uint16_t>(input_.rows[i]));
    }
  }

 private:
  struct Slot {
    std::unique_ptr<ModifyTable> op;
    bool open = false;
  };
  struct Result {
    ModifyTable* op = nullptr;
    const std::vector<int>* columns = nullptr;
    types::Oid table = 0;
    std::span<const std::uint16_t> rows;
  };
  struct Move {
    std::size_t from;
    ModifyTable::Moved row;
  };

  std::vector<TriggerEvent> events() const {
    using catalog::TriggerInfo;
    const catalog::RelationDescriptor& relation = *modify_.relation;
    if (relation.triggers.empty()) return {};
    std::vector<TriggerEvent> events{{.relation = &relation,
                                      .event = modify_.command == query::CommandKind::insert   ? TriggerInfo::kInsert
                                               : modify_.command == query::CommandKind::update ? TriggerInfo::kUpdate
                                                                                               : TriggerInfo::kDelete,
                                      .updated = modify_.set_columns}};
    if (modify_.updates_on_conflict)
      events.push_back({.relation = &relation, .event = TriggerInfo::kUpdate, .updated = modify_.conflict_columns});
    return events;
  }

  std::vector<std::uint16_t>& group(std::size_t target) {
    for (auto& [t, rows] : groups_)
      if (t == target) return rows;
    return groups_.emplace_back(target, std::vector<std::uint16_t>()).second;
  }

  // `columns`: where its rows have those of the named table.
  ModifyTable& use(std::vector<Slot>& slots, std::size_t at, const planner::ModifyNode& node,
                   const std::vector<int>& columns) {
    Slot& slot = slots[at];
    if (!slot.op)
      slot.op.reset(static_cast<ModifyTable*>(make_modify(node, state()).release()));
    if (!slot.open) {
      slot.op->be_member(probe_ && &slots != &away_ ? &*probe_ : nullptr);
      slot.op->writer().report_as(*modify_.relation, columns, modify_.set_columns);
      // A row that moves is updated as a whole: neither deleted nor inserted.
      if (&slots == &targets_) slot.op->capture({transition_, &columns}, {conflict_transition_, &columns});
      slot.op->open();
      slot.open = true;
    }
    return *slot.op;
  }

  // The row as it was must meet what row security asks of rows that are changed.
  void check_existing(ModifyTable& op, const planner::ModifyNode& node) {
    std::vector<types::Vector> old;
    for (std::size_t c = 0; c < node.old_columns.size(); ++c) {
      const int at = node.old_columns[c];
      old.push_back(at >= 0 ? input_.columns[static_cast<std::size_t>(at)]
                            : types::Vector::constant(batch_arena(), node.rules.columns[c], types::Datum::null()));
      if (at < 0) old.back().set_null(0);
    }
    op.writer().check_policies(old, {nullptr, 1},
                               node.command == query::CommandKind::delete_ ? TableWriter::Fate::deleting
                                                                           : TableWriter::Fate::changing);
  }

  void route_input() {
    for (std::size_t i = 0; i < table_columns_; ++i) row_[i] = values_.evaluate(i, input_);
    if (!router_) {
      for (std::uint32_t i = 0; i < input_.rows.count; ++i)
        group(0).push_back(static_cast<std::uint16_t>(input_.rows[i]));
      return;
    }
    router_->start({row_, input_.rows});
    for (std::uint32_t i = 0; i < input_.rows.count; ++i)
      group(leaf_of(row_, input_.rows[i])).push_back(static_cast<std::uint16_t>(input_.rows[i]));
  }

  Result run_group() {
    const auto& [at, rows] = groups_[next_group_++];
    const FamilyModifyNode::Target& target = modify_.targets[at];
    ModifyTable& op = use(targets_, at, *target.node, target.columns);
    types::Batch batch{modify_.command == query::CommandKind::insert ? std::span(row_) : std::span(input_.columns),
                       {rows.data(), static_cast<std::uint32_t>(rows.size())}};
    const Result result{&op, &target.columns, modify_.target_tables[at], op.run(batch)};
    moves_.clear();
    next_move_ = 0;
    for (ModifyTable::Moved& moved : op.moved()) moves_.push_back({at, std::move(moved)});
    return result;
  }

  // A row leaves one partition for another: to foreign keys that is an update of the table that was
  // named, to triggers a DELETE and an INSERT.
  Result run_move(Move& move) {
    const FamilyModifyNode::Target& from = modify_.targets[move.from];
    if (from.node->rules.is_referenced) require_root_keys(*from.node->relation);
    if (moved_row_.empty())
      for (const types::PhysicalType type : modify_.rules.columns)
        moved_row_.push_back(types::Vector::allocate(arena_, type, modify_.batch_rows));
    const std::uint16_t row = move.row.row;
    fill_row(moved_row_, row, move.row.after, from.columns);
    ModifyTable& away = use(away_, move.from, *from.moved_away, from.columns);
    if (!away.remove_locked(move.row.key, move.row.before)) return {};
    types::Batch batch{moved_row_, {&row, 1}};
    router_->start(batch);
    const std::size_t to = leaf_of(moved_row_, row);
    const FamilyModifyNode::Target& arrival = modify_.arrivals[to];
    ModifyTable& op = use(arrivals_, to, *arrival.node, arrival.columns);
    const Result result{&op, &arrival.columns, modify_.routing->leaves[to]->oid, op.run(batch)};
    if (from.node->rules.is_referenced || modify_.changes_referenced_key) note_move(move, from, result);
    if (moved_away_) moved_away_->add(move.row.before, {}, &from.columns);
    if (moved_in_ && !result.rows.empty()) moved_in_->add({}, arrived(move, result));
    return result;
  }

  // The leaf for a row that the router has; 23514 when there is none.
  std::size_t leaf_of(std::span<const types::Vector> columns, std::uint32_t row) {
    const planner::PartitionRouter::Place place = router_->find(row);
    if (place.leaf >= 0) return static_cast<std::size_t>(place.leaf);
    const catalog::RelationDescriptor& relation = *modify_.relation;
    catalog::CatalogView& catalog = *state().context.catalog;
    const auto& level = modify_.routing->levels[static_cast<std::size_t>(place.level)];
    const catalog::RelationDescriptor& at = level.table->table();
    if (place.elsewhere || is_above(catalog, at, relation)) {
      std::string detail;
      if (!modify_.rules.row_security)
        detail = failing_row(catalog, state().eval_context(), relation, modify_.set_columns,
                             [&](std::size_t i) { return columns[i].datum(row); });
      throw SqlError("23514", "new row for relation \"" + relation.name + "\" violates partition constraint")
          .with_detail(std::move(detail))
          .on_table(relation.schema_name, relation.name);
    }
    const std::vector<types::Datum> key =
        partition_key_values(at, relation, router_->key(), [&](std::size_t i) { return columns[i].datum(row); });
    throw SqlError("23514", "no partition of relation \"" + at.name + "\" found for row")
        .with_detail(failing_partition_key(catalog, state().eval_context(), at, key))
        .on_table(at.schema_name, at.name);
  }

  std::size_t target_of(std::uint32_t row) const {
    if (modify_.table_column < 0) return 0;
    const auto table = static_cast<types::Oid>(
        input_.columns[static_cast<std::size_t>(modify_.table_column)].get<std::uint32_t>(row));
    const auto found = std::find(modify_.target_tables.begin(), modify_.target_tables.end(), table);
    CHECK(found != modify_.target_tables.end());
    return static_cast<std::size_t>(found - modify_.target_tables.begin());
  }

  // What refers to the table that was named follows the row; what refers to a table below it cannot.
  void require_root_keys(const catalog::RelationDescriptor& leaf) {
    const catalog::RelationDescriptor& root = *modify_.relation;
    const auto above = [&](const catalog::RelationDescriptor& of) {
      return of.parents.empty() ? nullptr : state().context.catalog->relation(of.parents[0]);
    };
    for (catalog::RelationPtr at = above(leaf); at != nullptr && at->oid != root.oid; at = above(*at))
      for (const catalog::ForeignKey& key : at->referenced_by)
        if (key.parent == 0)
          throw SqlError("0A000", "cannot move tuple across partitions when a non-root ancestor of "
                                  "the source partition is directly referenced in a foreign key")
              .with_detail("A foreign key points to ancestor \"" + at->name +
                           "\" but not the root ancestor \"" + root.name + "\".")
              .with_hint("Consider defining the foreign key on table \"" + root.name + "\".");
  }

  // A row that has moved, as the named table's.
  std::vector<types::Datum> arrived(const Move& move, const Result& result) {
    std::vector<types::Datum> row(table_columns_);
    for (std::size_t i = 0; i < table_columns_; ++i)
      if (const int at = (*result.columns)[i]; at >= 0)
        row[i] = result.op->column(static_cast<std::size_t>(at)).datum(move.row.row);
    return row;
  }

  void note_move(const Move& move, const FamilyModifyNode::Target& from, const Result& result) {
    // Keys that refer to the partition itself lose the row.
    state().foreign_keys().referenced_row_changed(from.node->relation, move.row.before, {}, ForeignKeys::Which::own);
    if (result.rows.empty()) return;
    std::vector<types::Datum> before(table_columns_);
    for (std::size_t i = 0; i < table_columns_; ++i)
      if (const int was = from.columns[i]; was >= 0) before[i] = move.row.before[static_cast<std::size_t>(was)];
    state().foreign_keys().referenced_row_changed(modify_.relation, before, arrived(move, result));
  }

  void lend(const Result& result, types::Batch& raw) {
    for (std::size_t i = 0; i < table_columns_; ++i) {
      const int at = (*result.columns)[i];
      raw_[i] = at >= 0 ? result.op->column(static_cast<std::size_t>(at)) : nulls_[i];
    }
    for (std::size_t i = 0; i < input_.columns.size(); ++i)
      raw_[table_columns_ + i] = input_.columns[i];
    if (modify_.returns_versions) result.op->fill_versions(raw_[raw_.size() - 3], raw_[raw_.size() - 2]);
    raw_.back() = types::Vector::constant(batch_arena(), node_.raw_columns.back(),
                                          types::Datum::of(result.table));
    raw = {raw_, {result.rows.data(), static_cast<std::uint32_t>(result.rows.size())}};
  }

  const FamilyModifyNode& modify_;
  eval::Evaluator values_;
  std::optional<planner::PartitionRouter> router_;
  std::optional<PartitionProbe> probe_;  // of what triggers and new keys make of rows
  types::Arena arena_;
  types::Arena values_arena_{16384};  // of one batch of the child, which may be handed out in parts
  types::EvalContext values_context_;
  std::vector<Slot> targets_, away_, arrivals_;
  std::size_t table_columns_;
  std::vector<types::Vector> nulls_, row_, raw_;
  std::vector<types::Vector> moved_row_;  // made when first needed
  types::Batch input_;
  StatementTriggers statement_;
  std::shared_ptr<TransitionTables> transition_, conflict_transition_;  // of the named table
  std::shared_ptr<TransitionTables> moved_away_, moved_in_;              // for rows that change partitions
  // Of the input, what is still to be done: rows by target, and those that the last of them sent away.
  std::vector<std::pair<std::size_t, std::vector<std::uint16_t>>> groups_;
  std::vector<Move> moves_;
  std::size_t next_group_ = 0, next_move_ = 0;
  std::size_t at_ = 0;  // the target of the last change_row()
};

}  // namespace

OperatorPtr make_family_modify(const FamilyModifyNode& node, ExecutionState& state) {
  return std::make_unique<FamilyModify>(node, state);
}

std::unique_ptr<RowChange> make_row_change(const FamilyModifyNode& node, ExecutionState& state) {
  return std::make_unique<FamilyModify>(node, state);
}

}  // namespace operators
