#include "authentication.h"

#include <array>
#include <cstring>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "protocol/scram.h"
#include "types/sql_error.h"

namespace server {
namespace {

constexpr std::string_view kMechanism = "SCRAM-SHA-256";

// SASLInitialResponse: mechanism, then a length-prefixed first message.
std::string_view initial_response(std::string_view body) {
  std::size_t end = body.find('\0');
  if (end == body.npos || body.size() < end + 5)
    throw types::SqlError("08P01", "malformed SASL initial response");
  if (body.substr(0, end) != kMechanism)
    throw types::SqlError("08P01", "client selected an invalid SASL authentication mechanism");
  std::string_view rest = body.substr(end + 5);
  std::uint32_t length = 0;
  for (int i = 0; i < 4; ++i)
    length = length << 8 | static_cast<unsigned char>(body[end + 1 + static_cast<std::size_t>(i)]);
  if (length != rest.size()) throw types::SqlError("08P01", "malformed SASL initial response");
  return rest;
}

constexpr std::size_t kMd5Size = 35;

// A role whose password was kept by password_encryption = md5 can prove it in no other way.
bool is_md5_verifier(std::string_view verifier) { return verifier.starts_with("md5") && verifier.size() == kMd5Size; }

// "md5", then the digest of the verifier's own digits and the salt.
std::string md5_answer(std::string_view verifier, std::span<const std::byte, 4> salt) {
  std::string text(verifier.substr(3));
  for (const std::byte byte : salt) text += static_cast<char>(byte);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
    throw types::SqlError("XX000", "could not compute MD5 hash");
  std::string answer = "md5";
  for (unsigned i = 0; i < size; ++i) answer += fmt::format("{:02x}", digest[i]);
  return answer;
}

}  // namespace

void authenticate(Authentication method, const std::string& user, const std::string& verifier,
                  protocol::BackendMessages& messages, const std::function<void()>& send,
                  const std::function<std::string()>& receive) {
  const auto refuse = [&] {
    throw types::SqlError("28P01", fmt::format("password authentication failed for user \"{}\"", user));
  };
  if (method == Authentication::scram_sha_256 && is_md5_verifier(verifier)) {
    std::array<std::byte, 4> salt;
    if (RAND_bytes(reinterpret_cast<unsigned char*>(salt.data()), static_cast<int>(salt.size())) != 1)
      throw types::SqlError("XX000", "could not generate random MD5 salt");
    messages.authentication_md5_password(salt);
    send();
    std::string answer = receive();
    if (answer.ends_with('\0')) answer.pop_back();
    const std::string expected = md5_answer(verifier, salt);
    if (answer.size() != expected.size() || CRYPTO_memcmp(answer.data(), expected.data(), expected.size()) != 0) refuse();
  } else if (method == Authentication::scram_sha_256) {
    protocol::ScramExchange exchange(verifier, user);
    const std::array mechanisms{kMechanism};
    messages.authentication_sasl(mechanisms);
    send();
    std::string body = receive();
    messages.authentication_sasl_continue(exchange.first(initial_response(body)));
    send();
    auto server_final = exchange.final(receive());
    if (!server_final) refuse();
    messages.authentication_sasl_final(*server_final);
  }
  messages.authentication_ok();
}

}  // namespace server
