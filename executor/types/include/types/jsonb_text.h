// Reading the canonical text of jsonb where it lies: what is not asked for is passed over, nothing is checked again, and
// no tree is made.
//
// Texts are those of whole jsonb values, as types/json.h describes them; of any other text the answers are undefined.
// What is returned borrows the text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "types/arena.h"
#include "types/json.h"

namespace types {

JsonKind jsonb_kind(std::string_view value);

// The members of an array or an object, in their order.
class JsonbMembers {
 public:
  explicit JsonbMembers(std::string_view container);
  bool next();
  std::string_view value() const { return value_; }
  // Of an object: where its key stands in relation to another one in the order of keys; negative: before it.
  int compare_key(std::string_view other);

 private:
  std::string_view string();
  void pass_value();

  const char* at_;
  const char* end_;
  bool is_object_;
  bool is_escaped_ = false;       // the string read last has a backslash
  std::string_view key_, value_;  // the key without its quotes
  std::string unescaped_;
};

// Null when it is no object or has no such key.
std::optional<std::string_view> jsonb_field(std::string_view value, std::string_view key);
// Null when it is no array or has no such element; negative: from the end.
std::optional<std::string_view> jsonb_element(std::string_view value, std::int64_t index);
// A string's value; in the arena where it is not a part of the text.
std::string_view jsonb_string(Arena& arena, std::string_view value);
// whole @> part; `part` is the tree of a canonical text.
bool jsonb_contains(std::string_view whole, const JsonNode& part);

}  // namespace types
