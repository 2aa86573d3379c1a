// What a statement changes of a table, for triggers that ask for it: REFERENCING OLD TABLE, NEW TABLE.
#pragma once

#include <memory>
#include <span>

#include "catalog/relation.h"
#include "operators/execution.h"
#include "types/datum.h"
#include "types/session_services.h"

namespace operators {

// Rows are kept in the shape of the table that the statement names. Past work_mem they go to disk. One thread.
class TransitionTables {
 public:
  // Null when no trigger of the table asks for what the event (catalog::TriggerInfo::kInsert, ...) changes.
  // `columns`: the table's, as its rows are handed to add().
  static std::shared_ptr<TransitionTables> make_if_wanted(const ExecutionContext& context,
                                                          const catalog::RelationDescriptor& relation,
                                                          std::int16_t event,
                                                          std::span<const types::PhysicalType> columns);
  ~TransitionTables();

  // A row that was changed; empty: there is none. columns[i] is where the row has the table's column i, -1
  // nowhere; null: the row is the table's own.
  void add(std::span<const types::Datum> old_row, std::span<const types::Datum> new_row,
           const std::vector<int>* columns = nullptr);

  // The rows so far, without dropped columns. They keep the tables alive. Null: nobody asked for them.
  static std::unique_ptr<types::UserRows> read(const std::shared_ptr<TransitionTables>& tables, bool new_rows);
  // The types of what read() yields.
  const std::vector<types::TypeRef>& types() const;

 private:
  class Rows;
  struct Impl;
  explicit TransitionTables(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whether a trigger of the table asks for transition tables of the event.
bool has_transition_tables(const catalog::RelationDescriptor& relation, std::int16_t event);

}  // namespace operators
