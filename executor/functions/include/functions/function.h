// Scalar functions: kernels over batches, found by the internal name in pg_proc.prosrc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "types/eval_context.h"
#include "types/oid.h"
#include "types/vector.h"

namespace functions {

// What a call site knows: enough for polymorphic functions and collation-aware ones. Lives as
// long as the plan.
struct FunctionCall {
  types::Oid function = 0;                        // pg_proc.oid
  types::TypeRef result;
  std::span<const types::TypeRef> arguments;      // resolved types, variadic ones spread out
  // A set in FROM that users' functions return: the columns its rows are spread over, else empty.
  std::span<const types::TypeRef> columns;
  types::Oid collation = 0;                       // input collation
  bool variadic_array = false;                    // called with VARIADIC array
};

// Computes `out[row]` for every selected row; touches no other row. `out` has room for the batch
// and no nulls set. A strict kernel (the registry wraps plain C++ functions so) yields null where
// an argument is null. Throws SqlError.
using ScalarKernel = void (*)(types::EvalContext&, const FunctionCall&,
                              std::span<const types::Vector* const> arguments,
                              types::Selection rows, types::Vector& out);

struct ScalarFunction {
  std::string_view internal_name;  // pg_proc.prosrc, e.g. "int4pl"
  ScalarKernel kernel;
};

// Null when the function is not built yet: the caller raises 0A000 with its SQL name.
ScalarKernel find_scalar(std::string_view internal_name);

}  // namespace functions
