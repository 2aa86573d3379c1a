// The settings that the planner follows.
#pragma once

#include <string_view>

#include "planner/planner.h"
#include "settings.h"

namespace session {

// Whether a plan may look different when it changes.
bool is_planner_setting(std::string_view lower_name);

// Of a statement of this session: its enable_* settings and its memory.
planner::Options planner_options(const Settings& settings, planner::SizeEstimator* sizes);

}  // namespace session
