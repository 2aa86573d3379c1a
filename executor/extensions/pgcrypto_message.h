// OpenPGP messages (RFC 4880) that a password opens.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "functions/function.h"

namespace extensions {

// pgp_sym_encrypt(data, password [, options]) and the like; errors are 39000, as pgcrypto words them.
std::span<const functions::ScalarFunction> pgp_functions();

// What a message holds. `text`: refused when it says that it is none.
std::string open_message(std::string_view message, std::string_view password, bool text);

}  // namespace extensions
