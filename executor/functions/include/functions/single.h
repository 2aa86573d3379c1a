// Functions of fixed-width values one at a time, for callers that have no batch: the arithmetic, comparisons and casts
// that loops of procedural code are made of. All are strict: the caller looks for nulls.
#pragma once

#include <string_view>

#include "types/datum.h"

namespace functions {

// `second` is not looked at by a function of one argument. Throws SqlError.
using SingleKernel = types::Datum (*)(const types::Datum& first, const types::Datum& second);

struct SingleFunction {
  std::string_view internal_name;  // pg_proc.prosrc
  SingleKernel kernel;
};

// Null: the function has a kernel over batches alone.
SingleKernel find_single(std::string_view internal_name);

}  // namespace functions
