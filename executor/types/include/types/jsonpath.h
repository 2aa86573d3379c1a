// SQL/JSON path expressions. A jsonpath value is its canonical text; it is read into a tree for
// execution (functions/jsonpath_exec.cpp).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "types/arena.h"

namespace types {

struct EvalContext;

enum class JsonPathKind : std::uint8_t {
  // literals
  null, string, number, boolean, variable,
  // predicates
  and_, or_, not_, is_unknown, exists, starts_with, like_regex,
  equal, not_equal, less, greater, less_or_equal, greater_or_equal,
  // arithmetic
  add, subtract, multiply, divide, modulo, plus, minus,
  // where a path begins
  root, current, last,
  // accessors
  key, any_key, any_array, index_array, any, filter,
  // methods
  type, size, abs, floor, ceiling, double_, datetime, keyvalue,
};

// `next` is the accessor that is applied to this item's values.
struct JsonPathItem {
  JsonPathKind kind = JsonPathKind::null;
  bool boolean = false;
  std::uint8_t flags = 0;              // like_regex
  std::string_view text;               // string, number, variable, key; like_regex: the pattern
  const JsonPathItem* left = nullptr;  // operands; filter, exists, not, ...: the argument
  const JsonPathItem* right = nullptr;
  const JsonPathItem* next = nullptr;
  struct Subscript {
    const JsonPathItem* from;
    const JsonPathItem* to;  // null: one element
  };
  std::span<const Subscript> subscripts;         // index_array
  std::uint32_t first = 0, last = 0xffffffff;    // any: levels; kLastLevel: the deepest
};
inline constexpr std::uint32_t kLastLevel = 0xffffffff;

// like_regex flags.
inline constexpr std::uint8_t kRegexIgnoreCase = 1, kRegexDotAll = 2, kRegexMultiline = 4,
                              kRegexExpanded = 8, kRegexQuote = 16;

struct JsonPath {
  bool lax = true;
  const JsonPathItem* root = nullptr;
};

// In the arena; borrows the text. SqlError 42601, 22P02, 54001.
JsonPath parse_jsonpath(Arena& arena, std::string_view text);
void append_jsonpath(std::string& out, const JsonPath& path);
// Refuses patterns of like_regex that are no regular expressions, 2201B, when the type's input reads them. Set at the
// start of the program by the library that knows regular expressions; until then all are taken.
using JsonPathPatternCheck = void (*)(EvalContext&, std::string_view pattern, std::uint8_t flags);
void set_jsonpath_pattern_check(JsonPathPatternCheck check);
// "&&", "+", "type", ...: for messages.
std::string_view jsonpath_operation_name(JsonPathKind kind);

}  // namespace types
