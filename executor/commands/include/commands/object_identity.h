// What an object is called in full, as pg_identify_object() and event triggers tell it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "commands/commands.h"

namespace commands {

struct ObjectIdentity {
  std::string type;                   // "table", "function", "table column"
  std::optional<std::string> schema;  // of what is in one
  std::optional<std::string> name;    // where it and the schema say all
  std::string identity;               // "public.t.a"
  std::vector<std::string> address_names, address_arguments;  // as pg_get_object_address() takes them
};
// nullopt: there is no such object. 0A000 for a catalogue that has no such words here.
std::optional<ObjectIdentity> identify_object(Host& host, types::Oid catalog, types::Oid object, int column);

}  // namespace commands
