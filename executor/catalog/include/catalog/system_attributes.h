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

// By its number in pg_attribute, which is negative; empty: there is none.
inline std::string_view system_column(int number) {
  constexpr std::string_view kByNumber[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
  return number < 0 && number >= -6 ? kByNumber[-number - 1] : std::string_view();
}

}  // namespace catalog
