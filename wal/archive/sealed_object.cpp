#include "archive/sealed_object.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <zstd.h>

#include "archive/archive_error.h"
#include "wal/check.h"
#include "wal/crc32c.h"

namespace archive {
namespace {

constexpr char kMagic[] = "SXTARC01";
constexpr std::uint32_t kEncrypted = 1;
constexpr int kLevel = 1;   // the network is slower than the next one is smaller
// The header's fields in front of the nonce: what the tag vouches for beside the payload.
constexpr int kAuthenticated = 32;

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype([](EVP_CIPHER_CTX* context) {
                                        EVP_CIPHER_CTX_free(context);
                                      })>;

const unsigned char* octets(const void* bytes) { return static_cast<const unsigned char*>(bytes); }

[[noreturn]] void damaged(std::string_view name, const char* why) {
  throw ArchiveError(Problem::damaged, fmt::format("object \"{}\" is damaged: {}", name, why));
}

void encrypt(SealedHeader& header, std::string_view name, std::span<std::byte> payload, const Key& key) {
  CHECK(RAND_bytes(header.nonce, sizeof(header.nonce)) == 1);
  const CipherContext context(EVP_CIPHER_CTX_new());
  auto* out = reinterpret_cast<unsigned char*>(payload.data());
  int size = 0;
  CHECK(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(), header.nonce) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &size, octets(&header), kAuthenticated) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), nullptr, &size, octets(name.data()), static_cast<int>(name.size())) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), out, &size, out, static_cast<int>(payload.size())) == 1);
  CHECK(EVP_EncryptFinal_ex(context.get(), out + size, &size) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, sizeof(header.tag), header.tag) == 1);
}

// False: another key, or somebody changed it.
bool decrypt(SealedHeader& header, std::string_view name, std::span<std::byte> payload, const Key& key) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  auto* out = reinterpret_cast<unsigned char*>(payload.data());
  int size = 0;
  return EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.bytes.data(), header.nonce) == 1 &&
         EVP_DecryptUpdate(context.get(), nullptr, &size, octets(&header), kAuthenticated) == 1 &&
         EVP_DecryptUpdate(context.get(), nullptr, &size, octets(name.data()), static_cast<int>(name.size())) == 1 &&
         EVP_DecryptUpdate(context.get(), out, &size, out, static_cast<int>(payload.size())) == 1 &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, sizeof(header.tag), header.tag) == 1 &&
         EVP_DecryptFinal_ex(context.get(), out + size, &size) == 1;
}

std::uint32_t crc_of(const SealedHeader& header, std::span<const std::byte> payload) {
  const auto all = std::as_bytes(std::span(&header, 1));
  return wal::crc32c(payload, wal::crc32c(all.first(sizeof(header) - sizeof(header.crc))));
}

}  // namespace

Key read_key_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw ArchiveError(Problem::usage, fmt::format("could not open key file \"{}\"", path));
  std::string text{std::istreambuf_iterator<char>(file), {}};
  Key key{};
  if (text.size() == key.bytes.size()) {
    std::memcpy(key.bytes.data(), text.data(), text.size());
    return key;
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
  const bool is_hex = text.size() == 2 * key.bytes.size() &&
                      text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
  if (!is_hex)
    throw ArchiveError(Problem::usage,
                       fmt::format("key file \"{}\" holds neither 32 bytes nor 64 hexadecimal digits", path));
  for (std::size_t i = 0; i < key.bytes.size(); ++i)
    key.bytes[i] = static_cast<unsigned char>(std::stoi(text.substr(2 * i, 2), nullptr, 16));
  return key;
}

std::vector<std::byte> seal(ObjectKind kind, std::string_view name, std::span<const std::byte> body,
                            const Key* key) {
  CHECK(body.size() <= kBodyBytesMax);
  SealedHeader header{};
  std::memcpy(header.magic, kMagic, sizeof(header.magic));
  header.kind = static_cast<std::uint32_t>(kind);
  header.flags = key != nullptr ? kEncrypted : 0;
  header.body_bytes = body.size();
  std::vector<std::byte> object(sizeof(header) + ZSTD_compressBound(body.size()));
  const std::size_t packed = ZSTD_compress(object.data() + sizeof(header), object.size() - sizeof(header),
                                           body.data(), body.size(), kLevel);
  CHECK(ZSTD_isError(packed) == 0);
  object.resize(sizeof(header) + packed);
  header.payload_bytes = packed;
  const auto payload = std::span(object).subspan(sizeof(header));
  if (key != nullptr) encrypt(header, name, payload, *key);
  header.crc = crc_of(header, payload);
  std::memcpy(object.data(), &header, sizeof(header));
  return object;
}

std::vector<std::byte> open(ObjectKind kind, std::string_view name, std::span<const std::byte> object,
                            const Key* key) {
  SealedHeader header;
  if (object.size() < sizeof(header)) damaged(name, "cut short");
  std::memcpy(&header, object.data(), sizeof(header));
  const auto sealed = object.subspan(sizeof(header));
  if (std::memcmp(header.magic, kMagic, sizeof(header.magic)) != 0) damaged(name, "not an object of an export");
  if (header.payload_bytes != sealed.size()) damaged(name, "cut short");
  if (header.crc != crc_of(header, sealed)) damaged(name, "its checksum does not fit");
  if (header.kind != static_cast<std::uint32_t>(kind) || header.flags > kEncrypted ||
      header.body_bytes > kBodyBytesMax)
    damaged(name, "another kind of object");
  const bool is_encrypted = header.flags == kEncrypted;
  if (is_encrypted && key == nullptr)
    throw ArchiveError(Problem::key, fmt::format("object \"{}\" is encrypted, and no key is given", name));
  if (!is_encrypted && key != nullptr)
    throw ArchiveError(Problem::key, fmt::format("object \"{}\" is not encrypted, and a key is given", name));
  std::vector<std::byte> payload(sealed.begin(), sealed.end());
  if (is_encrypted && !decrypt(header, name, payload, *key))
    throw ArchiveError(Problem::key, fmt::format("object \"{}\" was not encrypted with this key", name));
  std::vector<std::byte> body(header.body_bytes);
  const std::size_t unpacked = ZSTD_decompress(body.data(), body.size(), payload.data(), payload.size());
  if (ZSTD_isError(unpacked) != 0 || unpacked != body.size()) damaged(name, "it does not unpack");
  return body;
}

}  // namespace archive
