#include "plpgsql_host.h"

#include <fmt/format.h>

#include "command_dispatch.h"
#include "eval/compile.h"
#include "inner_query.h"
#include "planner/planner.h"
#include "routine_call.h"
#include "routines.h"
#include "types/expression_list.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {

using types::Datum;
using types::SqlError;
using types::TypeRef;

// Blocks within blocks come by every few levels: well before what a call leaves free is used up.
void PlpgsqlHost::check() {
  session::check_stack(session_);
  session_.check();
}

std::uint64_t PlpgsqlHost::version() { return inner_version(session_); }

std::shared_ptr<plpgsql::Query> PlpgsqlHost::prepare(const std::string& text, analyzer::Variables* variables,
                                                     std::span<const types::Oid> parameters, TypeRef result,
                                                     bool may_be_simple, Use use) {
  InnerCompile options;
  options.parameter_types = parameters;
  options.variables = variables;
  options.result = result;
  options.assigns_part = use == Use::assigns_part;
  options.for_cursor = use == Use::cursor;
  options.once = use == Use::once;
  return prepare_inner(session_, text, options, may_be_simple);
}

std::shared_ptr<plpgsql::Query> PlpgsqlHost::cast(TypeRef from, TypeRef to) {
  auto& slot = casts_[{from, to}];
  if (slot && slot->version == version()) return slot;
  slot = prepare_of_value(session_, "SELECT $1", from, to);
  return slot;
}

bool PlpgsqlHost::lock(plpgsql::Query& query) { return lock_inner(session_, static_cast<InnerQuery&>(query)); }

std::uint64_t PlpgsqlHost::run(plpgsql::Query& query, std::span<const Datum> parameters, bool read_only,
                               plpgsql::Sink* sink, std::uint64_t limit) {
  return run_inner(session_, static_cast<InnerQuery&>(query), parameters, read_only, sink, limit);
}

// --- cursors

Portal& PlpgsqlHost::portal(const std::string& name) {
  auto found = session_.portals.find(name);
  if (found == session_.portals.end() || !found->second->cursor)
    throw SqlError("34000", fmt::format("cursor \"{}\" does not exist", name));
  return *found->second;
}

std::string PlpgsqlHost::open(std::string name, std::shared_ptr<plpgsql::Query> query,
                              std::span<const Datum> parameters, std::optional<bool> scroll, bool read_only) {
  if (name.empty()) {
    do name = fmt::format("<unnamed portal {}>", ++portals_);
    while (session_.portals.contains(name));
  } else if (session_.portals.contains(name)) {
    throw SqlError("42P03", fmt::format("cursor \"{}\" already in use", name));
  }
  auto& inner = static_cast<InnerQuery&>(*query);
  auto compiled = inner.compiled;
  if (!compiled || compiled->plan == nullptr) throw SqlError::not_supported("a cursor over this statement");
  if (!read_only) session_.block->next_command();
  auto portal = std::make_unique<Portal>();
  portal->name = name;
  portal->from_sql = true;
  portal->depth = session_.block->depth();
  portal->visible = true;
  portal->text = std::string(compiled->source());
  portal->creation_time = session_.statement_time;
  portal->compiled = compiled;
  for (const Datum& value : parameters) portal->parameters.push_back(value);
  const auto& types = inner.parameter_physical;
  for (std::size_t i = 0; i < portal->parameters.size() && i < types.size(); ++i)
    portal->parameters[i] = types::copy_datum(portal->arena, types[i], portal->parameters[i]);
  const bool can_go_back = scroll.value_or(true) && !compiled->plan->modifies_data;
  portal->scroll = can_go_back;
  portal->cursor = std::make_unique<Cursor>(session_, compiled->plan, compiled->sources, portal->parameters, can_go_back,
                                            scroll.value_or(false));
  session_.portals[name] = std::move(portal);
  return name;
}

std::span<const plpgsql::Column> PlpgsqlHost::cursor_columns(const std::string& name) {
  auto& columns = cursor_columns_[name];
  columns.clear();
  for (const auto& column : portal(name).compiled->plan->columns)
    columns.push_back({column.name, column.type, column.physical});
  return columns;
}

std::uint64_t PlpgsqlHost::fetch(const std::string& name, plpgsql::Fetch::Direction direction, std::int64_t count,
                                 bool all, plpgsql::Sink* sink) {
  using From = plpgsql::Fetch::Direction;
  using To = query::Fetch::Direction;
  Portal& from = portal(name);
  query::Fetch fetch;
  fetch.cursor = name;
  fetch.move = sink == nullptr;
  fetch.direction = direction == From::forward    ? To::forward
                    : direction == From::backward ? To::backward
                    : direction == From::absolute ? To::absolute
                                                  : To::relative;
  fetch.count = all ? query::kFetchAll : count;
  if (sink == nullptr) return from.cursor->fetch(fetch, nullptr);
  struct Adapter final : PlanRun::Sink {
    plpgsql::Sink& sink;
    std::size_t columns;
    Adapter(plpgsql::Sink& s, std::size_t c) : sink(s), columns(c) {}
    void row(types::EvalContext&, std::span<const types::Vector> values, std::uint32_t row) override {
      sink.row(values.first(columns), row);
    }
  } adapter(*sink, from.compiled->plan->columns.size());
  return from.cursor->fetch(fetch, &adapter);
}

void PlpgsqlHost::close(const std::string& name) {
  portal(name);
  session_.portals.erase(name);
  cursor_columns_.erase(name);
}

