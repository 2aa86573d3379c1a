// The FunctionCall message ("fast path"): one function by OID, without SQL. Drivers use it for large objects.
#pragma once

#include "protocol/frontend_message.h"

namespace session {

struct SessionState;

// Runs the function and answers FunctionCallResponse; commits what is implicit. Privileges, volatility and
// missing functions are as in a query that calls it. Throws 42883 for no such OID, 0A000 for what is no plain
// function, 08P01 for counts that do not fit.
void call_function(SessionState& session, const protocol::FunctionCallMessage& message);

}  // namespace session
