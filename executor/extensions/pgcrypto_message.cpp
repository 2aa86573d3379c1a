#include "pgcrypto_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>

#include <openssl/evp.h>

#include "functions/kernel.h"
#include "pgcrypto_bytes.h"
#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace extensions {
namespace {

using std::string_view;
using types::SqlError;

[[noreturn]] void fail(const char* why) { throw SqlError("39000", why); }
[[noreturn]] void corrupt() { fail("Wrong key or corrupt data"); }
[[noreturn]] void bad_argument() { fail("Illegal argument to function"); }

std::uint8_t byte_at(string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

// ---- algorithms, by OpenPGP's numbers

struct Cipher {
  int code;
  string_view name;
  const EVP_CIPHER* (*method)();
  std::size_t key_size, block;
};
constexpr std::array kCiphers = {
    Cipher{2, "3des", &EVP_des_ede3_cfb64, 24, 8},     Cipher{7, "aes", &EVP_aes_128_cfb128, 16, 16},
    Cipher{7, "aes128", &EVP_aes_128_cfb128, 16, 16},  Cipher{8, "aes192", &EVP_aes_192_cfb128, 24, 16},
    Cipher{9, "aes256", &EVP_aes_256_cfb128, 32, 16},
};
const Cipher* cipher_named(string_view name) {
  const auto* found = std::ranges::find(kCiphers, name, &Cipher::name);
  if (found == kCiphers.end()) fail("Unsupported cipher algorithm");
  return found;
}
const Cipher* cipher_numbered(int code) {
  const auto* found = std::ranges::find(kCiphers, code, &Cipher::code);
  if (found == kCiphers.end()) fail("Unsupported cipher algorithm");
  return found;
}

struct Digest {
  int code;
  string_view name;
  const EVP_MD* (*method)();
};
constexpr std::array kDigests = {Digest{1, "md5", &EVP_md5},       Digest{2, "sha1", &EVP_sha1},
                                 Digest{8, "sha256", &EVP_sha256}, Digest{9, "sha384", &EVP_sha384},
                                 Digest{10, "sha512", &EVP_sha512}};
const Digest* digest_named(string_view name) {
  const auto* found = std::ranges::find(kDigests, name, &Digest::name);
  if (found == kDigests.end()) fail("Unsupported digest algorithm");
  return found;
}
const Digest* digest_numbered(int code) {
  const auto* found = std::ranges::find(kDigests, code, &Digest::code);
  if (found == kDigests.end()) fail("Unsupported digest algorithm");
  return found;
}

// In CFB mode.
std::string crypted(const Cipher& cipher, string_view key, string_view iv, string_view data, bool encrypt) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string out(data.size(), '\0');
  int size = 0;
  if (context == nullptr ||
      EVP_CipherInit_ex(context.get(), cipher.method(), nullptr, bytes_of(key), bytes_of(iv), encrypt ? 1 : 0) != 1)
    fail("Unsupported cipher algorithm");
  if (!data.empty() && EVP_CipherUpdate(context.get(), bytes_of(out), &size, bytes_of(data), static_cast<int>(data.size())) != 1)
    throw SqlError("XX000", "could not encrypt");
  return out;
}

std::string sha1_of(string_view data) {
  std::string out(20, '\0');
  unsigned size = 0;
  EVP_Digest(data.data(), data.size(), bytes_of(out), &size, EVP_sha1(), nullptr);
  return out;
}

// ---- a key of a password

enum class Salting : std::uint8_t { none = 0, salted = 1, iterated = 3 };

struct PasswordKey {
  Salting mode = Salting::iterated;
  const Digest* digest = &kDigests[1];
  std::string salt;
  std::uint8_t count = 0;

  static std::size_t decoded(std::uint8_t count) { return std::size_t{16U + (count & 15U)} << ((count >> 4) + 6); }

  std::string encoded() const {
    std::string out{static_cast<char>(mode), static_cast<char>(digest->code)};
    out += salt;
    if (mode == Salting::iterated) out += static_cast<char>(count);
    return out;
  }

