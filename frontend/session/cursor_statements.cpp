// EXECUTE, DECLARE, FETCH, MOVE.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "command_dispatch.h"
#include "copy_transfer.h"
#include "eval/compile.h"
#include "eval/environment.h"
#include "eval/program.h"
#include "planner/planner.h"
#include "planner_settings.h"
#include "present_rights.h"
#include "session_statements.h"
#include "table_sizes.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {

using types::SqlError;

std::string run_execute(SessionState& session, const query::Execute& execute,
                        const RunOptions& options, std::unique_ptr<CopyTransfer>& copy) {
  auto found = session.prepared.find(execute.name);
  if (found == session.prepared.end())
    throw SqlError("26000", fmt::format("prepared statement \"{}\" does not exist", execute.name));
  auto prepared = found->second;
  types::Arena arena;
  std::vector<types::Datum> parameters;
  for (const auto& argument : execute.arguments)
    parameters.push_back(evaluate_constant(session, *argument, arena, options.parameters));
  if (prepared->compiled->plan == nullptr) {
    RunOptions inner = options;
    inner.parameters = parameters;
    return run_statement(session, prepared->compiled, inner, copy);
  }
  auto own_text = std::exchange(session.current_text, prepared->compiled->text);
  revalidate(session, *prepared);
  const CompiledPtr compiled = choose_plan(session, prepared->choice, prepared->compiled, parameters);
  session.current_text = std::move(own_text);
  const bool is_generic = compiled == prepared->compiled;
  std::unique_ptr<operators::Execution> execution;
  if (is_generic) execution = std::move(prepared->idle_execution);
  std::optional<RowWriter> writer;
  if (compiled->plan->returns_rows) writer.emplace(compiled->plan->columns, options.result_formats);
  auto tag = run_plan(session, compiled->plan, execution, parameters,
                      {.writer = writer ? &*writer : nullptr, .describe = options.send_description});
  if (is_generic) prepared->idle_execution = std::move(execution);
  return tag;
}

void run_declare(SessionState& session, const query::DeclareCursor& declare,
                 const CompiledPtr& compiled, const RunOptions& options) {
  if (!declare.hold) require_transaction_block(session, options, "DECLARE CURSOR");
  if (session.portals.contains(declare.name))
    throw SqlError("42P03", fmt::format("cursor \"{}\" already exists", declare.name));
  auto portal = std::make_unique<Portal>();
  portal->name = declare.name;
  portal->from_sql = true;
  portal->depth = session.block->depth();
  portal->hold = declare.hold;
  portal->binary = declare.binary;
  portal->visible = true;
  // All of what the client sent, as for a prepared statement.
  portal->text = session.current_text != nullptr ? *session.current_text : std::string(compiled->source());
  portal->creation_time = session.statement_time;
  if (declare.binary) portal->result_formats = {1};
  auto own = std::make_shared<CompiledStatement>();
  own->text = compiled->text;
  own->location = compiled->location;
  own->length = compiled->length;
  own->parameter_types = compiled->parameter_types;
  TableSizes sizes;
  const planner::Options plan_options = planner_options(session, &sizes);
  PresentRights rights(session);
  rights.require(*declare.query);
  const auto query = query::clone(*declare.query);
  own->sources = add_cursor_sources(*query, *session.catalog);
  own->plan = hide_cursor_sources(planner::plan(*query, *session.catalog, plan_options), own->sources);
  portal->compiled = own;
  for (std::size_t i = 0; i < options.parameters.size(); ++i)
    portal->parameters.push_back(types::copy_datum(
        portal->arena, eval::type_support(*session.catalog, compiled->parameter_types[i]).physical, options.parameters[i]));
  // Rows that are locked as they come cannot come again.
  const bool can_go_back = !declare.no_scroll && !own->plan->modifies_data;
  portal->scroll = can_go_back;
  portal->cursor = std::make_unique<Cursor>(session, own->plan, own->sources, portal->parameters, can_go_back,
                                            declare.scroll);
  session.portals[declare.name] = std::move(portal);
}

namespace {

bool has_member(catalog::CatalogView& catalog, types::Oid table, types::Oid member) {
  if (table == member) return true;
  const auto relation = catalog.relation(table);
  return relation != nullptr && std::ranges::any_of(relation->children, [&](types::Oid child) {
           return has_member(catalog, child, member);
         });
}

}  // namespace

