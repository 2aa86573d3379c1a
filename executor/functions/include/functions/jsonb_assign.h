// UPDATE .. SET j['a'][1] = value: a jsonb value with another part.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "types/eval_context.h"

namespace functions {

// What the path leads over is made where it is not there: an array, null up to the place, for a step that is an integer, else
// an object; of nothing at all an array when `begins_with_index`. SqlError 22P02 and 22023 for a step into an array that is no
// place of it, 22023 for one into a scalar.
std::string assign_jsonb(types::EvalContext& context, std::optional<std::string_view> container,
                         std::span<const std::string_view> path, bool begins_with_index, std::string_view value);

}  // namespace functions
