// String functions: length, pieces, case, padding, search and replacement. Case is ASCII's, as in
// the "C" locale.
#include <fmt/format.h>

#include "errors.h"
#include "function_table.h"
#include "kernel.h"
#include "types/array.h"
#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/text.h"
#include "types/utf8.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;

constexpr std::size_t kMaxBytes = 0x3fffffff;

[[noreturn]] void throw_too_large() { throw SqlError("54000", "requested length too large"); }

std::int32_t length(string_view text) { return static_cast<std::int32_t>(types::utf8_length(text)); }
std::int32_t bpchar_length(string_view text) { return length(types::trim_padding(text)); }
std::int32_t octets(string_view text) { return static_cast<std::int32_t>(text.size()); }

template <typename F>
string_view mapped(EvalContext& ctx, string_view text, F&& map) {
  auto* out = static_cast<char*>(ctx.arena->allocate(text.size() + 1, 1));
  for (std::size_t i = 0; i < text.size(); ++i) out[i] = map(text[i]);
  return {out, text.size()};
}
string_view lower(EvalContext& ctx, string_view text) {
  return mapped(ctx, text, [](char c) { return types::lower_ascii(c); });
}
string_view upper(EvalContext& ctx, string_view text) {
  return mapped(ctx, text, [](char c) { return types::upper_ascii(c); });
}
string_view initcap(EvalContext& ctx, string_view text) {
  bool in_word = false;
  return mapped(ctx, text, [&](char c) {
    char result = in_word ? types::lower_ascii(c) : types::upper_ascii(c);
    in_word = types::is_letter(c) || types::is_digit(c);
    return result;
  });
}

string_view concatenate(EvalContext& ctx, string_view a, string_view b) {
  auto* p = static_cast<char*>(ctx.arena->allocate(a.size() + b.size() + 1, 1));
  if (!a.empty()) std::memcpy(p, a.data(), a.size());
  if (!b.empty()) std::memcpy(p + a.size(), b.data(), b.size());
  return {p, a.size() + b.size()};
}

// Characters [from, end) counted from 1, as far as there are any.
string_view slice(string_view text, std::int64_t from, std::int64_t end) {
  from = std::max<std::int64_t>(from, 1);
  if (from >= end) return {"", 0};
  std::size_t begin = types::utf8_prefix(text, static_cast<std::size_t>(from - 1));
  std::size_t size = types::utf8_prefix(text.substr(begin), static_cast<std::size_t>(end - from));
  return text.substr(begin, size);
}
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

string_view substr(string_view text, std::int32_t from, std::int32_t count) {
  if (count < 0) throw SqlError("22011", "negative substring length not allowed");
  return slice(text, from, std::int64_t{from} + count);
}
string_view substr_from(string_view text, std::int32_t from) { return slice(text, from, kEnd); }

string_view left(string_view text, std::int32_t n) {
  if (n < 0) return slice(text, 1, std::int64_t{length(text)} + n + 1);
  return text.substr(0, types::utf8_prefix(text, static_cast<std::size_t>(n)));
}
string_view right(string_view text, std::int32_t n) {
  std::int64_t skip = n < 0 ? -std::int64_t{n} : std::int64_t{length(text)} - n;
  return slice(text, std::max<std::int64_t>(skip, 0) + 1, kEnd);
}

std::string overlay(string_view text, string_view with, std::int32_t from, std::int32_t count) {
  if (from <= 0) throw SqlError("22011", "negative substring length not allowed");
  std::int32_t end;
  if (__builtin_add_overflow(from, count, &end)) throw_integer_out_of_range();
  std::string result(slice(text, 1, from));
  result += with;
  result += slice(text, end, kEnd);
  return result;
}
std::string overlay_all(string_view text, string_view with, std::int32_t from) {
  return overlay(text, with, from, length(with));
}

std::int32_t position(string_view text, string_view what) {
  auto at = text.find(what);
  return at == string_view::npos ? 0 : length(text.substr(0, at)) + 1;
}

// Whether the character at `at` is in the set.
bool in_set(string_view character, string_view set) {
  for (std::size_t i = 0; i < set.size();) {
    std::size_t width = types::utf8_width(static_cast<unsigned char>(set[i]));
    if (set.substr(i, width) == character) return true;
    i += width;
  }
  return false;
}
string_view trim(string_view text, string_view set, bool at_left, bool at_right) {
  while (at_left && !text.empty()) {
    std::size_t width = types::utf8_width(static_cast<unsigned char>(text[0]));
    if (!in_set(text.substr(0, width), set)) break;
    text.remove_prefix(std::min(width, text.size()));
  }
  while (at_right && !text.empty()) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xc0) == 0x80) --begin;
    if (!in_set(text.substr(begin), set)) break;
    text = text.substr(0, begin);
  }
  return text;
}
string_view btrim(string_view t, string_view set) { return trim(t, set, true, true); }
string_view ltrim(string_view t, string_view set) { return trim(t, set, true, false); }
string_view rtrim(string_view t, string_view set) { return trim(t, set, false, true); }
string_view btrim1(string_view t) { return trim(t, " ", true, true); }
string_view ltrim1(string_view t) { return trim(t, " ", true, false); }

