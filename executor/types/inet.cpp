#include "types/inet.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "types/sql_error.h"
#include "types/wire.h"

namespace types {
namespace {

// A decimal number up to `limit` at the front, without leading zeros; nullopt: none such.
std::optional<int> prefix_length(std::string_view text, int limit) {
  if (text.empty() || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  int value = 0;
  for (char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
    if (value > limit) return std::nullopt;
  }
  return value;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  c = lower_ascii(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Octets of "10.1.2" or, for a cidr, "0x0a0102"; -1: not an address. Moves past them.
int parse_octets(std::string_view& text, std::uint8_t (&out)[16], bool hex_too) {
  int count = 0;
  if (hex_too && text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
      hex_digit(text[2]) >= 0) {
    text.remove_prefix(2);
    int digits = 0;
    for (; !text.empty() && hex_digit(text.front()) >= 0; text.remove_prefix(1), ++digits) {
      if (digits / 2 >= 4) return -1;
      auto& octet = out[digits / 2];
      octet = static_cast<std::uint8_t>(octet << 4 | hex_digit(text.front()));
    }
    if (digits % 2 == 1) out[digits / 2] = static_cast<std::uint8_t>(out[digits / 2] << 4);
    return (digits + 1) / 2;
  }
  for (;;) {
    if (text.empty() || !is_digit(text.front()) || count >= 4) return -1;
    int value = 0;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
      value = value * 10 + (text.front() - '0');
      if (value > 255) return -1;
    }
    out[count++] = static_cast<std::uint8_t>(value);
    if (text.empty() || text.front() == '/') return count;
    if (text.front() != '.') return -1;
    text.remove_prefix(1);
  }
}

// What a network's class says of its bits where nobody wrote them.
int bits_of_class(int first_octet, int octets) {
  int bits = first_octet >= 240   ? 32
             : first_octet >= 224 ? 8
             : first_octet >= 192 ? 24
             : first_octet >= 128 ? 16
                                  : 8;
  bits = std::max(bits, octets * 8);
  return bits == 8 && first_octet == 224 ? 4 : bits;
}

std::optional<Inet> parse_v4(std::string_view text, InetType type) {
  Inet inet;
  const int octets = parse_octets(text, inet.address, type == InetType::cidr);
  if (octets <= 0) return std::nullopt;
  std::optional<int> bits;
  if (!text.empty()) {
    if (text.front() != '/' || text.size() < 2) return std::nullopt;
    int value = 0;
    for (char c : text.substr(1)) {
      if (!is_digit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
      if (value > 32) return std::nullopt;
    }
    bits = value;
  }
  if (type == InetType::inet) {
    if (!bits && octets < 4) return std::nullopt;
    if (bits && *bits / 8 > octets) return std::nullopt;
    inet.bits = static_cast<std::uint8_t>(bits.value_or(32));
  } else {
    inet.bits = static_cast<std::uint8_t>(bits ? *bits : bits_of_class(inet.address[0], octets));
  }
  return inet;
}

std::optional<Inet> parse_v6(std::string_view text) {
  Inet inet;
  inet.family = Inet::kV6;
  inet.bits = 128;
  if (const auto slash = text.find('/'); slash != std::string_view::npos) {
    const auto bits = prefix_length(text.substr(slash + 1), 128);
    if (!bits) return std::nullopt;
    inet.bits = static_cast<std::uint8_t>(*bits);
    text = text.substr(0, slash);
  }
  if (inet_pton(AF_INET6, std::string(text).c_str(), inet.address) != 1) return std::nullopt;
  return inet;
}

}  // namespace

Inet inet_of(std::string_view value) {
  Inet inet;
  inet.family = static_cast<std::uint8_t>(value[0]);
  inet.bits = static_cast<std::uint8_t>(value[1]);
  std::memcpy(inet.address, value.data() + 2, static_cast<std::size_t>(inet.size()));
  return inet;
}

std::string_view inet_value(Arena& arena, const Inet& inet) {
  char bytes[18];
  bytes[0] = static_cast<char>(inet.family);
  bytes[1] = static_cast<char>(inet.bits);
  std::memcpy(bytes + 2, inet.address, sizeof inet.address);
  return arena.copy(std::string_view(bytes, static_cast<std::size_t>(2 + inet.size())));
}

Inet with_host_bits(Inet inet, bool set) {
  for (int i = 0; i < inet.size(); ++i) {
    const int kept = std::clamp(inet.bits - 8 * i, 0, 8);
    const auto host = static_cast<std::uint8_t>(0xff >> kept);
    auto& byte = inet.address[i];
    byte = static_cast<std::uint8_t>(set ? byte | host : byte & ~host);
  }
  return inet;
}

bool is_network(const Inet& inet) {
  const Inet masked = with_host_bits(inet, false);
  return std::memcmp(masked.address, inet.address, sizeof inet.address) == 0;
}

bool same_prefix(const Inet& a, const Inet& b, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (std::memcmp(a.address, b.address, whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || ((a.address[whole] ^ b.address[whole]) >> (8 - rest)) == 0;
}

std::string inet_key(const Inet& inet) {
  // A network is before everything in it: where the shorter one's bits agree with the longer
  // one's, its cleared host bits cannot be above the other's bits, and where they are equal the
  // number of bits decides.
  const Inet network = with_host_bits(inet, false);
  const auto size = static_cast<std::size_t>(inet.size());
  std::string key(1, static_cast<char>(inet.family));
  key.append(reinterpret_cast<const char*>(network.address), size);
  key += static_cast<char>(inet.bits);
  return key.append(reinterpret_cast<const char*>(inet.address), size);
}

int compare_inet(const Inet& a, const Inet& b) {
  if (a.family != b.family) return a.family < b.family ? -1 : 1;
  const auto size = static_cast<std::size_t>(a.size());
  const int whole = std::memcmp(a.address, b.address, size);
  const int sign = whole < 0 ? -1 : int{whole > 0};
  if (!same_prefix(a, b, std::min(a.bits, b.bits))) return sign;
  if (a.bits != b.bits) return a.bits < b.bits ? -1 : 1;
  return sign;
}

Inet parse_inet(std::string_view text, InetType type) {
  const char* const name = type == InetType::cidr ? "cidr" : "inet";
  const auto inet = text.find(':') == std::string_view::npos ? parse_v4(text, type) : parse_v6(text);
  if (!inet) throw SqlError("22P02", fmt::format("invalid input syntax for type {}: \"{}\"", name, text));
  if (type == InetType::cidr && !is_network(*inet))
    throw SqlError("22P02", fmt::format("invalid cidr value: \"{}\"", text))
        .with_detail("Value has bits set to right of mask.");
  return *inet;
}

std::string format_address(const Inet& inet) {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(inet.family == Inet::kV4 ? AF_INET : AF_INET6, inet.address, text, sizeof text);
  return text;
}

std::string format_inet(const Inet& inet, InetType type) {
  std::string text = format_address(inet);
  if (type == InetType::cidr || inet.bits != inet.max_bits()) text += fmt::format("/{}", inet.bits);
  return text;
}

}  // namespace types
