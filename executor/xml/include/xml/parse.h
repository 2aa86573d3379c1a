// Whether a text is XML. Nothing outside of it is ever read: external entities are empty.
#pragma once

#include <cstdint>
#include <string_view>

namespace xml {

enum class Option : std::uint8_t { document, content };

// Throws Failure 2200M (a document) or 2200N. Depth and the growth of entities are bounded as libxml2 bounds them by
// default (256 levels); what it keeps is on the heap, and freed before this returns.
void require_well_formed(std::string_view text, Option option, bool preserve_white_space = true);
bool is_well_formed(std::string_view text, Option option);

}  // namespace xml
