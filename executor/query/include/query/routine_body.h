// The body that a routine of LANGUAGE sql has without quotes: RETURN .., BEGIN ATOMIC .. END.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "query/deparse.h"
#include "query/query.h"

namespace query {

struct RoutineBody {
  bool is_block = false;  // BEGIN ATOMIC .. END, else one RETURN
  std::vector<std::unique_ptr<Query>> statements;
  std::string text;       // as it was written, where a statement is one that cannot be told (MERGE): what runs then
};

// RETURN x: SELECT x, whose column has no name.
inline bool is_return(const Query& statement) {
  return statement.command == CommandKind::select && statement.output.size() == 1 && statement.output[0].name.empty();
}

// The text that pg_proc.prosqlbody holds, and back: XX001 for one that is damaged. What is_stored() denies is a body as
// it was written, which earlier versions kept.
std::string serialize(const RoutineBody& body);
RoutineBody deserialize_routine_body(std::string_view text);

// A routine's body as pg_get_function_sqlbody() prints it. Parameters go by their names, with the routine's in front where
// they could be taken for columns.
struct RoutineText {
  std::string name;
  std::span<const std::string> parameters;  // of its input; an empty name: by number
  const RoutineBody* body;
};
std::string deparse_routine(const RoutineText& routine, DeparseNames& names);
// Its statements alone, with parameters by number: what runs. RETURN is a SELECT.
std::string deparse_statements(const RoutineBody& body, DeparseNames& names);

}  // namespace query
