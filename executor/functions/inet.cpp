// Functions and operators of inet and cidr.
#include "types/inet.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "comparison.h"
#include "function_table.h"
#include "types/sql_error.h"

namespace functions {
namespace {

using std::string_view;
using types::Inet;
using types::inet_of;
using types::InetType;
using types::SqlError;

int order(string_view a, string_view b) noexcept { return types::compare_inet(inet_of(a), inet_of(b)); }
using CompareInet = CompareBy<string_view, &order>;

string_view value(EvalContext& ctx, const Inet& inet) { return types::inet_value(*ctx.arena, inet); }

// ---- containment

// a is within b; `Equal` too when it is b.
template <bool Equal>
bool within(string_view x, string_view y) noexcept {
  const Inet a = inet_of(x), b = inet_of(y);
  return a.family == b.family && (Equal ? a.bits >= b.bits : a.bits > b.bits) &&
         types::same_prefix(a, b, b.bits);
}
template <bool Equal>
bool contains(string_view x, string_view y) noexcept { return within<Equal>(y, x); }
bool overlap(string_view x, string_view y) noexcept {
  const Inet a = inet_of(x), b = inet_of(y);
  return a.family == b.family && types::same_prefix(a, b, std::min(a.bits, b.bits));
}
bool same_family(string_view x, string_view y) noexcept { return x[0] == y[0]; }

// ---- parts

std::int32_t family(string_view x) noexcept { return x[0] == Inet::kV4 ? 4 : 6; }
std::int32_t mask_length(string_view x) noexcept { return static_cast<std::uint8_t>(x[1]); }
std::string host(string_view x) { return types::format_address(inet_of(x)); }
std::string show(string_view x) { return types::format_inet(inet_of(x), InetType::cidr); }
std::string abbreviate_inet(string_view x) { return types::format_inet(inet_of(x), InetType::inet); }

string_view network(EvalContext& ctx, string_view x) {
  return value(ctx, types::with_host_bits(inet_of(x), false));
}
string_view broadcast(EvalContext& ctx, string_view x) {
  return value(ctx, types::with_host_bits(inet_of(x), true));
}
// The mask of the network (or of the host) as an address.
template <bool Host>
string_view mask(EvalContext& ctx, string_view x) {
  Inet inet = inet_of(x);
  std::memset(inet.address, Host ? 0x00 : 0xff, sizeof inet.address);
  inet = types::with_host_bits(inet, Host);
  inet.bits = static_cast<std::uint8_t>(inet.max_bits());
  return value(ctx, inet);
}

template <InetType Type>
string_view set_mask_length(EvalContext& ctx, string_view x, std::int32_t bits) {
  Inet inet = inet_of(x);
  if (bits == -1) bits = inet.max_bits();
  if (bits < 0 || bits > inet.max_bits())
    throw SqlError("22023", fmt::format("invalid mask length: {}", bits));
  inet.bits = static_cast<std::uint8_t>(bits);
  return value(ctx, Type == InetType::cidr ? types::with_host_bits(inet, false) : inet);
}

string_view merge(EvalContext& ctx, string_view x, string_view y) {
  Inet a = inet_of(x);
  const Inet b = inet_of(y);
  if (a.family != b.family)
    throw SqlError("22023", "cannot merge addresses from different families");
  int bits = std::min(a.bits, b.bits);
  while (!types::same_prefix(a, b, bits)) --bits;
  a.bits = static_cast<std::uint8_t>(bits);
  return value(ctx, types::with_host_bits(a, false));
}

// ---- a cidr without its trailing zeros: 10.1/16

std::string abbreviate_v4(const Inet& inet) {
  if (inet.bits == 0) return "0/0";
  std::string text;
  for (int i = 0; i < (inet.bits + 7) / 8; ++i) {
    const int kept = std::min(inet.bits - 8 * i, 8);
    text += fmt::format("{}{}", i > 0 ? "." : "", inet.address[i] & (0xff << (8 - kept) & 0xff));
  }
  return text + fmt::format("/{}", inet.bits);
}

// The longest run of zero words among the first `words`.
struct Run {
  int start = 0, length = 0;
};
Run longest_zeros(const std::uint8_t* bytes, int words) {
  Run best, run;
  for (int i = 0; i < words; ++i) {
    if (bytes[2 * i] != 0 || bytes[2 * i + 1] != 0) {
      run.length = 0;
      continue;
    }
    if (run.length++ == 0) run.start = i;
    if (run.length > best.length) best = run;
  }
  return best;
}

std::string abbreviate_v6(const Inet& inet) {
  if (inet.bits == 0) return "::/0";
  const Inet network = types::with_host_bits(inet, false);
  const std::uint8_t* const s = network.address;
  const int words = std::max((inet.bits + 15) / 16, 2);
  const Run zeros = longest_zeros(s, words);
  const bool holds_v4 = zeros.length != words && zeros.start == 0 &&
                        (zeros.length == 6 || (zeros.length == 5 && s[10] == 0xff && s[11] == 0xff) ||
                         (zeros.length == 7 && s[14] != 0 && s[15] != 1));
  std::string text;
  for (int p = 0; p < words; ++p) {
    if (zeros.length != 0 && p >= zeros.start && p < zeros.start + zeros.length) {
      if (p == zeros.start) text += ':';
      if (p == words - 1) text += ':';
      continue;
    }
    if (holds_v4 && p > 5) {
      text += fmt::format("{}{}", p == 6 ? ':' : '.', s[2 * p]);
      if (p != 7 || inet.bits > 120) text += fmt::format(".{}", s[2 * p + 1]);
    } else {
      if (!text.empty()) text += ':';
      text += fmt::format("{:x}", s[2 * p] * 256 + s[2 * p + 1]);
    }
  }
  return text + fmt::format("/{}", inet.bits);
}

std::string abbreviate_cidr(string_view x) {
  const Inet inet = inet_of(x);
  return inet.family == Inet::kV4 ? abbreviate_v4(inet) : abbreviate_v6(inet);
}

// ---- bits and numbers

string_view inverted(EvalContext& ctx, string_view x) {
  Inet inet = inet_of(x);
  for (int i = 0; i < inet.size(); ++i) inet.address[i] = static_cast<std::uint8_t>(~inet.address[i]);
  return value(ctx, inet);
}
template <bool And>
string_view combined(EvalContext& ctx, string_view x, string_view y) {
  Inet a = inet_of(x);
  const Inet b = inet_of(y);
  if (a.family != b.family)
    throw SqlError("22023", fmt::format("cannot {} inet values of different sizes", And ? "AND" : "OR"));
  for (int i = 0; i < a.size(); ++i)
    a.address[i] = static_cast<std::uint8_t>(And ? a.address[i] & b.address[i] : a.address[i] | b.address[i]);
  a.bits = std::max(a.bits, b.bits);
  return value(ctx, a);
}

string_view add(EvalContext& ctx, string_view x, std::int64_t number) {
  Inet inet = inet_of(x);
  int carry = 0;
  std::int64_t rest = number;
  for (int i = inet.size() - 1; i >= 0; --i) {
    carry += inet.address[i] + static_cast<int>(rest & 0xff);
    inet.address[i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
    rest >>= 8;  // with its sign
  }
  // What is left must be the sign's extension, and the carry out of it.
  if (!((rest == 0 && carry == 0) || (rest == -1 && carry == 1)))
    throw SqlError("22003", "result is out of range");
  return value(ctx, inet);
}
string_view subtract(EvalContext& ctx, string_view x, std::int64_t number) {
  return add(ctx, x, static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(number)));
}
std::int64_t difference(string_view x, string_view y) {
  const Inet a = inet_of(x), b = inet_of(y);
  if (a.family != b.family) throw SqlError("22023", "cannot subtract inet values of different sizes");
  bool fits = true;
  int carry = 1;
  std::int64_t low = 0;
  for (int i = a.size() - 1, byte = 0; i >= 0; --i, ++byte) {
    carry += a.address[i] + (~b.address[i] & 0xff);
    const int octet = carry & 0xff;
    carry >>= 8;
    if (byte < 8)
      low |= static_cast<std::int64_t>(static_cast<std::uint64_t>(octet) << (8 * byte));
    else
      fits = fits && octet == (low < 0 ? 0xff : 0);
  }
  // Four bytes: the borrow is the sign.
  if (a.size() == 4 && carry == 0) low |= static_cast<std::int64_t>(~std::uint64_t{0} << 32);
  if (!fits) throw SqlError("22003", "result is out of range");
  return low;
}

constexpr ScalarFunction kInetFunctions[] = {
    SEXTANT_COMPARISONS("network_", CompareInet),
    {"network_cmp", strict<&CompareInet::cmp>},
    {"network_larger", strict<&CompareInet::larger>},
    {"network_smaller", strict<&CompareInet::smaller>},
    {"network_sub", strict<&within<false>>},
    {"network_subeq", strict<&within<true>>},
    {"network_sup", strict<&contains<false>>},
    {"network_supeq", strict<&contains<true>>},
    {"network_overlap", strict<&overlap>},
    {"inet_same_family", strict<&same_family>},
    {"network_family", strict<&family>},
    {"network_masklen", strict<&mask_length>},
    {"network_host", strict<&host>},
    {"network_show", strict<&show>},
    {"inet_abbrev", strict<&abbreviate_inet>},
    {"cidr_abbrev", strict<&abbreviate_cidr>},
    {"network_network", strict<&network>},
    {"network_broadcast", strict<&broadcast>},
    {"network_netmask", strict<&mask<false>>},
    {"network_hostmask", strict<&mask<true>>},
    {"inet_set_masklen", strict<&set_mask_length<InetType::inet>>},
    {"cidr_set_masklen", strict<&set_mask_length<InetType::cidr>>},
    {"inet_to_cidr", strict<&network>},
    {"inet_merge", strict<&merge>},
    {"inetnot", strict<&inverted>},
    {"inetand", strict<&combined<true>>},
    {"inetor", strict<&combined<false>>},
    {"inetpl", strict<&add>},
    {"inetmi_int8", strict<&subtract>},
    {"inetmi", strict<&difference>},
};

}  // namespace

std::span<const ScalarFunction> inet_functions() { return kInetFunctions; }

}  // namespace functions
