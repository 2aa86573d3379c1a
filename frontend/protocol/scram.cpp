#include "protocol/scram.h"

#include <array>
#include <charconv>
#include <cstdint>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "types/sql_error.h"
#include "wal/check.h"

namespace protocol {
namespace {

using types::SqlError;

constexpr int kDefaultIterations = 4096;
constexpr std::size_t kSaltSize = 16, kKeySize = 32, kNonceSize = 18;

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                          reinterpret_cast<const unsigned char*>(bytes.data()),
                          static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(n));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out(text.size() / 4 * 3 + 1, '\0');
  int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                          reinterpret_cast<const unsigned char*>(text.data()),
                          static_cast<int>(text.size()));
  if (n < 0) return std::nullopt;
  auto size = static_cast<std::size_t>(n);
  // EVP_DecodeBlock counts padding as zero bytes.
  for (std::size_t i = text.size(); i > 0 && text[i - 1] == '='; --i) --size;
  out.resize(size);
  return out;
}

std::string hmac(std::string_view key, std::string_view data) {
  std::string out(kKeySize, '\0');
  unsigned size = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(data.data()), data.size(),
             reinterpret_cast<unsigned char*>(out.data()), &size) != nullptr);
  return out;
}

std::string sha256(std::string_view data) {
  std::string out(kKeySize, '\0');
  unsigned size = 0;
  CHECK(EVP_Digest(data.data(), data.size(), reinterpret_cast<unsigned char*>(out.data()), &size,
                   EVP_sha256(), nullptr) == 1);
  return out;
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1);
  return out;
}

std::string salted_password(std::string_view password, std::string_view salt, int iterations) {
  std::string out(kKeySize, '\0');
  CHECK(PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                          reinterpret_cast<const unsigned char*>(salt.data()),
                          static_cast<int>(salt.size()), iterations, EVP_sha256(),
                          static_cast<int>(out.size()),
                          reinterpret_cast<unsigned char*>(out.data())) == 1);
  return out;
}

struct Verifier {
  int iterations;
  std::string salt, stored_key, server_key;
};

std::optional<Verifier> parse_verifier(std::string_view text) {
  constexpr std::string_view kPrefix = "SCRAM-SHA-256$";
  if (!text.starts_with(kPrefix)) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  std::size_t colon = text.find(':'), dollar = text.find('$');
  if (colon == text.npos || dollar == text.npos || colon > dollar) return std::nullopt;
  std::size_t colon2 = text.find(':', dollar);
  if (colon2 == text.npos) return std::nullopt;
  Verifier v{};
  auto [end, ec] = std::from_chars(text.data(), text.data() + colon, v.iterations);
  if (ec != std::errc() || end != text.data() + colon || v.iterations < 1) return std::nullopt;
  auto salt = from_base64(text.substr(colon + 1, dollar - colon - 1));
  auto stored = from_base64(text.substr(dollar + 1, colon2 - dollar - 1));
  auto server = from_base64(text.substr(colon2 + 1));
  if (!salt || !stored || !server || stored->size() != kKeySize || server->size() != kKeySize)
    return std::nullopt;
  v.salt = *salt;
  v.stored_key = *stored;
  v.server_key = *server;
  return v;
}

[[noreturn]] void malformed(std::string_view detail) {
  throw SqlError("08P01", "malformed SCRAM message").with_detail(std::string(detail));
}

// Value of "<name>=value" at the front; moves past it and the comma behind.
std::string_view attribute(std::string_view& text, char name) {
  if (text.size() < 2 || text[0] != name || text[1] != '=')
    malformed(fmt::format("Expected attribute \"{}\" not found.", name));
  std::size_t end = text.find(',');
  std::string_view value = text.substr(2, end == text.npos ? text.npos : end - 2);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return value;
}

}  // namespace

std::string make_scram_verifier(std::string_view password) {
  std::string salt = random_bytes(kSaltSize);
  std::string salted = salted_password(password, salt, kDefaultIterations);
  std::string stored = sha256(hmac(salted, "Client Key"));
  std::string server = hmac(salted, "Server Key");
  return fmt::format("SCRAM-SHA-256${}:{}${}:{}", kDefaultIterations, base64(salt), base64(stored),
                     base64(server));
}

