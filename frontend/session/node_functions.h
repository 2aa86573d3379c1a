// Schema sextant's functions that change which page-store nodes hold the copies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace session {

struct SessionState;

// Runs the function of that pg_proc.prosrc; false when it is none of these. They act at once,
// whatever becomes of the transaction they are called in. For superusers.
bool call_node_function(SessionState& session, std::string_view function,
                        const std::vector<std::optional<std::string>>& arguments,
                        std::optional<std::string>& answer);

using StatusRows = std::vector<std::vector<std::optional<std::string>>>;
// The rows of sextant.nodes(), log_space(), protection_groups(), replacement() and spread_plan().
StatusRows node_rows(SessionState& session);
StatusRows log_space_rows(SessionState& session);
StatusRows protection_group_rows(SessionState& session);
StatusRows replacement_rows(SessionState& session);
StatusRows spread_plan_rows(SessionState& session);

}  // namespace session
