// pgcrypto: digests, hashes of passwords, raw encryption, random data, armor, OpenPGP messages.
#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "extension_table.h"
#include "functions/kernel.h"
#include "pgcrypto_armor.h"
#include "pgcrypto_bytes.h"
#include "pgcrypto_message.h"
#include "pgcrypto_password.h"
#include "text_rows.h"
#include "types/array.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using functions::strict;
using std::string_view;
using types::SqlError;

// Names of algorithms are cut as identifiers are.
std::string lower(string_view text) { return types::lower_ascii(text.substr(0, 63)); }

[[noreturn]] void cannot_use(string_view name, const char* why) {
  throw SqlError("22023", fmt::format("Cannot use \"{}\": {}", name, why));
}

// ---- digests

// One that the library has but does not let anybody use is there until it starts.
const EVP_MD* find_digest(string_view written, const std::string& name) {
  const EVP_MD* found = EVP_get_digestbyname(name.c_str());
  if (found == nullptr) cannot_use(written, "No such hash algorithm");
  return found;
}

std::string digest(string_view data, string_view algorithm) {
  const std::string name = lower(algorithm);
  const EVP_MD* method = find_digest(name, name);
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestInit_ex(context.get(), method, nullptr) != 1)
    cannot_use(name, "Cipher cannot be initialized");
  if (EVP_DigestUpdate(context.get(), data.data(), data.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), bytes_of(out), &size) != 1)
    throw SqlError("XX000", "could not compute a digest");
  out.resize(size);
  return out;
}

