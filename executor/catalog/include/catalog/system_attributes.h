// The columns that every table has besides its own.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace catalog {

inline bool is_system_column(std::string_view name) {
  constexpr std::string_view kNames[] = {"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

}  // namespace catalog
