// What pg_authid.rolpassword keeps in place of a password: SCRAM-SHA-256 (RFC 5803) or, where password_encryption asks for it,
// PostgreSQL's older md5.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace commands {

// SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey> with a new random salt.
std::string make_scram_verifier(std::string_view password);
// "md5" and 32 hexadecimal digits, of the password and the role's name.
std::string make_md5_verifier(std::string_view password, std::string_view role);

// What PASSWORD was given; plain: what has the form of no verifier.
enum class PasswordForm : std::uint8_t { plain, md5, scram };
PasswordForm password_form(std::string_view text);

// Whether a verifier is one of the empty password.
bool verifies_empty(std::string_view verifier, std::string_view role);

}  // namespace commands