std::string hmac(string_view data, string_view key, string_view algorithm) {
  const std::string name = lower(algorithm);
  const EVP_MD* method = find_digest(name, name);
  std::string out(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  if (HMAC(method, key.data(), static_cast<int>(key.size()), bytes_of(data), data.size(), bytes_of(out), &size) == nullptr)
    cannot_use(name, "Cipher cannot be initialized");
  out.resize(size);
  return out;
}

// ---- passwords

std::string gen_salt(string_view algorithm) { return make_salt(lower(algorithm), 0); }
std::string gen_salt_rounds(string_view algorithm, std::int32_t rounds) { return make_salt(lower(algorithm), rounds); }

// ---- raw encryption

enum class Algorithm : std::uint8_t { aes, blowfish, des, des3, cast5 };
struct Cipher {
  Algorithm algorithm = Algorithm::aes;
  bool ecb = false, padded = true;
};

struct CipherName {
  string_view name;
  Algorithm algorithm;
};
constexpr CipherName kCiphers[] = {
    {"aes", Algorithm::aes},       {"rijndael", Algorithm::aes}, {"bf", Algorithm::blowfish},
    {"blowfish", Algorithm::blowfish}, {"des", Algorithm::des},  {"3des", Algorithm::des3},
    {"des3", Algorithm::des3},     {"cast5", Algorithm::cast5},
};

// "aes-cbc/pad:none"
Cipher parse_cipher(string_view written) {
  const std::string text = lower(written);
  auto refuse = [&](const char* why) { cannot_use(text, why); };
  constexpr const char* kNone = "No such cipher algorithm";
  Cipher result;
  string_view rest = text;
  const std::size_t options = rest.find('/');
  string_view name = rest.substr(0, options);
  rest = options == string_view::npos ? string_view() : rest.substr(options + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('/');
    const string_view option = rest.substr(0, end);
    rest = end == string_view::npos ? string_view() : rest.substr(end + 1);
    const std::size_t colon = option.find(':');
    if (colon == string_view::npos) refuse("Badly formatted type");
    const string_view value = option.substr(colon + 1);
    if (option.substr(0, colon) != "pad") refuse("Unknown option");
    if (value != "pkcs" && value != "none") refuse(kNone);
    result.padded = value == "pkcs";
  }
  const auto mode = [&](string_view word, bool ecb) {
    if (!name.ends_with(word)) return;
    name.remove_suffix(word.size());
    result.ecb = ecb;
  };
  mode("-ecb", true);
  mode("-cbc", false);
  const auto* found = std::ranges::find(kCiphers, name, &CipherName::name);
  if (found == std::end(kCiphers)) refuse(kNone);
  result.algorithm = found->algorithm;
  return result;
}

struct Method {
  const EVP_CIPHER* cipher = nullptr;
  std::size_t key_size = 0;  // the key is cut or filled with zeros to it
};

Method method_of(const Cipher& c, std::size_t key) {
  switch (c.algorithm) {
    case Algorithm::aes:
      if (key <= 16) return {c.ecb ? EVP_aes_128_ecb() : EVP_aes_128_cbc(), 16};
      if (key <= 24) return {c.ecb ? EVP_aes_192_ecb() : EVP_aes_192_cbc(), 24};
      return {c.ecb ? EVP_aes_256_ecb() : EVP_aes_256_cbc(), 32};
    case Algorithm::blowfish: return {c.ecb ? EVP_bf_ecb() : EVP_bf_cbc(), std::clamp<std::size_t>(key, 1, 56)};
    case Algorithm::des: return {c.ecb ? EVP_des_ecb() : EVP_des_cbc(), 8};
    case Algorithm::des3: return {c.ecb ? EVP_des_ede3_ecb() : EVP_des_ede3_cbc(), 24};
    case Algorithm::cast5: return {c.ecb ? EVP_cast5_ecb() : EVP_cast5_cbc(), 16};
  }
  return {};
}

std::string run_cipher(string_view data, string_view key, string_view iv, string_view type, bool encrypts) {
  const Cipher cipher = parse_cipher(type);
  const Method method = method_of(cipher, key.size());
  auto refuse = [&](bool starts, const char* why) {
    throw SqlError("39000", fmt::format("{} error: {}", starts || encrypts ? "encrypt" : "decrypt", why));
  };
  std::string whole_key(key.substr(0, method.key_size));
  whole_key.resize(method.key_size, '\0');
  std::string whole_iv(iv.substr(0, EVP_MAX_IV_LENGTH));
  whole_iv.resize(EVP_MAX_IV_LENGTH, '\0');
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  if (context == nullptr || EVP_CipherInit_ex(context.get(), method.cipher, nullptr, nullptr, nullptr, encrypts) != 1 ||
      EVP_CIPHER_CTX_set_key_length(context.get(), static_cast<int>(method.key_size)) != 1 ||
      EVP_CipherInit_ex(context.get(), nullptr, nullptr, bytes_of(whole_key), bytes_of(whole_iv), encrypts) != 1)
    // Blowfish may be there with its standard length alone, or not at all.
    refuse(true, cipher.algorithm == Algorithm::blowfish && key.size() > 16 ? "Key was too big"
                                                                           : "Cipher cannot be initialized");
  EVP_CIPHER_CTX_set_padding(context.get(), cipher.padded);
  std::string out(data.size() + EVP_MAX_BLOCK_LENGTH, '\0');
  int written = 0, last = 0;
  if (EVP_CipherUpdate(context.get(), bytes_of(out), &written, bytes_of(data), static_cast<int>(data.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), bytes_of(out) + written, &last) != 1)
    refuse(false, encrypts ? "Encryption failed" : "Decryption failed");
  out.resize(static_cast<std::size_t>(written + last));
  return out;
}

std::string encrypt(string_view data, string_view key, string_view type) { return run_cipher(data, key, {}, type, true); }
std::string decrypt(string_view data, string_view key, string_view type) { return run_cipher(data, key, {}, type, false); }
std::string encrypt_iv(string_view data, string_view key, string_view iv, string_view type) {
  return run_cipher(data, key, iv, type, true);
}
std::string decrypt_iv(string_view data, string_view key, string_view iv, string_view type) {
  return run_cipher(data, key, iv, type, false);
}

// ---- random data

std::string some_random_bytes(std::int32_t count) {
  if (count < 1 || count > 1024) throw SqlError("39000", "Length not in range");
  return random_bytes(static_cast<std::size_t>(count));
}

types::Uuid random_uuid() {
  types::Uuid uuid;
  fill_randomly(uuid.bytes);
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x40);  // version 4
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);  // RFC 4122
  return uuid;
}

// ---- armor

