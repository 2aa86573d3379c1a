// Rows of system views about sessions: pg_locks, pg_cursors, pg_prepared_statements, ...
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace session {

class SessionState;

using TextRows = std::vector<std::vector<std::optional<std::string>>>;

// `function` is pg_proc.prosrc. Nullopt: no such function here.
std::optional<TextRows> session_rows(SessionState& session, std::string_view function);

// A timestamptz as the session writes it.
std::string timestamp_text(SessionState& session, std::int64_t time);

}  // namespace session
