// What TimeZone may be set to.
#pragma once

#include <string_view>

#include "types/timezone.h"

namespace session {

// A zone's name, a POSIX string, hours east of UTC ("-3.5"), or, as SET TIME ZONE INTERVAL hands it over,
// "interval '...'". Throws SqlError 22023 of the parameter, 22007 of a malformed interval. The result lives
// for ever and is found again by its name.
const types::TimeZone& read_time_zone(std::string_view text);

}  // namespace session
