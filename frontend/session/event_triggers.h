// Fires event triggers around one command, and answers what their functions ask of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/event_triggers.h"
#include "session_rows.h"

namespace session {

class SessionState;

// While one lives, statements are parts of another one, which fires for them.
class EventTriggerPause {
 public:
  explicit EventTriggerPause(SessionState& session);
  ~EventTriggerPause();
  EventTriggerPause(const EventTriggerPause&) = delete;
  EventTriggerPause& operator=(const EventTriggerPause&) = delete;

 private:
  SessionState& session_;
  bool before_;
};

// What one statement that fires events has done so far. Nests: a trigger's function may run commands.
class EventTriggerRun {
 public:
  // Does nothing where no trigger could fire. `host` outlives it.
  EventTriggerRun(SessionState& session, const query::Statement& statement);
  ~EventTriggerRun();
  EventTriggerRun(const EventTriggerRun&) = delete;
  EventTriggerRun& operator=(const EventTriggerRun&) = delete;

  void start();
  void end(const query::Statement& statement, commands::Host& host);

  // ---- of the command host
  bool collects_drops() const { return !triggers_.empty(); }
  void dropped(const commands::Host::DroppedObject& object, commands::Host& host);
  void before_rewrite(types::Oid table, int reason);

  // ---- of the triggers' functions: 39P03 outside the event that they belong to
  TextRows ddl_commands() const;
  TextRows dropped_objects() const;
  types::Oid rewritten_table() const;
  int rewrite_reason() const;

 private:
  void fire(const std::string& event);

  SessionState& session_;
  EventTriggerRun* outer_;
  std::string tag_, event_;
  std::vector<commands::EventTrigger> triggers_;
  std::vector<std::vector<std::optional<std::string>>> dropped_;
  std::vector<commands::DdlCommand> commands_;
  types::Oid rewritten_ = 0;
  int rewrite_reason_ = 0;
};

// The rows of the set-returning functions; 39P03 where no event trigger runs.
TextRows event_trigger_commands(SessionState& session);
TextRows event_trigger_drops(SessionState& session);
// pg_event_trigger_table_rewrite_oid() and _reason().
types::Oid event_trigger_rewritten_table(SessionState& session);
int event_trigger_rewrite_reason(SessionState& session);

}  // namespace session
