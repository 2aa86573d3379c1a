#include "pgcrypto_password.h"

#include <crypt.h>

#include <memory>

#include <fmt/format.h>

#include "pgcrypto_bytes.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using std::string_view;
using types::SqlError;

constexpr string_view kLetters = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

[[noreturn]] void refuse_salt() { throw SqlError("22023", "invalid salt"); }

// The library's answer; empty where the setting says nothing to it.
std::string run_crypt(string_view password, const std::string& setting) {
  if (password.size() >= CRYPT_MAX_PASSPHRASE_SIZE)
    throw SqlError::not_supported(fmt::format("crypt() of a password of {} bytes", password.size()));
  const auto data = std::make_unique<crypt_data>();
  const char* hash = crypt_r(std::string(password).c_str(), setting.c_str(), data.get());
  // What begins with a star is its way to fail.
  return hash == nullptr || hash[0] == '*' ? std::string() : std::string(hash);
}

std::string crypt_with(string_view password, string_view salt) {
  std::string hash = run_crypt(password, std::string(salt));
  if (hash.empty()) refuse_salt();
  return hash;
}

// The old one takes any two characters: those that are no digits of its base 64 count as the first digit.
std::string crypt_des(string_view password, string_view salt) {
  if (salt.size() < 2) refuse_salt();
  std::string digits(salt.substr(0, 2));
  for (char& c : digits)
    if (kLetters.find(c) == string_view::npos) c = '.';
  std::string hash = crypt_with(password.substr(0, 8), digits);
  return std::string(salt.substr(0, 2)) + hash.substr(2);
}

// ---- salts

template <std::size_t N>
struct Random {
  unsigned char bytes[N];
  Random() { fill_randomly(bytes); }
};

// As many digits of base 64, lowest first.
void append_digits(std::string& out, std::uint32_t value, int count) {
  for (; count > 0; --count, value >>= 6) out += kLetters[value & 0x3f];
}

template <std::size_t N>
void append_random_digits(std::string& out) {
  for (const unsigned char byte : Random<N>().bytes) append_digits(out, byte, 1);
}

std::string des_salt(int) {
  std::string salt;
  append_random_digits<2>(salt);
  return salt;
}
std::string md5_salt(int) {
  std::string salt = "$1$";
  append_random_digits<8>(salt);
  return salt;
}
std::string xdes_salt(int rounds) {
  std::string salt = "_";
  append_digits(salt, static_cast<std::uint32_t>(rounds), 4);
  append_random_digits<4>(salt);
  return salt;
}
// 128 bits, highest first, in an alphabet of its own.
std::string bf_salt(int rounds) {
  constexpr string_view kBcryptLetters = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  std::string salt = fmt::format("$2a${:02}$", rounds);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const unsigned char byte : Random<16>().bytes) {
    pending = pending << 8 | byte;
    for (bits += 8; bits >= 6; bits -= 6) salt += kBcryptLetters[pending >> (bits - 6) & 0x3f];
  }
  salt += kBcryptLetters[pending << (6 - bits) & 0x3f];
  return salt;
}

struct SaltAlgorithm {
  string_view name;
  int standard, minimum, maximum;  // rounds
  bool odd;
  std::string (*make)(int rounds);
};
constexpr SaltAlgorithm kSalts[] = {
    {"des", 25, 25, 25, false, des_salt},
    {"md5", 1000, 1000, 1000, false, md5_salt},
    {"xdes", 29 * 25, 1, 0xffffff, true, xdes_salt},
    {"bf", 6, 4, 31, false, bf_salt},
};

}  // namespace

std::string crypt_password(string_view password, string_view salt) {
  if (salt.starts_with("$2a$") || salt.starts_with("$2x$")) return crypt_with(password.substr(0, 72), salt);
  if (salt.starts_with("$2$")) throw SqlError("39000", "crypt(3) returned NULL");
  if (salt.starts_with("$1$") || salt.starts_with("_")) return crypt_with(password, salt);
  return crypt_des(password, salt);
}

std::string make_salt(string_view algorithm, int rounds) {
  for (const SaltAlgorithm& a : kSalts) {
    if (a.name != algorithm) continue;
    if (rounds == 0) rounds = a.standard;
    if (rounds < a.minimum || rounds > a.maximum || (a.odd && rounds % 2 == 0))
      throw SqlError("22023", "gen_salt: Incorrect number of rounds");
    return a.make(rounds);
  }
  throw SqlError("22023", "gen_salt: Unknown salt algorithm");
}

}  // namespace extensions
