#include <fmt/format.h>

#include "type_table.h"
#include "types/bytea.h"
#include "types/text.h"
#include "types/utf8.h"
#include "types/wire.h"

namespace types {
namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  c = lower_ascii(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

std::string parse_escaped(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      bytes += text[i++];
    } else if (i + 3 < text.size() && is_octal_digit(text[i + 1]) && text[i + 1] <= '3' &&
               is_octal_digit(text[i + 2]) && is_octal_digit(text[i + 3])) {
      bytes += static_cast<char>((text[i + 1] - '0') << 6 | (text[i + 2] - '0') << 3 |
                                 (text[i + 3] - '0'));
      i += 4;
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      bytes += '\\';
      i += 2;
    } else {
      throw SqlError("22P02", "invalid input syntax for type bytea");
    }
  }
  return bytes;
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '\\')
      out += "\\\\";
    else if (byte < 0x20 || byte > 0x7e)
      out += fmt::format("\\{:03o}", byte);
    else
      out += c;
  }
}

constexpr TypeSupport kByteaTypes[] = {{
    .oid = oid::bytea,
    .name = "bytea",
    .physical = PhysicalType::varlen,
    .input = [](EvalContext& ctx, std::string_view text,
                std::int32_t) { return Datum::of(ctx.arena->copy(parse_bytea(text))); },
    .output =
        [](EvalContext& ctx, const Datum& d, std::string& out) {
          if (ctx.format != nullptr && ctx.format->bytea_output == ByteaOutput::escape) {
            append_escaped(out, d.as<std::string_view>());
          } else {
            out += "\\x";
            append_hex(out, d.as<std::string_view>());
          }
        },
    .receive = [](EvalContext& ctx, std::span<const std::byte> bytes,
                  std::int32_t) { return Datum::of(ctx.arena->copy(as_text(bytes))); },
    .send = [](EvalContext&, const Datum& d,
               std::string& out) { out.append(d.as<std::string_view>()); },
    .compare =
        [](const Datum& a, const Datum& b) {
          return compare_bytes(a.as<std::string_view>(), b.as<std::string_view>());
        },
    .hash = [](const Datum& d) { return hash_bytes(d.as<std::string_view>()); },
    .encode_key = [](const Datum& d,
                     std::string& out) { append_key_bytes(out, d.as<std::string_view>()); },
}};

}  // namespace

std::string parse_bytea(std::string_view text) {
  return text.starts_with("\\x") ? parse_hex(text.substr(2)) : parse_escaped(text);
}

std::string parse_hex(std::string_view digits) {
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  auto digit_at = [&](std::size_t i) {
    int value = hex_digit(digits[i]);
    if (value < 0)
      throw SqlError("22023",
                     fmt::format("invalid hexadecimal digit: \"{}\"",
                                 digits.substr(i, utf8_width(static_cast<unsigned char>(digits[i])))));
    return value;
  };
  for (std::size_t i = 0; i < digits.size();) {
    if (digits[i] == ' ' || digits[i] == '\n' || digits[i] == '\t' || digits[i] == '\r') {
      ++i;
      continue;
    }
    int high = digit_at(i++);
    if (i >= digits.size())
      throw SqlError("22023", "invalid hexadecimal data: odd number of digits");
    bytes += static_cast<char>(high << 4 | digit_at(i++));
  }
  return bytes;
}

void append_hex(std::string& out, std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  out.reserve(out.size() + bytes.size() * 2);
  for (char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15];
  }
}

std::span<const TypeSupport> bytea_types() { return kByteaTypes; }

}  // namespace types
