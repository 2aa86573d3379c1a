// ALTER CONSTRAINT of a foreign key: what its triggers show of it.
#pragma once

#include "ddl.h"

namespace commands {

void set_deferrable(Ddl& ddl, Oid key, bool deferrable, bool deferred);

}  // namespace commands
