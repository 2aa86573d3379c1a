// Rows of pg_get_publication_tables().
#pragma once

#include "session_rows.h"

namespace session {

// Of all publications: the table, its columns, its row filter, the publication's name.
TextRows publication_rows(SessionState& session);

}  // namespace session
