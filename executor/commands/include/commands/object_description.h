// Objects in words, as messages name them.
#pragma once

#include <optional>
#include <string>

#include "commands/commands.h"

namespace commands {

// "table t", "column c of table t", "constraint c on table t": of any row that pg_depend may name. Null: there is no
// such object. Reads the catalogue in the session's transaction.
std::optional<std::string> describe_object(Host& host, types::Oid catalog, types::Oid object, int column);

}  // namespace commands
