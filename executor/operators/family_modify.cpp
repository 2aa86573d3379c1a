// Rows of several tables: each goes to the operator of the table that has it, or is to have it.
#include "family_modify.h"

#include <algorithm>

#include "execution_state.h"
#include "foreign_keys.h"
#include "modify_table.h"
#include "planner/family_modify.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace operators {

namespace {

using planner::FamilyModifyNode;
using types::SqlError;

class FamilyModify final : public Operator {
 public:
  FamilyModify(const FamilyModifyNode& node, ExecutionState& state)
      : Operator(node, state),
        modify_(node),
        values_(node.values, node.batch_rows),
        new_row_(node.new_row, node.batch_rows),
        arena_(1024),
        targets_(node.targets.size()),
        away_(node.targets.size()),
        arrivals_(node.arrivals.size()),
        table_columns_(node.rules.columns.size()) {
    if (node.routing) router_.emplace(*node.routing, node.batch_rows);
    for (const types::PhysicalType type : node.rules.columns) {
      nulls_.push_back(types::Vector::constant(arena_, type, types::Datum::null()));
      nulls_.back().set_null(0);
    }
    row_.resize(table_columns_);
    raw_.resize(node.raw_columns.size());
  }

 protected:
  void do_open() override {
    bind(values_);
    bind(new_row_);
    if (router_) router_->bind(environment(), context());
    for (auto* list : {&targets_, &away_, &arrivals_})
      for (Slot& slot : *list) slot.open = false;
    results_.clear();
    at_ = 0;
    child().open();
  }

  bool produce(types::Batch& raw) override {
    for (;;) {
      if (at_ < results_.size()) {
        lend(results_[at_++], raw);
        return true;
      }
      if (!child().next(input_)) return false;
      results_.clear();
      at_ = 0;
      if (modify_.command == query::CommandKind::insert)
        insert();
      else
        change();
      std::uint64_t changed = 0;
      for (const Result& result : results_) changed += result.rows.size();
      if (modify_.set_tag) state().rows_affected += changed;
      if (!modify_.returning) {
        results_.clear();
        state().check();
        batch_arena().reset();
      }
    }
  }

 private:
  struct Slot {
    std::unique_ptr<ModifyTable> op;
    bool open = false;
  };
  struct Result {
    ModifyTable* op;
    const std::vector<int>* columns;
    types::Oid table;
    std::vector<std::uint16_t> rows;
  };
  using Groups = std::vector<std::pair<std::size_t, std::vector<std::uint16_t>>>;

  static std::vector<std::uint16_t>& group(Groups& groups, std::size_t key) {
    for (auto& [k, rows] : groups)
      if (k == key) return rows;
    return groups.emplace_back(key, std::vector<std::uint16_t>()).second;
  }

  ModifyTable& use(std::vector<Slot>& slots, std::size_t at, const planner::ModifyNode& node) {
    Slot& slot = slots[at];
    if (!slot.op)
      slot.op.reset(static_cast<ModifyTable*>(make_modify(node, state()).release()));
    if (!slot.open) {
      slot.op->open();
      slot.open = true;
    }
    return *slot.op;
  }

  void run(ModifyTable& op, std::span<types::Vector> columns,
           const std::vector<std::uint16_t>& rows, const std::vector<int>& map, types::Oid table) {
    types::Batch batch{columns, {rows.data(), static_cast<std::uint32_t>(rows.size())}};
    const std::span<const std::uint16_t> changed = op.run(batch);
    if (!changed.empty())
      results_.push_back({&op, &map, table, {changed.begin(), changed.end()}});
  }

  void insert() {
    for (std::size_t i = 0; i < table_columns_; ++i) row_[i] = values_.evaluate(i, input_);
    Groups groups;
    router_->start({row_, input_.rows});
    for (std::uint32_t i = 0; i < input_.rows.count; ++i) {
      const std::uint32_t row = input_.rows[i];
      group(groups, leaf_of(row)).push_back(static_cast<std::uint16_t>(row));
    }
    for (const auto& [leaf, rows] : groups)
      run(use(targets_, leaf, *modify_.targets[leaf].node), row_, rows,
          modify_.targets[leaf].columns, modify_.target_tables[leaf]);
  }

