#include "extended_query.h"

#include <algorithm>

#include <fmt/format.h>

#include "copy_transfer.h"
#include "long_names.h"
#include "eval/compile.h"
#include "parameter_value.h"
#include "point_plan.h"
#include "query/statements.h"
#include "services.h"
#include "session_state.h"
#include "session_statements.h"
#include "statement_runner.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

}  // namespace

void ExtendedQuery::begin() {
  session_.statement_time = current_timestamp();
  session_.block->begin_implicit();
}

void ExtendedQuery::parse(const protocol::ParseMessage& message, std::string_view sql) {
  session_.statement_time = current_timestamp();
  if (!message.statement.empty() && session_.prepared.contains(std::string(message.statement)))
    throw SqlError("42P05", fmt::format("prepared statement \"{}\" already exists", message.statement));
  bool unnamed = message.statement.empty();
  if (unnamed && session_.block->state() != TransactionBlock::State::failed)
    if (auto known = session_.plans.find_parsed(session_, sql, message.parameter_types)) {
      session_.current_text = known->compiled->text;
      session_.prepared[std::string()] = std::move(known);
      session_.messages().parse_complete();
      return;
    }
  auto text = std::make_shared<const std::string>(sql);
  session_.current_text = text;
  session_.begin_activity();
  auto prepared = std::make_shared<PreparedStatement>();
  prepared->name = message.statement;
  prepared->prepare_time = current_timestamp();
  tell_of_long_names(session_, *text);
  parser::ParseTree tree = parse_text(session_, *text);
  if (tree.statements().size() > 1)
    throw SqlError("42601", "cannot insert multiple commands into a prepared statement");
  if (tree.statements().empty()) {
    auto empty = std::make_shared<CompiledStatement>();
    empty->text = text;
    prepared->compiled = empty;
  } else {
    require_usable_transaction(session_, tree.statements()[0].node);
    begin();
    prepared->compiled = compile(session_, tree.statements()[0], text, message.parameter_types);
    if (unnamed) session_.plans.keep_parsed(session_, prepared);
  }
  session_.prepared[std::string(message.statement)] = std::move(prepared);
  session_.messages().parse_complete();
}

const std::shared_ptr<PreparedStatement>& ExtendedQuery::statement(std::string_view name) {
  auto found = session_.prepared.find(std::string(name));
  if (found == session_.prepared.end())
    throw SqlError("26000", name.empty() ? "unnamed prepared statement does not exist"
                                         : fmt::format("prepared statement \"{}\" does not exist", name));
  return found->second;
}

Portal& ExtendedQuery::portal(std::string_view name) {
  auto found = session_.portals.find(std::string(name));
  if (found == session_.portals.end())
    throw SqlError("34000", fmt::format("portal \"{}\" does not exist", name));
  return *found->second;
}

void ExtendedQuery::bind(const protocol::BindMessage& message) {
  const auto& known = statement(message.statement);
  PreparedStatement& prepared = *known;
  session_.current_text = prepared.compiled->text;
  const auto& compiled = *prepared.compiled;
  bool ends = compiled.utility != nullptr &&
              std::holds_alternative<query::Transaction>(compiled.utility->node);
  if (!ends && !compiled.empty()) require_usable_transaction(session_, nullptr);
  if (message.parameters.size() != compiled.parameter_types.size())
    throw SqlError("08P01", fmt::format("bind message supplies {} parameters, but prepared statement "
                                        "\"{}\" requires {}", message.parameters.size(),
                                        message.statement, compiled.parameter_types.size()));
  if (message.parameter_formats.size() > 1 &&
      message.parameter_formats.size() != message.parameters.size())
    throw SqlError("08P01", fmt::format("bind message has {} parameter formats but {} parameters",
                                        message.parameter_formats.size(), message.parameters.size()));
  std::string name(message.portal);
  if (!name.empty() && session_.portals.contains(name))
    throw SqlError("42P03", fmt::format("cursor \"{}\" already exists", name));
  begin();

  auto made = std::make_unique<Portal>();
  if (!name.empty()) made->name = name;
  made->statement = known;
  made->compiled = prepared.compiled;
  made->depth = session_.block->depth();
  made->result_formats.assign(message.result_formats.begin(), message.result_formats.end());
  made->parameters.resize(message.parameters.size());
  for (std::size_t i = 0; i < message.parameters.size(); ++i) {
    if (!message.parameters[i]) continue;
    made->parameters[i] = read_parameter(session_, made->arena, compiled.parameter_types[i],
                                         protocol::format_of(message.parameter_formats, i), *message.parameters[i]);
  }
  if (compiled.plan != nullptr) {
    // The result's shape was told to the client at Parse: a plan made anew must keep it.
    revalidate(session_, prepared);
    made->compiled = choose_plan(session_, prepared.choice, prepared.compiled, made->parameters);
  }
  session_.portals[name] = std::move(made);
  session_.messages().bind_complete();
}