// --- transactions

std::string PlpgsqlHost::savepoint() {
  std::string name = fmt::format("\x01{}", ++savepoints_);
  session_.savepoint(name);
  return name;
}

bool PlpgsqlHost::may_end_transaction() { return session_.routines->may_end_transaction(); }

void PlpgsqlHost::end_transaction(bool commit, bool chain) {
  const query::TransactionModes modes = session_.block->modes();
  for (auto& [name, portal] : session_.portals)
    if (portal->cursor && portal->from_sql && !portal->hold) {
      portal->hold = true;
      portal->cursor->hold();
    }
  if (commit) session_.commit();
  else session_.rollback();
  session_.block->begin_implicit();
  if (chain) session_.block->set_modes(modes);
}

void PlpgsqlHost::message(plpgsql::RaiseLevel level, SqlError error) {
  using plpgsql::RaiseLevel;
  using protocol::Severity;
  Severity severity = Severity::notice;
  switch (level) {
    case RaiseLevel::debug: severity = Severity::debug; break;
    case RaiseLevel::log: severity = Severity::log; break;
    case RaiseLevel::notice: severity = Severity::notice; break;
    case RaiseLevel::warning: severity = Severity::warning; break;
    default: severity = Severity::info; break;
  }
  session_.notice(severity, std::move(error));
}

std::string PlpgsqlHost::setting(std::string_view name) {
  return session_.settings.show(name, true).value_or("");
}

// --- types

TypeRef PlpgsqlHost::of(types::Oid type) {
  const auto* info = session_.catalog->type(type);
  return {type, -1, info != nullptr ? info->collation : 0};
}

TypeRef PlpgsqlHost::by_text(std::string_view text) {
  types::Arena arena;
  auto eval = session_.eval_context(&arena);
  auto sql = fmt::format("CAST(NULL AS {})", text);
  try {
    auto expression = analyzer::analyze_expression(
        sql, {.catalog = *session_.catalog, .eval = eval, .text = sql, .database = session_.identity.database}, 0);
    TypeRef result = of(expression->type.oid);
    result.typmod = expression->type.typmod;
    return result;
  } catch (const SqlError& error) {
    if (error.sqlstate() == "42601") throw SqlError("42601", fmt::format("invalid type name \"{}\"", text));
    throw;
  }
}

TypeRef PlpgsqlHost::of_column(const std::vector<std::string>& names) {
  if (names.size() < 2) {
    // A type's own name with %TYPE means nothing.
    throw SqlError("42601", fmt::format("syntax error at or near \"%\""));
  }
  std::string schema = names.size() >= 3 ? names[names.size() - 3] : std::string();
  auto oid = session_.catalog->find_relation(schema, names[names.size() - 2]);
  if (oid == 0)
    throw SqlError("42P01", fmt::format("relation \"{}\" does not exist", names[names.size() - 2]));
  auto relation = session_.catalog->relation(oid);
  for (const auto& column : relation->columns)
    if (!column.dropped && column.name == names.back()) return column.type;
  throw SqlError("42703", fmt::format("column \"{}\" of relation \"{}\" does not exist", names.back(), relation->name));
}

TypeRef PlpgsqlHost::of_row(const std::vector<std::string>& names) {
  std::string schema = names.size() >= 2 ? names[names.size() - 2] : std::string();
  auto oid = session_.catalog->find_relation(schema, names.back());
  if (oid == 0) throw SqlError("42P01", fmt::format("relation \"{}\" does not exist", names.back()));
  auto relation = session_.catalog->relation(oid);
  if (!relation || relation->row_type == 0)
    throw SqlError("42809", fmt::format("relation \"{}\" does not have a composite type", names.back()));
  return {relation->row_type, -1, 0};
}

bool PlpgsqlHost::is_row(types::Oid type) {
  const auto* info = session_.catalog->type(session_.catalog->base_type(type));
  return info != nullptr && info->kind == 'c';
}

void PlpgsqlHost::check_collation(std::string_view name, TypeRef& type) {
  const auto* collation = session_.catalog->find_collation({}, name);
  if (collation == nullptr)
    throw SqlError("42704", fmt::format("collation \"{}\" for encoding \"UTF8\" does not exist", name));
  if (type.collation == 0)
    throw SqlError("42804", fmt::format("collations are not supported by type {}",
                                        session_.catalog->format_type(type.oid)));
  type.collation = collation->oid;
}

void PlpgsqlHost::check_syntax(std::string_view text) { parse_text(session_, text); }

void PlpgsqlHost::check_stack() { session::check_stack(session_); }

std::vector<std::pair<std::string, std::string>> PlpgsqlHost::split_arguments(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> result;
  for (const std::string_view part : types::split_expressions(text)) {
    std::string one(part);
    std::string name;
    for (std::string_view arrow : {":=", "=>"})
      if (auto at = one.find(arrow); at != std::string::npos) {
        std::string left = one.substr(0, at);
        while (!left.empty() && std::isspace(static_cast<unsigned char>(left.back()))) left.pop_back();
        while (!left.empty() && std::isspace(static_cast<unsigned char>(left.front()))) left.erase(0, 1);
        auto names = split_identifiers(left);
        if (names && names->size() == 1) {
          name = (*names)[0];
          one.erase(0, at + 2);
          break;
        }
      }
    result.emplace_back(std::move(name), std::move(one));
  }
  return result;
}

}  // namespace session
