#include "inner_query.h"

#include <charconv>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "analyzer/transition_names.h"
#include "copy_transfer.h"
#include "query/statements.h"
#include "routines.h"
#include "eval/compile.h"
#include "planner/folded.h"
#include "planner/partition_routing.h"
#include "planner/planner.h"
#include "present_rights.h"
#include "session_statements.h"
#include "statement_runner.h"
#include "types/sql_error.h"
#include "types/type_io.h"

namespace session {

using types::Datum;
using types::SqlError;

std::uint64_t inner_version(SessionState& session) {
  return (catalog_version(session) * 1'000'003 + session.settings.plan_epoch) * 1'000'003 + session.catalog->user();
}

namespace {

void describe(SessionState& session, InnerQuery& query) {
  const CompiledStatement& compiled = *query.compiled;
  query.version = inner_version(session);
  if (compiled.plan != nullptr) {
    query.is_query = true;
    query.returns_rows = compiled.plan->returns_rows;
    query.is_select = !compiled.plan->modifies_data;
    for (const auto& column : compiled.plan->columns)
      query.columns.push_back({column.name, column.type, column.physical});
    return;
  }
  query.columns.clear();
  for (const auto& column : result_columns(session, compiled))
    query.columns.push_back({column.name, column.type, column.physical});
  query.returns_rows = !query.columns.empty();
  if (compiled.utility != nullptr && std::holds_alternative<query::CallProcedure>(compiled.utility->node)) {
    query.is_call = true;
    query.call_outputs = call_outputs(session, std::get<query::CallProcedure>(compiled.utility->node));
  }
}

// Statements that answer rows without a plan (SHOW, EXPLAIN, FETCH, CALL) write them as messages:
// these are taken back and read.
void read_rows(SessionState& session, std::size_t from, InnerQuery& query, plpgsql::Sink& sink,
               std::uint64_t& count) {
  std::string bytes = session.messages().bytes().substr(from);
  session.messages().truncate(from);
  types::Arena arena;
  auto context = session.eval_context(&arena);
  std::size_t at = 0;
  auto read32 = [&](std::size_t offset) {
    const auto* b = reinterpret_cast<const unsigned char*>(bytes.data()) + offset;
    return static_cast<std::int32_t>(static_cast<std::uint32_t>(b[0]) << 24 | static_cast<std::uint32_t>(b[1]) << 16 |
                                     static_cast<std::uint32_t>(b[2]) << 8 | b[3]);
  };
  bool wanted = true;
  while (at + 5 <= bytes.size()) {
    const char kind = bytes[at];
    const auto length = static_cast<std::size_t>(read32(at + 1));
    if (kind != 'D') {
      // A notice goes on to the client.
      session.messages().bytes().append(bytes, at, length + 1);
    } else if (wanted) {
      std::size_t value = at + 7;
      std::vector<types::Vector> columns;
      for (const auto& column : query.columns) {
        const std::int32_t size = read32(value);
        value += 4;
        auto vector = types::Vector::allocate(arena, column.physical, 1);
        if (size < 0) {
          vector.set_null(0);
        } else {
          const std::string_view text(bytes.data() + value, static_cast<std::size_t>(size));
          vector.set_datum(0, types::type_support(context, column.type.oid).input(context, text, -1));
          value += static_cast<std::size_t>(size);
        }
        columns.push_back(vector);
      }
      ++count;
      wanted = sink.row(columns, 0);
    }
    at += length + 1;
  }
}

// Notes which parameters a statement reads. Without variables these are those that it was given the types of.
class Recorder : public analyzer::Variables {
 public:
  Recorder(SessionState& session, analyzer::Variables* inner, InnerQuery& query)
      : session_(session), inner_(inner), query_(query) {}
  std::optional<Found> find(std::span<const std::string_view> names) override {
    auto found = inner_ != nullptr ? inner_->find(names) : find_given(names);
    if (found && inner_ != nullptr) {
      auto& physical = query_.parameter_physical;
      const auto at = static_cast<std::size_t>(found->parameter - 1);
      if (physical.size() <= at) physical.resize(at + 1, types::PhysicalType::int32);
      physical[at] = found->type.oid == types::oid::unknown ? types::PhysicalType::varlen
                                                            : eval::physical_type(*session_.catalog, found->type.oid);
    }
    return found;
  }
  std::optional<std::vector<std::pair<std::string, types::TypeRef>>> fields(int parameter) override {
    return inner_ != nullptr ? inner_->fields(parameter) : std::nullopt;
  }
  Conflict conflict() const override { return inner_ != nullptr ? inner_->conflict() : Conflict::column; }

