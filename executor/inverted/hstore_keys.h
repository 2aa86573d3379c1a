// Keys of an hstore: each of its keys, and each pair.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inverted/search.h"

namespace inverted {

void append_hstore_key(std::string& out, std::uint8_t column, std::string_view key);
void append_hstore_pair(std::string& out, std::uint8_t column, std::string_view key,
                        std::optional<std::string_view> value);

// Strategies of gin_hstore_ops and gist_hstore_ops.
Search hstore_search(std::uint8_t column, int strategy, const types::Datum& query);

}  // namespace inverted
