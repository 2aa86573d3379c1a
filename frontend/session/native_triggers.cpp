#include "native_triggers.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "functions/function.h"
#include "types/record.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {

using types::Datum;
using types::SqlError;

namespace {

bool keep(const Datum& row, plpgsql::Result& result) {
  result.bytes.assign(row.as<std::string_view>());
  result.value = Datum::of(std::string_view(result.bytes));
  return true;
}

// The row with another value in one column, as the statement's result.
bool keep_with(const Datum& row, std::size_t column, const Datum& value, plpgsql::Result& result) {
  const types::RecordView record(row);
  std::vector<types::RecordField> fields;
  std::vector<Datum> values;
  for (std::uint32_t i = 0; i < record.size(); ++i) fields.push_back({record.field_type(i), record.physical(i)});
  for (types::RecordView::Cursor c(record); c.next();) values.push_back(c.value());
  values[column] = value;
  types::Arena arena;
  return keep(types::make_record(arena, record.row_type(), fields, values), result);
}

// From 0; -1: the table has none of that name.
int column_named(SessionState& session, const plpgsql::TriggerCall& call, std::string_view name) {
  const auto relation = session.catalog->relation(call.relation);
  for (std::size_t i = 0; i < relation->columns.size(); ++i)
    if (!relation->columns[i].dropped && relation->columns[i].name == name) return static_cast<int>(i);
  return -1;
}
types::Oid column_type(SessionState& session, const plpgsql::TriggerCall& call, int column) {
  const auto relation = session.catalog->relation(call.relation);
  return session.catalog->base_type(relation->columns[static_cast<std::size_t>(column)].type.oid);
}

[[noreturn]] void fail(std::string message) { throw SqlError("XX000", std::move(message)); }

Datum field(const Datum* row, int column) {
  return row == nullptr ? Datum::null() : types::RecordView(*row).field(static_cast<std::uint32_t>(column));
}

// The value of a built-in function; its arguments are not null.
Datum call_function(types::EvalContext& context, std::string_view symbol, std::span<const types::TypeRef> argument_types,
                    std::span<const types::Vector* const> arguments, types::TypeRef result) {
  types::Vector out = types::Vector::allocate(*context.arena, types::type_support(result.oid).physical, 1);
  functions::FunctionCall call;
  call.result = result;
  call.arguments = argument_types;
  functions::find_scalar(symbol)(context, call, arguments, {.count = 1}, out);
  return out.is_null(0) ? Datum::null() : out.datum(0);
}

constexpr types::Oid kRegconfig = 3734;

// ---- moddatetime(column): when the row was changed

bool moddatetime(SessionState& session, const plpgsql::TriggerCall& call, plpgsql::Result& result) {
  if (call.level != "ROW") fail("moddatetime: must be fired for row");
  if (call.when != "BEFORE") fail("moddatetime: must be fired before event");
  if (call.op == "INSERT") fail("moddatetime: cannot process INSERT events");
  if (call.op != "UPDATE") fail("moddatetime: cannot process DELETE events");
  if (call.arguments.size() != 1) fail(fmt::format("moddatetime ({}): A single argument was expected", call.table_name));
  const std::string& name = call.arguments.front();
  const int column = column_named(session, call, name);
  if (column < 0) throw SqlError("09000", fmt::format("\"{}\" has no attribute \"{}\"", call.table_name, name));
  types::Arena arena;
  types::EvalContext context = session.eval_context(&arena);
  Datum now = Datum::of(context.transaction_time);
  switch (column_type(session, call, column)) {
    case types::oid::timestamptz: break;
    case types::oid::timestamp: {
      const types::Vector moment = types::Vector::constant(arena, types::PhysicalType::int64, now);
      const types::Vector* const arguments[] = {&moment};
      constexpr types::TypeRef kTypes[] = {{types::oid::timestamptz}};
      now = call_function(context, "timestamptz_timestamp", kTypes, arguments, {types::oid::timestamp});
      break;
    }
    default:
      throw SqlError("09000", fmt::format("attribute \"{}\" of \"{}\" must be type TIMESTAMP or TIMESTAMPTZ", name, call.table_name));
  }
  return keep_with(*call.new_row, static_cast<std::size_t>(column), now, result);
}

// ---- lo_manage(column): the large object that nobody refers to any more goes

bool lo_manage(SessionState& session, const plpgsql::TriggerCall& call, plpgsql::Result& result) {
  if (call.level != "ROW") fail(call.name + ": must be fired for row");
  if (call.arguments.empty()) fail(call.name + ": no column name provided in the trigger definition");
  const int column = column_named(session, call, call.arguments.front());
  if (column < 0) fail(fmt::format("{}: column \"{}\" does not exist", call.name, call.arguments.front()));
  const Datum* const row = call.new_row != nullptr ? call.new_row : call.old_row;
  const Datum old_object = field(call.old_row, column), new_object = field(call.new_row, column);
  const bool goes = !old_object.is_null && (new_object.is_null || old_object.as<types::Oid>() != new_object.as<types::Oid>());
  if (goes) {
    types::Arena arena;
    types::EvalContext context = session.eval_context(&arena);
    const types::Vector object = types::Vector::constant(arena, types::PhysicalType::int32, old_object);
    const types::Vector* const arguments[] = {&object};
    constexpr types::TypeRef kTypes[] = {{types::oid::oid_}};
    call_function(context, "be_lo_unlink", kTypes, arguments, {types::oid::int4});
  }
  return keep(*row, result);
}

// ---- suppress_redundant_updates_trigger(): what changes nothing is no update

bool suppress_redundant_updates(SessionState&, const plpgsql::TriggerCall& call, plpgsql::Result& result) {
  const auto refuse = [](const char* why) {
    throw SqlError("39P01", fmt::format("suppress_redundant_updates_trigger: must be called {}", why));
  };
  if (call.op != "UPDATE") refuse("on update");
  if (call.when != "BEFORE") refuse("before update");
  if (call.level != "ROW") refuse("for each row");
  if (call.new_row->as<std::string_view>() == call.old_row->as<std::string_view>()) return false;
  return keep(*call.new_row, result);
}

// ---- tsvector_update_trigger(vector, configuration, text, ...), and with a configuration's column

bool is_character_type(types::Oid type) {
  return type == types::oid::text || type == types::oid::varchar || type == types::oid::bpchar;
}

types::Oid named_configuration(types::EvalContext& context, const std::string& name) {
  if (name.find('.') == std::string::npos)
    throw SqlError("22023", fmt::format("text search configuration name \"{}\" must be schema-qualified", name));
  return types::type_support(kRegconfig).input(context, name, -1).as<types::Oid>();
}

bool update_tsvector(SessionState& session, const plpgsql::TriggerCall& call, plpgsql::Result& result, bool by_column) {
  if (call.level != "ROW") fail("tsvector_update_trigger: must be fired for row");
  if (call.when != "BEFORE") fail("tsvector_update_trigger: must be fired BEFORE event");
  if (call.op != "INSERT" && call.op != "UPDATE") fail("tsvector_update_trigger: must be fired for INSERT or UPDATE");
  if (call.arguments.size() < 3)
    fail("tsvector_update_trigger: arguments must be tsvector_field, ts_config, text_field1, ...)");
  const auto required = [&](const std::string& name, const char* what) {
    const int column = column_named(session, call, name);
    if (column < 0) throw SqlError("42703", fmt::format("{} \"{}\" does not exist", what, name));
    return column;
  };
  const int target = required(call.arguments[0], "tsvector column");
  if (column_type(session, call, target) != types::oid::tsvector)
    throw SqlError("42804", fmt::format("column \"{}\" is not of tsvector type", call.arguments[0]));
  types::Arena arena;
  types::EvalContext context = session.eval_context(&arena);
  Datum configuration;
  if (by_column) {
    const int column = required(call.arguments[1], "configuration column");
    configuration = field(call.new_row, column);
    const types::Oid type = column_type(session, call, column);
    if (type != kRegconfig && type != types::oid::oid_ && type != types::oid::int4)
      throw SqlError("42804", fmt::format("column \"{}\" is not of regconfig type", call.arguments[1]));
    if (configuration.is_null)
      throw SqlError("22004", fmt::format("configuration column \"{}\" must not be null", call.arguments[1]));
  } else {
    configuration = Datum::of(named_configuration(context, call.arguments[1]));
  }
  std::string document;
  for (const std::string& name : std::span(call.arguments).subspan(2)) {
    const int column = required(name, "column");
    if (!is_character_type(column_type(session, call, column)))
      throw SqlError("42804", fmt::format("column \"{}\" is not of a character type", name));
    const Datum text = field(call.new_row, column);
    if (text.is_null) continue;
    document += document.empty() ? "" : " ";
    document += text.as<std::string_view>();
  }
  const types::Vector by = types::Vector::constant(arena, types::PhysicalType::int32, configuration);
  const types::Vector text = types::Vector::constant(arena, types::PhysicalType::varlen, Datum::of(std::string_view(document)));
  const types::Vector* const arguments[] = {&by, &text};
  constexpr types::TypeRef kTypes[] = {{kRegconfig}, {types::oid::text}};
  const Datum words = call_function(context, "to_tsvector_byid", kTypes, arguments, {types::oid::tsvector});
  return keep_with(*call.new_row, static_cast<std::size_t>(target), words, result);
}
bool update_tsvector_by_name(SessionState& session, const plpgsql::TriggerCall& call, plpgsql::Result& result) {
  return update_tsvector(session, call, result, false);
}
bool update_tsvector_by_column(SessionState& session, const plpgsql::TriggerCall& call, plpgsql::Result& result) {
  return update_tsvector(session, call, result, true);
}

struct Entry {
  std::string_view symbol;
  NativeTrigger run;
};
constexpr Entry kTriggers[] = {
    {"moddatetime", moddatetime},
    {"lo_manage", lo_manage},
    {"suppress_redundant_updates_trigger", suppress_redundant_updates},
    {"tsvector_update_trigger_byid", update_tsvector_by_name},
    {"tsvector_update_trigger_bycolumn", update_tsvector_by_column},
};

}  // namespace

NativeTrigger find_native_trigger(std::string_view symbol) {
  const auto found = std::ranges::find(kTriggers, symbol, &Entry::symbol);
  return found == std::end(kTriggers) ? nullptr : found->run;
}

}  // namespace session