ArmorHeaders headers_of(const types::ArrayView& keys, const types::ArrayView& values) {
  if (keys.dimensions() > 1 || keys.dimensions() != values.dimensions())
    throw SqlError("2202E", "wrong number of array subscripts");
  if (keys.size() != values.size()) throw SqlError("2202E", "mismatched array dimensions");
  ArmorHeaders headers;
  auto text = [](const types::Datum& value, const char* what) {
    if (value.is_null) throw SqlError("22004", fmt::format("null value not allowed for header {}", what));
    const auto text = value.as<string_view>();
    if (std::ranges::any_of(text, [](char c) { return (c & 0x80) != 0; }))
      throw SqlError("22023", fmt::format("header {} must not contain non-ASCII characters", what));
    return text;
  };
  types::ArrayView::Cursor key(keys), value(values);
  while (key.next() && value.next()) {
    const string_view k = text(key.value(), "key");
    if (k.find(": ") != string_view::npos) throw SqlError("22023", "header key must not contain \": \"");
    if (k.find('\n') != string_view::npos) throw SqlError("22023", "header key must not contain newlines");
    const string_view v = text(value.value(), "value");
    if (v.find('\n') != string_view::npos) throw SqlError("22023", "header value must not contain newlines");
    headers.emplace_back(k, v);
  }
  return headers;
}

// armor(bytea) and armor(bytea, text[], text[]).
void armor_kernel(types::EvalContext& context, const functions::FunctionCall&,
                  std::span<const types::Vector* const> arguments, types::Selection rows, types::Vector& out) {
  functions::detail::for_each_row(rows, [&](std::uint32_t row) {
    for (const types::Vector* argument : arguments)
      if (argument->is_null(row)) return out.set_null(row);
    ArmorHeaders headers;
    if (arguments.size() > 1)
      headers = headers_of(types::ArrayView(arguments[1]->get<string_view>(row)),
                           types::ArrayView(arguments[2]->get<string_view>(row)));
    out.set<string_view>(row, context.arena->copy(armor(arguments[0]->get<string_view>(row), headers)));
  });
}

std::unique_ptr<functions::SetFunctionRun> read_headers(types::EvalContext&, const functions::FunctionCall&,
                                                        std::span<const types::Datum> arguments) {
  auto rows = std::make_unique<TextRows>();
  if (!arguments[0].is_null)
    for (auto& [key, value] : armor_headers(arguments[0].as<string_view>())) rows->add({std::move(key), std::move(value)});
  return rows;
}

// OpenPGP's messages by public keys (pgp_pub_*) have no kernels.
constexpr functions::ScalarFunction kPgcryptoFunctions[] = {
    {"pg_digest", strict<&digest>},
    {"pg_hmac", strict<&hmac>},
    {"pg_crypt", strict<&crypt_password>},
    {"pg_gen_salt", strict<&gen_salt>},
    {"pg_gen_salt_rounds", strict<&gen_salt_rounds>},
    {"pg_encrypt", strict<&encrypt>},
    {"pg_decrypt", strict<&decrypt>},
    {"pg_encrypt_iv", strict<&encrypt_iv>},
    {"pg_decrypt_iv", strict<&decrypt_iv>},
    {"pg_random_bytes", strict<&some_random_bytes>},
    {"pg_random_uuid", strict<&random_uuid>},
    {"pg_armor", &armor_kernel},
    {"pg_dearmor", strict<&dearmor>},
};
constexpr SetFunction kSetFunctions[] = {{"pgp_armor_headers", &read_headers}};