std::string pad(string_view text, std::int32_t size, string_view fill, bool at_left) {
  if (size < 0) size = 0;
  if (fill.empty()) size = std::min(size, length(text));
  if (static_cast<std::size_t>(size) > kMaxBytes / 4) throw_too_large();
  std::int32_t have = length(text);
  if (have >= size) return std::string(slice(text, 1, std::int64_t{size} + 1));
  std::string padding;
  std::size_t at = 0;
  for (std::int32_t i = have; i < size; ++i) {
    if (at >= fill.size()) at = 0;
    std::size_t width = types::utf8_width(static_cast<unsigned char>(fill[at]));
    padding += fill.substr(at, width);
    at += width;
  }
  return at_left ? padding + std::string(text) : std::string(text) + padding;
}
std::string lpad(string_view t, std::int32_t n, string_view f) { return pad(t, n, f, true); }
std::string rpad(string_view t, std::int32_t n, string_view f) { return pad(t, n, f, false); }

std::string replace(string_view text, string_view from, string_view to) {
  if (from.empty()) return std::string(text);
  std::string result;
  for (;;) {
    auto at = text.find(from);
    if (at == string_view::npos) break;
    result += text.substr(0, at);
    result += to;
    text.remove_prefix(at + from.size());
  }
  result += text;
  return result;
}

std::string translate(string_view text, string_view from, string_view to) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t width = types::utf8_width(static_cast<unsigned char>(text[i]));
    auto character = text.substr(i, width);
    i += width;
    // Walk both lists until the character is found; without a partner it goes.
    std::size_t f = 0, t = 0;
    bool found = false;
    while (f < from.size()) {
      std::size_t from_width = types::utf8_width(static_cast<unsigned char>(from[f]));
      std::size_t to_width = t < to.size() ? types::utf8_width(static_cast<unsigned char>(to[t])) : 0;
      if (from.substr(f, from_width) == character) {
        result += to.substr(std::min(t, to.size()), to_width);
        found = true;
        break;
      }
      f += from_width;
      t += to_width;
    }
    if (!found) result += character;
  }
  return result;
}

string_view split_part(string_view text, string_view separator, std::int32_t field) {
  if (field == 0) throw SqlError("22023", "field position must not be zero");
  if (text.empty()) return {"", 0};
  if (separator.empty()) return field == 1 || field == -1 ? text : string_view("", 0);
  if (field < 0) {
    std::int32_t fields = 1;
    for (auto at = text.find(separator); at != string_view::npos;
         at = text.find(separator, at + separator.size()))
      ++fields;
    field += fields + 1;
    if (field <= 0) return {"", 0};
  }
  for (;;) {
    auto at = text.find(separator);
    if (--field == 0) return text.substr(0, at);
    if (at == string_view::npos) return {"", 0};
    text.remove_prefix(at + separator.size());
  }
}

std::string repeat(string_view text, std::int32_t count) {
  if (count <= 0 || text.empty()) return {};
  if (text.size() * static_cast<std::size_t>(count) > kMaxBytes) throw_too_large();
  std::string result;
  result.reserve(text.size() * static_cast<std::size_t>(count));
  for (std::int32_t i = 0; i < count; ++i) result += text;
  return result;
}

std::string reverse(string_view text) {
  std::string result(text.size(), '\0');
  std::size_t end = text.size();
  for (std::size_t i = 0; i < text.size();) {
    std::size_t width = std::min(types::utf8_width(static_cast<unsigned char>(text[i])), text.size() - i);
    end -= width;
    std::memcpy(result.data() + end, text.data() + i, width);
    i += width;
  }
  return result;
}

std::int32_t ascii(string_view text) {
  std::size_t at = 0;
  return text.empty() ? 0 : static_cast<std::int32_t>(types::utf8_next(text, at));
}
std::string chr(std::int32_t code) {
  if (code < 0) throw SqlError("22023", "character number must be positive");
  if (code == 0) throw SqlError("54000", "null character not permitted");
  if (code > 0x10ffff)
    throw SqlError("54000", fmt::format("requested character too large for encoding: {}", code));
  if (code >= 0xd800 && code <= 0xdfff)
    throw SqlError("54000", fmt::format("requested character not valid for encoding: {}", code));
  std::string result;
  types::utf8_append(result, static_cast<char32_t>(code));
  return result;
}

