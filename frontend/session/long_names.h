// Names that are longer than names are: PostgreSQL cuts them when it reads the text, and says so.
#pragma once

#include <string_view>

namespace session {

class SessionState;

// A notice (42622) for each such name, in the order of the text, which need not be SQL.
void tell_of_long_names(SessionState& session, std::string_view text);

}  // namespace session
