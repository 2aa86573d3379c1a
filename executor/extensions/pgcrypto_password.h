// pgcrypto's hashes of passwords.
#pragma once

#include <string>
#include <string_view>

namespace extensions {

// crypt(): 22023 where the salt is none.
std::string crypt_password(std::string_view password, std::string_view salt);
// gen_salt(); 0 rounds: the algorithm's default.
std::string make_salt(std::string_view algorithm, int rounds);

}  // namespace extensions
