// Who a client is: trust or SCRAM-SHA-256, or md5 where the role's password is kept so.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "protocol/backend_message.h"
#include "server/server.h"

namespace server {

// Runs the exchange: `send` flushes what was built, `receive` returns the body of the client's
// next password message. Throws SqlError 28000 or 28P01 when the client is not who it says.
void authenticate(Authentication method, const std::string& user, const std::string& verifier,
                  protocol::BackendMessages& messages, const std::function<void()>& send,
                  const std::function<std::string()>& receive);

}  // namespace server
