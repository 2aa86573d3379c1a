// pg_identify_object(), pg_identify_object_as_address(), pg_get_object_address(): objects by their numbers and by their names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace session {

struct SessionState;

// False when it is none of these. The answer is the row's fields as an array of text.
bool call_object_function(SessionState& session, std::string_view function,
                          const std::vector<std::optional<std::string>>& arguments, std::optional<std::string>& answer);

}  // namespace session
