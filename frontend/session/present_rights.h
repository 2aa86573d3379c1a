// Rights of a session that reads the past (SET sextant.as_of): what its role may do with what is still
// there is judged by the catalogue of the present, so that a right that was revoked does not come back by
// travelling, and one that was granted since holds. What is gone is judged by the past.
#pragma once

#include <cstdint>
#include <memory>

#include "query/query.h"
#include "query/utility.h"

namespace session {

class SessionState;

// While the outermost one lives, the present judges. Nothing for a session in the present, or a superuser's.
class PresentRights {
 public:
  explicit PresentRights(SessionState& session);
  ~PresentRights();
  PresentRights(const PresentRights&) = delete;
  PresentRights& operator=(const PresentRights&) = delete;

  // What privileges of relations and functions (the planner's to ask) do not say: schemas that were named
  // when they were open, and row security that the past did not have. Throws 42501. Parks.
  void require(const query::Query& query);
  void require(const query::Copy& copy);

 private:
  class Present;
  class Judge;
  Present* present() const;

  SessionState& session_;
  std::unique_ptr<Present> own_;   // null: an outer one's, or nobody's
};

// Rises when the session's catalogue changes, or the one that its rights are judged by.
std::uint64_t catalog_version(const SessionState& session);

}  // namespace session
