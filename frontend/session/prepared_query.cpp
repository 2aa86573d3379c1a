#include "prepared_query.h"

#include <fmt/format.h>

#include "parser/ast_utility.h"
#include "query/statements.h"
#include "session_statements.h"
#include "types/sql_error.h"

namespace session {

using types::SqlError;

std::unique_ptr<query::Query> query_of(SessionState& session, const CompiledStatement& compiled) {
  parser::ParseTree tree = parse_text(session, *compiled.text);
  for (const auto& candidate : tree.statements()) {
    if (candidate.location != compiled.location) continue;
    types::Arena arena;
    auto eval = session.eval_context(&arena);
    const parser::ast::Node* node = candidate.node;
    if (const auto* prepare = parser::ast::try_as<parser::ast::Prepare>(node)) node = prepare->query;
    analyzer::AnalyzerContext context{.catalog = *session.catalog, .eval = eval, .text = *compiled.text,
                                      .database = session.identity.database};
    context.parameter_types = compiled.parameter_types;
    auto analyzed = analyzer::analyze({node, candidate.location, candidate.length}, context);
    if (auto* query = analyzed.query()) return std::make_unique<query::Query>(std::move(*query));
  }
  return nullptr;
}

std::string run_create_table_as_execute(SessionState& session, const query::CreateTableAs& statement,
                                        const RunOptions& options, const CommandHost::Explained* explained) {
  const auto found = session.prepared.find(statement.execute);
  if (found == session.prepared.end())
    throw SqlError("26000", fmt::format("prepared statement \"{}\" does not exist", statement.execute));
  const auto prepared = found->second;
  types::Arena arena;
  std::vector<types::Datum> values;
  for (const auto& argument : statement.execute_arguments)
    values.push_back(evaluate_constant(session, *argument, arena, options.parameters));
  auto query = query_of(session, *prepared->compiled);
  if (!query || (query->command != query::CommandKind::select && query->command != query::CommandKind::values))
    throw SqlError("42809", "prepared statement is not a SELECT");
  query::CreateTableAs made;
  made.name = statement.name;
  made.persistence = statement.persistence;
  made.if_not_exists = statement.if_not_exists;
  made.with_data = statement.with_data;
  made.options = statement.options;
  made.tablespace = statement.tablespace;
  made.on_commit = statement.on_commit;
  std::size_t i = 0;
  for (const auto& output : query->output) {
    if (output.hidden) continue;
    query::ColumnDefinition column;
    column.name = i < statement.columns.size() ? statement.columns[i].name : output.name;
    column.type = output.expression->type;
    made.columns.push_back(std::move(column));
    ++i;
  }
  if (statement.columns.size() > i) throw SqlError("42601", "too many column names were specified");
  made.query = std::move(query);
  RunOptions with_values = options;
  with_values.parameters = values;
  return run_command(session, query::Statement(std::move(made)), with_values, explained);
}

}  // namespace session
