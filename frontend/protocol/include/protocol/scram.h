// SCRAM-SHA-256, the server's side, and the verifiers it checks against.
//
// Source: RFC 5802, RFC 7677; the stored form is PostgreSQL's:
//   SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>   (base64)
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace protocol {

// What pg_authid.rolpassword holds for this password, with a fresh random salt.
std::string make_scram_verifier(std::string_view password);

// Whether the text has the stored form of a verifier (CREATE ROLE .. PASSWORD takes either).
bool is_scram_verifier(std::string_view text);

// One exchange. Throws SqlError 08P01 for malformed messages, 28P01 is the caller's to raise when
// check_final() says no. A role without a verifier gets a mock exchange that always fails, so that
// nobody learns which roles exist.
class ScramExchange {
 public:
  ScramExchange(std::string_view verifier, std::string_view mock_salt_seed);

  // The client's first message; returns server-first.
  std::string first(std::string_view client_first);
  // The client's final message; returns server-final, or nothing when the proof is wrong.
  std::optional<std::string> final(std::string_view client_final);

 private:
  std::string stored_key_, server_key_, salt_;
  int iterations_ = 4096;
  bool mock_ = false;
  std::string gs2_header_, client_first_bare_, server_first_, nonce_;
};

}  // namespace protocol
