// table_to_xml(), query_to_xml(), cursor_to_xml(), schema_to_xml(), database_to_xml(), their ..._to_xmlschema() and
// ..._to_xml_and_xmlschema(): tables and what is around them as XML (ISO/IEC 9075-14, 9.11 to 9.15).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace session {

class SessionState;

// False when `function` is none of them.
bool call_xml_mapping(SessionState& session, std::string_view function,
                      const std::vector<std::optional<std::string>>& arguments, std::optional<std::string>& answer);

}  // namespace session
