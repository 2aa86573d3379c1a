// What an object is called in full, as pg_identify_object() and event triggers tell it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "commands/commands.h"

namespace commands {

struct ObjectIdentity {
  std::string type;                   // "table", "function", "table column"
  std::optional<std::string> schema;  // of what is in one; "pg_temp" for all of temporary objects
  types::Oid schema_oid = 0;
  std::optional<std::string> name;    // where it and the schema say all
  std::string identity;               // "public.t.a"
  std::vector<std::string> address_names, address_arguments;  // as pg_get_object_address() takes them
};
// nullopt: there is no such object. XX000 for a catalogue that has no objects.
std::optional<ObjectIdentity> identify_object(Host& host, types::Oid catalog, types::Oid object, int column);
// ObjectIdentity::type of an object that is not there.
std::string missing_object_type(Host& host, types::Oid catalog, types::Oid object, int column);

// The other way: what pg_get_object_address() finds by an object's kind, names and arguments.
struct AddressRequest {
  std::string type;
  std::vector<std::optional<std::string>> names, arguments;
};
struct FoundAddress {
  types::Oid catalog = 0, object = 0;
  int column = 0;
};
// `type_named` finds a type by its name in SQL, or throws. 22023: no such kind, or lists of the wrong length; what COMMENT ON
// raises where there is no such object.
FoundAddress object_address(Host& host, const AddressRequest& request,
                            const std::function<types::Oid(const std::string&)>& type_named);

}  // namespace commands
