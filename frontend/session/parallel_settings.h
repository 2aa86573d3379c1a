// The settings that decide about parallel plans.
#pragma once

#include <string_view>

#include "planner/planner.h"
#include "settings.h"

namespace session {

// Whether a plan may look different when it changes.
bool is_parallel_setting(std::string_view lower_name);

// For statements that may run in parallel: those that a client sends and that run to their end.
void allow_parallel(const Settings& settings, planner::Options& options);

}  // namespace session
