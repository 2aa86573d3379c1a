// USAGE of types: what a new object is made of.
#pragma once

#include "ddl.h"

namespace commands {

// 42501 "permission denied for type t" unless the role may use the type, or an array's element. Anyone may use a type that
// nobody revoked anything of.
void require_type_usage(Ddl& ddl, Oid type);
// The same of a parsed language that is to run a body; 42501 "permission denied for language l".
void require_language_usage(Ddl& ddl, const catalog::LanguageInfo& language);

}  // namespace commands
