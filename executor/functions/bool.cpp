#include "comparison.h"
#include "function_table.h"

namespace functions {
namespace {

using CompareBool = Compare<bool, bool>;

bool logical_and(bool a, bool b) noexcept { return a & b; }
bool logical_or(bool a, bool b) noexcept { return a | b; }

constexpr ScalarFunction kBoolFunctions[] = {
    SEXTANT_COMPARISONS("bool", CompareBool),
    {"btboolcmp", strict<&CompareBool::cmp>},
    {"booland_statefunc", strict<&logical_and>},
    {"boolor_statefunc", strict<&logical_or>},
};

}  // namespace

std::span<const ScalarFunction> bool_functions() { return kBoolFunctions; }

}  // namespace functions
