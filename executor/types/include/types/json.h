// json and jsonb.
//
// json is its text, checked. jsonb is its canonical text as PostgreSQL writes it: one space after
// colons and commas, keys by length and then bytes, no key twice, numbers as numeric. Both are read
// into the same tree, whose nodes keep their slice of the text.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "types/arena.h"

namespace types {

enum class JsonKind : std::uint8_t { null, string, number, boolean, array, object };

struct JsonNode {
  JsonKind kind;
  std::string_view raw;                  // the text of the value
  std::string_view string;               // of a string: unescaped
  std::span<const JsonNode> children;    // of an array or an object: the values
  std::span<const std::string_view> keys;  // of an object: unescaped, as many as children

  bool boolean() const { return raw == "true"; }
  // Last value of that key, null when there is none.
  const JsonNode* find(std::string_view key) const;
  // Element by index; negative counts from the end.
  const JsonNode* at(std::int64_t index) const;
};

// Nodes live in the arena; they borrow the text and the arena. SqlError 22P02 for what is no JSON,
// 54001 for what is nested too deeply. \u0000 is an error only where `unescape_nul` is wanted.
const JsonNode& parse_json(Arena& arena, std::string_view text);

// Checks without keeping anything.
void check_json(std::string_view text);

// The jsonb form of a tree.
void append_jsonb(Arena& scratch, std::string& out, const JsonNode& node);
std::string_view to_jsonb(Arena& arena, std::string_view json_text);

// With the quotes and escapes of JSON.
void append_json_string(std::string& out, std::string_view text);

// Indented by four spaces.
void append_json_pretty(std::string& out, const JsonNode& node, int indent = 0);

// Numbers as their text, in numeric's order.
int compare_json_numbers(std::string_view a, std::string_view b);
// jsonb's btree order.
int compare_json(const JsonNode& a, const JsonNode& b);
int compare_jsonb_text(std::string_view a, std::string_view b);

}  // namespace types
