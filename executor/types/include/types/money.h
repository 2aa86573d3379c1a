// money: an amount in cents.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace types {

// SqlError 22P02, 22003.
std::int64_t parse_money(std::string_view text);
void append_money(std::string& out, std::int64_t cents);

}  // namespace types
