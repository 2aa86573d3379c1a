#include "planner_settings.h"

#include "routines.h"
#include "session_state.h"

#include <array>
#include <charconv>

namespace session {

namespace {

struct Switch {
  std::string_view name;
  bool planner::Options::*option;
};
constexpr std::array kSwitches = {
    Switch{"enable_bitmapscan", &planner::Options::enable_bitmapscan},
    Switch{"enable_hashagg", &planner::Options::enable_hashagg},
    Switch{"enable_hashjoin", &planner::Options::enable_hashjoin},
    Switch{"enable_incremental_sort", &planner::Options::enable_incremental_sort},
    Switch{"enable_indexonlyscan", &planner::Options::enable_indexonlyscan},
    Switch{"enable_indexscan", &planner::Options::enable_indexscan},
    Switch{"enable_material", &planner::Options::enable_material},
    Switch{"enable_memoize", &planner::Options::enable_memoize},
    Switch{"enable_mergejoin", &planner::Options::enable_mergejoin},
    Switch{"enable_nestloop", &planner::Options::enable_nestloop},
    Switch{"enable_seqscan", &planner::Options::enable_seqscan},
    Switch{"enable_sort", &planner::Options::enable_sort},
};

struct Limit {
  std::string_view name;
  std::size_t planner::Options::*option;
};
constexpr std::array kLimits = {
    Limit{"from_collapse_limit", &planner::Options::from_collapse_limit},
    Limit{"join_collapse_limit", &planner::Options::join_collapse_limit},
};

}  // namespace

bool is_planner_setting(std::string_view lower_name) {
  for (const Switch& s : kSwitches)
    if (s.name == lower_name) return true;
  for (const Limit& l : kLimits)
    if (l.name == lower_name) return true;
  return lower_name == "plan_cache_mode";
}

planner::Options planner_options(SessionState& session, planner::SizeEstimator* sizes) {
  const Settings& settings = session.settings;
  planner::Options options;
  options.sizes = sizes;
  options.function_bodies = session.routines.get();
  options.work_mem_bytes = settings.work_mem_bytes;
  options.hash_memory_bytes = static_cast<std::size_t>(static_cast<double>(settings.work_mem_bytes) * settings.hash_mem_multiplier);
  for (const Switch& s : kSwitches) options.*s.option = settings.value(s.name) == "on";
  for (const Limit& l : kLimits) {
    const std::string& value = settings.value(l.name);
    std::from_chars(value.data(), value.data() + value.size(), options.*l.option);
  }
  return options;
}

}  // namespace session
