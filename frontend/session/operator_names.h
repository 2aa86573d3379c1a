// The text forms of regoper and regoperator.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace session {

class SessionState;

// regoperin, regoperout, regoperatorin, regoperatorout, to_regoper, to_regoperator; false: another function.
bool call_operator_name_function(SessionState& session, std::string_view function,
                                 const std::vector<std::optional<std::string>>& arguments,
                                 std::optional<std::string>& answer);

}  // namespace session
