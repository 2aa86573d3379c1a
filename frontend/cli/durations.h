// Lengths of time on the command line: "90s", "5min", "1h", "2d"; a bare number is seconds.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>

namespace cli {

// For an option that is a number of seconds.
inline CLI::Validator duration_in_seconds() {
  const std::map<std::string, std::uint64_t> units{{"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
  return CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::CASE_SENSITIVE, "TIME");
}

inline constexpr std::uint64_t kSecondsMax = std::uint64_t{366} * 24 * 3600;

}  // namespace cli
