// Moments as users write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "database/timeline.h"

namespace session {

struct SessionState;

// A timestamp in the session's time zone and DateStyle, an LSN ("0/16B3748"), or how long ago
// ("5 minutes ago", "-00:05"). 22007 and 22008 as timestamptz says them.
database::AsOf parse_moment(SessionState& session, std::string_view text);

// The same moment in words that still mean it later: "5 minutes ago" becomes a timestamp.
std::string fixed_moment(SessionState& session, std::string_view text);

// For EXPIRES: an interval from now ("1 hour"), a timestamp, or "last session".
std::int64_t parse_expiry(SessionState& session, std::string_view text);

std::string show_lsn(wal::Lsn lsn);
// As timestamptz prints it in the session.
std::string show_time(SessionState& session, std::int64_t unix_time_us);

}  // namespace session
