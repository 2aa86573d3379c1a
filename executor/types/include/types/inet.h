// inet and cidr: an address of IPv4 or IPv6 with the length of its network part.
//
// Value: u8 family (2 IPv4, 3 IPv6) | u8 bits | 4 or 16 bytes of address, as on the wire.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "types/arena.h"

namespace types {

struct Inet {
  static constexpr std::uint8_t kV4 = 2, kV6 = 3;

  std::uint8_t family = kV4;
  std::uint8_t bits = 0;
  std::uint8_t address[16] = {};

  int size() const { return family == kV4 ? 4 : 16; }
  int max_bits() const { return size() * 8; }
};

Inet inet_of(std::string_view value);
std::string_view inet_value(Arena& arena, const Inet& inet);

// Bits right of the network part are zero, as cidr wants it.
bool is_network(const Inet& inet);
// The same with those bits cleared (or set).
Inet with_host_bits(Inet inet, bool set);
// Whether the first `bits` bits agree; the families do.
bool same_prefix(const Inet& a, const Inet& b, int bits);

// PostgreSQL's order: families, common network bits, their number, all bits. -1, 0, 1.
int compare_inet(const Inet& a, const Inet& b);
std::string inet_key(const Inet& inet);  // bytes in that order

enum class InetType : std::uint8_t { inet, cidr };
// Throws 22P02.
Inet parse_inet(std::string_view text, InetType type);
// The bare address.
std::string format_address(const Inet& inet);
// With "/bits" where those are not all of them; a cidr always.
std::string format_inet(const Inet& inet, InetType type);

}  // namespace types
