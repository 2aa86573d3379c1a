// Keys of JSON trees.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "types/arena.h"
#include "types/json.h"

namespace inverted {

// jsonb_ops. An array's string counts as a key: `?` finds both.
void append_json_key(std::string& out, std::uint8_t column, std::string_view key);
// Any other scalar, and a string as an object's value. `text`: of a number or a string.
void append_json_scalar(std::string& out, std::uint8_t column, types::JsonKind kind, std::string_view text, bool boolean,
                        types::Arena& scratch);

// jsonb_path_ops: the way that leads to a value, and the value at its end.
std::uint64_t json_path_step(std::uint64_t path, std::string_view key);
void append_json_path_key(std::string& out, std::uint8_t column, std::uint64_t path, types::JsonKind kind,
                          std::string_view text, bool boolean, types::Arena& scratch);

}  // namespace inverted
