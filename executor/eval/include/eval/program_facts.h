// What others may know of a program without evaluating it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "eval/program.h"

namespace eval {

// The input column whose bytes an expression hands on, under whatever type; nothing: it is more than that.
std::optional<std::size_t> input_column(const Node& expression);

// The input columns that an expression reads, ascending, each once; nothing where that is not known.
std::optional<std::vector<std::size_t>> input_columns(const Node& expression);

// Whether nobody can tell for how many rows the program was evaluated: it calls nothing volatile.
// False also where that is not known.
bool has_no_effects(const Program& program);

}  // namespace eval
