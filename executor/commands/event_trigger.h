// CREATE and ALTER EVENT TRIGGER. What fires them is the session (commands/event_triggers.h).
#pragma once

#include "ddl.h"

namespace commands {

void create_event_trigger(Ddl& ddl, const query::CreateEventTrigger& statement);
void alter_event_trigger(Ddl& ddl, const query::AlterEventTrigger& statement);

}  // namespace commands