std::optional<std::string> current_row_of(SessionState& session, const std::string& name, types::Oid relation) {
  const auto found = session.portals.find(name);
  if (found == session.portals.end()) throw SqlError("34000", fmt::format("cursor \"{}\" does not exist", name));
  const auto refuse = [&](std::string_view why) {
    return SqlError("24000", fmt::format("cursor \"{}\" {}", name, why));
  };
  const Portal& portal = *found->second;
  if (portal.compiled->plan == nullptr || portal.compiled->plan->command != query::CommandKind::select)
    throw refuse("is not a SELECT query");
  if (portal.cursor != nullptr && portal.cursor->held()) throw refuse("is held from a previous transaction");
  const auto descriptor = session.catalog->relation(relation);
  const std::string table_name = descriptor != nullptr ? descriptor->name : std::to_string(relation);
  const CursorSources none;
  const CursorSources& sources = portal.cursor != nullptr ? portal.cursor->sources() : none;
  std::vector<std::size_t> mine;
  for (std::size_t i = 0; i < sources.tables.size(); ++i)
    if (const auto& [table, with_members] = sources.tables[i];
        table == relation || (with_members && has_member(*session.catalog, table, relation)))
      mine.push_back(i);
  if (mine.empty())
    throw refuse(sources.by_locks ? fmt::format("does not have a FOR UPDATE/SHARE reference to table \"{}\"", table_name)
                                  : fmt::format("is not a simply updatable scan of table \"{}\"", table_name));
  if (mine.size() > 1) throw refuse(fmt::format("has multiple FOR UPDATE/SHARE references to table \"{}\"", table_name));
  if (!portal.cursor->stands_on_row()) throw refuse("is not positioned on a row");
  const Cursor::SourceRow row = portal.cursor->source_row(mine.front());
  if (row.table != relation) return std::nullopt;
  std::string text = "\\x";
  for (const char c : row.key) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

namespace {

// A binary cursor answers in binary whatever was asked for.
std::vector<std::int16_t> formats_of(const Portal& portal, const RunOptions& options) {
  if (portal.binary) return {1};
  return {options.result_formats.begin(), options.result_formats.end()};
}

// FETCH from a portal of the extended protocol: onwards only.
std::string fetch_from_portal(SessionState& session, Portal& portal, const query::Fetch& fetch,
                              const RunOptions& options) {
  if (fetch.direction != query::Fetch::Direction::forward || fetch.count < 0 || !portal.run)
    throw SqlError::not_supported("fetching other than forward from a portal");
  RowWriter writer(portal.compiled->plan->columns, formats_of(portal, options));
  if (!fetch.move && options.send_description) writer.describe(session.messages(), *session.catalog);
  struct Nowhere final : PlanRun::Sink {
    void row(types::EvalContext&, std::span<const types::Vector>, std::uint32_t) override {}
  } nowhere;
  RowSender sender(session, writer);
  PlanRun::Sink& sink = fetch.move ? static_cast<PlanRun::Sink&>(nowhere) : sender;
  std::uint64_t count = 0;
  if (fetch.count > 0)
    count = portal.run->fetch(
        fetch.count == query::kFetchAll ? 0 : static_cast<std::uint64_t>(fetch.count), sink);
  session.block->note_answered();
  return fmt::format("{} {}", fetch.move ? "MOVE" : "FETCH", count);
}

}  // namespace

std::string run_fetch(SessionState& session, const query::Fetch& fetch, const RunOptions& options) {
  auto found = session.portals.find(fetch.cursor);
  if (found == session.portals.end())
    throw SqlError("34000", fmt::format("cursor \"{}\" does not exist", fetch.cursor));
  auto& portal = *found->second;
  if (portal.cursor == nullptr) return fetch_from_portal(session, portal, fetch, options);
  RowWriter writer(portal.compiled->plan->columns, formats_of(portal, options));
  if (fetch.move) return fmt::format("MOVE {}", portal.cursor->fetch(fetch, nullptr));
  if (options.send_description) writer.describe(session.messages(), *session.catalog);
  RowSender sender(session, writer);
  const std::uint64_t count = portal.cursor->fetch(fetch, &sender);
  session.block->note_answered();
  return fmt::format("FETCH {}", count);
}

}  // namespace session
