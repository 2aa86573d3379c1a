#include "command_dispatch.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "command_host.h"
#include "event_triggers.h"
#include "commands/commands.h"
#include "eval/compile.h"
#include "eval/program.h"
#include "planner/planner.h"
#include "query/statements.h"
#include "session_statements.h"
#include "types/ascii.h"
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

bool has_option(const std::vector<query::Option>& options, std::string_view name) {
  return std::ranges::any_of(options, [&](const query::Option& option) { return option.name == name; });
}

// What makes transactions of its own in PostgreSQL, and so stands in none: its name there.
std::string_view runs_alone(const query::Statement& statement) {
  if (const auto* vacuum = std::get_if<query::Vacuum>(&statement.node)) return vacuum->vacuum ? "VACUUM" : "";
  if (const auto* create = std::get_if<query::CreateIndex>(&statement.node))
    return create->concurrently ? "CREATE INDEX CONCURRENTLY" : "";
  if (const auto* drop = std::get_if<query::Drop>(&statement.node))
    return drop->concurrently ? "DROP INDEX CONCURRENTLY" : "";
  if (const auto* alter = std::get_if<query::AlterTable>(&statement.node)) {
    for (const query::AlterTableAction& action : alter->actions)
      if (const auto* detach = std::get_if<query::DetachPartition>(&action); detach != nullptr && detach->concurrently)
        return "ALTER TABLE ... DETACH CONCURRENTLY";
    return "";
  }
  if (const auto* cluster = std::get_if<query::Cluster>(&statement.node)) return cluster->table ? "" : "CLUSTER";
  if (const auto* reindex = std::get_if<query::Reindex>(&statement.node)) {
    if (has_option(reindex->options, "concurrently")) return "REINDEX CONCURRENTLY";
    switch (reindex->kind) {
      case query::Reindex::Kind::schema: return "REINDEX SCHEMA";
      case query::Reindex::Kind::system: return "REINDEX SYSTEM";
      case query::Reindex::Kind::database: return "REINDEX DATABASE";
      default: return "";
    }
  }
  return "";
}

// Each partition is a transaction there.
void refuse_partitioned(SessionState& session, const query::Reindex& reindex) {
  auto& catalog = *session.catalog;
  const auto relation = catalog.relation(catalog.find_relation(reindex.relation.schema, reindex.relation.name));
  if (relation == nullptr) return;
  const bool table = relation->kind == catalog::RelationKind::partitioned_table;
  if (!table && relation->kind != catalog::RelationKind::partitioned_index) return;
  throw SqlError("25001", table ? "REINDEX TABLE cannot run inside a transaction block"
                                : "REINDEX INDEX cannot run inside a transaction block")
      .with_context(fmt::format("while reindexing partitioned {} \"{}.{}\"", table ? "table" : "index",
                                relation->schema_name, relation->name));
}

}  // namespace

std::string run_command(SessionState& session, const query::Statement& statement,
                        const RunOptions& options, const CommandHost::Explained* explained) {
  if (!commands::is_command(statement))
    throw SqlError::not_supported(query::command_tag(statement));
  require_writable_for(session, statement);
  if (std::holds_alternative<query::LockTable>(statement.node)) require_transaction_block(session, options, "LOCK TABLE");
  if (const std::string_view alone = runs_alone(statement); !alone.empty()) require_no_block(session, options, alone);
  if (const auto* reindex = std::get_if<query::Reindex>(&statement.node); reindex != nullptr && session.block->in_block())
    refuse_partitioned(session, *reindex);
  CommandHost host(session, options.parameters);
  if (explained != nullptr) host.explain(*explained);
  EventTriggerRun events(session, statement);
  events.start();
  std::string tag;
  try {
    tag = commands::execute(statement, host);
  } catch (const SqlError&) {
    host.leave_remains();
    throw;
  }
  events.end(statement, host);
  return tag;
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

namespace {

[[noreturn]] void invalid_type_name(std::string_view text) {
  throw SqlError("42601", fmt::format("invalid type name \"{}\"", text));
}

// A parenthesis that closes what the type did not open would end the cast that the name is read in.
void require_balanced(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (depth < 0)
      throw SqlError("42601", "syntax error at or near \")\"").with_context(fmt::format("invalid type name \"{}\"", text));
  }
}

}  // namespace

types::Oid type_by_text(SessionState& session, std::string_view text) {
  types::Arena arena;
  auto eval = session.eval_context(&arena);
  if (types::trim(text).empty()) invalid_type_name(text);
  require_balanced(text);
  if (const auto word = types::trim(text); word.size() > 6 && types::equals_ignoring_case(word.substr(0, 5), "setof") &&
                                           std::isspace(static_cast<unsigned char>(word[5])) != 0)
    invalid_type_name(text);
  // A type name is whatever the grammar takes between AS and the parenthesis.
  auto sql = fmt::format("CAST(NULL AS {}\n)", text);
  try {
    auto expression = analyzer::analyze_expression(
        sql, {.catalog = *session.catalog, .eval = eval, .text = sql,
              .database = session.identity.database}, 0);
    return expression->type.oid;
  } catch (const SqlError& error) {
    if (error.sqlstate() == "42601") {
      // The name's own parentheses are balanced: this one is ours.
      const bool at_end = error.message() == "syntax error at or near \")\"";
      throw SqlError("42601", at_end ? "syntax error at end of input" : error.message())
          .with_context(fmt::format("invalid type name \"{}\"", text));
    }
    // Its position is one in our text, not in the client's.
    throw SqlError(error.sqlstate(), error.message());
  }
}

}  // namespace session
