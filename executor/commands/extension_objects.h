// The objects of an extension, from its description.
#pragma once

#include "ddl.h"

namespace extensions {
struct Extension;
}

namespace commands {

// Makes them in `schema`, as members of the extension (pg_extension.oid).
void make_extension_objects(Ddl& ddl, const extensions::Extension& extension, Oid oid, const std::string& schema);

}  // namespace commands
