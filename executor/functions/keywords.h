// PostgreSQL's key words, as pg_get_keywords() tells them.
#pragma once

#include <span>
#include <string_view>

namespace functions {

struct Keyword {
  std::string_view word;
  char category;    // U, C, T, R
  bool bare_label;
};
std::span<const Keyword> keywords();

}  // namespace functions
