// LIKE patterns.
#pragma once

#include <string>
#include <string_view>

namespace functions {

// `text` matches `pattern` (% any characters, _ one, \ takes the next literally). Fold lowers
// ASCII letters of both. SqlError 22025 for a pattern that ends with its escape.
enum class LikeCase : bool { exact, fold };
bool like(std::string_view text, std::string_view pattern, LikeCase how, bool bytewise = false);

// The pattern rewritten from another escape character to the backslash.
std::string like_escape(std::string_view pattern, std::string_view escape);

// SIMILAR TO's pattern as an ARE.
std::string similar_to_regex(std::string_view pattern, std::string_view escape);

}  // namespace functions
