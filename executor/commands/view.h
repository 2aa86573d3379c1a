// CREATE VIEW.
#pragma once

#include "ddl.h"

namespace commands {

// Throws 22023 for an option that views do not have, or a value that it cannot take.
void require_view_options(const std::vector<query::Option>& options);

void create_view(Ddl& ddl, const query::CreateView& statement);

}  // namespace commands
