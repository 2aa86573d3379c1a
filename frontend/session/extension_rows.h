// Rows of pg_available_extensions and pg_available_extension_versions.
#pragma once

#include "session_rows.h"

namespace session {

TextRows available_extensions();
TextRows available_extension_versions();

}  // namespace session
