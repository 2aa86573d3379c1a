// CHECK: an invariant that is verified in every build, release included.
#pragma once

namespace wal::detail {
[[noreturn, gnu::cold]] void check_failed(const char* condition, const char* file, int line);
}  // namespace wal::detail

// Stops the process with the condition's text when it does not hold: going on with damaged state
// is worse than stopping. For bugs only; errors of the world are Result, of the user SqlError.
#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) [[unlikely]]                                        \
      ::wal::detail::check_failed(#condition, __FILE__, __LINE__);        \
  } while (false)
