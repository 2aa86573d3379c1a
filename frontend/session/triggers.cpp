#include "triggers.h"

#include <algorithm>
#include <functional>

#include "catalog/catalog_functions.h"
#include "eval/compile.h"
#include "routines.h"
#include "query/walk.h"
#include "types/record.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {

using catalog::TriggerInfo;
using types::Datum;
using types::SqlError;

namespace {

// OLD is parameter 1, NEW parameter 2.
class TriggerRows final : public analyzer::Variables {
 public:
  explicit TriggerRows(types::Oid row_type) : row_type_(row_type) {}
  std::optional<Found> find(std::span<const std::string_view> names) override {
    if (names[0] == "old") return Found{1, {row_type_, -1, 0}, 1};
    if (names[0] == "new") return Found{2, {row_type_, -1, 0}, 1};
    return std::nullopt;
  }

 private:
  types::Oid row_type_;
};

Datum record_of(SessionState& session, const catalog::RelationDescriptor& relation,
                std::span<const Datum> row, types::Arena& arena) {
  std::vector<types::RecordField> fields;
  for (const auto& column : relation.columns)
    fields.push_back({column.dropped ? types::Oid{0} : column.type.oid,
                      column.dropped ? types::PhysicalType::int32
                                     : eval::physical_type(*session.catalog, column.type.oid)});
  std::vector<Datum> values(row.begin(), row.end());
  for (std::size_t i = 0; i < values.size(); ++i)
    if (relation.columns[i].dropped) values[i] = {};
  return types::make_record(arena, relation.row_type, fields, values);
}

plpgsql::TriggerCall call_of(const TriggerInfo& trigger, const operators::TriggerEvent& event) {
  plpgsql::TriggerCall call;
  call.name = trigger.name;
  call.when = trigger.type & TriggerInfo::kInstead  ? "INSTEAD OF"
              : trigger.type & TriggerInfo::kBefore ? "BEFORE"
                                                    : "AFTER";
  call.level = trigger.type & TriggerInfo::kRow ? "ROW" : "STATEMENT";
  call.op = event.event == TriggerInfo::kInsert   ? "INSERT"
            : event.event == TriggerInfo::kUpdate ? "UPDATE"
            : event.event == TriggerInfo::kDelete ? "DELETE"
                                                  : "TRUNCATE";
  call.table_name = event.relation->name;
  call.table_schema = event.relation->schema_name;
  call.relation = event.relation->oid;
  call.arguments = trigger.arguments;
  return call;
}

// What the trigger calls the rows that its statement changed; nullopt: it does not ask for them.
std::optional<TransitionScope> transitions_of(const TriggerInfo& trigger, const operators::TriggerEvent& event) {
  if ((trigger.old_table.empty() && trigger.new_table.empty()) || event.transition == nullptr) return std::nullopt;
  return TransitionScope{trigger.oid, event.relation->oid, trigger.old_table, trigger.new_table, event.transition};
}

// BEFORE UPDATE triggers may change any column of a row.
bool may_change_all(const catalog::RelationDescriptor& relation) {
  constexpr std::int16_t kBeforeUpdate = TriggerInfo::kRow | TriggerInfo::kBefore | TriggerInfo::kUpdate;
  return std::ranges::any_of(relation.triggers, [](const TriggerInfo& trigger) { return (trigger.type & kBeforeUpdate) == kBeforeUpdate; });
}

// A generated column is when one is that it is computed from, or may be.
bool is_updated(const operators::TriggerEvent& event, int column) {
  const auto is_set = [&](int c) { return std::ranges::find(event.updated, c) != event.updated.end(); };
  if (is_set(column)) return true;
  const auto& own = event.relation->columns[static_cast<std::size_t>(column)];
  if (!own.generated || !own.default_) return false;
  if (may_change_all(*event.relation)) return true;
  bool found = false;
  const std::function<void(const query::Expression&)> look = [&](const query::Expression& e) {
    if (const auto* reference = std::get_if<query::ColumnReference>(&e.node); reference != nullptr && is_set(reference->column))
      found = true;
    query::for_each_child(e, look);
  };
  look(*own.default_);
  return found;
}

constexpr std::int16_t kKind = TriggerInfo::kRow | TriggerInfo::kBefore;

}  // namespace

