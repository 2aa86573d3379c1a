// CREATE LANGUAGE with functions of its own.
#pragma once

#include "ddl.h"
#include "query/definitions.h"

namespace commands {

// 42883 for a function that isn't there, 42809 for a handler that returns something else, 42710 for a name that is taken.
// What is made can be altered and dropped, and nothing runs in it yet.
void create_language(Ddl& ddl, const query::CreateLanguage& statement);
// 0A000 for a language that is there but nothing runs in, 42704 for one that isn't.
[[noreturn]] void refuse_language(Ddl& ddl, const std::string& name);

}  // namespace commands