 private:
  std::optional<Found> find_given(std::span<const std::string_view> names) const {
    if (names.size() != 1 || !names[0].starts_with("$")) return std::nullopt;
    int number = 0;
    std::from_chars(names[0].data() + 1, names[0].data() + names[0].size(), number);
    if (number < 1 || static_cast<std::size_t>(number) > query_.parameter_types.size()) return std::nullopt;
    const types::Oid type = query_.parameter_types[static_cast<std::size_t>(number - 1)];
    const auto* info = session_.catalog->type(type);
    return Found{number, {type, -1, info != nullptr ? info->collation : 0}, 1};
  }

  SessionState& session_;
  analyzer::Variables* inner_;
  InnerQuery& query_;
};

// The same in the function of a trigger with transition tables.
class TriggerRecorder final : public Recorder, public analyzer::TransitionNames {
 public:
  TriggerRecorder(SessionState& session, analyzer::Variables* inner, InnerQuery& query, const TransitionScope& scope)
      : Recorder(session, inner, query), scope_(scope) {}
  types::Oid relation() const override { return scope_.relation; }
  std::optional<bool> find_table(std::string_view name) const override {
    if (!scope_.new_table.empty() && name == scope_.new_table) return true;
    if (!scope_.old_table.empty() && name == scope_.old_table) return false;
    return std::nullopt;
  }

 private:
  const TransitionScope& scope_;
};

class Adapter final : public PlanRun::Sink {
 public:
  Adapter(plpgsql::Sink* sink, std::size_t columns) : sink_(sink), columns_(columns) {}
  void row(types::EvalContext&, std::span<const types::Vector> columns, std::uint32_t row) override {
    if (sink_ != nullptr && more_) more_ = sink_->row(columns.first(columns_), row);
  }

