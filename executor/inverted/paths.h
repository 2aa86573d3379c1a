// Paths of ltree in trees: a path lies before those below it, and these lie together.
#pragma once

#include <cstdint>
#include <string_view>

#include "inverted/key_set.h"
#include "inverted/search.h"
#include "types/datum.h"

namespace inverted {

// Strategies of gist_ltree_ops beyond those of an order, and of gist__ltree_ops, whose values are on the left: @> with a path,
// <@, ~ with an lquery, @ with an ltxtquery, ? with an array of lqueries.
inline constexpr int kPathAbove = 10, kPathBelow = 11, kPathMatches = 12, kPathHasWords = 14, kPathMatchesAny = 16;
inline constexpr int kPathsBelow = 10;

bool helps_to_find_paths(int strategy);

// `beginning`: what the keys of paths that are not null begin with; they are cut at kMaxOrderedSize.
Search path_search(std::string_view beginning, int strategy, const types::Datum& query);

// The paths of an array, each a key.
void extract_paths(std::uint8_t column, const types::Datum& value, KeySet& keys);
Search path_list_search(std::uint8_t column, int strategy, const types::Datum& query);

}  // namespace inverted
