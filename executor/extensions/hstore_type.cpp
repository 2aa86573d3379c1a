#include "hstore_type.h"

#include <cstring>
#include <deque>

#include <fmt/format.h>

#include "extensions/hstore.h"
#include "types/ascii.h"
#include "types/hash.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"
#include "types/utf8.h"
#include "types/wire.h"

namespace extensions {
namespace {

using std::string_view;
using types::Datum;
using types::EvalContext;
using types::SqlError;

// key => value, key => value: either in quotes, where a backslash takes the next character as it is.
class Parser {
 public:
  explicit Parser(string_view text) : text_(text) {}

  Datum parse(types::Arena& arena) {
    while (const auto key = word(false)) {
      skip_space();
      expect('=');
      expect('>');
      const auto value = word(true);
      if (!value) fail_end();
      const bool null = !value->quoted && types::equals_ignoring_case(value->text, "null");
      builder_.add(key->text, null ? std::nullopt : std::optional<string_view>(value->text));
      skip_space();
      if (at_ >= text_.size()) break;
      expect(',');
    }
    return builder_.finish(arena);
  }

 private:
  struct Word {
    string_view text;
    bool quoted;
  };

  [[noreturn]] static void fail_end() { throw SqlError("XX000", "Unexpected end of string"); }
  [[noreturn]] void fail() const {
    const std::size_t width = std::min(types::utf8_width(static_cast<unsigned char>(text_[at_])), text_.size() - at_);
    throw SqlError("XX000", fmt::format("Syntax error near \"{}\" at position {}", text_.substr(at_, width), at_));
  }

  void skip_space() {
    while (at_ < text_.size() && types::is_space(text_[at_])) ++at_;
  }
  void expect(char c) {
    if (at_ >= text_.size()) fail_end();
    if (text_[at_] != c) fail();
    ++at_;
  }

  // Nullopt: the text is over. A key without quotes ends at an equals sign, a value at a comma.
  std::optional<Word> word(bool is_value) {
    skip_space();
    if (at_ >= text_.size()) return std::nullopt;
    std::string& out = words_.emplace_back();
    if (text_[at_] == '"') {
      for (++at_;; ++at_) {
        if (at_ >= text_.size()) fail_end();
        if (text_[at_] == '"') break;
        if (text_[at_] == '\\' && ++at_ >= text_.size()) fail_end();
        out += text_[at_];
      }
      ++at_;
      return Word{out, true};
    }
    if (!is_value && text_[at_] == '=') fail();
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (types::is_space(c) || (is_value ? c == ',' && !out.empty() : c == '=')) break;
      if (c == '\\' && ++at_ >= text_.size()) fail_end();
      out += text_[at_];
    }
    return Word{out, false};
  }

  string_view text_;
  std::size_t at_ = 0;
  std::deque<std::string> words_;  // what the builder borrows
  HstoreBuilder builder_;
};

Datum input(EvalContext& ctx, string_view text, std::int32_t) { return Parser(text).parse(*ctx.arena); }

void append_quoted(std::string& out, string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  out += '"';
}

void output(EvalContext&, const Datum& value, std::string& out) {
  const HstoreView hstore(value.as<string_view>());
  for (std::uint32_t i = 0; i < hstore.size(); ++i) {
    if (i > 0) out += ", ";
    append_quoted(out, hstore.key(i));
    out += "=>";
    if (const auto text = hstore.value(i)) append_quoted(out, *text);
    else out += "NULL";
  }
}

string_view take_text(types::WireReader& reader, std::int32_t size) {
  const auto bytes = reader.read_bytes(static_cast<std::size_t>(size));
  const string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  types::check_utf8(text);
  return text;
}

Datum receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
  types::WireReader reader(bytes);
  const auto pairs = reader.read<std::int32_t>();
  constexpr std::int32_t kMost = 0x3fffffff / 40;
  if (pairs < 0 || pairs > kMost)
    throw SqlError("54000", fmt::format("number of pairs ({}) exceeds the maximum allowed ({})", pairs, kMost));
  HstoreBuilder builder;
  for (std::int32_t i = 0; i < pairs; ++i) {
    const auto key_size = reader.read<std::int32_t>();
    if (key_size < 0) throw SqlError("22004", "null value not allowed for hstore key");
    const string_view key = take_text(reader, key_size);
    const auto value_size = reader.read<std::int32_t>();
    builder.add(key, value_size < 0 ? std::nullopt : std::optional<string_view>(take_text(reader, value_size)));
  }
  reader.finish();
  return builder.finish(*ctx.arena);
}

void send(EvalContext&, const Datum& value, std::string& out) {
  const HstoreView hstore(value.as<string_view>());
  types::append_wire(out, static_cast<std::int32_t>(hstore.size()));
  for (std::uint32_t i = 0; i < hstore.size(); ++i) {
    types::append_wire(out, static_cast<std::int32_t>(hstore.key(i).size()));
    out += hstore.key(i);
    const auto text = hstore.value(i);
    types::append_wire(out, text ? static_cast<std::int32_t>(text->size()) : std::int32_t{-1});
    if (text) out += *text;
  }
}

// The texts, then how many, then where each ends, a null behind a text.
void encode_key(const Datum& value, std::string& out) {
  const HstoreView hstore(value.as<string_view>());
  types::append_key_bytes(out, hstore.texts());
  types::append_key_u32(out, hstore.size());
  for (std::uint32_t i = 0; i < 2 * hstore.size(); ++i) {
    types::append_key_u32(out, hstore.end(i));
    types::append_key_u8(out, hstore.is_null(i) ? 1 : 0);
  }
}

constexpr types::TypeSupport kSupport{
    .oid = 0,
    .name = "hstore",
    .physical = types::PhysicalType::varlen,
    .input = input,
    .output = output,
    .receive = receive,
    .send = send,
    .compare = [](const Datum& a, const Datum& b) { return compare_hstores(a.as<string_view>(), b.as<string_view>()); },
    .hash = [](const Datum& d) { return types::hash_bytes(d.as<string_view>()); },
    .encode_key = encode_key};

}  // namespace

const types::TypeSupport& hstore_support() { return kSupport; }

int compare_hstores(string_view a, string_view b) noexcept {
  const HstoreView x(a), y(b);
  const auto sign = [](auto v, auto w) { return v < w ? -1 : v > w ? 1 : 0; };
  if (const int order = x.texts().compare(y.texts())) return order < 0 ? -1 : 1;
  if (const int order = sign(x.size(), y.size())) return order;
  for (std::uint32_t i = 0; i < 2 * x.size(); ++i) {
    if (const int order = sign(x.end(i), y.end(i))) return order;
    if (x.is_null(i) != y.is_null(i)) return x.is_null(i) ? 1 : -1;
  }
  return 0;
}

}  // namespace extensions