bool SessionTriggers::applies(const TriggerInfo& trigger, const operators::TriggerEvent& event,
                              const Datum* old_record, const Datum* new_record) {
  if (event.event == TriggerInfo::kUpdate && !trigger.columns.empty() &&
      std::ranges::none_of(trigger.columns, [&](int column) { return is_updated(event, column); }))
    return false;
  if (trigger.when.empty()) return true;
  auto& query = conditions_[trigger.oid];
  if (!query || query->version != inner_version(session_) || query->text != trigger.when) {
    TriggerRows rows(event.relation->row_type);
    // Printed under the search path that it is read again with.
    query = prepare_inner(session_, "SELECT (" + catalog::trigger_condition(*session_.catalog, trigger, true) + ")",
                          {.variables = &rows}, true);
    query->text = trigger.when;
  }
  struct Truth final : plpgsql::Sink {
    bool value = false;
    bool row(std::span<const types::Vector> columns, std::uint32_t row) override {
      value = !columns[0].is_null(row) && columns[0].get<bool>(row);
      return false;
    }
  } truth;
  const Datum parameters[] = {old_record != nullptr ? *old_record : Datum(),
                              new_record != nullptr ? *new_record : Datum()};
  auto held = query;
  run_inner(session_, *held, parameters, true, &truth, 1);
  return truth.value;
}

void SessionTriggers::statement(const operators::TriggerEvent& event, bool before) {
  for (const TriggerInfo& trigger : event.relation->triggers) {
    if (!event.relation->acts(trigger, event.event) || (trigger.type & kKind) != (before ? int{TriggerInfo::kBefore} : 0)) continue;
    if (!applies(trigger, event, nullptr, nullptr)) continue;
    plpgsql::TriggerCall call = call_of(trigger, event);
    call.row_type = event.relation->row_type;  // NEW and OLD have fields, all null
    plpgsql::Result result;
    const auto transitions = transitions_of(trigger, event);
    session_.routines->call_trigger(trigger.function, call, result, transitions ? &*transitions : nullptr);
  }
}

SessionTriggers::Outcome SessionTriggers::fire(const TriggerInfo& trigger,
                                               const operators::TriggerEvent& event,
                                               std::span<const Datum> old_row,
                                               std::span<const Datum> new_row,
                                               plpgsql::Result& result, When when) {
  const auto& relation = *event.relation;
  types::Arena records(1024);
  const Datum old_record = old_row.empty() ? Datum() : record_of(session_, relation, old_row, records);
  const Datum new_record = new_row.empty() ? Datum() : record_of(session_, relation, new_row, records);
  if (when == When::checked && !applies(trigger, event, &old_record, &new_record)) return Outcome::not_fired;
  plpgsql::TriggerCall call = call_of(trigger, event);
  call.row_type = relation.row_type;
  if (!old_row.empty()) call.old_row = &old_record;
  if (!new_row.empty()) call.new_row = &new_record;
  const auto transitions = transitions_of(trigger, event);
  return session_.routines->call_trigger(trigger.function, call, result, transitions ? &*transitions : nullptr) ? Outcome::row : Outcome::no_row;
}

