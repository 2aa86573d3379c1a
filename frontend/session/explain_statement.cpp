// EXPLAIN: of a query, run or only planned.
#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "command_dispatch.h"
#include "custom_plan.h"
#include "parallel_settings.h"
#include "planner_settings.h"
#include "parser/ast_utility.h"
#include "planner/planner.h"
#include "prepared_query.h"
#include "present_rights.h"
#include "query/statements.h"
#include "query/walk.h"
#include "session/setting.h"
#include "session_statements.h"
#include "table_sizes.h"
#include "types/sql_error.h"

namespace session {
namespace {

using types::SqlError;

bool flag(const query::Option& option) {
  if (!option.has_value) return true;
  const auto& value = option.value();
  if (value == "true" || value == "on" || value == "1" || value == "yes") return true;
  if (value == "false" || value == "off" || value == "0" || value == "no") return false;
  throw SqlError("22023", fmt::format("{} requires a Boolean value", option.name));
}

operators::Execution::ExplainOptions read_options(const query::Explain& explain) {
  operators::Execution::ExplainOptions options;
  using Format = operators::Execution::ExplainOptions::Format;
  bool summary_given = false, timing_given = false, wal = false;
  for (const auto& option : explain.options) {
    if (option.name == "analyze") options.analyze = flag(option);
    else if (option.name == "verbose") options.verbose = flag(option);
    else if (option.name == "costs") options.costs = flag(option);
    else if (option.name == "timing") { options.timing = flag(option); timing_given = true; }
    else if (option.name == "summary") { options.summary = flag(option); summary_given = true; }
    else if (option.name == "buffers" || option.name == "settings") flag(option);
    else if (option.name == "wal") wal = flag(option);
    else if (option.name == "format") {
      const auto& value = option.value();
      if (value == "text") options.format = Format::text;
      else if (value == "json") options.format = Format::json;
      else if (value == "yaml") options.format = Format::yaml;
      else if (value == "xml") options.format = Format::xml;
      else throw SqlError("22023", fmt::format("unrecognized value for EXPLAIN option \"{}\": \"{}\"", option.name, value)).at(option.location);
    } else {
      throw SqlError("42601", fmt::format("unrecognized EXPLAIN option \"{}\"", option.name)).at(option.location);
    }
  }
  if (wal && !options.analyze) throw SqlError("22023", "EXPLAIN option WAL requires ANALYZE");
  if (timing_given && options.timing && !options.analyze)
    throw SqlError("22023", "EXPLAIN option TIMING requires ANALYZE");
  if (!summary_given) options.summary = options.analyze;
  return options;
}

bool wants_settings(const query::Explain& explain) {
  bool wanted = false;
  for (const auto& option : explain.options)
    if (option.name == "settings") wanted = flag(option);
  return wanted;
}

// Those that decide about plans, in PostgreSQL's order.
constexpr std::string_view kPlanSettings[] = {
    "constraint_exclusion", "cpu_index_tuple_cost", "cpu_operator_cost", "cpu_tuple_cost", "cursor_tuple_fraction",
    "effective_cache_size", "effective_io_concurrency", "enable_async_append", "enable_bitmapscan", "enable_gathermerge",
    "enable_hashagg", "enable_hashjoin", "enable_incremental_sort", "enable_indexonlyscan", "enable_indexscan",
    "enable_material", "enable_memoize", "enable_mergejoin", "enable_nestloop", "enable_parallel_append",
    "enable_parallel_hash", "enable_partition_pruning", "enable_partitionwise_aggregate", "enable_partitionwise_join",
    "enable_seqscan", "enable_sort", "enable_tidscan", "force_parallel_mode", "from_collapse_limit", "geqo", "geqo_effort",
    "geqo_generations", "geqo_pool_size", "geqo_seed", "geqo_selection_bias", "geqo_threshold", "hash_mem_multiplier",
    "jit", "jit_above_cost", "jit_inline_above_cost", "jit_optimize_above_cost", "join_collapse_limit",
    "maintenance_io_concurrency", "max_parallel_workers", "max_parallel_workers_per_gather",
    "min_parallel_index_scan_size", "min_parallel_table_scan_size", "parallel_leader_participation",
    "parallel_setup_cost", "parallel_tuple_cost", "plan_cache_mode", "random_page_cost", "recursive_worktable_factor",
    "search_path", "seq_page_cost", "temp_buffers", "work_mem"};

// SETTINGS: behind the plan, before the times.
void add_settings(const Settings& settings, operators::Execution::ExplainOptions::Format format, std::string& text) {
  using Format = operators::Execution::ExplainOptions::Format;
  std::vector<std::string> items;
  for (const std::string_view name : kPlanSettings) {
    const auto* definition = find_setting(name);
    if (definition == nullptr || settings.value(name) == definition->boot_value) continue;
    const std::string value = settings.show(name, true).value_or("");
    std::string escaped;
    for (const char c : value) {
      if (format != Format::text && (c == '"' || c == '\\') && format != Format::xml) escaped += '\\';
      if (format == Format::xml && (c == '<' || c == '>' || c == '&'))
        escaped += c == '<' ? "&lt;" : c == '>' ? "&gt;" : "&amp;";
      else
        escaped += c;
    }
    switch (format) {
      case Format::text: items.push_back(fmt::format("{} = '{}'", name, escaped)); break;
      case Format::json: items.push_back(fmt::format("      \"{}\": \"{}\"", name, escaped)); break;
      case Format::yaml: items.push_back(fmt::format("\n    {}: \"{}\"", name, escaped)); break;
      case Format::xml: items.push_back(fmt::format("      <{0}>{1}</{0}>\n", name, escaped)); break;
    }
  }
  const auto put = [&](std::string_view before, std::string_view otherwise, std::string added) {
    auto at = text.rfind(before);
    if (at == text.npos) at = otherwise.empty() ? text.size() : text.rfind(otherwise);
    text.insert(std::min(at, text.size()), added);
  };
  switch (format) {
    case Format::text:
      if (!items.empty()) put("\nPlanning Time: ", "", fmt::format("\nSettings: {}", fmt::join(items, ", ")));
      break;
    case Format::json:
      put(",\n    \"Planning Time\"", "\n  }\n]",
          fmt::format(",\n    \"Settings\": {{\n{}{}    }}", fmt::join(items, ",\n"), items.empty() ? "" : "\n"));
      break;
    case Format::yaml: put("\n  Planning Time:", "", fmt::format("\n  Settings: {}", fmt::join(items, ""))); break;
    case Format::xml:
      put("    <Planning-Time>", "  </Query>", fmt::format("    <Settings>\n{}    </Settings>\n", fmt::join(items, "")));
      break;
  }
}

// PostgreSQL's is of type xml for FORMAT XML, which there is none of here.
planner::ResultColumn explained_column(operators::Execution::ExplainOptions::Format format) {
  const bool is_json = format == operators::Execution::ExplainOptions::Format::json;
  return text_column("QUERY PLAN", is_json ? types::oid::json : types::oid::text);
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

using ExplainOptions = operators::Execution::ExplainOptions;

class Explainer {
 public:
  Explainer(SessionState& session, const query::Explain& explain, const RunOptions& options)
      : session_(session), options_(options), how_(read_options(explain)), settings_(wants_settings(explain)), parameters_(options.parameters.begin(), options.parameters.end()) {}

  std::string statement(const query::Statement& statement) {
    if (const auto* s = std::get_if<query::CreateTableAs>(&statement.node)) {
      if (how_.analyze) {
        if (s->with_data && !is_there(*s)) return analyze_making(statement, *s);
        if (s->query != nullptr) run_command(session_, statement, options_);
        else run_create_table_as_execute(session_, *s, options_);
        if (s->with_data) return {};  // it was there
        executes_ = false;
      } else if (is_there(*s)) {
        run_command(session_, statement, options_);  // only says so
        return {};
      }
      if (s->query == nullptr) {
        query::Execute execute;
        execute.name = s->execute;
        for (const auto& argument : s->execute_arguments) execute.arguments.push_back(query::clone(*argument));
        return this->execute(execute);
      }
      return query(*s->query);
    }
    if (const auto* s = std::get_if<query::DeclareCursor>(&statement.node)) return query(*s->query);
    if (const auto* s = std::get_if<query::Execute>(&statement.node)) return execute(*s);
    if (how_.format != ExplainOptions::Format::text) throw SqlError::not_supported("EXPLAIN of this statement");
    return std::holds_alternative<query::Notify>(statement.node) ? "NOTIFY" : "Utility statements have no plan structure";
  }

  std::string query(const query::Query& query) {
    auto start = std::chrono::steady_clock::now();
    TableSizes sizes;
    planner::Options plan_options = planner_options(session_, &sizes);
    plan_options.explain = true;
    plan_options.verbose = how_.verbose;
    allow_parallel(session_.settings, plan_options);
    PresentRights rights(session_);
    rights.require(query);
    auto plan = planner::plan(query, *session_.catalog, plan_options);
    how_.planning_ms = milliseconds_since(start);
    // Rules may have made several of it.
    std::vector<std::string> texts;
    for (const auto& other : plan->before) texts.push_back(one(other));
    if (!is_nothing(*plan)) texts.push_back(one(plan));
    for (const auto& other : plan->after) texts.push_back(one(other));
    if (texts.empty()) return "Query rewrites to nothing";
    std::string text = std::move(texts[0]);
    for (std::size_t i = 1; i < texts.size(); ++i) {
      if (text.ends_with('\n')) text.pop_back();
      text += "\n\n" + texts[i];
    }
    return text;
  }

  ExplainOptions::Format format() const { return how_.format; }

 private:
  bool is_there(const query::CreateTableAs& s) const {
    catalog::SessionCatalog& catalog = *session_.catalog;
    const bool temporary = s.persistence == query::Persistence::temporary;
    if (temporary && catalog.temporary_schema() == 0) return false;
    const std::string schema = !s.name.schema.empty() ? s.name.schema
                               : catalog.schema_name(temporary ? catalog.temporary_schema() : catalog.creation_schema());
    return catalog.find_relation(schema, s.name.name) != 0;
  }

  // The table is made, and filled: by what is explained.
  std::string analyze_making(const query::Statement& statement, const query::CreateTableAs& s) {
    const auto start = std::chrono::steady_clock::now();
    std::string text;
    const CommandHost::Explained explained = [&](const operators::Execution& execution, double planning_ms) {
      how_.planning_ms = planning_ms;
      how_.execution_ms = milliseconds_since(start) - planning_ms;
      text = execution.explain(how_);
    };
    if (s.query != nullptr)
      run_command(session_, statement, options_, &explained);
    else
      run_create_table_as_execute(session_, s, options_, &explained);
    return text;
  }

  static bool is_nothing(const planner::Plan& plan) {
    return plan.command != query::CommandKind::select && plan.command != query::CommandKind::values &&
           plan.root->kind == planner::NodeKind::result && !plan.returns_rows;
  }

  std::string execute(const query::Execute& execute) {
    auto found = session_.prepared.find(execute.name);
    if (found == session_.prepared.end())
      throw SqlError("26000", fmt::format("prepared statement \"{}\" does not exist", execute.name));
    auto prepared = found->second;
    std::vector<types::Datum> values;
    for (const auto& argument : execute.arguments)
      values.push_back(evaluate_constant(session_, *argument, arena_, parameters_));
    auto query = query_of(session_, *prepared->compiled);
    if (!query) throw SqlError::not_supported("EXPLAIN of this prepared statement");
    parameters_ = std::move(values);
    // A cheap plan, which serves all values, is shown with these in it.
    const bool is_generic = prepared->compiled->analysed != nullptr
                                ? !wants_custom_plan(session_, prepared->choice, *prepared->compiled)
                                : session_.settings.value("plan_cache_mode") == "force_generic_plan";
    if (!is_generic) put_values(*query, parameters_);
    return this->query(*query);
  }

  std::string shown(const operators::Execution& execution) {
    std::string text = execution.explain(how_);
    if (settings_) add_settings(session_.settings, how_.format, text);
    return text;
  }

  std::string one(const std::shared_ptr<const planner::Plan>& plan) {
    if (!how_.analyze || !executes_) {
      operators::Execution execution(plan);
      if (executes_ && plan->before.empty() && plan->parameter_count <= static_cast<int>(parameters_.size()))
        execution.start(session_.execution_context(nullptr, parameters_));
      return shown(execution);
    }
    require_writable(session_, *plan);
    if (!plan->before.empty() || !plan->after.empty())
      throw SqlError::not_supported("EXPLAIN ANALYZE of a statement that rules change");
    auto start = std::chrono::steady_clock::now();
    PlanRun run(session_, std::make_unique<operators::Execution>(plan), parameters_, true);
    struct Nowhere final : PlanRun::Sink {
      void row(types::EvalContext&, std::span<const types::Vector>, std::uint32_t) override {}
    } nowhere;
    run.fetch(0, nowhere);
    how_.execution_ms = milliseconds_since(start);
    std::string text = shown(run.execution());
    run.finish();
    return text;
  }

  SessionState& session_;
  const RunOptions& options_;
  ExplainOptions how_;
  bool settings_;
  bool executes_ = true;  // ANALYZE of WITH NO DATA does not
  types::Arena arena_;
  std::vector<types::Datum> parameters_;
};

}  // namespace

planner::ResultColumn explained_column(const query::Explain& explain) { return explained_column(read_options(explain).format); }

std::string run_explain(SessionState& session, const query::Explain& explain,
                        const RunOptions& options) {
  Explainer explainer(session, explain, options);
  const std::string text = explain.query != nullptr ? explainer.query(*explain.query) : explainer.statement(*explain.statement);
  const planner::ResultColumn columns[] = {explained_column(explainer.format())};
  std::vector<std::vector<std::string>> rows;
  if (explainer.format() == ExplainOptions::Format::text) {
    for (std::size_t at = 0; at < text.size();) {
      std::size_t end = text.find('\n', at);
      if (end == text.npos) end = text.size();
      rows.push_back({text.substr(at, end - at)});
      at = end + 1;
    }
  } else {
    rows.push_back({text});
  }
  send_text_rows(session, columns, rows, options);
  return "EXPLAIN";
}

}  // namespace session
