// Comparisons of integers of every width, oid and "char".
#include "comparison.h"
#include "function_table.h"
#include "single_table.h"

namespace functions {
namespace {

using I2 = std::int16_t;
using I4 = std::int32_t;
using I8 = std::int64_t;
using Compare2 = Compare<I2, I2>;
using Compare4 = Compare<I4, I4>;
using Compare8 = Compare<I8, I8>;
using Compare24 = Compare<I2, I4>;
using Compare28 = Compare<I2, I8>;
using Compare42 = Compare<I4, I2>;
using Compare48 = Compare<I4, I8>;
using Compare82 = Compare<I8, I2>;
using Compare84 = Compare<I8, I4>;
using CompareOid = Compare<std::uint32_t, std::uint32_t>;
using CompareXid8 = Compare<std::uint64_t, std::uint64_t>;
using CompareChar = Compare<std::uint8_t, std::uint8_t>;

constexpr ScalarFunction kIntegerComparisonFunctions[] = {
    SEXTANT_COMPARISONS("int2", Compare2),
    SEXTANT_COMPARISONS("int4", Compare4),
    SEXTANT_COMPARISONS("int8", Compare8),
    SEXTANT_COMPARISONS("int24", Compare24),
    SEXTANT_COMPARISONS("int28", Compare28),
    SEXTANT_COMPARISONS("int42", Compare42),
    SEXTANT_COMPARISONS("int48", Compare48),
    SEXTANT_COMPARISONS("int82", Compare82),
    SEXTANT_COMPARISONS("int84", Compare84),
    SEXTANT_COMPARISONS("oid", CompareOid),
    SEXTANT_COMPARISONS("xid8", CompareXid8),
    SEXTANT_COMPARISONS("char", CompareChar),
    {"xideq", strict<&CompareOid::eq>},
    {"xidneq", strict<&CompareOid::ne>},
    {"cideq", strict<&CompareOid::eq>},
    {"btint2cmp", strict<&Compare2::cmp>},
    {"btint4cmp", strict<&Compare4::cmp>},
    {"btint8cmp", strict<&Compare8::cmp>},
    {"btint24cmp", strict<&Compare24::cmp>},
    {"btint28cmp", strict<&Compare28::cmp>},
    {"btint42cmp", strict<&Compare42::cmp>},
    {"btint48cmp", strict<&Compare48::cmp>},
    {"btint82cmp", strict<&Compare82::cmp>},
    {"btint84cmp", strict<&Compare84::cmp>},
    {"btoidcmp", strict<&CompareOid::cmp>},
    {"btcharcmp", strict<&CompareChar::cmp>},
    {"xid8cmp", strict<&CompareXid8::cmp>},
    {"int2larger", strict<&Compare2::larger>},
    {"int2smaller", strict<&Compare2::smaller>},
    {"int4larger", strict<&Compare4::larger>},
    {"int4smaller", strict<&Compare4::smaller>},
    {"int8larger", strict<&Compare8::larger>},
    {"int8smaller", strict<&Compare8::smaller>},
    {"oidlarger", strict<&CompareOid::larger>},
    {"oidsmaller", strict<&CompareOid::smaller>},
    {"xid8_larger", strict<&CompareXid8::larger>},
    {"xid8_smaller", strict<&CompareXid8::smaller>},
};

constexpr SingleFunction kSingles[] = {
    SEXTANT_SINGLE_COMPARISONS("int2", Compare2),   SEXTANT_SINGLE_COMPARISONS("int4", Compare4),
    SEXTANT_SINGLE_COMPARISONS("int8", Compare8),   SEXTANT_SINGLE_COMPARISONS("int24", Compare24),
    SEXTANT_SINGLE_COMPARISONS("int28", Compare28), SEXTANT_SINGLE_COMPARISONS("int42", Compare42),
    SEXTANT_SINGLE_COMPARISONS("int48", Compare48), SEXTANT_SINGLE_COMPARISONS("int82", Compare82),
    SEXTANT_SINGLE_COMPARISONS("int84", Compare84),
};

}  // namespace

std::span<const ScalarFunction> integer_comparison_functions() { return kIntegerComparisonFunctions; }
std::span<const SingleFunction> integer_comparison_singles() { return kSingles; }

}  // namespace functions
