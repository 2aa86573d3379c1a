#include "event_triggers.h"

#include <algorithm>

#include <fmt/format.h>

#include "commands/object_identity.h"
#include "routines.h"
#include "session_state.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

// '{"a","b"}'
std::string text_array(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const std::string& value : values) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

const EventTriggerRun& running(const SessionState& session, const char* function, const char* kind) {
  if (session.event_trigger == nullptr)
    throw SqlError("39P03", fmt::format("{} can only be called in {} event trigger function", function, kind));
  return *session.event_trigger;
}

std::optional<std::string> flag(bool value) { return value ? "t" : "f"; }

}  // namespace

EventTriggerPause::EventTriggerPause(SessionState& session)
    : session_(session), before_(std::exchange(session.event_triggers_pause, true)) {}
EventTriggerPause::~EventTriggerPause() { session_.event_triggers_pause = before_; }

EventTriggerRun::EventTriggerRun(SessionState& session, const query::Statement& statement)
    : session_(session), outer_(session.event_trigger) {
  session.event_trigger = nullptr;
  if (session.event_triggers_pause || !commands::fires_events(statement)) return;
  tag_ = query::command_tag(statement);
  for (commands::EventTrigger& trigger : commands::event_triggers(*session.catalog))
    if (trigger.state == 'A' || trigger.state == (session.settings.is_replica ? 'R' : 'O')) triggers_.push_back(std::move(trigger));
  if (!triggers_.empty()) session.event_trigger = this;
}

EventTriggerRun::~EventTriggerRun() { session_.event_trigger = outer_; }

void EventTriggerRun::fire(const std::string& event) {
  for (const commands::EventTrigger& trigger : triggers_) {
    if (trigger.event != event) continue;
    if (!trigger.tags.empty() && std::ranges::find(trigger.tags, tag_) == trigger.tags.end()) continue;
    const std::string before = std::exchange(event_, event);
    struct Restore {
      std::string& event;
      const std::string& before;
      ~Restore() { event = before; }
    } restore{event_, before};
    session_.routines->call_event_trigger(trigger.function, event, tag_);
  }
}

void EventTriggerRun::start() {
  if (!triggers_.empty()) fire("ddl_command_start");
}

void EventTriggerRun::end(const query::Statement& statement, commands::Host& host) {
  if (triggers_.empty()) return;
  if (!dropped_.empty()) fire("sql_drop");
  if (std::ranges::none_of(triggers_, [](const auto& trigger) { return trigger.event == "ddl_command_end"; })) return;
  commands_ = commands::commands_of(statement, tag_, host);
  fire("ddl_command_end");
}

void EventTriggerRun::dropped(const commands::Host::DroppedObject& object, commands::Host& host) {
  std::optional<commands::ObjectIdentity> identity;
  try {
    identity = commands::identify_object(host, object.catalog, object.object, object.column);
  } catch (const SqlError& error) {
    if (error.sqlstate() != "0A000") throw;
  }
  if (!identity) return;
  // What is a part of a table is told with the table's schema.
  bool temporary = object.temporary;
  if (!identity->schema && !identity->address_names.empty() &&
      (identity->type == "default value" || identity->type == "trigger" || identity->type == "policy")) {
    identity->schema = identity->address_names.front();
    temporary = temporary || *identity->schema == "pg_temp";
  }
  // A column goes by itself under its table's name alone.
  dropped_.push_back({fmt::format("{}", object.catalog), fmt::format("{}", object.object), fmt::format("{}", object.column),
                      flag(object.original), flag(object.normal), flag(temporary), identity->type, identity->schema,
                      identity->name, identity->identity, text_array(identity->address_names),
                      text_array(identity->address_arguments)});
}

void EventTriggerRun::before_rewrite(types::Oid table, int reason) {
  if (triggers_.empty()) return;
  rewritten_ = table;
  rewrite_reason_ = reason;
  fire("table_rewrite");
  rewritten_ = 0;
  rewrite_reason_ = 0;
}

TextRows EventTriggerRun::ddl_commands() const {
  if (event_ != "ddl_command_end")
    throw SqlError("39P03", "pg_event_trigger_ddl_commands() can only be called in an event trigger function");
  TextRows rows;
  for (const commands::DdlCommand& command : commands_) {
    const bool object = command.catalog != 0;
    auto number = [&](auto value) { return object ? std::optional(fmt::format("{}", value)) : std::nullopt; };
    rows.push_back({number(command.catalog), number(command.object), number(command.column), command.tag, command.type,
                    command.schema, command.identity, "f", std::nullopt});
  }
  return rows;
}

TextRows EventTriggerRun::dropped_objects() const {
  if (event_ != "sql_drop")
    throw SqlError("39P03", "pg_event_trigger_dropped_objects() can only be called in a sql_drop event trigger function");
  // The last that went is the first that is told.
  return {dropped_.rbegin(), dropped_.rend()};
}

types::Oid EventTriggerRun::rewritten_table() const {
  if (rewritten_ == 0)
    throw SqlError("39P03", "pg_event_trigger_table_rewrite_oid() can only be called in a table_rewrite event trigger function");
  return rewritten_;
}

int EventTriggerRun::rewrite_reason() const {
  if (rewrite_reason_ == 0)
    throw SqlError("39P03", "pg_event_trigger_table_rewrite_reason() can only be called in a table_rewrite event trigger function");
  return rewrite_reason_;
}

TextRows event_trigger_commands(SessionState& session) {
  return running(session, "pg_event_trigger_ddl_commands()", "an").ddl_commands();
}
TextRows event_trigger_drops(SessionState& session) {
  return running(session, "pg_event_trigger_dropped_objects()", "a sql_drop").dropped_objects();
}
types::Oid event_trigger_rewritten_table(SessionState& session) {
  return running(session, "pg_event_trigger_table_rewrite_oid()", "a table_rewrite").rewritten_table();
}
int event_trigger_rewrite_reason(SessionState& session) {
  return running(session, "pg_event_trigger_table_rewrite_reason()", "a table_rewrite").rewrite_reason();
}

}  // namespace session
