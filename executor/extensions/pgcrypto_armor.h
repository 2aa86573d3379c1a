// pgcrypto's ASCII armor of OpenPGP (RFC 4880, 6.2): base 64 with a checksum, between two lines, behind headers.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace extensions {

using ArmorHeaders = std::vector<std::pair<std::string, std::string>>;

std::string armor(std::string_view bytes, const ArmorHeaders& headers);
// 39000 where it is none.
std::string dearmor(std::string_view text);
ArmorHeaders armor_headers(std::string_view text);

}  // namespace extensions
