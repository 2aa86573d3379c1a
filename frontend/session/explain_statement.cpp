// EXPLAIN: of a query, run or only planned.
#include <chrono>

#include <fmt/format.h>

#include "parallel_settings.h"
#include "planner/planner.h"
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
  bool summary_given = false, timing_given = false;
  for (const auto& option : explain.options) {
    if (option.name == "analyze") options.analyze = flag(option);
    else if (option.name == "verbose") options.verbose = flag(option);
    else if (option.name == "costs") options.costs = flag(option);
    else if (option.name == "timing") { options.timing = flag(option); timing_given = true; }
    else if (option.name == "summary") { options.summary = flag(option); summary_given = true; }
    else if (option.name == "buffers" || option.name == "settings" || option.name == "wal") flag(option);
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
  if (timing_given && options.timing && !options.analyze)
    throw SqlError("22023", "EXPLAIN option TIMING requires ANALYZE");
  if (!summary_given) options.summary = options.analyze;
  return options;
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

std::string run_explain(SessionState& session, const query::Explain& explain,
                        const RunOptions& options) {
  auto how = read_options(explain);
  if (explain.query == nullptr) throw SqlError::not_supported("EXPLAIN of this statement");
  auto start = std::chrono::steady_clock::now();
  TableSizes sizes;
  planner::Options plan_options;
  plan_options.sizes = &sizes;
  plan_options.explain = true;
  plan_options.work_mem_bytes = session.settings.work_mem_bytes;
  allow_parallel(session.settings, plan_options);
  auto plan = planner::plan(*explain.query, *session.catalog, plan_options);
  how.planning_ms = milliseconds_since(start);
  std::string text;
  if (how.analyze) {
    if (plan->modifies_data && session.block->read_only())
      throw SqlError("25006", "cannot execute EXPLAIN ANALYZE of a change in a read-only transaction");
    start = std::chrono::steady_clock::now();
    PlanRun run(session, std::make_unique<operators::Execution>(plan), options.parameters, true);
    struct Nowhere final : PlanRun::Sink {
      void row(types::EvalContext&, std::span<const types::Vector>, std::uint32_t) override {}
    } nowhere;
    run.fetch(0, nowhere);
    how.execution_ms = milliseconds_since(start);
    text = run.execution().explain(how);
    run.finish();
  } else {
    text = operators::Execution(plan).explain(how);
  }
  const planner::ResultColumn columns[] = {text_column("QUERY PLAN")};
  std::vector<std::vector<std::string>> rows;
  if (how.format == operators::Execution::ExplainOptions::Format::text) {
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
