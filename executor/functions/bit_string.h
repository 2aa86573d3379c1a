// Functions and aggregates of bit and bit varying.
#pragma once

#include "aggregate_kernel.h"

namespace functions {

std::span<const ScalarFunction> bit_string_functions();
std::span<const AggregateEntry> bit_string_aggregates();

}  // namespace functions
