#include "scram_verifier.h"

#include <array>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "types/sql_error.h"

namespace commands {
namespace {

constexpr int kIterations = 4096;
constexpr std::size_t kSaltBytes = 16;
using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

template <std::size_t N>
std::string base64(const std::array<unsigned char, N>& bytes) {
  std::string text(4 * ((N + 2) / 3) + 1, '\0');
  int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                             static_cast<int>(N));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

Digest hmac(const Digest& key, std::string_view text) {
  Digest out;
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &size);
  return out;
}

}  // namespace

std::string make_scram_verifier(std::string_view password) {
  std::array<unsigned char, kSaltBytes> salt;
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1)
    throw types::SqlError("XX000", "could not generate random salt");
  Digest salted, stored;
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data(),
                    static_cast<int>(salt.size()), kIterations, EVP_sha256(),
                    static_cast<int>(salted.size()), salted.data());
  Digest client = hmac(salted, "Client Key");
  SHA256(client.data(), client.size(), stored.data());
  Digest server = hmac(salted, "Server Key");
  std::string verifier = "SCRAM-SHA-256$" + std::to_string(kIterations);
  verifier += ':';
  verifier += base64(salt);
  verifier += '$';
  verifier += base64(stored);
  verifier += ':';
  verifier += base64(server);
  return verifier;
}

}  // namespace commands
