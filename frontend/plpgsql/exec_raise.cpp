// RAISE, ASSERT, GET DIAGNOSTICS.
#include <fmt/format.h>

#include "frame.h"
#include "types/type_io.h"

namespace plpgsql {

using types::Datum;
using types::SqlError;

void Frame::run_raise(const Raise& s) {
  if (s.reraise) {
    if (handled_ != nullptr) {
      context_told_ = true;
      throw SqlError(*handled_partial_);
    }
    throw SqlError("0Z002", "RAISE without parameters cannot be used outside an exception handler");
  }
  std::string sqlstate, message, detail, hint, column, constraint, datatype, table, schema;
  std::string condition = s.condition;
  bool has_message = s.has_message, has_detail = false, has_hint = false, has_state = false;
  if (!condition.empty()) {
    auto states = sqlstates_of(condition);
    sqlstate = states.empty() ? condition : std::string(states[0]);
    has_state = true;
  }
  if (s.has_message) {
    std::size_t next = 0;
    for (std::size_t i = 0; i < s.message.size(); ++i) {
      if (s.message[i] != '%') {
        message += s.message[i];
      } else if (i + 1 < s.message.size() && s.message[i + 1] == '%') {
        message += '%';
        ++i;
      } else {
        bool null = false;
        std::string value = text(*s.parameters[next++], null);
        message += null ? "<NULL>" : value;
      }
    }
  }
  using Option = Raise::Option;
  for (const auto& [option, e] : s.options) {
    bool null = false;
    std::string value = text(*e, null);
    if (null) throw SqlError("22004", "RAISE statement option cannot be null");
    auto twice = [](const char* what) -> SqlError {
      return SqlError("42601", fmt::format("RAISE option already specified: {}", what));
    };
    auto set = [&](std::string& field, const char* what) {
      if (!field.empty()) throw twice(what);
      field = value;
    };
    switch (option) {
      case Option::errcode: {
        if (has_state) throw twice("ERRCODE");
        has_state = true;
        auto states = sqlstates_of(value);
        if (value.size() == 5 && value.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos)
          sqlstate = value;
        else if (!states.empty())
          sqlstate = states[0];
        else
          throw SqlError("42704", fmt::format("unrecognized exception condition \"{}\"", value));
        condition = value;
        break;
      }
      case Option::message:
        if (has_message) throw twice("MESSAGE");
        has_message = true;
        message = value;
        break;
      case Option::detail:
        if (has_detail) throw twice("DETAIL");
        has_detail = true;
        detail = value;
        break;
      case Option::hint:
        if (has_hint) throw twice("HINT");
        has_hint = true;
        hint = value;
        break;
      case Option::column: set(column, "COLUMN"); break;
      case Option::constraint: set(constraint, "CONSTRAINT"); break;
      case Option::datatype: set(datatype, "DATATYPE"); break;
      case Option::table: set(table, "TABLE"); break;
      case Option::schema: set(schema, "SCHEMA"); break;
    }
  }
  arena_.reset();
  if (sqlstate.empty()) sqlstate = s.level >= RaiseLevel::exception ? "P0001" : s.level == RaiseLevel::warning ? "01000" : "00000";
  if (!has_message) message = condition.empty() ? sqlstate : condition;
  if (s.level == RaiseLevel::exception && sqlstate == "00000") sqlstate = "P0001";  // an error is no success
  SqlError error(sqlstate, message);
  static_cast<void>(std::move(error).with_detail(detail).with_hint(hint).on_table(schema, table).on_column(column)
                        .on_type(datatype).on_constraint(constraint));
  if (s.level == RaiseLevel::exception) throw error;
  error.add_context(interpreter_.context());
  host_.message(s.level, std::move(error));
}

void Frame::run_assert(const Assert& s) {
  if (host_.setting("plpgsql.check_asserts") == "off") return;
  Value v = evaluate(*s.condition, {types::oid::bool_, -1, 0});
  Datum d = cast(v, {types::oid::bool_, -1, 0});
  const bool holds = !d.is_null && d.boolean;
  arena_.reset();
  if (holds) return;
  if (s.message) {
    bool null = false;
    std::string message = text(*s.message, null);
    if (!null) throw SqlError("P0004", message);
  }
  throw SqlError("P0004", "assertion failed");
}

void Frame::run_diagnostics(const Diagnostics& s) {
  using Item = Diagnostics::Item;
  if (s.stacked && handled_ == nullptr)
    throw SqlError("0Z002", "GET STACKED DIAGNOSTICS cannot be used outside an exception handler");
  const TypeRef text{types::oid::text, -1, types::collation::default_};
  for (const auto& [target, item] : s.items) {
    std::string value;
    switch (item) {
      case Item::row_count:
        assign(target, {Datum::of(static_cast<std::int64_t>(processed_)), {types::oid::int8, -1, 0}});
        continue;
      case Item::routine_oid:
        assign(target, {Datum::of(oid_), {types::oid::oid_, -1, 0}});
        continue;
      case Item::context: value = interpreter_.context(); break;
      case Item::error_context: value = handled_->context(); break;
      case Item::error_detail: value = handled_->detail(); break;
      case Item::error_hint: value = handled_->hint(); break;
      case Item::returned_sqlstate: value = handled_->sqlstate(); break;
      case Item::column_name: value = handled_->column(); break;
      case Item::constraint_name: value = handled_->constraint(); break;
      case Item::datatype_name: value = handled_->type(); break;
      case Item::message_text: value = handled_->message(); break;
      case Item::table_name: value = handled_->table(); break;
      case Item::schema_name: value = handled_->schema(); break;
    }
    assign(target, {Datum::of(std::string_view(value)), text});
  }
  arena_.reset();
}

}  // namespace plpgsql
