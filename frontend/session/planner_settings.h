// The settings that the planner follows.
#pragma once

#include <string_view>

#include "planner/planner.h"

namespace session {

class SessionState;

// Whether a plan may look different when it changes.
bool is_planner_setting(std::string_view lower_name);

// Of a statement of this session: its enable_* settings, its limits and its memory, and its functions' bodies.
planner::Options planner_options(SessionState& session, planner::SizeEstimator* sizes);

}  // namespace session
