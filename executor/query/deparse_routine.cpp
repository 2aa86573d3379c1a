// Bodies of routines, RETURN .. and BEGIN ATOMIC .. END, as pg_get_function_sqlbody() lays them out.
#include "deparser.h"

namespace query {

void Deparser::parameter(int number) {
  const auto at = static_cast<std::size_t>(number - 1);
  if (routine_ == nullptr || at >= routine_->parameters.size() || routine_->parameters[at].empty()) {
    out_ += "$" + std::to_string(number);
    return;
  }
  bool among_columns = false;
  for (const auto& level : levels_) among_columns = among_columns || !level->query->range_table.empty();
  if (among_columns) out_ += names_.quote(routine_->name) + ".";
  out_ += names_.quote(routine_->parameters[at]);
}

void Deparser::return_statement(const Query& query, std::string_view word) {
  push_level(query);
  out_ += word;
  expression(*query.output[0].expression);
  pop_level();
}

void Deparser::body(const RoutineText& routine) {
  routine_ = &routine;
  const RoutineBody& body = *routine.body;
  if (!body.is_block) {
    flat_ = true;
    return return_statement(*body.statements.at(0), "RETURN ");
  }
  out_ += "BEGIN ATOMIC\n";
  for (const auto& statement : body.statements) {
    indent_ = 1;
    if (is_return(*statement))
      return_statement(*statement, " RETURN ");
    else
      select(*statement, {});
    out_ += ";\n";
  }
  out_ += "END";
}

std::string deparse_routine(const RoutineText& routine, DeparseNames& names) {
  if (!routine.body->text.empty()) return routine.body->text;
  Deparser deparser(names, {});
  deparser.body(routine);
  return deparser.take();
}

std::string deparse_statements(const RoutineBody& body, DeparseNames& names) {
  std::string text;
  for (const auto& statement : body.statements) {
    Deparser deparser(names, {});
    if (is_return(*statement))
      deparser.return_statement(*statement, "SELECT ");
    else
      deparser.select(*statement, {});
    text += deparser.take() + ";\n";
  }
  return text;
}

}  // namespace query
