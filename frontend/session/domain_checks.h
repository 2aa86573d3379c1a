// Values of domains that no cast has made (elements of arrays, fields of rows, JSON): checked by a cast.
#pragma once

#include <map>
#include <memory>

#include "types/eval_context.h"
#include "types/datum.h"
#include "types/oid.h"

namespace session {

class InnerQuery;
class SessionState;

// Keeps one program for each domain, good for one version of the catalogue. Not thread-safe: one per session.
class DomainChecks {
 public:
  explicit DomainChecks(SessionState& session) : session_(session) {}

  // Throws 23502 or 23514. The value is one of the domain's base type.
  void check(types::EvalContext& context, types::Oid domain, const types::Datum& value);

 private:
  SessionState& session_;
  std::map<types::Oid, std::shared_ptr<InnerQuery>> casts_;
};

}  // namespace session
