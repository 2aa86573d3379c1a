#include "data/embedded.h"

// The assembler copies the file in: no array for the compiler to chew on.
asm(R"(
  .section .rodata
  .balign 16
sextant_pg15_begin:
  .incbin ")" SEXTANT_PG15_FILE R"("
sextant_pg15_end:
  .byte 0
  .text
)");

extern "C" {
extern const char sextant_pg15_begin[];
extern const char sextant_pg15_end[];
}

namespace catalog {

std::string_view embedded_catalog() {
  return {sextant_pg15_begin, static_cast<std::size_t>(sextant_pg15_end - sextant_pg15_begin)};
}

}  // namespace catalog
