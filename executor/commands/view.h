// CREATE VIEW.
#pragma once

#include "ddl.h"

namespace commands {

void create_view(Ddl& ddl, const query::CreateView& statement);

}  // namespace commands
