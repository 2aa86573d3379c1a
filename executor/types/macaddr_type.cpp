// macaddr and macaddr8: their bytes as an unsigned number, the first byte highest.
#include <cstdio>

#include <fmt/format.h>

#include "type_table.h"
#include "types/wire.h"

namespace types {
namespace {

Datum macaddr_in(EvalContext&, std::string_view text, std::int32_t) {
  const std::string body(text);
  unsigned int b[6] = {};
  char junk[2];
  static constexpr const char* kForms[] = {
      "%x:%x:%x:%x:%x:%x%1s",       "%x-%x-%x-%x-%x-%x%1s",       "%2x%2x%2x:%2x%2x%2x%1s",
      "%2x%2x%2x-%2x%2x%2x%1s",     "%2x%2x.%2x%2x.%2x%2x%1s",    "%2x%2x-%2x%2x-%2x%2x%1s",
      "%2x%2x%2x%2x%2x%2x%1s"};
  bool found = false;
  for (const char* form : kForms)
    if (std::sscanf(body.c_str(), form, &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], junk) == 6) {
      found = true;
      break;
    }
  if (!found) throw_invalid_syntax("macaddr", text);
  std::uint64_t value = 0;
  for (unsigned int byte : b) {
    if (byte > 255)
      throw SqlError("22003", fmt::format("invalid octet value in \"macaddr\" value: \"{}\"", text));
    value = value << 8 | byte;
  }
  return Datum::of(value);
}

Datum macaddr8_in(EvalContext&, std::string_view text, std::int32_t) {
  auto hex = [](char c) {
    if (is_digit(c)) return c - '0';
    c = lower_ascii(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::size_t at = 0;
  while (at < text.size() && is_space(text[at])) ++at;
  std::uint8_t bytes[8];
  int count = 0;
  char separator = '\0';
  while (at + 1 < text.size()) {
    const int high = hex(text[at]), low = hex(text[at + 1]);
    if (high < 0 || low < 0 || count >= 8) throw_invalid_syntax("macaddr8", text);
    bytes[count++] = static_cast<std::uint8_t>(high * 16 + low);
    at += 2;
    if (at < text.size() && (text[at] == ':' || text[at] == '-' || text[at] == '.')) {
      if (separator == '\0') separator = text[at];
      if (separator != text[at]) throw_invalid_syntax("macaddr8", text);
      ++at;
    }
    if ((count == 6 || count == 8) && at < text.size() && is_space(text[at])) {
      while (at < text.size() && is_space(text[at])) ++at;
      if (at < text.size()) throw_invalid_syntax("macaddr8", text);
    }
  }
  if (at < text.size()) throw_invalid_syntax("macaddr8", text);
  if (count == 6) {
    for (int i = 7; i > 4; --i) bytes[i] = bytes[i - 2];
    bytes[3] = 0xff;
    bytes[4] = 0xfe;
  } else if (count != 8) {
    throw_invalid_syntax("macaddr8", text);
  }
  std::uint64_t value = 0;
  for (std::uint8_t byte : bytes) value = value << 8 | byte;
  return Datum::of(value);
}

template <int Bytes>
void output(EvalContext&, const Datum& d, std::string& out) {
  const auto value = d.as<std::uint64_t>();
  for (int i = Bytes - 1; i >= 0; --i) {
    out += fmt::format("{:02x}", value >> (8 * i) & 0xff);
    if (i > 0) out += ':';
  }
}

template <int Bytes>
Datum receive(EvalContext&, std::span<const std::byte> bytes, std::int32_t) {
  WireReader reader(bytes);
  // A macaddr8 may be sent as six bytes.
  const int count = Bytes == 8 && bytes.size() == 6 ? 6 : Bytes;
  std::uint64_t value = 0;
  for (int i = 0; i < count; ++i) {
    if (count != Bytes && i == 3) value = value << 16 | 0xfffe;
    value = value << 8 | reader.read<std::uint8_t>();
  }
  reader.finish();
  return Datum::of(value);
}
template <int Bytes>
void send(EvalContext&, const Datum& d, std::string& out) {
  for (int i = Bytes - 1; i >= 0; --i) append_wire(out, static_cast<std::uint8_t>(d.as<std::uint64_t>() >> (8 * i)));
}

int compare(const Datum& a, const Datum& b) {
  const auto x = a.as<std::uint64_t>(), y = b.as<std::uint64_t>();
  return x < y ? -1 : int{x > y};
}
std::uint64_t hash(const Datum& d) { return hash_u64(d.as<std::uint64_t>()); }
void encode(const Datum& d, std::string& out) { append_key_u64(out, d.as<std::uint64_t>()); }

constexpr TypeSupport kMacaddrTypes[] = {
    {.oid = oid::macaddr, .name = "macaddr", .physical = PhysicalType::int64, .input = macaddr_in,
     .output = output<6>, .receive = receive<6>, .send = send<6>, .compare = compare, .hash = hash,
     .encode_key = encode},
    {.oid = oid::macaddr8, .name = "macaddr8", .physical = PhysicalType::int64, .input = macaddr8_in,
     .output = output<8>, .receive = receive<8>, .send = send<8>, .compare = compare, .hash = hash,
     .encode_key = encode}};

}  // namespace

std::span<const TypeSupport> macaddr_types() { return kMacaddrTypes; }

}  // namespace types
