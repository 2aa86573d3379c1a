#include "data/embedded.h"

// The assembler copies the file in (CMakeLists.txt): no array for the compiler to chew on.
extern "C" {
extern const char sextant_pg15_begin[];
extern const char sextant_pg15_end[];
}

namespace catalog {

std::string_view embedded_catalog() {
  return {sextant_pg15_begin, static_cast<std::size_t>(sextant_pg15_end - sextant_pg15_begin)};
}

}  // namespace catalog
