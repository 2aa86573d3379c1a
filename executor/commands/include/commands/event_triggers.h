// Event triggers: which there are, which statements they are for, and what those have done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/commands.h"

namespace commands {

struct EventTrigger {
  types::Oid oid = 0, function = 0;
  std::string name, event;
  char state = 'O';               // pg_event_trigger.evtenabled
  std::vector<std::string> tags;  // none: all
};
// By name.
std::vector<EventTrigger> event_triggers(catalog::SessionCatalog& catalog);

// False for what is no definition, or is one of a shared object or of an event trigger.
bool fires_events(const query::Statement& statement);

// What a statement that has run has made or changed: a row of pg_event_trigger_ddl_commands().
struct DdlCommand {
  types::Oid catalog = 0, object = 0;
  int column = 0;
  std::string tag, type;
  std::optional<std::string> schema, identity;
};
std::vector<DdlCommand> commands_of(const query::Statement& statement, std::string_view tag, Host& host);

}  // namespace commands
