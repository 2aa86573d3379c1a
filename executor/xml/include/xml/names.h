// SQL names as names of elements, and back (ISO/IEC 9075-14, 9.1 and 9.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xml {

// Of names that a user wrote `partly` only what cannot stand in a name is escaped; of those of columns and tables also a
// beginning like xml and every colon.
enum class Escaping : std::uint8_t { partly, fully, fully_with_periods };

std::string name_of_identifier(std::string_view identifier, Escaping escaping);
std::string identifier_of_name(std::string_view name);

}  // namespace xml
