// The simple query protocol: a text of statements, run one after the other.
#pragma once

#include <memory>
#include <string_view>

namespace session {

class CopyTransfer;
class SessionState;

// What is left of a simple query when a COPY in it waits for the client's data.
class QueryRest {
 public:
  virtual ~QueryRest() = default;
  virtual void resume(std::unique_ptr<CopyTransfer>& copy) = 0;
};

// Runs them all in one implicit transaction (unless they open a block) and answers each. Throws
// for the first that fails; the caller rolls back and answers the error.
void run_simple_query(SessionState& session, std::string_view text,
                      std::unique_ptr<CopyTransfer>& copy);

}  // namespace session
