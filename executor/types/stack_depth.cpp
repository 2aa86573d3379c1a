#include "types/stack_depth.h"

#include <cstdlib>

#include <fmt/format.h>

#include "types/current_session.h"
#include "types/session_services.h"
#include "types/sql_error.h"

namespace types {

void throw_stack_depth_exceeded() {
  SessionServices* session = current_session();
  const std::string limit = session != nullptr ? session->get_setting("max_stack_depth", true) : "2MB";
  const unsigned long number = std::strtoul(limit.c_str(), nullptr, 10);
  throw SqlError("54001", "stack depth limit exceeded")
      .with_hint(fmt::format("Increase the configuration parameter \"max_stack_depth\" (currently {}kB), after ensuring the "
                             "platform's stack depth limit is adequate.",
                             limit.ends_with("MB") ? number * 1024 : limit.ends_with("GB") ? number * 1024 * 1024 : number));
}

}  // namespace types
