// pg_init_privs: what roles may do with an extension's objects from the start, which pg_dump leaves to CREATE EXTENSION.
#pragma once

#include "ddl.h"

namespace commands {

// As they are now, when anything was granted or revoked.
void keep_initial_privileges(Ddl& ddl, const ObjectAddress& object);
void forget_initial_privileges(Ddl& ddl, const ObjectAddress& object);

}  // namespace commands
