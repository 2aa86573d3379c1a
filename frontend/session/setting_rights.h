// Who may set what.
#pragma once

#include <string_view>

#include "session/setting.h"

namespace session {

class SessionState;

// Throws 42501 for settings that only superusers may change, for SET ROLE to a role that the session
// user is no member of and SET SESSION AUTHORIZATION to another one; 22023 for roles that are not
// there.
void require_may_set(SessionState& session, const SettingDefinition& setting, std::string_view value);

}  // namespace session
