// tsvector.
#include <algorithm>

#include <fmt/format.h>

#include "ts_lexer.h"
#include "type_table.h"
#include "types/text_search.h"
#include "types/wire.h"

namespace types {
namespace {

bool is_operator(char c) { return c == '!' || c == '&' || c == '|' || c == '(' || c == ')' || c == '<'; }

template <typename T>
T read_at(const char*& p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  p += sizeof value;
  return value;
}

// What PostgreSQL's form of the value would take: its order starts with that.
std::size_t postgres_size(const TsVector& vector) {
  std::size_t strings = 0;
  for (const Lexeme& l : vector) {
    strings += l.text.size();
    if (!l.positions.empty()) strings = (strings + 1) / 2 * 2 + 2 + 2 * l.positions.size();
  }
  return 8 + 4 * vector.size() + strings;
}

Datum input(EvalContext& ctx, std::string_view text, std::int32_t) {
  return Datum::of(make_tsvector(*ctx.arena, parse_tsvector(*ctx.arena, text)));
}

Datum receive(EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
  WireReader reader(bytes);
  const auto count = reader.read<std::int32_t>();
  if (count < 0 || static_cast<std::size_t>(count) > reader.left())
    throw SqlError("22P03", "invalid size of tsvector");
  TsVector vector;
  for (std::int32_t i = 0; i < count; ++i) {
    Lexeme lexeme;
    std::string text;
    while (char c = static_cast<char>(reader.read<std::uint8_t>())) text += c;
    lexeme.text = ctx.arena->copy(text);
    const auto positions = reader.read<std::uint16_t>();
    if (text.size() > kMaxLexemeSize) throw SqlError("22P03", "invalid tsvector: lexeme too long");
    if (positions > kMaxLexemePositions + 1) throw SqlError("22P03", "unexpected number of tsvector positions");
    for (std::uint16_t k = 0; k < positions; ++k) lexeme.positions.push_back(reader.read<std::uint16_t>());
    vector.push_back(std::move(lexeme));
  }
  reader.finish();
  return Datum::of(make_tsvector(*ctx.arena, std::move(vector)));
}

void send(EvalContext&, const Datum& d, std::string& out) {
  const TsVector vector = read_tsvector(d.as<std::string_view>());
  append_wire(out, static_cast<std::int32_t>(vector.size()));
  for (const Lexeme& l : vector) {
    out += l.text;
    out += '\0';
    append_wire(out, static_cast<std::uint16_t>(l.positions.size()));
    for (std::uint16_t p : l.positions) append_wire(out, p);
  }
}

constexpr TypeSupport kTsvectorTypes[] = {
    {.oid = oid::tsvector, .name = "tsvector", .physical = PhysicalType::varlen, .input = input,
     .output = [](EvalContext&, const Datum& d,
                  std::string& out) { append_tsvector(out, read_tsvector(d.as<std::string_view>())); },
     .receive = receive, .send = send,
     .compare = [](const Datum& a, const Datum& b) {
       return compare_tsvectors(read_tsvector(a.as<std::string_view>()), read_tsvector(b.as<std::string_view>()));
     },
     .hash = [](const Datum& d) { return hash_bytes(d.as<std::string_view>()); },
     .encode_key = nullptr}};

}  // namespace

void TsWordReader::fail() const {
  throw SqlError("42601", fmt::format("syntax error in {}: \"{}\"", in_ == In::vector ? "tsvector" : "tsquery", text_));
}

std::optional<TsWordReader::Word> TsWordReader::next() {
  while (is_space(peek())) ++at;
  if (at >= text_.size()) return std::nullopt;
  Word word;
  auto take = [&] {
    if (at >= text_.size())
      throw SqlError("42601", fmt::format("there is no escaped character: \"{}\"", text_));
    word.text += text_[at++];
  };
  if (peek() == '\'') {
    ++at;
    for (;;) {
      if (at >= text_.size()) fail();
      const char c = text_[at++];
      if (c == '\\') {
        take();
      } else if (c == '\'') {
        if (peek() != '\'') break;
        word.text += text_[at++];
      } else {
        word.text += c;
      }
    }
    if (word.text.empty()) fail();
  } else {
    if (peek() == ':') fail();
    while (at < text_.size() && !is_space(peek()) && peek() != ':' && !(in_ == In::query && is_operator(peek()))) {
      if (peek() == '\\') {
        ++at;
        take();
      } else {
        word.text += text_[at++];
      }
    }
    if (word.text.empty()) fail();
  }
  if (word.text.size() > kMaxLexemeSize)
    throw SqlError("54000", fmt::format(fmt::runtime(in_ == In::vector ? "word is too long ({} bytes, max {} bytes)"
                                                          : "word is too long in tsquery: \"{2}\""),
                                        word.text.size(), kMaxLexemeSize, text_));
  if (in_ == In::vector && peek() == ':') read_positions(word);
  return word;
}

void TsWordReader::read_positions(Word& word) {
  ++at;
  for (;;) {
    if (!is_digit(peek())) fail();
    long position = 0;
    while (is_digit(peek())) position = std::min(position * 10 + (text_[at++] - '0'), 1000000L);
    if (position == 0) throw SqlError("42601", fmt::format("wrong position info in tsvector: \"{}\"", text_));
    position = std::min<long>(position, kMaxLexemePosition);
    int weight = 0;
    bool weighed = false;
    for (;;) {
      const char c = lower_ascii(peek());
      const int w = c == 'a' || c == '*' ? 3 : c == 'b' ? 2 : c == 'c' ? 1 : c == 'd' ? 0 : -1;
      if (w < 0) break;
      if (weighed && weight != 0) fail();
      weight = w;
      weighed = true;
      ++at;
    }
    word.positions.push_back(Lexeme::make(static_cast<int>(position), weight));
    if (peek() == ',') {
      ++at;
      continue;
    }
    if (at >= text_.size() || is_space(peek())) return;
    fail();
  }
}

TsVector parse_tsvector(Arena& arena, std::string_view text) {
  TsWordReader reader(text, TsWordReader::In::vector);
  TsVector vector;
  while (auto word = reader.next())
    vector.push_back({arena.copy(word->text), std::move(word->positions)});
  return vector;
}

TsVector read_tsvector(std::string_view bytes) {
  const char* p = bytes.data();
  TsVector vector(read_at<std::uint32_t>(p));
  for (Lexeme& l : vector) {
    const auto size = read_at<std::uint16_t>(p);
    l.positions.resize(read_at<std::uint16_t>(p));
    l.text = {p, size};
    p += size;
    for (std::uint16_t& position : l.positions) position = read_at<std::uint16_t>(p);
  }
  return vector;
}

std::string_view make_tsvector(Arena& arena, TsVector lexemes) {
  std::stable_sort(lexemes.begin(), lexemes.end(), [](const Lexeme& a, const Lexeme& b) { return a.text < b.text; });
  TsVector merged;
  for (Lexeme& l : lexemes) {
    if (!merged.empty() && merged.back().text == l.text)
      merged.back().positions.insert(merged.back().positions.end(), l.positions.begin(), l.positions.end());
    else
      merged.push_back(std::move(l));
  }
  std::string out;
  auto put = [&](auto value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
  put(static_cast<std::uint32_t>(merged.size()));
  for (Lexeme& l : merged) {
    auto& positions = l.positions;
    // Of several weights at one position the highest stays.
    std::stable_sort(positions.begin(), positions.end(), [](std::uint16_t a, std::uint16_t b) {
      if (Lexeme::position(a) != Lexeme::position(b)) return Lexeme::position(a) < Lexeme::position(b);
      return a > b;
    });
    positions.erase(std::unique(positions.begin(), positions.end(), [](std::uint16_t a, std::uint16_t b) {
                      return Lexeme::position(a) == Lexeme::position(b);
                    }), positions.end());
    if (positions.size() > kMaxLexemePositions) positions.resize(kMaxLexemePositions);
    put(static_cast<std::uint16_t>(l.text.size()));
    put(static_cast<std::uint16_t>(positions.size()));
    out += l.text;
    for (std::uint16_t p : positions) put(p);
  }
  return arena.copy(out);
}

void append_tsvector(std::string& out, const TsVector& vector) {
  bool first = true;
  for (const Lexeme& l : vector) {
    if (!first) out += ' ';
    first = false;
    out += '\'';
    for (char c : l.text) {
      if (c == '\'' || c == '\\') out += c;
      out += c;
    }
    out += '\'';
    char separator = ':';
    for (std::uint16_t p : l.positions) {
      out += separator;
      separator = ',';
      out += std::to_string(Lexeme::position(p));
      if (const int w = Lexeme::weight(p)) out += "DCBA"[w];
    }
  }
}

int compare_tsvectors(const TsVector& a, const TsVector& b) {
  const auto sign = [](auto x, auto y) { return x < y ? -1 : int{x > y}; };
  if (const int order = sign(postgres_size(a), postgres_size(b))) return order;
  if (const int order = sign(a.size(), b.size())) return order;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Lexeme &x = a[i], &y = b[i];
    if (x.positions.empty() != y.positions.empty()) return x.positions.empty() ? 1 : -1;
    if (const int order = x.text.compare(y.text)) return order < 0 ? -1 : 1;
    if (x.positions.size() != y.positions.size()) return x.positions.size() > y.positions.size() ? -1 : 1;
    for (std::size_t k = 0; k < x.positions.size(); ++k) {
      if (const int order = sign(Lexeme::position(x.positions[k]), Lexeme::position(y.positions[k]))) return order;
      if (const int order = sign(x.positions[k], y.positions[k])) return order;
    }
  }
  return 0;
}

std::span<const TypeSupport> tsvector_types() { return kTsvectorTypes; }

}  // namespace types
