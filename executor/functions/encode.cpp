// encode, decode, digests.
#include <openssl/evp.h>

#include <fmt/format.h>

#include "function_table.h"
#include "kernel.h"
#include "types/ascii.h"
#include "types/bytea.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// A line break after every 76 characters, as MIME wants.
std::string to_base64(string_view bytes) {
  std::string out;
  std::size_t line = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t word = 0;
    std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k)
      word = word << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0);
    out += kBase64[word >> 18];
    out += kBase64[word >> 12 & 63];
    out += count > 1 ? kBase64[word >> 6 & 63] : '=';
    out += count > 2 ? kBase64[word & 63] : '=';
    line += 4;
    if (line >= 76 && i + 3 < bytes.size() + 0) {
      out += '\n';
      line = 0;
    }
  }
  if (line >= 76) out += '\n';
  return out;
}

std::string from_base64(string_view text) {
  std::string out;
  std::uint32_t word = 0;
  int position = 0, end = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    std::uint32_t value = 0;
    if (c == '=') {
      if (end == 0) {
        if (position == 2)
          end = 1;
        else if (position == 3)
          end = 2;
        else
          throw SqlError("22023", "unexpected \"=\" while decoding base64 sequence");
      }
    } else {
      const char* found = std::strchr(kBase64, c);
      if (c == '\0' || found == nullptr)
        throw SqlError("22023", fmt::format("invalid symbol \"{}\" found while decoding base64 sequence",
                                            text.substr(i, types::utf8_width(static_cast<unsigned char>(c)))));
      value = static_cast<std::uint32_t>(found - kBase64);
    }
    word = word << 6 | value;
    if (++position == 4) {
      out += static_cast<char>(word >> 16);
      if (end == 0 || end > 1) out += static_cast<char>(word >> 8);
      if (end == 0 || end > 2) out += static_cast<char>(word);
      word = 0;
      position = 0;
    }
  }
  if (position != 0)
    throw SqlError("22023", "invalid base64 end sequence")
        .with_hint("Input data is missing padding, is truncated, or is otherwise corrupted.");
  return out;
}

std::string to_escape(string_view bytes) {
  std::string out;
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    if (byte == 0 || byte >= 0x80)
      out += fmt::format("\\{:03o}", byte);
    else if (c == '\\')
      out += "\\\\";
    else
      out += c;
  }
  return out;
}

[[noreturn]] void throw_encoding(string_view name) {
  throw SqlError("22023", fmt::format("unrecognized encoding: \"{}\"", name));
}

std::string encode(string_view bytes, string_view how) {
  std::string name = types::lower_ascii(how), out;
  if (name == "hex")
    types::append_hex(out, bytes);
  else if (name == "base64")
    out = to_base64(bytes);
  else if (name == "escape")
    out = to_escape(bytes);
  else
    throw_encoding(how);
  return out;
}
std::string decode(string_view text, string_view how) {
  std::string name = types::lower_ascii(how);
  if (name == "hex") return types::parse_hex(text);
  if (name == "base64") return from_base64(text);
  if (name == "escape") {
    // bytea's escape format, even where the text happens to begin like hex.
    if (text.starts_with("\\x")) throw SqlError("22P02", "invalid input syntax for type bytea");
    return types::parse_bytea(text);
  }
  throw_encoding(how);
}

template <const EVP_MD* (*Algorithm)()>
std::string digest(string_view bytes) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), hash, &size, Algorithm(), nullptr) != 1)
    throw SqlError("XX000", "could not compute digest");
  return {reinterpret_cast<char*>(hash), size};
}
std::string md5(string_view bytes) {
  std::string hex;
  types::append_hex(hex, digest<EVP_md5>(bytes));
  return hex;
}

constexpr ScalarFunction kEncodeFunctions[] = {
    {"binary_encode", strict<&encode>},
    {"binary_decode", strict<&decode>},
    {"md5_text", strict<&md5>},
    {"md5_bytea", strict<&md5>},
    {"sha224_bytea", strict<&digest<EVP_sha224>>},
    {"sha256_bytea", strict<&digest<EVP_sha256>>},
    {"sha384_bytea", strict<&digest<EVP_sha384>>},
    {"sha512_bytea", strict<&digest<EVP_sha512>>},
};

}  // namespace

std::span<const ScalarFunction> encode_functions() { return kEncodeFunctions; }

}  // namespace functions
