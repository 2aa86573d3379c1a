// bit and bit varying.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "type_table.h"
#include "types/bit_string.h"
#include "types/text.h"
#include "types/utf8.h"
#include "types/wire.h"

namespace types {
namespace {

std::string_view character_at(std::string_view text, std::size_t at) {
  return text.substr(at, utf8_width(static_cast<unsigned char>(text[at])));
}

void set_bit(std::string& value, std::size_t at) {
  value[at / 8] = static_cast<char>(static_cast<unsigned char>(value[at / 8]) | 0x80 >> at % 8);
}

template <auto CheckLength>
Datum input(EvalContext& ctx, std::string_view text, std::int32_t typmod) {
  const std::string value = parse_bits(text);
  CheckLength(BitView(value).length(), typmod);
  return Datum::of(ctx.arena->copy(value));
}

void output(EvalContext&, const Datum& d, std::string& out) {
  const BitView bits(d.as<std::string_view>());
  const std::int32_t length = bits.length();
  out.reserve(out.size() + static_cast<std::size_t>(length));
  for (std::int32_t i = 0; i < length; ++i) out += bits.bit(i) ? '1' : '0';
}

template <auto CheckLength>
Datum receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t typmod) {
  WireReader reader(bytes);
  const auto length = reader.read<std::int32_t>();
  if (length < 0 || length > kMaxBits) throw SqlError("22P03", "invalid length in external bit string");
  CheckLength(length, typmod);
  auto body = as_text(reader.read_bytes(static_cast<std::size_t>((std::int64_t{length} + 7) / 8)));
  reader.finish();
  std::string value(body);
  const int unused = static_cast<int>(body.size()) * 8 - length;
  if (!value.empty()) value.back() = static_cast<char>(static_cast<unsigned char>(value.back()) & 0xff << unused);
  value += static_cast<char>(unused);
  return Datum::of(ctx.arena->copy(value));
}

void send(EvalContext&, const Datum& d, std::string& out) {
  const BitView bits(d.as<std::string_view>());
  append_wire(out, bits.length());
  out += bits.bytes();
}

int compare(const Datum& a, const Datum& b) { return compare_bits(a.as<std::string_view>(), b.as<std::string_view>()); }
std::uint64_t hash(const Datum& d) { return hash_bytes(d.as<std::string_view>()); }

void encode(const Datum& d, std::string& out) {
  const auto value = d.as<std::string_view>();
  append_key_bytes(out, BitView(value).bytes());
  // Of equal bytes the one with fewer unused bits is longer, and greater.
  append_key_u8(out, static_cast<std::uint8_t>(7 - value.back()));
}

constexpr TypeSupport kBitTypes[] = {
    {.oid = oid::bit, .name = "bit", .physical = PhysicalType::varlen, .input = input<&check_bit_length>,
     .output = output, .receive = receive<&check_bit_length>, .send = send, .compare = compare, .hash = hash,
     .encode_key = encode},
    {.oid = oid::varbit, .name = "varbit", .physical = PhysicalType::varlen, .input = input<&check_varbit_length>,
     .output = output, .receive = receive<&check_varbit_length>, .send = send, .compare = compare, .hash = hash,
     .encode_key = encode}};

}  // namespace

std::string make_bits(std::int64_t length) {
  if (length > kMaxBits)
    throw SqlError("54000", fmt::format("bit string length exceeds the maximum allowed ({})", kMaxBits));
  const auto bytes = static_cast<std::size_t>((length + 7) / 8);
  std::string value(bytes + 1, '\0');
  value.back() = static_cast<char>(static_cast<std::int64_t>(bytes) * 8 - length);
  return value;
}

std::string resize_bits(std::string_view value, std::int64_t length) { return copy_bits(value, 0, length); }

std::string copy_bits(std::string_view value, std::int64_t from, std::int64_t length) {
  std::string result = make_bits(length);
  const std::string_view source = BitView(value).bytes();
  const auto size = static_cast<std::int64_t>(source.size());
  auto byte_at = [&](std::int64_t at) {
    return at < 0 || at >= size ? 0u : static_cast<unsigned>(static_cast<unsigned char>(source[static_cast<std::size_t>(at)]));
  };
  const std::int64_t first = from >> 3;  // rounds down
  const int shift = static_cast<int>(from & 7);
  const auto bytes = static_cast<std::int64_t>(result.size()) - 1;
  for (std::int64_t i = 0; i < bytes; ++i) {
    const unsigned pair = byte_at(first + i) << 8 | byte_at(first + i + 1);
    result[static_cast<std::size_t>(i)] = static_cast<char>(pair >> (8 - shift) & 0xff);
  }
  if (bytes > 0) {
    char& last = result[static_cast<std::size_t>(bytes) - 1];
    last = static_cast<char>(static_cast<unsigned char>(last) & 0xff << result.back());
  }
  return result;
}

std::int32_t compare_bits(std::string_view a, std::string_view b) noexcept {
  const BitView x(a), y(b);
  const int order = x.bytes().substr(0, std::min(x.bytes().size(), y.bytes().size()))
                        .compare(y.bytes().substr(0, std::min(x.bytes().size(), y.bytes().size())));
  if (order != 0) return order < 0 ? -1 : 1;
  return x.length() < y.length() ? -1 : int{x.length() > y.length()};
}

std::string parse_bits(std::string_view text) {
  const bool hex = !text.empty() && (text[0] == 'x' || text[0] == 'X');
  if (hex || (!text.empty() && (text[0] == 'b' || text[0] == 'B'))) text.remove_prefix(1);
  std::string value = make_bits(static_cast<std::int64_t>(text.size()) * (hex ? 4 : 1));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!hex) {
      if (text[i] == '1')
        set_bit(value, i);
      else if (text[i] != '0')
        throw SqlError("22P02", fmt::format("\"{}\" is not a valid binary digit", character_at(text, i)));
      continue;
    }
    const char c = lower_ascii(text[i]);
    const int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0)
      throw SqlError("22P02", fmt::format("\"{}\" is not a valid hexadecimal digit", character_at(text, i)));
    value[i / 2] = static_cast<char>(static_cast<unsigned char>(value[i / 2]) | digit << (i % 2 == 0 ? 4 : 0));
  }
  return value;
}

void check_bit_length(std::int32_t length, std::int32_t typmod) {
  if (typmod > 0 && length != typmod)
    throw SqlError("22026", fmt::format("bit string length {} does not match type bit({})", length, typmod));
}

void check_varbit_length(std::int32_t length, std::int32_t typmod) {
  if (typmod > 0 && length > typmod)
    throw SqlError("22001", fmt::format("bit string too long for type bit varying({})", typmod));
}

std::span<const TypeSupport> bit_types() { return kBitTypes; }

}  // namespace types
