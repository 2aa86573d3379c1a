#include "command_dispatch.h"

#include <fmt/format.h>

#include "command_host.h"
#include "commands/commands.h"
#include "eval/compile.h"
#include "eval/program.h"
#include "planner/planner.h"
#include "session_statements.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {
namespace {

using types::SqlError;

// As PostgreSQL: COPY FROM, nextval and all DDL are refused; SET, SHOW and the like are not.
void require_writable_for(SessionState& session, const query::Statement& statement) {
  if (std::holds_alternative<query::LockTable>(statement.node)) return;
  require_writable(session, query::command_tag(statement));
}

}  // namespace

std::string run_command(SessionState& session, const query::Statement& statement,
                        const RunOptions& options) {
  if (!commands::is_command(statement))
    throw SqlError::not_supported(query::command_tag(statement));
  require_writable_for(session, statement);
  if (std::holds_alternative<query::Vacuum>(statement.node) &&
      std::get<query::Vacuum>(statement.node).vacuum && session.block->in_block())
    throw SqlError("25001", "VACUUM cannot run inside a transaction block");
  if (const auto* reindex = std::get_if<query::Reindex>(&statement.node)) {
    using Kind = query::Reindex::Kind;
    const char* const of = reindex->kind == Kind::schema     ? "REINDEX SCHEMA"
                           : reindex->kind == Kind::system   ? "REINDEX SYSTEM"
                           : reindex->kind == Kind::database ? "REINDEX DATABASE"
                                                             : nullptr;
    if (of != nullptr && session.block->in_block())
      throw SqlError("25001", std::string(of) + " cannot run inside a transaction block");
  }
  CommandHost host(session, options.parameters);
  return commands::execute(statement, host);
}

types::Datum evaluate_constant(SessionState& session, const query::Expression& expression,
                               types::Arena& arena, std::span<const types::Datum> parameters) {
  auto program = planner::compile_expression(expression, *session.catalog);
  eval::Evaluator evaluator(program, 1);
  eval::Environment environment;
  environment.parameters = parameters;
  auto context = session.eval_context(&arena);
  evaluator.bind(environment, context);
  return types::copy_datum(arena, eval::type_support(*session.catalog, expression.type.oid).physical, evaluator.value(0));
}

types::Oid type_by_text(SessionState& session, std::string_view text) {
  types::Arena arena;
  auto eval = session.eval_context(&arena);
  // A type name is whatever the grammar takes between AS and the parenthesis.
  auto sql = fmt::format("CAST(NULL AS {})", text);
  try {
    auto expression = analyzer::analyze_expression(
        sql, {.catalog = *session.catalog, .eval = eval, .text = sql,
              .database = session.identity.database}, 0);
    return expression->type.oid;
  } catch (const SqlError& error) {
    if (error.sqlstate() == "42601")
      throw SqlError("42601", fmt::format("syntax error in type name \"{}\"", text));
    // Its position is one in our text, not in the client's.
    throw SqlError(error.sqlstate(), error.message());
  }
}

}  // namespace session
