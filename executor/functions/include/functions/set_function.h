// Set-returning functions: generate_series, unnest, ...
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "functions/function.h"

namespace functions {

class SetFunctionRun {
 public:
  virtual ~SetFunctionRun() = default;
  // Fills up to `capacity` rows of every output column; returns how many, 0 at the end.
  virtual std::uint32_t next(types::EvalContext&, std::span<types::Vector> out,
                             std::uint32_t capacity) = 0;
};

// Starts one call with its argument values (null allowed; strict ones yield no row).
using SetFunctionStart = std::unique_ptr<SetFunctionRun> (*)(
    types::EvalContext&, const FunctionCall&, std::span<const types::Datum> arguments);

// By pg_proc.prosrc; null when not built yet.
SetFunctionStart find_set_function(std::string_view internal_name);

}  // namespace functions
