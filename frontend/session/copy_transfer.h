// COPY over the protocol: the messages between CopyInResponse and CopyDone.
#pragma once

#include <memory>
#include <string>

#include "protocol/frontend_message.h"
#include "simple_query.h"
#include "statement_runner.h"

namespace session {

// COPY .. FROM STDIN under way. While it lives, the session's messages go to it.
class CopyTransfer {
 public:
  virtual ~CopyTransfer() = default;

  // True when the client is done. Throws for CopyFail (57014) and for data that cannot be read.
  virtual bool handle(const protocol::FrontendMessage& message) = 0;

  // Completes the copy, commits what is implicit and answers.
  virtual void finish() = 0;

  bool extended() const { return extended_; }
  void set_extended() { extended_ = true; }
  void set_rest(std::shared_ptr<QueryRest> rest, bool is_last) {
    rest_ = std::move(rest);
    is_last_ = is_last;
  }
  std::shared_ptr<QueryRest> take_rest() { return std::move(rest_); }

 protected:
  bool is_last_ = true;

 private:
  bool extended_ = false;
  std::shared_ptr<QueryRest> rest_;
};

// Starts a COPY: TO runs to its end here and returns its tag; FROM STDIN sets `copy`.
std::string start_copy(SessionState& session, const query::Copy& statement,
                       const CompiledPtr& compiled, const RunOptions& options,
                       std::unique_ptr<CopyTransfer>& copy);

}  // namespace session
