// ALTER TABLE ONLY .. ENABLE/DISABLE TRIGGER.
#pragma once

#include "ddl.h"

namespace commands {

// As set_trigger_state() (type_commands.h), without the copies that partitions have.
void set_own_trigger_state(Ddl& ddl, Oid table, const std::string& name, char state, bool of_constraints);

}  // namespace commands