void ExtendedQuery::describe(const protocol::DescribeMessage& message) {
  auto& messages = session_.messages();
  if (message.target == protocol::Target::statement) {
    PreparedStatement& prepared = *statement(message.name);
    messages.parameter_description(prepared.compiled->parameter_types);
    if (prepared.compiled->plan != nullptr)
      return describe_plan(prepared, *prepared.compiled->plan, {});
    auto columns = result_columns(session_, *prepared.compiled);
    if (columns.empty())
      messages.no_data();
    else
      RowWriter(columns, {}).describe(messages, *session_.catalog);
    return;
  }
  auto& target = portal(message.name);
  if (target.compiled->plan != nullptr && target.statement != nullptr &&
      target.statement->compiled == target.compiled)
    return describe_plan(*target.statement, *target.compiled->plan, target.result_formats);
  auto columns = result_columns(session_, *target.compiled);
  if (columns.empty() && !(target.compiled->plan != nullptr && target.compiled->plan->returns_rows))
    messages.no_data();
  else
    RowWriter(columns, target.result_formats).describe(messages, *session_.catalog);
}

void ExtendedQuery::describe_plan(PreparedStatement& prepared, const planner::Plan& plan,
                                  std::span<const std::int16_t> formats) {
  auto& messages = session_.messages();
  if (!plan.returns_rows) return messages.no_data();
  auto& known = prepared.description;
  if (known.bytes.empty() || known.plan != &plan || !std::ranges::equal(known.formats, formats)) {
    auto start = messages.size();
    RowWriter(plan.columns, formats).describe(messages, *session_.catalog);
    known = {&plan, {formats.begin(), formats.end()}, messages.bytes().substr(start)};
    return;
  }
  messages.bytes().append(known.bytes);
}

void ExtendedQuery::execute(const protocol::ExecuteMessage& message,
                            std::unique_ptr<CopyTransfer>& copy) {
  auto& target = portal(message.portal);
  session_.current_text = target.compiled->text;
  if (target.compiled->empty()) {
    session_.messages().empty_query_response();
    return;
  }
  session_.begin_activity();
  session_.block->begin_implicit();
  StatementLimits limits(session_);
  if (target.compiled->plan != nullptr) {
    execute_plan(target, message.row_limit);
    return;
  }
  if (target.done) {
    session_.messages().command_complete(target.tag);
    return;
  }
  RunOptions options{.surroundings = Surroundings::extended,
                     .parameters = target.parameters,
                     .result_formats = target.result_formats,
                     .send_description = false};
  auto compiled = target.compiled;  // COMMIT closes the portal under us
  std::string name(message.portal);
  session_.services->statements().begin();
  auto tag = run_statement(session_, compiled, options, copy);
  if (copy) {
    copy->set_extended();
    return;
  }
  session_.services->statements().finish(*compiled->text, tag);
  if (auto still = session_.portals.find(name); still != session_.portals.end()) {
    still->second->done = true;
    still->second->tag = tag;
  }
  session_.messages().command_complete(tag);
}

void ExtendedQuery::execute_plan(Portal& target, std::int32_t row_limit) {
  const auto& plan = *target.compiled->plan;
  session_.services->statements().begin();
  if (!target.run) {
    require_writable(session_, plan);
    std::unique_ptr<operators::Execution> execution;
    if (target.statement && target.statement->idle_execution &&
        &target.statement->idle_execution->plan() == target.compiled->plan.get())
      execution = std::move(target.statement->idle_execution);
    else
      execution = std::make_unique<operators::Execution>(target.compiled->plan);
    target.run = std::make_unique<PlanRun>(session_, std::move(execution), target.parameters);
  }
  RowWriter writer(plan.columns, target.result_formats);
  RowSender sender(session_, writer);
  auto limit = row_limit > 0 ? static_cast<std::uint64_t>(row_limit) : 0;
  auto sent = target.run->fetch(limit, sender);
  if (sent > 0) session_.block->note_answered();
  if (limit != 0 && !target.run->done() && sent == limit) {
    session_.messages().portal_suspended();
    return;
  }
  auto tag = query_tag(plan.command, plan.command == query::CommandKind::select ||
                                             plan.command == query::CommandKind::values
                                         ? sent
                                         : target.run->rows_affected());
  session_.messages().command_complete(tag);
  session_.services->statements().finish(*target.compiled->text, tag);
  auto execution = target.run->finish();
  if (target.statement && target.statement->compiled == target.compiled && is_point_plan(plan)) target.statement->idle_execution = std::move(execution);
  target.run.reset();
  session_.services_end_statement();
  session_.block->next_command();
}

void ExtendedQuery::close(const protocol::CloseMessage& message) {
  if (message.target == protocol::Target::statement)
    session_.prepared.erase(std::string(message.name));
  else
    session_.portals.erase(std::string(message.name));
  session_.messages().close_complete();
}

void ExtendedQuery::sync() {
  if (session_.block->state() == TransactionBlock::State::implicit) session_.commit();
}

}  // namespace session
