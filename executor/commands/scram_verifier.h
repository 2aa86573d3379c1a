// What pg_authid.rolpassword keeps in place of a password (RFC 5803).
#pragma once

#include <string>
#include <string_view>

namespace commands {

// SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey> with a new random salt.
std::string make_scram_verifier(std::string_view password);

}  // namespace commands