bool SessionTriggers::before_row(const operators::TriggerEvent& event, std::span<const Datum> old_row,
                                 std::span<Datum> new_row, types::Arena& arena) {
  // They are computed after BEFORE triggers, whatever one of these says of them.
  const auto forget_generated = [&] {
    for (std::size_t i = 0; i < new_row.size(); ++i)
      if (event.relation->columns[i].generated) new_row[i] = Datum::null();
  };
  forget_generated();
  for (const TriggerInfo& trigger : event.relation->triggers) {
    constexpr int kInstead = TriggerInfo::kRow | TriggerInfo::kInstead;
    if (!event.relation->acts(trigger, event.event) || ((trigger.type & kKind) != kKind && (trigger.type & kInstead) != kInstead))
      continue;
    plpgsql::Result result;
    const Outcome outcome = fire(trigger, event, old_row, new_row, result);
    if (outcome == Outcome::no_row) return false;
    if (outcome == Outcome::not_fired || new_row.empty()) continue;
    for (Datum& value : new_row) value = {};
    types::RecordView record(result.value);
    for (types::RecordView::Cursor field(record); field.next() && field.index() < new_row.size();)
      if (!field.value().is_null)
        new_row[field.index()] = types::copy_datum(arena, record.physical(field.index()), field.value());
    forget_generated();
    // A copy of a partitioned table's trigger must not undo where the row was found to belong.
    if (event.event == TriggerInfo::kInsert && trigger.parent != 0 && event.placement != nullptr &&
        !event.placement->stays(*event.relation, new_row))
      throw SqlError("0A000", "moving row to another partition during a BEFORE FOR EACH ROW trigger is not supported")
          .with_detail("Before executing trigger \"" + trigger.name + "\", the row was to be in partition \"" +
                       event.relation->schema_name + "." + event.relation->name + "\".");
  }
  return true;
}

void SessionTriggers::after_row(const operators::TriggerEvent& event, std::span<const Datum> old_row,
                                std::span<const Datum> new_row) {
  for (const TriggerInfo& trigger : event.relation->triggers) {
    if (!event.relation->acts(trigger, event.event) || (trigger.type & kKind) != TriggerInfo::kRow ||
        (trigger.type & TriggerInfo::kInstead) != 0)
      continue;
    if (defer(trigger, event, old_row, new_row)) continue;
    plpgsql::Result result;
    fire(trigger, event, old_row, new_row, result);
  }
}

bool SessionTriggers::defer(const TriggerInfo& trigger, const operators::TriggerEvent& event,
                            std::span<const Datum> old_row, std::span<const Datum> new_row) {
  if (!trigger.deferrable || !session_.deferred.is_deferred(trigger.constraint, trigger.initially_deferred))
    return false;
  const auto& relation = *event.relation;
  types::Arena records;
  const Datum old_record = old_row.empty() ? Datum() : record_of(session_, relation, old_row, records);
  const Datum new_record = new_row.empty() ? Datum() : record_of(session_, relation, new_row, records);
  if (applies(trigger, event, &old_record, &new_record))
    session_.deferred.add(trigger, session_.catalog->relation(relation.oid), event.event, old_row, new_row,
                          *session_.catalog);
  return true;
}

void SessionTriggers::fire_row(const TriggerInfo& trigger, const operators::TriggerEvent& event,
                               std::span<const Datum> old_row, std::span<const Datum> new_row) {
  plpgsql::Result result;
  fire(trigger, event, old_row, new_row, result, When::holds);
}

namespace {

// Another role for a while, as in a SECURITY DEFINER function.
class AsRole {
 public:
  AsRole(SessionState& session, types::Oid role)
      : session_(session), user_(session.catalog->user()), name_(session.catalog->user_name()) {
    ++session.definer_depth;
    session.catalog->set_user(role, session.catalog->role_name(role));
  }
  ~AsRole() {
    session_.catalog->set_user(user_, name_);
    --session_.definer_depth;
  }
  AsRole(const AsRole&) = delete;
  AsRole& operator=(const AsRole&) = delete;

 private:
  SessionState& session_;
  types::Oid user_;
  std::string name_;
};

}  // namespace

void SessionTriggers::run_action(const std::string& statement, std::span<const types::Oid> types,
                                 std::span<const Datum> values, types::Oid owner) {
  AsRole role(session_, owner);
  auto query = prepare_inner(session_, statement, {.parameter_types = types}, false);
  // A wait for a lock may have been for what changes the plan.
  while (!lock_inner(session_, *query))
    query = prepare_inner(session_, statement, {.parameter_types = types}, false);
  run_inner(session_, *query, values, false, nullptr, 0);
}

}  // namespace session
