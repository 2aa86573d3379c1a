#include "functions/single.h"

#include <algorithm>

#include "single_table.h"

namespace functions {

SingleKernel find_single(std::string_view internal_name) {
  for (const std::span<const SingleFunction> table : {integer_singles(), integer_comparison_singles(), float_singles(), cast_singles()})
    if (const auto found = std::ranges::find(table, internal_name, &SingleFunction::internal_name); found != table.end())
      return found->kernel;
  return nullptr;
}

}  // namespace functions