bool is_scram_verifier(std::string_view text) { return parse_verifier(text).has_value(); }

ScramExchange::ScramExchange(std::string_view verifier, std::string_view mock_salt_seed) {
  if (auto v = parse_verifier(verifier)) {
    iterations_ = v->iterations;
    salt_ = v->salt;
    stored_key_ = v->stored_key;
    server_key_ = v->server_key;
    return;
  }
  mock_ = true;
  iterations_ = kDefaultIterations;
  salt_ = sha256(mock_salt_seed).substr(0, kSaltSize);
  stored_key_ = server_key_ = std::string(kKeySize, '\0');
}

std::string ScramExchange::first(std::string_view client_first) {
  if (client_first.empty()) malformed("The message is empty.");
  // gs2 header: channel binding flag, optional authorization identity.
  if (client_first[0] == 'p')
    throw SqlError("08P01", "client selected SCRAM-SHA-256 without channel binding, but the SCRAM "
                            "message includes channel binding data");
  if (client_first[0] != 'n' && client_first[0] != 'y')
    malformed(fmt::format("Unexpected channel-binding flag \"{}\".", client_first[0]));
  if (client_first.size() < 2 || client_first[1] != ',') malformed("Comma expected.");
  std::size_t second = client_first.find(',', 2);
  if (second == client_first.npos) malformed("Comma expected.");
  if (second != 2)
    throw SqlError("0A000", "client uses authorization identity, but it is not supported");
  gs2_header_ = client_first.substr(0, second + 1);
  client_first_bare_ = client_first.substr(second + 1);
  std::string_view rest = client_first_bare_;
  if (!rest.empty() && rest[0] == 'm')
    throw SqlError("0A000", "client requires an unsupported SCRAM extension");
  attribute(rest, 'n');  // the user name of the startup packet counts
  std::string_view client_nonce = attribute(rest, 'r');
  if (client_nonce.empty()) malformed("The nonce is empty.");
  for (char c : client_nonce)
    if (c < 0x21 || c > 0x7e) throw SqlError("08P01", "non-printable characters in SCRAM nonce");
  nonce_ = std::string(client_nonce) + base64(random_bytes(kNonceSize));
  server_first_ = fmt::format("r={},s={},i={}", nonce_, base64(salt_), iterations_);
  return server_first_;
}

std::optional<std::string> ScramExchange::final(std::string_view client_final) {
  std::size_t proof_at = client_final.rfind(",p=");
  if (proof_at == client_final.npos) malformed("Expected attribute \"p\" not found.");
  std::string_view without_proof = client_final.substr(0, proof_at);
  auto proof = from_base64(client_final.substr(proof_at + 3));
  if (!proof || proof->size() != kKeySize) malformed("Malformed proof in client-final-message.");
  std::string_view rest = without_proof;
  auto binding = from_base64(attribute(rest, 'c'));
  if (!binding || *binding != gs2_header_)
    throw SqlError("08P01", "unexpected SCRAM channel-binding attribute in client-final-message");
  if (attribute(rest, 'r') != nonce_)
    throw SqlError("08P01", "invalid SCRAM response").with_detail("Nonce does not match.");

  std::string auth_message = client_first_bare_ + "," + server_first_ + "," + std::string(without_proof);
  std::string signature = hmac(stored_key_, auth_message);
  std::string client_key(kKeySize, '\0');
  for (std::size_t i = 0; i < kKeySize; ++i)
    client_key[i] = static_cast<char>((*proof)[i] ^ signature[i]);
  std::string computed = sha256(client_key);
  bool matches = CRYPTO_memcmp(computed.data(), stored_key_.data(), kKeySize) == 0;
  if (mock_ || !matches) return std::nullopt;
  return "v=" + base64(hmac(server_key_, auth_message));
}

}  // namespace protocol
