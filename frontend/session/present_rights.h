// Rights of a session that reads the past (SET sextant.as_of): what its role may do is judged by the
// catalogue of the present, so that a right that was revoked does not come back by travelling.
#pragma once

#include <cstdint>

#include "query/query.h"
#include "query/utility.h"

namespace session {

class SessionState;

// Nothing for a session in the present. Throws 42501 when the present denies what the query reads: the
// rights on relations, columns, schemas and functions that are still there, and row security that the
// past did not have. What is gone today is judged by the past alone, as everything is besides. Parks.
void require_present_rights(SessionState& session, const query::Query& query);
void require_present_rights(SessionState& session, const query::Copy& copy);

// Rises when the session's catalogue changes, or the one that its rights are judged by.
std::uint64_t catalog_version(const SessionState& session);

}  // namespace session
