// Schema sextant's functions that clone, rewind and pin databases.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace session {

struct SessionState;

// Runs the function of that pg_proc.prosrc; false when it is none of these. They act at once,
// whatever becomes of the transaction they are called in.
bool call_timeline_function(SessionState& session, std::string_view function,
                            const std::vector<std::optional<std::string>>& arguments,
                            std::optional<std::string>& answer);

// 42501 unless the session's user owns the database or may do everything.
void require_owner(SessionState& session, const std::string& database);

}  // namespace session
