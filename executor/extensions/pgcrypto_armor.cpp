#include "pgcrypto_armor.h"

#include <optional>

#include "types/sql_error.h"

namespace extensions {
namespace {

using std::string_view;

constexpr string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kLine = 76;

[[noreturn]] void refuse() { throw types::SqlError("39000", "Corrupt ascii-armor"); }

std::uint32_t checksum(string_view bytes) {
  std::uint32_t crc = 0xb704ce;
  for (const char c : bytes) {
    crc ^= static_cast<std::uint32_t>(static_cast<unsigned char>(c)) << 16;
    for (int i = 0; i < 8; ++i) {
      crc <<= 1;
      if ((crc & 0x1000000) != 0) crc ^= 0x1864cfb;
    }
  }
  return crc & 0xffffff;
}

std::string encode(string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) out += j <= count ? kDigits[group >> (18 - 6 * j) & 0x3f] : '=';
  }
  return out;
}

std::string decode(string_view text) {
  std::string out;
  std::uint32_t group = 0;
  int digits = 0, padding = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    std::size_t digit = 0;
    if (c == '=') {
      if (digits < 2) refuse();
      ++padding;
    } else {
      digit = kDigits.find(c);
      if (digit == string_view::npos || padding > 0) refuse();
    }
    group = group << 6 | static_cast<std::uint32_t>(digit);
    if (++digits < 4) continue;
    for (int i = 0; i < 3 - padding; ++i) out += static_cast<char>(group >> (16 - 8 * i));
    group = 0;
    digits = 0;
  }
  if (digits != 0) refuse();
  return out;
}

string_view next_line(string_view& rest) {
  const std::size_t end = rest.find('\n');
  string_view line = rest.substr(0, end);
  rest.remove_prefix(end == string_view::npos ? rest.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_frame(string_view line, string_view word) {
  constexpr string_view kDashes = "-----";
  return line.starts_with(kDashes) && line.substr(kDashes.size()).starts_with(word) && line.ends_with(kDashes) &&
         line.size() >= 2 * kDashes.size() + word.size();
}

struct Parts {
  std::vector<string_view> headers;
  string_view data, crc;
};

Parts split(string_view rest) {
  Parts parts;
  do {
    if (rest.empty()) refuse();
  } while (!is_frame(next_line(rest), "BEGIN "));
  for (;;) {
    if (rest.empty()) refuse();
    const string_view line = next_line(rest);
    if (line.empty()) break;
    if (is_frame(line, "END ")) refuse();
    parts.headers.push_back(line);
  }
  const char* const begin = rest.data();
  for (;;) {
    if (rest.empty()) refuse();
    const char* const at = rest.data();
    const string_view line = next_line(rest);
    if (!line.starts_with('=')) continue;
    parts.data = {begin, static_cast<std::size_t>(at - begin)};
    parts.crc = line.substr(1);
    break;
  }
  if (parts.crc.size() < 4 || !is_frame(next_line(rest), "END ")) refuse();
  return parts;
}

}  // namespace

std::string armor(string_view bytes, const ArmorHeaders& headers) {
  std::string out = "-----BEGIN PGP MESSAGE-----\n";
  for (const auto& [key, value] : headers) out += key + ": " + value + "\n";
  out += '\n';
  const std::string digits = encode(bytes);
  for (std::size_t i = 0; i < digits.size(); i += kLine) {
    out += string_view(digits).substr(i, kLine);
    out += '\n';
  }
  const std::uint32_t crc = checksum(bytes);
  const char crc_bytes[] = {static_cast<char>(crc >> 16), static_cast<char>(crc >> 8), static_cast<char>(crc)};
  return out + '=' + encode({crc_bytes, 3}) + "\n-----END PGP MESSAGE-----\n";
}

std::string dearmor(string_view text) {
  const Parts parts = split(text);
  std::string bytes = decode(parts.data);
  const std::string crc = decode(parts.crc.substr(0, 4));
  std::uint32_t expected = 0;
  for (const char c : crc) expected = expected << 8 | static_cast<unsigned char>(c);
  if (crc.size() != 3 || expected != checksum(bytes)) refuse();
  return bytes;
}

ArmorHeaders armor_headers(string_view text) {
  ArmorHeaders headers;
  for (const string_view line : split(text).headers) {
    const std::size_t colon = line.find(": ");
    if (colon == string_view::npos) refuse();
    headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  return headers;
}

}  // namespace extensions
