// What the rows of all users' types share.
#pragma once

#include "ddl.h"

namespace commands {

// An array type that was made along with its elements' and has the name makes way for another type. 42710 for any
// other type that has it.
struct MadeWay {
  Oid array = 0;      // none was in the way
  std::string name;   // what it is called now
};
MadeWay free_type_name(Ddl& ddl, const std::string& name, Oid schema);
// As array_type_name(), when `taken` is none.
std::string free_array_name(Ddl& ddl, const std::string& name, Oid schema, const std::string& taken);
// 42710 "type "t" already exists".
void require_free_type_name(Ddl& ddl, Oid schema, const std::string& name);
// The OID of a shell type of the name, which the caller defines; 0: there is none. 42710: a whole type.
Oid take_shell(Ddl& ddl, Oid schema, const std::string& name);
// A pg_type row with what every user's type shares.
RowBuilder type_row(Ddl& ddl, Oid oid, const std::string& name, Oid schema, char kind);

}  // namespace commands
