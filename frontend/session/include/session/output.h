// Where a session's answers go.
#pragma once

#include "protocol/backend_message.h"

namespace session {

// A connection's outgoing side. The session appends messages to messages(); they leave when the
// session has handled what it was given, or earlier through flush(). Used by one thread of
// control.
class Output {
 public:
  virtual ~Output() = default;

  protocol::BackendMessages& messages() { return messages_; }

  // Sends what is there; parks while the client reads slowly. Throws ConnectionLost when the
  // client is gone.
  virtual void flush() = 0;

  // Above it, a result is sent while it is still being made.
  static constexpr std::size_t kLargeOutput = 64 * 1024;

 protected:
  protocol::BackendMessages messages_;
};

// The client is gone: the session ends without a word.
struct ConnectionLost {};

}  // namespace session
