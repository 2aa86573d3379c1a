// Reading the values of an index's key columns back from the bytes of a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "key_codec.h"
#include "types/arena.h"
#include "types/vector.h"

namespace table {

// What the bytes of one key column tell. `opaque`: not its values, nor how long they are - of types with equal values that
// look different (numeric's 1.0 and 1.00, an interval's 30 days and 1 month), under a collation that takes different strings
// for equal, and of what lies under a hash.
struct KeyPart {
  enum class Form : std::uint8_t {
    opaque, boolean, byte, int16, int32, int64, uint32, uint64,
    float32, float64,  // but for 0, which may have been -0, and NaN
    uuid, text, bytes,
    sorted_text        // a collation's sort key, then the text
  };
  Form form = Form::opaque;
  bool descending = false;
};

std::vector<KeyPart> key_parts(const KeyCodec& codec);

// Where each of the first `count` parts of a key begins: at its marker. None before the last is opaque.
void find_parts(std::string_view key, std::span<const KeyPart> parts, std::size_t count, std::vector<std::size_t>& begins);

// The part that begins there, not an opaque one, into row `at`; varlen bytes go to `arena`. False: this value cannot be told
// from its key. `scratch` is for the call.
[[nodiscard]] bool read_part(std::string_view key, std::size_t begin, KeyPart part, types::Vector& out, std::uint32_t at,
                             types::Arena& arena, std::string& scratch);

}  // namespace table