  // The leaf for row_'s row; 23514 when there is none.
  std::size_t leaf_of(std::uint32_t row) {
    const planner::PartitionRouter::Place place = router_->find(row);
    if (place.leaf >= 0) return static_cast<std::size_t>(place.leaf);
    const catalog::RelationDescriptor& relation = *modify_.relation;
    if (place.elsewhere) {
      std::string values;
      for (std::size_t i = 0; i < table_columns_; ++i) {
        if (relation.columns[i].dropped) continue;
        if (!values.empty()) values += ", ";
        values += text_of(state(), relation.columns[i].type.oid, row_[i].datum(row));
      }
      throw SqlError("23514", "new row for relation \"" + relation.name +
                                  "\" violates partition constraint")
          .with_detail("Failing row contains (" + values + ").")
          .on_table(relation.schema_name, relation.name);
    }
    const auto& level = modify_.routing->levels[static_cast<std::size_t>(place.level)];
    const catalog::RelationDescriptor& at = level.table->table();
    std::vector<int> columns;
    std::vector<types::Datum> values;
    for (const int key : level.key_columns) {
      if (key < 0) break;
      const int own = relation.column_index(at.columns[static_cast<std::size_t>(key)].name);
      if (own < 0) break;
      columns.push_back(key);
      values.push_back(row_[static_cast<std::size_t>(own)].datum(row));
    }
    std::string detail;
    if (columns.size() == level.key_columns.size()) {
      std::string text = describe_key(state(), at, columns, values);
      text.replace(text.find(")=("), 3, ") = (");
      detail = "Partition key of the failing row contains " + text + ".";
    }
    throw SqlError("23514", "no partition of relation \"" + at.name + "\" found for row")
        .with_detail(std::move(detail))
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

  void change() {
    Groups stay;
    struct Move {
      std::size_t from, to;
      std::vector<std::uint16_t> rows;
    };
    std::vector<Move> moves;
    if (modify_.may_move) {
      for (std::size_t i = 0; i < table_columns_; ++i) row_[i] = new_row_.evaluate(i, input_);
      router_->start({row_, input_.rows});
    }
    for (std::uint32_t i = 0; i < input_.rows.count; ++i) {
      const std::uint32_t row = input_.rows[i];
      const std::size_t from = target_of(row);
      if (modify_.may_move) {
        const std::size_t to = leaf_of(row);
        if (modify_.routing->leaves[to]->oid != modify_.target_tables[from]) {
          auto move = std::find_if(moves.begin(), moves.end(),
                                   [&](const Move& m) { return m.from == from && m.to == to; });
          if (move == moves.end()) move = moves.insert(moves.end(), {from, to, {}});
          move->rows.push_back(static_cast<std::uint16_t>(row));
          continue;
        }
      }
      group(stay, from).push_back(static_cast<std::uint16_t>(row));
    }
    for (const auto& [at, rows] : stay)
      run(use(targets_, at, *modify_.targets[at].node), input_.columns, rows,
          modify_.targets[at].columns, modify_.target_tables[at]);
    for (const Move& move : moves) {
      const FamilyModifyNode::Target& from = modify_.targets[move.from];
      if (from.node->rules.is_referenced) require_root_keys(*from.node->relation);
      ModifyTable& away = use(away_, move.from, *from.moved_away);
      away.refuse_conflicts();
      types::Batch batch{input_.columns,
                         {move.rows.data(), static_cast<std::uint32_t>(move.rows.size())}};
      const std::span<const std::uint16_t> gone = away.run(batch);
      const std::vector<std::uint16_t> rows(gone.begin(), gone.end());
      if (rows.empty()) continue;
      if (from.node->rules.is_referenced || modify_.changes_referenced_key) note_moves(from, rows);
      run(use(arrivals_, move.to, *modify_.arrivals[move.to].node), row_, rows,
          modify_.arrivals[move.to].columns, modify_.routing->leaves[move.to]->oid);
    }
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

  void note_moves(const FamilyModifyNode::Target& from, const std::vector<std::uint16_t>& rows) {
    std::vector<types::Datum> before(table_columns_), after(table_columns_);
    std::vector<types::Datum> gone(from.node->rules.columns.size());
    for (const std::uint16_t row : rows) {
      for (std::size_t i = 0; i < table_columns_; ++i) {
        const int at = from.columns[i] < 0 ? -1 : from.node->old_columns[static_cast<std::size_t>(from.columns[i])];
        before[i] = at >= 0 ? input_.columns[static_cast<std::size_t>(at)].datum(row) : types::Datum::null();
        after[i] = row_[i].datum(row);
        if (from.columns[i] >= 0) gone[static_cast<std::size_t>(from.columns[i])] = before[i];
      }
      // Keys that refer to the partition itself lose the row.
      state().foreign_keys().referenced_row_changed(from.node->relation, gone, {}, ForeignKeys::Which::own);
      state().foreign_keys().referenced_row_changed(modify_.relation, before, after);
    }
  }

  void lend(const Result& result, types::Batch& raw) {
    for (std::size_t i = 0; i < table_columns_; ++i) {
      const int at = (*result.columns)[i];
      raw_[i] = at >= 0 ? result.op->column(static_cast<std::size_t>(at)) : nulls_[i];
    }
    for (std::size_t i = 0; i < input_.columns.size(); ++i)
      raw_[table_columns_ + i] = input_.columns[i];
    raw_.back() = types::Vector::constant(batch_arena(), node_.raw_columns.back(),
                                          types::Datum::of(result.table));
    raw = {raw_, {result.rows.data(), static_cast<std::uint32_t>(result.rows.size())}};
  }

  const FamilyModifyNode& modify_;
  eval::Evaluator values_, new_row_;
  std::optional<planner::PartitionRouter> router_;
  types::Arena arena_;
  std::vector<Slot> targets_, away_, arrivals_;
  std::size_t table_columns_;
  std::vector<types::Vector> nulls_, row_, raw_;
  types::Batch input_;
  std::vector<Result> results_;
  std::size_t at_ = 0;
};

}  // namespace

OperatorPtr make_family_modify(const FamilyModifyNode& node, ExecutionState& state) {
  return std::make_unique<FamilyModify>(node, state);
}

}  // namespace operators
