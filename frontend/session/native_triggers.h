// Trigger functions that come with PostgreSQL or an extension and are written in no language of users.
#pragma once

#include <string_view>

#include "plpgsql/host.h"
#include "session_state.h"

namespace session {

// As plpgsql::Interpreter::call_trigger(): the row in `result`, false for none.
using NativeTrigger = bool (*)(SessionState& session, const plpgsql::TriggerCall& call, plpgsql::Result& result);

// By pg_proc.prosrc; null: there is none.
NativeTrigger find_native_trigger(std::string_view symbol);

}  // namespace session
