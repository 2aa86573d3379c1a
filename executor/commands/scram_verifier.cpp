#include "scram_verifier.h"

#include <array>
#include <charconv>
#include <optional>

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

// Null for what is no base64.
std::optional<std::string> from_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

struct Scram {
  int iterations = 0;
  std::string salt, stored_key, server_key;
};

std::optional<Scram> parse_scram(std::string_view text) {
  constexpr std::string_view kScheme = "SCRAM-SHA-256$";
  if (!text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  const auto part = [&text](char end) -> std::optional<std::string_view> {
    const std::size_t at = text.find(end);
    if (at == text.npos) return std::nullopt;
    const std::string_view found = text.substr(0, at);
    text.remove_prefix(at + 1);
    return found;
  };
  const auto iterations = part(':');
  const auto salt = iterations ? part('$') : std::nullopt;
  const auto stored = salt ? part(':') : std::nullopt;
  if (!stored) return std::nullopt;
  Scram parsed;
  const auto [end, error] = std::from_chars(iterations->data(), iterations->data() + iterations->size(), parsed.iterations);
  const auto salt_bytes = from_base64(*salt), stored_bytes = from_base64(*stored), server_bytes = from_base64(text);
  if (error != std::errc() || end != iterations->data() + iterations->size() || !salt_bytes || !stored_bytes || !server_bytes ||
      stored_bytes->size() != SHA256_DIGEST_LENGTH || server_bytes->size() != SHA256_DIGEST_LENGTH)
    return std::nullopt;
  parsed.salt = *salt_bytes;
  parsed.stored_key = *stored_bytes;
  parsed.server_key = *server_bytes;
  return parsed;
}

constexpr std::size_t kMd5Digits = 32;

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

std::string make_md5_verifier(std::string_view password, std::string_view role) {
  const std::string both = std::string(password) + std::string(role);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(both.data(), both.size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
    throw types::SqlError("XX000", "could not compute MD5 hash");
  std::string verifier = "md5";
  for (unsigned i = 0; i < size; ++i)
    for (const int nibble : {digest[i] >> 4, digest[i] & 15}) verifier += "0123456789abcdef"[nibble];
  return verifier;
}

PasswordForm password_form(std::string_view text) {
  if (text.starts_with("md5") && text.size() == 3 + kMd5Digits &&
      text.substr(3).find_first_not_of("0123456789abcdef") == text.npos)
    return PasswordForm::md5;
  return parse_scram(text) ? PasswordForm::scram : PasswordForm::plain;
}

bool verifies_empty(std::string_view verifier, std::string_view role) {
  if (password_form(verifier) == PasswordForm::md5) return verifier == make_md5_verifier("", role);
  const auto scram = parse_scram(verifier);
  if (!scram) return false;
  Digest salted;
  PKCS5_PBKDF2_HMAC("", 0, reinterpret_cast<const unsigned char*>(scram->salt.data()), static_cast<int>(scram->salt.size()),
                    scram->iterations, EVP_sha256(), static_cast<int>(salted.size()), salted.data());
  const Digest server = hmac(salted, "Server Key");
  return std::string_view(reinterpret_cast<const char*>(server.data()), server.size()) == scram->server_key;
}

}  // namespace commands
