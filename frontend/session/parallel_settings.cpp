#include "parallel_settings.h"

#include <algorithm>
#include <cstdlib>

namespace session {

namespace {

// Its unit, min_parallel_table_scan_size's, is the page.
constexpr std::size_t kPageBytes = 8192;

}  // namespace

bool is_parallel_setting(std::string_view name) {
  return name == "max_parallel_workers_per_gather" || name == "max_parallel_workers" ||
         name == "min_parallel_table_scan_size" || name == "parallel_setup_cost" || name == "parallel_tuple_cost";
}

void allow_parallel(const Settings& settings, planner::Options& options) {
  auto integer = [&](std::string_view name) { return std::atoi(settings.value(name).c_str()); };
  options.max_parallel_workers_per_gather =
      std::min(integer("max_parallel_workers_per_gather"), integer("max_parallel_workers"));
  options.min_parallel_table_scan_bytes =
      static_cast<std::size_t>(integer("min_parallel_table_scan_size")) * kPageBytes;
  options.parallel_setup_cost = std::atof(settings.value("parallel_setup_cost").c_str());
  options.parallel_tuple_cost = std::atof(settings.value("parallel_tuple_cost").c_str());
}

}  // namespace session
