// sextant.export() and sextant.restore(): databases to and from object stores.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace session {

class SessionState;

// Arguments and answers as text; both run as long as they take, say once a second how far they are
// (NOTICE), and end when they are cancelled.
//
// (database, url, since, key_file): a JSON object. `since`: a snapshot or a moment; null: now.
std::optional<std::string> export_database(SessionState& session,
                                           const std::vector<std::optional<std::string>>& arguments);
// (url, database, at, key_file): the new database's OID.
std::optional<std::string> restore_archive(SessionState& session,
                                           const std::vector<std::optional<std::string>>& arguments);

}  // namespace session
