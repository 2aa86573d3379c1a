// Words about objects that identities, descriptions and addresses share.
#pragma once

#include <string>
#include <string_view>

#include "ddl.h"

namespace commands {

// What pg_default_acl.defaclobjtype is about: "tables"; empty for another letter.
constexpr std::string_view default_acl_objects(char letter) {
  switch (letter) {
    case 'r': return "tables";
    case 'S': return "sequences";
    case 'f': return "functions";
    case 'T': return "types";
    case 'n': return "schemas";
    default: return {};
  }
}

// The rows of that catalogue are no objects.
inline SqlError unrecognized_class(Oid catalog) {
  return SqlError("XX000", "unrecognized object class: " + std::to_string(catalog));
}

}  // namespace commands