  // As many digests as the key needs, each of the same after one more zero.
  std::string key(string_view password, std::size_t size) const {
    const std::string once = salt + std::string(password);
    const std::size_t total = mode == Salting::iterated ? std::max(decoded(count), once.size()) : once.size();
    std::string key;
    for (std::size_t zeros = 0; key.size() < size; ++zeros) {
      const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
      unsigned char out[EVP_MAX_MD_SIZE];
      unsigned length = 0;
      const std::string preload(zeros, '\0');
      if (context == nullptr || EVP_DigestInit_ex(context.get(), digest->method(), nullptr) != 1)
        fail("Unsupported digest algorithm");
      EVP_DigestUpdate(context.get(), preload.data(), preload.size());
      for (std::size_t left = total; left > 0;) {
        const std::size_t part = std::min(left, once.size());
        EVP_DigestUpdate(context.get(), once.data(), part);
        left -= part;
      }
      EVP_DigestFinal_ex(context.get(), out, &length);
      key.append(reinterpret_cast<const char*>(out), length);
    }
    key.resize(size);
    return key;
  }
};

// ---- options

struct Options {
  const Cipher* cipher = &kCiphers[1];
  const Cipher* key_cipher = nullptr;  // of the session key; null: the same
  PasswordKey password;
  int wanted_count = -1;
  bool session_key = false, disable_mdc = false, convert_newlines = false, unicode = false;
  int compression = 0, level = 6;
};

int number_of(string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

void set_option(Options& options, string_view name, string_view value) {
  const int number = number_of(value);
  const auto within = [&](int least, int most) {
    if (number < least || number > most) bad_argument();
    return number;
  };
  if (name == "cipher-algo") options.cipher = cipher_named(value);
  else if (name == "s2k-cipher-algo") options.key_cipher = cipher_named(value);
  else if (name == "s2k-digest-algo") options.password.digest = digest_named(value);
  else if (name == "s2k-mode") {
    if (number != 0 && number != 1 && number != 3) bad_argument();
    options.password.mode = static_cast<Salting>(number);
  } else if (name == "s2k-count") options.wanted_count = within(1024, 65011712);
  else if (name == "sess-key") options.session_key = number != 0;
  else if (name == "disable-mdc") options.disable_mdc = number != 0;
  else if (name == "convert-crlf") options.convert_newlines = number != 0;
  else if (name == "unicode-mode") options.unicode = number != 0;
  else if (name == "compress-algo") options.compression = within(0, 2);
  else if (name == "compress-level") options.level = within(0, 9);
  // What a test expects of a message, which pgcrypto tells by notices.
  else if (name != "debug" && !name.starts_with("expect-")) bad_argument();
}

Options read_options(string_view text) {
  Options options;
  while (!types::trim(text).empty()) {
    const std::size_t end = text.find(',');
    const string_view one = types::trim(text.substr(0, end));
    text.remove_prefix(end == string_view::npos ? text.size() : end + 1);
    const std::size_t equals = one.find('=');
    if (equals == string_view::npos) bad_argument();
    const std::string name = types::lower_ascii(types::trim(one.substr(0, equals)));
    const std::string value = types::lower_ascii(types::trim(one.substr(equals + 1)));
    if (name.empty() || value.empty()) bad_argument();
    set_option(options, name, value);
  }
  return options;
}

// ---- packets

enum Tag : std::uint8_t { kSymmetricKey = 3, kCompressed = 8, kEncrypted = 9, kMarker = 10, kLiteral = 11, kIntegrity = 18, kDigest = 19 };

void append_packet(std::string& out, Tag tag, string_view body) {
  out += static_cast<char>(0xc0 | tag);
  const std::size_t size = body.size();
  if (size < 192) {
    out += static_cast<char>(size);
  } else if (size < 8384) {
    out += static_cast<char>(((size - 192) >> 8) + 192);
    out += static_cast<char>(size - 192);
  } else {
    out += static_cast<char>(255);
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(size >> shift);
  }
  out += body;
}

struct Packet {
  int tag = 0;
  std::string body;
};

// The next packet of `rest`, in one piece; old and new headers.
Packet take_packet(string_view& rest) {
  auto take = [&](std::size_t count) {
    if (rest.size() < count) corrupt();
    const string_view part = rest.substr(0, count);
    rest.remove_prefix(count);
    return part;
  };
  auto number = [&](std::size_t count) {
    std::size_t value = 0;
    for (const char c : take(count)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  };
  const auto header = static_cast<std::uint8_t>(take(1)[0]);
  if ((header & 0x80) == 0) corrupt();
  Packet packet;
  if ((header & 0x40) == 0) {
    packet.tag = header >> 2 & 15;
    const int kind = header & 3;
    packet.body = take(kind == 3 ? rest.size() : number(std::size_t{1} << kind));
    return packet;
  }
  packet.tag = header & 63;
  for (;;) {
    const std::size_t first = number(1);
    if (first < 192) {
      packet.body += take(first);
    } else if (first < 224) {
      packet.body += take(((first - 192) << 8) + 192 + number(1));
    } else if (first == 255) {
      packet.body += take(number(4));
    } else {
      packet.body += take(std::size_t{1} << (first & 31));
      continue;  // only a part
    }
    return packet;
  }
}

// ---- messages

std::string convert_newlines(string_view text, bool to_crlf) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (to_crlf && text[i] == '\n') out += '\r';
    if (!to_crlf && text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    out += text[i];
  }
  return out;
}

std::string make_message(string_view data, string_view password, Options options, bool text) {
  if (options.compression != 0 && options.level != 0) throw SqlError::not_supported("compress-algo of pgp_sym_encrypt");
  PasswordKey& by = options.password;
  if (by.mode != Salting::none) by.salt = random_bytes(8);
  if (by.mode == Salting::iterated) {
    by.count = static_cast<std::uint8_t>(96 + (byte_at(random_bytes(1), 0) & 31));
    if (options.wanted_count >= 0)
      for (by.count = 0; PasswordKey::decoded(by.count) < static_cast<std::size_t>(options.wanted_count);) ++by.count;
  }
  const Cipher& key_cipher = options.session_key && options.key_cipher != nullptr ? *options.key_cipher : *options.cipher;
  std::string key = by.key(password, key_cipher.key_size);
  std::string head{4, static_cast<char>(key_cipher.code)};
  head += by.encoded();
  if (options.session_key) {
    const std::string session = random_bytes(options.cipher->key_size);
    head += crypted(key_cipher, key, std::string(key_cipher.block, '\0'), static_cast<char>(options.cipher->code) + session, true);
    key = session;
  }
  std::string message;
  append_packet(message, kSymmetricKey, head);

  std::string literal{!text ? 'b' : options.unicode ? 'u' : 't', 0, 0, 0, 0, 0};
  literal += text && options.convert_newlines ? convert_newlines(data, true) : std::string(data);
  std::string inside;
  append_packet(inside, kLiteral, literal);
  const Cipher& cipher = *options.cipher;
  std::string prefix = random_bytes(cipher.block);
  prefix += prefix.substr(cipher.block - 2);
  const std::string zeros(cipher.block, '\0');
  if (options.disable_mdc) {
    std::string out = crypted(cipher, key, zeros, prefix, true);
    out += crypted(cipher, key, out.substr(2), inside, true);
    append_packet(message, kEncrypted, out);
  } else {
    std::string all = prefix + inside + "\xd3\x14";
    all += sha1_of(all);
    append_packet(message, kIntegrity, "\x01" + crypted(cipher, key, zeros, all, true));
  }
  return message;
}

// The key that the packet tells of, and its cipher.
std::pair<const Cipher*, std::string> read_key(string_view body, string_view password) {
  if (body.size() < 4 || byte_at(body, 0) != 4) corrupt();
  const Cipher* cipher = cipher_numbered(byte_at(body, 1));
  PasswordKey by;
  const int mode = byte_at(body, 2);
  if (mode != 0 && mode != 1 && mode != 3) corrupt();
  by.mode = static_cast<Salting>(mode);
  by.digest = digest_numbered(byte_at(body, 3));
  body.remove_prefix(4);
  if (by.mode != Salting::none) {
    if (body.size() < 8) corrupt();
    by.salt = body.substr(0, 8);
    body.remove_prefix(8);
  }
  if (by.mode == Salting::iterated) {
    if (body.empty()) corrupt();
    by.count = byte_at(body, 0);
    body.remove_prefix(1);
  }
  std::string key = by.key(password, cipher->key_size);
  if (body.empty()) return {cipher, std::move(key)};
  const std::string session = crypted(*cipher, key, std::string(cipher->block, '\0'), body, false);
  const auto code = byte_at(session, 0);
  const auto* of_session = std::ranges::find(kCiphers, int{code}, &Cipher::code);
  if (of_session == kCiphers.end() || session.size() != of_session->key_size + 1) corrupt();
  return {of_session, session.substr(1)};
}

std::string decrypted(const Packet& packet, const Cipher& cipher, string_view key) {
  string_view body = packet.body;
  if (packet.tag == kIntegrity) {
    if (body.empty() || byte_at(body, 0) != 1) corrupt();
    body.remove_prefix(1);
  }
  if (body.size() < cipher.block + 2) corrupt();
  const std::string zeros(cipher.block, '\0');
  const std::size_t prefix = cipher.block + 2;
  std::string all;
  if (packet.tag == kIntegrity) {
    all = crypted(cipher, key, zeros, body, false);
  } else {
    all = crypted(cipher, key, zeros, body.substr(0, prefix), false);
    all += crypted(cipher, key, body.substr(2, cipher.block), body.substr(prefix), false);
  }
  if (all[prefix - 4] != all[prefix - 2] || all[prefix - 3] != all[prefix - 1]) corrupt();
  if (packet.tag == kIntegrity) {
    constexpr std::size_t kTail = 22;
    if (all.size() < prefix + kTail) corrupt();
    const string_view covered = string_view(all).substr(0, all.size() - 20);
    if (!covered.ends_with("\xd3\x14") || sha1_of(covered) != all.substr(all.size() - 20)) corrupt();
    all.resize(all.size() - kTail);
  }
  return all.substr(prefix);
}

std::string open(string_view message, string_view password, bool text, const Options& options) {
  const Cipher* cipher = nullptr;
  std::string key;
  while (!message.empty()) {
    const Packet packet = take_packet(message);
    if (packet.tag == kMarker) continue;
    if (packet.tag == kSymmetricKey) {
      if (cipher == nullptr) std::tie(cipher, key) = read_key(packet.body, password);
      continue;
    }
    if ((packet.tag != kEncrypted && packet.tag != kIntegrity) || cipher == nullptr) corrupt();
    const std::string inside = decrypted(packet, *cipher, key);
    string_view rest = inside;
    const Packet held = take_packet(rest);
    if (held.tag == kCompressed) fail("Unsupported compression algorithm");
    if (held.tag != kLiteral || held.body.size() < 6) corrupt();
    const char kind = held.body[0];
    const std::size_t begin = 2 + std::size_t{byte_at(held.body, 1)} + 4;
    if (held.body.size() < begin || (kind != 't' && kind != 'b' && kind != 'u')) corrupt();
    if (text && kind == 'b') fail("Not text data");
    std::string data = held.body.substr(begin);
    if (text && options.convert_newlines) data = convert_newlines(data, false);
    if (text) types::check_utf8(data);
    return data;
  }
  corrupt();
}

enum class Do : std::uint8_t { encrypt_text, encrypt_bytes, decrypt_text, decrypt_bytes };

template <Do What>
void run(types::EvalContext& context, const functions::FunctionCall&, std::span<const types::Vector* const> arguments,
         types::Selection rows, types::Vector& out) {
  functions::detail::for_each_row(rows, [&](std::uint32_t row) {
    for (const types::Vector* argument : arguments)
      if (argument->is_null(row)) return out.set_null(row);
    const auto data = arguments[0]->get<string_view>(row), password = arguments[1]->get<string_view>(row);
    const Options options = arguments.size() > 2 ? read_options(arguments[2]->get<string_view>(row)) : Options{};
    constexpr bool kText = What == Do::encrypt_text || What == Do::decrypt_text;
    constexpr bool kEncrypt = What == Do::encrypt_text || What == Do::encrypt_bytes;
    out.set<string_view>(row, context.arena->copy(kEncrypt ? make_message(data, password, options, kText)
                                                           : open(data, password, kText, options)));
  });
}

constexpr functions::ScalarFunction kPgcryptoMessageFunctions[] = {
    {"pgp_sym_encrypt_text", &run<Do::encrypt_text>},
    {"pgp_sym_encrypt_bytea", &run<Do::encrypt_bytes>},
    {"pgp_sym_decrypt_text", &run<Do::decrypt_text>},
    {"pgp_sym_decrypt_bytea", &run<Do::decrypt_bytes>},
};

}  // namespace

std::span<const functions::ScalarFunction> pgp_functions() { return kPgcryptoMessageFunctions; }

std::string open_message(string_view message, string_view password, bool text) { return open(message, password, text, {}); }

}  // namespace extensions
