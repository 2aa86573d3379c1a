// What trigrams the texts have that a pattern, or a text that is alike, finds.
#pragma once

#include <cstdint>
#include <string_view>

#include "extensions/trigrams.h"
#include "inverted/search.h"

namespace inverted {

void append_trigram_key(std::string& out, std::uint8_t column, const extensions::Trigram& trigram);

// Strategies of gin_trgm_ops and gist_trgm_ops.
Search trigram_search(std::uint8_t column, int strategy, std::string_view query);

}  // namespace inverted
