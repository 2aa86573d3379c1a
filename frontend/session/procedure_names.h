// regprocedure: functions by name and argument types, as "array_in(cstring,oid,integer)".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace session {

struct SessionState;

// Runs the function of that pg_proc.prosrc (regprocedurein, regprocedureout, to_regprocedure); false
// when it is none of these. 22P02 without parentheses, 42883 and 42704 as PostgreSQL says them.
bool call_procedure_name_function(SessionState& session, std::string_view function,
                                  const std::vector<std::optional<std::string>>& arguments,
                                  std::optional<std::string>& answer);

}  // namespace session
