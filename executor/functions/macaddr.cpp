// macaddr and macaddr8.
#include "comparison.h"
#include "function_table.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using U8 = std::uint64_t;
using CompareMac = Compare<U8, U8>;

constexpr U8 kSixBytes = 0xffffffffffff;

U8 not6(U8 a) noexcept { return ~a & kSixBytes; }
U8 not8(U8 a) noexcept { return ~a; }
U8 both(U8 a, U8 b) noexcept { return a & b; }
U8 either(U8 a, U8 b) noexcept { return a | b; }
// The manufacturer's half.
U8 trunc6(U8 a) noexcept { return a & 0xffffff000000; }
U8 trunc8(U8 a) noexcept { return a & 0xffffff0000000000; }
U8 widen(U8 a) noexcept { return (a >> 24) << 40 | U8{0xfffe} << 24 | (a & 0xffffff); }
U8 narrow(U8 a) {
  if ((a >> 24 & 0xffff) != 0xfffe)
    throw types::SqlError("22003", "macaddr8 data out of range to convert to macaddr")
        .with_hint("Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for "
                   "example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.");
  return (a >> 40) << 24 | (a & 0xffffff);
}
U8 set_seventh_bit(U8 a) noexcept { return a | U8{0x02} << 56; }

constexpr ScalarFunction kMacaddrFunctions[] = {
    SEXTANT_COMPARISONS("macaddr_", CompareMac),
    SEXTANT_COMPARISONS("macaddr8_", CompareMac),
    {"macaddr_cmp", strict<&CompareMac::cmp>},
    {"macaddr8_cmp", strict<&CompareMac::cmp>},
    {"macaddr_not", strict<&not6>},
    {"macaddr_and", strict<&both>},
    {"macaddr_or", strict<&either>},
    {"macaddr_trunc", strict<&trunc6>},
    {"macaddr8_not", strict<&not8>},
    {"macaddr8_and", strict<&both>},
    {"macaddr8_or", strict<&either>},
    {"macaddr8_trunc", strict<&trunc8>},
    {"macaddr8_set7bit", strict<&set_seventh_bit>},
    {"macaddrtomacaddr8", strict<&widen>},
    {"macaddr8tomacaddr", strict<&narrow>},
};

}  // namespace

std::span<const ScalarFunction> macaddr_functions() { return kMacaddrFunctions; }

}  // namespace functions
