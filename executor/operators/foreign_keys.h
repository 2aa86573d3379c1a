// Referential integrity: what a statement's changes ask of other tables, done when it ends.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/relation.h"
#include "execution_state.h"
#include "operators/key_place.h"
#include "planner/plan.h"
#include "table_writer.h"
#include "types/arena.h"
#include "types/datum.h"

namespace operators {

struct ForeignKeyEvent {
  planner::RelationPtr relation;            // the row's table
  const catalog::ForeignKey* key;           // one of the relation's
  std::vector<types::Datum> before;         // of the key's columns on the row's side
  std::vector<types::Datum> after;          // empty: the row was deleted
  bool check;                               // a reference to check, else an action on the referencing side
};

// Collects, row by row, what must hold or happen, and does it in order at the statement's end
// under a newer command number, so that it sees the statement's own changes. Actions (cascades)
// may add more.
class ForeignKeys {
 public:
  explicit ForeignKeys(ExecutionState& state);
  ~ForeignKeys();

  // A new or changed row of a table with foreign keys. `before`: what a changed row was; a key that is as it was
  // is not looked up again. `except`: a key that is not to be checked.
  void check_references(const planner::RelationPtr& relation, std::span<const types::Datum> row,
                        std::span<const types::Datum> before = {}, types::Oid except = 0);
  // A row that others may refer to is gone, or (with `after`) its key has perhaps changed.
  // `own`: keys that refer to that very table, not to one that it is a partition of.
  enum class Which : std::uint8_t { all, own };
  void referenced_row_changed(const planner::RelationPtr& relation,
                              std::span<const types::Datum> before,
                              std::span<const types::Datum> after, Which which = Which::all);

  void add(ForeignKeyEvent event) { events_.push_back(std::move(event)); }

  bool empty() const { return events_.empty(); }
  void run();
  void clear();

 private:
  using Event = ForeignKeyEvent;
  struct Target;                        // a table that actions write to

  void check(const Event& event, const transaction::View& view);
  void act(const Event& event, const transaction::View& view);
  // Of a partitioned referencing table, and of values that casts convert: the session runs a statement, as if a user had.
  void act_by_statement(const Event& event, const catalog::RelationDescriptor& referencing);
  std::vector<std::pair<types::Oid, std::vector<int>>> tables_of(const planner::RelationPtr& root,
                                                                 const std::vector<int>& columns);
  void require_all_seen(const Event& event, const planner::RelationPtr& root, const transaction::View& view);
  // 23503 when a row of the table refers to the key; `root`: the table that the key belongs to.
  void refuse(const Event& event, Target& target, const std::vector<int>& columns,
              const catalog::RelationDescriptor& root, const transaction::View& view);
  // What rows of the target that refer to the key that is gone have in `columns`; false: none can.
  struct Search;
  // Whether the columns' values are the same in both rows, and none is null.
  bool same_values(const catalog::RelationDescriptor& relation, std::span<const int> columns,
                   std::span<const types::Datum> before, std::span<const types::Datum> after) const;
  bool search_for(const Event& event, const Target& target, const std::vector<int>& columns, Search& search);
  // Whether another row has the key that is gone.
  bool is_there_again(const Event& event, const transaction::View& view);
  // The key's index in the referenced table, which is locked for this run, for references of `referencing`.
  KeyPlace& place_of(const catalog::ForeignKey& key, const planner::RelationPtr& referencing);
  std::vector<KeyConversion>& conversions_of(const catalog::ForeignKey& key, const catalog::RelationDescriptor& referenced,
                                             const catalog::RelationDescriptor& referencing, std::span<const int> columns);
  // Puts the event off when its constraint is deferred.
  bool defer(const Event& event);
  // Calls on_row(vectors, row) for rows of the target whose `columns` are equal to what is searched until it
  // returns false.
  template <typename OnRow>
  void for_rows_with(Target& target, const std::vector<int>& columns, const Search& search,
                     const transaction::View& view, OnRow on_row);
  bool is_one_to_one(const Event& event, const catalog::RelationDescriptor& referencing);
  bool is_referring(const Event& event, const transaction::View& view);
  // The event against the catalogue as it is now; false when its constraint is gone.
  bool refresh(Event& event);
  Target& target(types::Oid relation);
  std::string shown_key(const catalog::RelationDescriptor& relation, std::span<const int> columns,
                        std::span<const types::Datum> values) const;

  // What a snapshot hides: rows that others have committed since. 40001 for one of them when it would
  // have to be changed.
  const transaction::View& newest(const transaction::View& view) const { return newest_ ? newest_ : view; }
  void require_seen(const table::Table& table, const transaction::View& view, std::string_view row_key);

  ExecutionState& state_;
  types::Oid acted_ = 0;                // the key whose actions have written since run() took its view
  transaction::View newest_;            // set while run() runs under a snapshot
  types::Arena arena_;
  std::deque<Event> events_;
  std::unordered_map<types::Oid, std::unique_ptr<Target>> targets_;
  struct Referenced {
    std::unique_ptr<KeyPlace> place;
    planner::RelationPtr referencing;   // whose values `place` takes
    bool locked = false;                // by this run
  };
  std::unordered_map<types::Oid, Referenced> referenced_;  // by key
  struct Conversions {
    std::vector<types::Oid> to, from;   // the types of the key's columns, and of those that refer to it
    std::vector<KeyConversion> columns;
  };
  std::unordered_map<types::Oid, Conversions> conversions_;  // by key
  table::Scratch scratch_;
  types::Arena vector_arena_{256}, row_key_arena_{256};
  std::vector<types::Vector> row_key_;  // one, of one row
};

}  // namespace operators
