// The trigger functions that PostgreSQL has built in, as bodies in PL/pgSQL.
#pragma once

#include <optional>
#include <string_view>

namespace session {

// Of pg_proc.prosrc; nothing: there is none of that name.
std::optional<std::string_view> built_in_trigger_body(std::string_view source);

}  // namespace session
