#include "maintenance_options.h"

#include <algorithm>
#include <initializer_list>
#include <optional>

#include <fmt/format.h>

#include "types/sql_error.h"
#include "types/type_io.h"

namespace commands {
namespace {

using types::SqlError;

const query::Option* find(const std::vector<query::Option>& options, std::string_view name) {
  // The last one counts.
  const auto found = std::find_if(options.rbegin(), options.rend(), [&](const query::Option& o) { return o.name == name; });
  return found == options.rend() ? nullptr : &*found;
}

bool require_boolean(const query::Option& option) {
  if (!option.has_value) return true;
  for (const std::string_view word : {"true", "on", "1"})
    if (types::equals_ignoring_case(option.value(), word)) return true;
  for (const std::string_view word : {"false", "off", "0"})
    if (types::equals_ignoring_case(option.value(), word)) return false;
  throw SqlError("42601", option.name + " requires a Boolean value");
}

void require_known(const std::vector<query::Option>& options, std::string_view command,
                   std::initializer_list<std::string_view> known) {
  for (const query::Option& option : options)
    if (std::ranges::find(known, option.name) == known.end())
      throw SqlError("42601", fmt::format("unrecognized {} option \"{}\"", command, option.name)).at(option.location);
}

constexpr int kMostWorkers = 1024;

// How many workers VACUUM may have; none given: 0.
int require_workers(const query::Option& option) {
  if (!option.has_value)
    throw SqlError("42601", fmt::format("parallel option requires a value between 0 and {}", kMostWorkers)).at(option.location);
  int workers = -1;
  const std::string& text = option.value();
  const bool is_number = !text.empty() && std::ranges::all_of(text.substr(text[0] == '-' ? 1 : 0), [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number || option.value_is_string) throw SqlError("42601", "parallel requires an integer value");
  if (text.size() <= 5) workers = std::stoi(text);
  if (workers < 0 || workers > kMostWorkers)
    throw SqlError("42601", fmt::format("parallel workers for vacuum must be between 0 and {}", kMostWorkers)).at(option.location);
  return workers;
}

}  // namespace

bool is_on(const std::vector<query::Option>& options, std::string_view name) {
  const query::Option* option = find(options, name);
  return option != nullptr && require_boolean(*option);
}

void require_vacuum_options(const query::Vacuum& statement) {
  const std::vector<query::Option>& options = statement.options;
  if (!statement.vacuum) {
    require_known(options, "ANALYZE", {"verbose", "skip_locked"});
    for (const std::string_view name : {"verbose", "skip_locked"}) is_on(options, name);
    return;
  }
  require_known(options, "VACUUM", {"verbose", "skip_locked", "analyze", "freeze", "full", "disable_page_skipping",
                                    "index_cleanup", "process_toast", "truncate", "parallel"});
  for (const std::string_view name : {"verbose", "skip_locked", "freeze", "truncate"}) is_on(options, name);
  if (const query::Option* cleanup = find(options, "index_cleanup");
      cleanup != nullptr && !(cleanup->has_value && types::equals_ignoring_case(cleanup->value(), "auto")))
    require_boolean(*cleanup);
  const query::Option* parallel = find(options, "parallel");
  const int workers = parallel != nullptr ? require_workers(*parallel) : 0;
  const bool full = is_on(options, "full"), analyze = is_on(options, "analyze");
  if (full && workers > 0) throw SqlError("0A000", "VACUUM FULL cannot be performed in parallel");
  if (!analyze && std::ranges::any_of(statement.targets, [](const auto& target) { return !target.columns.empty(); }))
    throw SqlError("0A000", "ANALYZE option must be specified when a column list is provided");
  if (full && is_on(options, "disable_page_skipping"))
    throw SqlError("0A000", "VACUUM option DISABLE_PAGE_SKIPPING cannot be used with FULL");
  if (const query::Option* toast = find(options, "process_toast"); toast != nullptr && !require_boolean(*toast) && full)
    throw SqlError("0A000", "PROCESS_TOAST required with VACUUM FULL");
}

void require_reindex_options(const query::Reindex& statement) {
  require_known(statement.options, "REINDEX", {"verbose", "concurrently", "tablespace"});
  for (const std::string_view name : {"verbose", "concurrently"}) is_on(statement.options, name);
}

void require_cluster_options(const query::Cluster& statement) {
  require_known(statement.options, "CLUSTER", {"verbose"});
  is_on(statement.options, "verbose");
}

}  // namespace commands