std::string to_hex32(std::int32_t v) { return fmt::format("{:x}", static_cast<std::uint32_t>(v)); }
std::string to_hex64(std::int64_t v) { return fmt::format("{:x}", static_cast<std::uint64_t>(v)); }

Datum to_array(EvalContext& ctx, std::optional<string_view> text, std::optional<string_view> separator,
               std::optional<string_view> null_text) {
  if (!text) return Datum::null();
  types::ArrayBuilder builder(types::oid::text, types::PhysicalType::varlen);
  auto add = [&](string_view part) {
    builder.add(null_text && part == *null_text ? Datum::null() : Datum::of(part));
  };
  string_view rest = *text;
  if (rest.empty()) return builder.finish(*ctx.arena);
  if (!separator) {
    for (std::size_t i = 0; i < rest.size();) {
      std::size_t width = types::utf8_width(static_cast<unsigned char>(rest[i]));
      add(rest.substr(i, width));
      i += width;
    }
  } else if (separator->empty()) {
    add(rest);
  } else {
    for (;;) {
      auto at = rest.find(*separator);
      add(rest.substr(0, at));
      if (at == string_view::npos) break;
      rest.remove_prefix(at + separator->size());
    }
  }
  return builder.finish(*ctx.arena);
}
Datum to_array_2(EvalContext& ctx, std::optional<string_view> text, std::optional<string_view> separator) {
  return to_array(ctx, text, separator, std::nullopt);
}

std::string unistr(string_view text) {
  std::string result;
  char32_t high = 0;
  auto fail = [] { throw SqlError("42601", "invalid Unicode escape").with_hint("Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX."); };
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '\\') {
      if (high != 0) throw SqlError("42601", "invalid Unicode surrogate pair");
      result += text[i++];
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '\\') {
      result += '\\';
      i += 2;
      continue;
    }
    std::size_t skip = 1, digits = 4;
    if (i + 1 < text.size()) {
      if (text[i + 1] == '+') skip = 2, digits = 6;
      if (text[i + 1] == 'u') skip = 2, digits = 4;
      if (text[i + 1] == 'U') skip = 2, digits = 8;
    }
    if (i + skip + digits > text.size()) fail();
    char32_t code = 0;
    for (std::size_t k = 0; k < digits; ++k) {
      char c = types::lower_ascii(text[i + skip + k]);
      if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) fail();
      code = code * 16 + static_cast<char32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    i += skip + digits;
    if (high != 0) {
      if (code < 0xdc00 || code > 0xdfff) throw SqlError("42601", "invalid Unicode surrogate pair");
      code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
      high = 0;
    } else if (code >= 0xd800 && code <= 0xdbff) {
      high = code;
      continue;
    }
    if (code == 0 || code > 0x10ffff) 
      throw SqlError("22023", fmt::format("invalid Unicode code point: {:04X}", static_cast<std::uint32_t>(code)));
    types::utf8_append(result, code);
  }
  if (high != 0) throw SqlError("42601", "invalid Unicode surrogate pair");
  return result;
}

constexpr ScalarFunction kTextFunctions[] = {
    {"textlen", strict<&length>},
    {"bpcharlen", strict<&bpchar_length>},
    {"textoctetlen", strict<&octets>},
    {"bpcharoctetlen", strict<&octets>},
    {"lower", strict<&lower>},
    {"upper", strict<&upper>},
    {"initcap", strict<&initcap>},
    {"textcat", strict<&concatenate>},
    {"text_substr", strict<&substr>},
    {"text_substr_no_len", strict<&substr_from>},
    {"text_left", strict<&left>},
    {"text_right", strict<&right>},
    {"textoverlay", strict<&overlay>},
    {"textoverlay_no_len", strict<&overlay_all>},
    {"textpos", strict<&position>},
    {"btrim", strict<&btrim>},
    {"btrim1", strict<&btrim1>},
    {"ltrim", strict<&ltrim>},
    {"ltrim1", strict<&ltrim1>},
    {"rtrim", strict<&rtrim>},
    {"lpad", strict<&lpad>},
    {"rpad", strict<&rpad>},
    {"replace_text", strict<&replace>},
    {"translate", strict<&translate>},
    {"split_part", strict<&split_part>},
    {"repeat", strict<&repeat>},
    {"text_reverse", strict<&reverse>},
    {"ascii", strict<&ascii>},
    {"chr", strict<&chr>},
    {"to_hex32", strict<&to_hex32>},
    {"to_hex64", strict<&to_hex64>},
    {"text_to_array", strict<&to_array_2>},
    {"text_to_array_null", strict<&to_array>},
    {"unistr", strict<&unistr>},
};

}  // namespace

std::span<const ScalarFunction> text_functions() { return kTextFunctions; }

}  // namespace functions
