// The rows of pg_settings.
#pragma once

#include "session_rows.h"
#include "settings.h"

namespace session {

// Columns of pg_show_all_settings(), in the settings' order.
TextRows setting_rows(const Settings& settings);

}  // namespace session
