// What is built: for coverage tests and diagnostics.
#pragma once

#include <string_view>
#include <vector>

namespace functions {

// pg_proc.prosrc of every scalar function with a kernel; duplicates would be a mistake.
std::vector<std::string_view> scalar_names();

}  // namespace functions