constexpr Routine kPgcryptoRoutines[] = {
    {"digest", "text, text", "bytea", "pg_digest", "iss"},
    {"digest", "bytea, text", "bytea", "pg_digest", "iss"},
    {"hmac", "text, text, text", "bytea", "pg_hmac", "iss"},
    {"hmac", "bytea, bytea, text", "bytea", "pg_hmac", "iss"},
    {"crypt", "text, text", "text", "pg_crypt", "iss"},
    {"gen_salt", "text", "text", "pg_gen_salt", "vss"},
    {"gen_salt", "text, int4", "text", "pg_gen_salt_rounds", "vss"},
    {"encrypt", "bytea, bytea, text", "bytea", "pg_encrypt", "iss"},
    {"decrypt", "bytea, bytea, text", "bytea", "pg_decrypt", "iss"},
    {"encrypt_iv", "bytea, bytea, bytea, text", "bytea", "pg_encrypt_iv", "iss"},
    {"decrypt_iv", "bytea, bytea, bytea, text", "bytea", "pg_decrypt_iv", "iss"},
    {"gen_random_bytes", "int4", "bytea", "pg_random_bytes", "vss"},
    {"gen_random_uuid", "", "uuid", "pg_random_uuid", "v-s"},
    {"pgp_sym_encrypt", "text, text", "bytea", "pgp_sym_encrypt_text", "vss"},
    {"pgp_sym_encrypt_bytea", "bytea, text", "bytea", "pgp_sym_encrypt_bytea", "vss"},
    {"pgp_sym_encrypt", "text, text, text", "bytea", "pgp_sym_encrypt_text", "vss"},
    {"pgp_sym_encrypt_bytea", "bytea, text, text", "bytea", "pgp_sym_encrypt_bytea", "vss"},
    {"pgp_sym_decrypt", "bytea, text", "text", "pgp_sym_decrypt_text", "iss"},
    {"pgp_sym_decrypt_bytea", "bytea, text", "bytea", "pgp_sym_decrypt_bytea", "iss"},
    {"pgp_sym_decrypt", "bytea, text, text", "text", "pgp_sym_decrypt_text", "iss"},
    {"pgp_sym_decrypt_bytea", "bytea, text, text", "bytea", "pgp_sym_decrypt_bytea", "iss"},
    {"pgp_pub_encrypt", "text, bytea", "bytea", "pgp_pub_encrypt_text", "vss"},
    {"pgp_pub_encrypt_bytea", "bytea, bytea", "bytea", "pgp_pub_encrypt_bytea", "vss"},
    {"pgp_pub_encrypt", "text, bytea, text", "bytea", "pgp_pub_encrypt_text", "vss"},
    {"pgp_pub_encrypt_bytea", "bytea, bytea, text", "bytea", "pgp_pub_encrypt_bytea", "vss"},
    {"pgp_pub_decrypt", "bytea, bytea", "text", "pgp_pub_decrypt_text", "iss"},
    {"pgp_pub_decrypt_bytea", "bytea, bytea", "bytea", "pgp_pub_decrypt_bytea", "iss"},
    {"pgp_pub_decrypt", "bytea, bytea, text", "text", "pgp_pub_decrypt_text", "iss"},
    {"pgp_pub_decrypt_bytea", "bytea, bytea, text", "bytea", "pgp_pub_decrypt_bytea", "iss"},
    {"pgp_pub_decrypt", "bytea, bytea, text, text", "text", "pgp_pub_decrypt_text", "iss"},
    {"pgp_pub_decrypt_bytea", "bytea, bytea, text, text", "bytea", "pgp_pub_decrypt_bytea", "iss"},
    {"pgp_key_id", "bytea", "text", "pgp_key_id_w", "iss"},
    {"armor", "bytea", "text", "pg_armor", "iss"},
    {"armor", "bytea, _text, _text", "text", "pg_armor", "iss"},
    {"dearmor", "text", "bytea", "pg_dearmor", "iss"},
    {"pgp_armor_headers", "text, out key text, out value text", "setof record", "pgp_armor_headers", "iss"},
};

}  // namespace

const Extension& pgcrypto() {
  static const std::vector<functions::ScalarFunction> functions = [] {
    std::vector<functions::ScalarFunction> all(std::begin(kPgcryptoFunctions), std::end(kPgcryptoFunctions));
    all.insert(all.end(), pgp_functions().begin(), pgp_functions().end());
    return all;
  }();
  static const Extension extension{.name = "pgcrypto",
                                   .version = "1.3",
                                   .comment = "cryptographic functions",
                                   .trusted = true,
                                   .routines = kPgcryptoRoutines,
                                   .functions = functions,
                                   .set_functions = kSetFunctions};
  return extension;
}

}  // namespace extensions
