#include "wal/check.h"

#include <cstdio>
#include <cstdlib>

namespace wal::detail {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "PANIC: %s:%d: invariant does not hold: %s\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace wal::detail
