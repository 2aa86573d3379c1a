// A name as the statement wrote it, for messages.
#pragma once

#include <string>

#include "query/names.h"

namespace commands {

// Of an ObjectName, an ObjectReference: whatever has a schema, perhaps empty, and a name.
template <typename Name>
std::string written_name(const Name& name) {
  return name.schema.empty() ? name.name : name.schema + "." + name.name;
}

}  // namespace commands
