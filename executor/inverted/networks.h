// Networks in an ordered tree, by the order that inet has: one is right before those in it.
#pragma once

#include <string_view>

#include "inverted/search.h"
#include "types/datum.h"

namespace inverted {

// Strategies of inet_ops of gist and spgist.
inline constexpr int kNetworkOverlaps = 3, kNetworkEqual = 18, kNetworkNotEqual = 19, kNetworkLess = 20,
                     kNetworkLessEqual = 21, kNetworkGreater = 22, kNetworkGreaterEqual = 23, kNetworkInside = 24,
                     kNetworkInsideEqual = 25, kNetworkAround = 26, kNetworkAroundEqual = 27;

// Of &&, <<, <<=, >>, >>=: the networks inside, and one range for each that may be around.
// `beginning`: what the keys of values that are not null begin with.
Search network_search(std::string_view beginning, int strategy, const types::Datum& query);

}  // namespace inverted
