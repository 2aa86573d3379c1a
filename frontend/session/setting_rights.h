// Who may set what.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "session/setting.h"

namespace session {

class SessionState;

// Throws 42501 for settings that only superusers may change, for SET ROLE to a role that the session
// user is no member of and SET SESSION AUTHORIZATION to another one; 22023 for roles that are not
// there.
void require_may_set(SessionState& session, const SettingDefinition& setting, std::string_view value);

// default_text_search_config, inside of a transaction: the configuration's whole name; 22023 where
// there is none. Other settings: nothing, they stay as written.
std::optional<std::string> kept_form(SessionState& session, const SettingDefinition& setting, std::string_view value);

}  // namespace session
