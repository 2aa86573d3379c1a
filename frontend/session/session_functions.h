// System functions that are the session's own business: locks, other sessions, notifications.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace session {

class SessionState;

using TextArguments = std::vector<std::optional<std::string>>;

// `function` is pg_proc.prosrc; arguments and answer are text, null is nullopt. False when there
// is no such function here.
bool call_session_function(SessionState& session, std::string_view function,
                           const TextArguments& arguments, std::optional<std::string>& answer);

// Cumulative statistics, pg_stat_get_numscans() and the like; the same contract.
bool call_usage_function(SessionState& session, std::string_view function,
                         const TextArguments& arguments, std::optional<std::string>& answer);

// partition_hash_function.cpp
std::optional<std::string> satisfies_hash_partition(SessionState& session, const TextArguments& arguments);

// Advisory locks; the same contract.
bool call_advisory_function(SessionState& session, std::string_view function,
                            const TextArguments& arguments, std::optional<std::string>& answer);

}  // namespace session