 private:
  plpgsql::Sink* sink_;
  std::size_t columns_;
  bool more_ = true;
};

}  // namespace

std::string InnerQuery::command() const {
  if (several || compiled == nullptr) return {};
  if (compiled->plan != nullptr) {
    std::string tag = query_tag(compiled->plan->command, 0);
    tag.resize(tag.find(' '));
    return tag;
  }
  return compiled->utility == nullptr ? std::string() : std::string(query::command_tag(*compiled->utility));
}

void refuse_in_read_only(const InnerQuery& query) {
  throw SqlError("0A000", fmt::format("{} is not allowed in a non-volatile function", query.command()));
}

namespace {

// parameter || value, parameter[subscript] := value.
std::optional<plpgsql::Query::ArrayChange> array_change(catalog::CatalogView& catalog, query::Expression& expression) {
  plpgsql::Query::ArrayChange change;
  change.element = catalog.element_type(expression.type.oid);
  if (change.element == 0 || catalog.base_type(expression.type.oid) != expression.type.oid) return std::nullopt;
  const query::Expression* array = nullptr;
  std::vector<query::ExpressionPtr*> parts;
  if (auto* part = std::get_if<query::Subscript>(&expression.node)) {
    if (!part->assignment || !part->lower.empty() || part->upper.size() != 1 || !part->upper[0]) return std::nullopt;
    array = part->container.get();
    parts = {&part->assignment, &part->upper[0]};
  } else if (auto* call = std::get_if<query::Call>(&expression.node)) {
    constexpr types::Oid kArrayAppend = 378;
    if (call->function != kArrayAppend || call->arguments.size() != 2) return std::nullopt;
    change.appends = true;
    array = call->arguments[0].get();
    parts = {&call->arguments[1]};
  }
  const auto* parameter = array != nullptr ? std::get_if<query::Parameter>(&array->node) : nullptr;
  if (parameter == nullptr || array->type.oid != expression.type.oid) return std::nullopt;
  change.parameter = parameter->number;
  change.physical = eval::physical_type(catalog, change.element);
  std::vector<query::ExpressionPtr> moved;
  for (query::ExpressionPtr* part : parts) moved.push_back(std::move(*part));
  change.parts = planner::compile_row_expressions(moved, catalog);
  for (std::size_t i = 0; i < parts.size(); ++i) *parts[i] = std::move(moved[i]);
  return change;
}

}  // namespace

std::shared_ptr<InnerQuery> prepare_inner(SessionState& session, const parser::Statement& statement,
                                          const std::shared_ptr<const std::string>& text,
                                          const InnerCompile& options, bool may_be_simple) {
  auto query = std::make_shared<InnerQuery>();
  query::ExpressionPtr simple;
  std::string name;
  InnerCompile wanted = options;
  if (may_be_simple) {
    wanted.simple = &simple;
    wanted.simple_name = &name;
  }
  query->parameter_types.assign(options.parameter_types.begin(), options.parameter_types.end());
  std::optional<Recorder> recorder;
  std::optional<TriggerRecorder> trigger_recorder;
  if (const TransitionScope* transitions = session.routines->transitions())
    wanted.variables = &trigger_recorder.emplace(session, options.variables, *query, *transitions);
  else
    wanted.variables = &recorder.emplace(session, options.variables, *query);
  for (types::Oid type : options.parameter_types)
    query->parameter_physical.push_back(eval::physical_type(*session.catalog, type));
  query->compiled = compile_inner(session, statement, text, wanted);
  if (simple) {
    query->simple = query->is_select = query->is_query = query->returns_rows = true;
    query->version = inner_version(session);
    if (!options.once) simple = planner::folded(*session.catalog, session.routines.get(), *simple);
    query->program = planner::compile_expression(*simple, *session.catalog);
    if (!options.once) {
      query->scalar = eval::ScalarProgram::compile(*session.catalog, *simple);
      query->array_change = array_change(*session.catalog, *simple);
    }
    query->columns.push_back({name, simple->type, eval::physical_type(*session.catalog, simple->type.oid)});
    return query;
  }
  describe(session, *query);
  return query;
}

std::shared_ptr<InnerQuery> prepare_inner(SessionState& session, const std::string& text,
                                          const InnerCompile& options, bool may_be_simple) {
  parser::ParseTree tree = parse_text(session, text);
  auto shared = std::make_shared<const std::string>(text);
  if (tree.statements().size() == 1) return prepare_inner(session, tree.statements()[0], shared, options, may_be_simple);
  auto query = std::make_shared<InnerQuery>();
  query->several = true;
  query->text = text;
  query->version = inner_version(session);
  query->parameter_types.assign(options.parameter_types.begin(), options.parameter_types.end());
  return query;
}

std::shared_ptr<InnerQuery> prepare_of_value(SessionState& session, const std::string& text, types::TypeRef type,
                                             types::TypeRef result) {
  struct OneParameter final : analyzer::Variables {
    types::TypeRef type;
    std::optional<Found> find(std::span<const std::string_view> names) override {
      if (names[0] != "$1") return std::nullopt;
      return Found{1, type, 1};
    }
  } parameter;
  parameter.type = type;
  return prepare_inner(session, text, {.variables = &parameter, .result = result}, true);
}

bool lock_inner(SessionState& session, InnerQuery& query) {
  if (query.several || query.compiled == nullptr || query.compiled->plan == nullptr) return true;
  return lock_and_check(session, *query.compiled);
}

std::uint64_t run_inner(SessionState& session, InnerQuery& query, std::span<const Datum> parameters,
                        bool read_only, plpgsql::Sink* sink, std::uint64_t limit) {
  if (query.several) {
    parser::ParseTree tree = parse_text(session, query.text);
    auto shared = std::make_shared<const std::string>(query.text);
    std::uint64_t count = 0;
    for (const auto& statement : tree.statements()) {
      auto one = prepare_inner(session, statement, shared, {.parameter_types = query.parameter_types}, false);
      count = run_inner(session, *one, parameters, read_only, nullptr, 0);
    }
    return count;
  }
  if (query.simple) {
    types::Arena arena;
    auto context = session.eval_context(&arena);
    eval::Environment environment;
    environment.parameters = parameters;
    eval::Evaluator evaluator(query.program, 1);
    evaluator.bind(environment, context);
    const Datum value = evaluator.value(0);
    if (sink != nullptr) {
      auto vector = types::Vector::allocate(arena, query.columns[0].physical, 1);
      if (value.is_null) vector.set_null(0);
      else vector.set_datum(0, value);
      sink->row(std::span(&vector, 1), 0);
    }
    return 1;
  }
  const auto& compiled = query.compiled;
  if (compiled->plan != nullptr) {
    const auto& plan = *compiled->plan;
    if (plan.modifies_data) {
      if (read_only) refuse_in_read_only(query);
      require_writable(session, plan);
    }
    if (!read_only) session.block->next_command();
    const CompiledPtr chosen = choose_plan(session, query.choice, compiled, parameters);
    std::unique_ptr<operators::Execution> execution;
    if (chosen == compiled) execution = std::move(query.idle);
    if (!execution) execution = std::make_unique<operators::Execution>(chosen->plan);
    std::uint64_t count = 0;
    {
      PlanRun run(session, std::move(execution), parameters);
      Adapter adapter(sink, query.columns.size());
      run.fetch(limit, adapter);
      count = run.rows_affected();
      execution = run.finish();
    }
    if (chosen == compiled) query.idle = std::move(execution);
    if (plan.modifies_data) session.block->next_command();
    return count;
  }
  if (compiled->utility == nullptr) return 0;
  if (std::holds_alternative<query::Transaction>(compiled->utility->node))
    throw SqlError("0A000", "unsupported transaction command in PL/pgSQL");
  if (const auto* copy = std::get_if<query::Copy>(&compiled->utility->node);
      copy != nullptr && !copy->file && !copy->program)
    throw SqlError("0A000", "cannot COPY to/from client in PL/pgSQL");
  if (read_only && !query.returns_rows) refuse_in_read_only(query);
  if (!read_only) session.block->next_command();
  std::unique_ptr<CopyTransfer> copy;
  RunOptions options;
  options.surroundings = Surroundings::several;
  options.parameters = parameters;
  options.send_description = false;
  const std::size_t before = session.messages().size();
  struct Text {
    SessionState& session;
    std::shared_ptr<const std::string> before;
    ~Text() { session.current_text = std::move(before); }
  } text{session, session.current_text};
  session.current_text = compiled->text;
  std::string tag = run_utility(session, compiled, options, copy);
  std::uint64_t count = 0;
  if (query.returns_rows) {
    struct Nowhere final : plpgsql::Sink {
      bool row(std::span<const types::Vector>, std::uint32_t) override { return true; }
    } nowhere;
    read_rows(session, before, query, sink != nullptr ? *sink : nowhere, count);
  } else if (auto space = tag.rfind(' '); space != std::string::npos && tag[space + 1] >= '0' && tag[space + 1] <= '9') {
    count = std::strtoull(tag.c_str() + space, nullptr, 10);
  }
  return count;
}

}  // namespace session
