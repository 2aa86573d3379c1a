// tsquery: text and binary forms, order, matching.
#include <array>
#include <algorithm>

#include <fmt/format.h>

#include "ts_lexer.h"
#include "tsquery_checksum.h"
#include "type_table.h"
#include "types/session_services.h"
#include "types/text_search.h"
#include "types/wire.h"
#include "types/stack_depth.h"

namespace types {
namespace {

constexpr int kMaxDepth = 200;
// Whatever is done with a query goes down and up again. PostgreSQL's stack ends at some ten thousand.
constexpr int kMaxHeight = 5000;
constexpr int kMaxDistance = 16384;
using Op = TsOperation;

int priority(Op op) {
  switch (op) {
    case Op::or_: return 1;
    case Op::and_: return 2;
    case Op::phrase: return 3;
    default: return 4;
  }
}

class Parser {
 public:
  Parser(Arena& arena, std::string_view text, const TsOperandReader* read)
      : arena_(arena), words_(text, TsWordReader::In::query), read_(read) {}

  TsQueryText parse() {
    skip();
    if (words_.at >= words_.text().size()) return {};
    TsQueryPtr query = expression(1);
    skip();
    if (words_.at < words_.text().size()) words_.fail();
    return {std::move(query), true};
  }

 private:
  char peek() const { return words_.at < words_.text().size() ? words_.text()[words_.at] : '\0'; }
  void skip() {
    while (is_space(peek())) ++words_.at;
  }

  struct Operator {
    Op op;
    int distance = 0;
    std::size_t end = 0;
  };
  std::optional<Operator> peek_operator() {
    skip();
    switch (peek()) {
      case '|': return Operator{Op::or_, 0, words_.at + 1};
      case '&': return Operator{Op::and_, 0, words_.at + 1};
      case '<': return phrase();
      default: return std::nullopt;
    }
  }
  Operator phrase() {
    const std::string_view text = words_.text();
    std::size_t at = words_.at + 1;
    int distance = 1;
    if (at < text.size() && text[at] == '-') {
      ++at;
    } else {
      long value = 0;
      const std::size_t begin = at;
      while (at < text.size() && is_digit(text[at])) value = std::min(value * 10 + (text[at++] - '0'), 1000000L);
      if (at == begin) words_.fail();
      if (value > kMaxDistance)
        throw SqlError("22023", fmt::format("distance in phrase operator must be an integer value between zero "
                                            "and {} inclusive", kMaxDistance));
      distance = static_cast<int>(value);
    }
    // PostgreSQL's parser wants to see what follows.
    if (at + 1 >= text.size() || text[at] != '>') words_.fail();
    return {Op::phrase, distance, at + 1};
  }

  TsQueryPtr expression(int least) {
    if (++depth_ > kMaxDepth) throw_stack_depth_exceeded();
    TsQueryPtr left = operand();
    for (;;) {
      const auto op = peek_operator();
      if (!op || priority(op->op) < least) break;
      words_.at = op->end;
      TsQueryPtr right = expression(priority(op->op) + 1);
      left = make_ts_operation(op->op, std::move(left), std::move(right), op->distance);
    }
    --depth_;
    return left;
  }

  TsQueryPtr operand() {
    skip();
    if (words_.at >= words_.text().size())
      throw SqlError("42601", fmt::format("no operand in tsquery: \"{}\"", words_.text()));
    if (peek() == '!') {
      ++words_.at;
      if (++depth_ > kMaxDepth) throw_stack_depth_exceeded();
      TsQueryPtr argument = operand();
      --depth_;
      return make_ts_operation(Op::not_, std::move(argument), nullptr);
    }
    if (peek() == '(') {
      ++words_.at;
      TsQueryPtr inner = expression(1);
      skip();
      if (peek() != ')') words_.fail();
      ++words_.at;
      return inner;
    }
    const auto word = words_.next();
    auto node = std::make_unique<TsQueryNode>();
    node->text = arena_.copy(word->text);
    if (peek() == ':') {
      ++words_.at;
      for (;; ++words_.at) {
        const char c = lower_ascii(peek());
        if (c == '*') node->prefix = true;
        else if (c >= 'a' && c <= 'd') node->weights = static_cast<std::uint8_t>(node->weights | 1 << ('d' - c));
        else break;
      }
    }
    if (read_ != nullptr) return (*read_)(node->text, node->weights, node->prefix);
    return node;
  }

  Arena& arena_;
  TsWordReader words_;
  const TsOperandReader* read_;
  int depth_ = 0;
};

void print(std::string& out, const TsQueryNode& node, int parent, bool right_of_phrase) {
  if (node.operation == Op::lexeme) {
    out += '\'';
    for (char c : node.text) {
      if (c == '\'' || c == '\\') out += c;
      out += c;
    }
    out += '\'';
    if (node.weights != 0 || node.prefix) out += ':';
    if (node.prefix) out += '*';
    for (int w = 3; w >= 0; --w)
      if ((node.weights >> w & 1) != 0) out += "DCBA"[w];
    return;
  }
  const int own = priority(node.operation);
  if (node.operation == Op::not_) {
    if (own < parent) out += "( ";
    out += '!';
    print(out, *node.left, own, false);
    if (own < parent) out += " )";
    return;
  }
  const bool parentheses = own < parent || (node.operation == Op::phrase && right_of_phrase);
  if (parentheses) out += "( ";
  print(out, *node.left, own, false);
  if (node.operation == Op::or_) out += " | ";
  else if (node.operation == Op::and_) out += " & ";
  else if (node.distance == 1) out += " <-> ";
  else out += fmt::format(" <{}> ", node.distance);
  print(out, *node.right, own, node.operation == Op::phrase);
  if (parentheses) out += " )";
}

void write(std::string& out, const TsQueryNode& node) {
  auto put = [&](auto value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
  put(static_cast<std::uint8_t>(node.operation));
  put(node.weights);
  put(static_cast<std::uint8_t>(node.prefix ? 1 : 0));
  put(node.operation == Op::lexeme ? static_cast<std::uint16_t>(node.text.size()) : node.distance);
  if (node.operation == Op::lexeme) {
    out += node.text;
    return;
  }
  write(out, *node.left);
  if (node.right) write(out, *node.right);
}

TsQueryPtr read(const char*& p) {
  auto node = std::make_unique<TsQueryNode>();
  node->operation = static_cast<Op>(p[0]);
  node->weights = static_cast<std::uint8_t>(p[1]);
  node->prefix = p[2] != 0;
  std::uint16_t number;
  std::memcpy(&number, p + 3, 2);
  p += 5;
  if (node->operation == Op::lexeme) {
    node->text = {p, number};
    p += number;
    return node;
  }
  node->distance = number;
  node->left = read(p);
  if (node->operation != Op::not_) node->right = read(p);
  node->height = static_cast<std::uint16_t>(std::max<int>(node->left->height, node->right ? node->right->height : 0) + 1);
  return node;
}

// Binary form: operators before operands, the right operand first.
void send_node(std::string& out, const TsQueryNode& node) {
  if (node.operation == Op::lexeme) {
    append_wire(out, std::uint8_t{1});
    append_wire(out, node.weights);
    append_wire(out, static_cast<std::uint8_t>(node.prefix ? 1 : 0));
    out += node.text;
    out += '\0';
    return;
  }
  append_wire(out, std::uint8_t{2});
  append_wire(out, static_cast<std::uint8_t>(node.operation));
  if (node.operation == Op::phrase) append_wire(out, static_cast<std::int16_t>(node.distance));
  if (node.right) send_node(out, *node.right);
  send_node(out, *node.left);
}
TsQueryPtr receive_node(Arena& arena, WireReader& reader, std::int32_t& left, int depth) {
  if (--left < 0) throw SqlError("22P03", "invalid tsquery: not enough items");
  if (depth > kMaxHeight) throw_stack_depth_exceeded();
  auto node = std::make_unique<TsQueryNode>();
  const auto kind = reader.read<std::uint8_t>();
  if (kind == 1) {
    node->weights = reader.read<std::uint8_t>();
    node->prefix = reader.read<std::uint8_t>() != 0;
    if (node->weights > 15) throw SqlError("22P03", "invalid tsquery: invalid weight bitmap");
    std::string text;
    while (char c = static_cast<char>(reader.read<std::uint8_t>())) text += c;
    if (text.size() > kMaxLexemeSize) throw SqlError("22P03", "invalid tsquery: operand too long");
    node->text = arena.copy(text);
    return node;
  }
  if (kind != 2) throw SqlError("22P03", fmt::format("unrecognized tsquery node type: {}", kind));
  const auto op = reader.read<std::uint8_t>();
  if (op < 1 || op > 4) throw SqlError("22P03", fmt::format("invalid tsquery: unrecognized operator type {}", op));
  node->operation = static_cast<Op>(op);
  if (node->operation == Op::phrase) node->distance = reader.read<std::uint16_t>();
  if (node->operation != Op::not_) node->right = receive_node(arena, reader, left, depth + 1);
  node->left = receive_node(arena, reader, left, depth + 1);
  node->height = static_cast<std::uint16_t>(std::max<int>(node->left->height, node->right ? node->right->height : 0) + 1);
  return node;
}

// ---- order: by size, then by what PostgreSQL's trees compare, which is lexemes' checksums first

std::size_t operand_bytes(const TsQueryNode& q) {
  return (q.operation == Op::lexeme ? q.text.size() + 1 : 0) + (q.left ? operand_bytes(*q.left) : 0) +
         (q.right ? operand_bytes(*q.right) : 0);
}

// Greater ones come first.
int compare_nodes(const TsQueryNode& a, const TsQueryNode& b) {
  const auto reversed = [](auto x, auto y) { return x > y ? -1 : int{x < y}; };
  if (const int order = reversed(operator_rank(a.operation), operator_rank(b.operation))) return order;
  if (a.operation == Op::lexeme) {
    if (const int order = reversed(lexeme_checksum(a.text), lexeme_checksum(b.text))) return order;
    const int order = a.text.compare(b.text);
    return order < 0 ? -1 : int{order > 0};
  }
  if (a.right && b.right)
    if (const int order = compare_nodes(*a.right, *b.right)) return order;
  if (const int order = compare_nodes(*a.left, *b.left)) return order;
  return a.operation == Op::phrase ? reversed(a.distance, b.distance) : 0;
}

constexpr TypeSupport kTsqueryTypes[] = {
    {.oid = oid::tsquery, .name = "tsquery", .physical = PhysicalType::varlen,
     .input = [](EvalContext& ctx, std::string_view text, std::int32_t) {
       const TsQueryPtr query = parse_tsquery(*ctx.arena, text);
       if (!query && ctx.session != nullptr)
         ctx.session->notice(
             SqlError("00000", "text-search query doesn't contain lexemes: \"" + std::string(text) + "\"")
                 .at(ctx.literal_location));
       return Datum::of(make_tsquery(*ctx.arena, query.get()));
     },
     .output = [](EvalContext&, const Datum& d,
                  std::string& out) { append_tsquery(out, read_tsquery(d.as<std::string_view>()).get()); },
     .receive = [](EvalContext& ctx, std::span<const std::byte> bytes, std::int32_t) {
       WireReader reader(bytes);
       auto items = reader.read<std::int32_t>();
       TsQueryPtr query;
       if (items > 0) query = receive_node(*ctx.arena, reader, items, 0);
       reader.finish();
       if (items != 0) throw SqlError("22P03", "invalid size of tsquery");
       return Datum::of(make_tsquery(*ctx.arena, query.get()));
     },
     .send = [](EvalContext&, const Datum& d, std::string& out) {
       const TsQueryPtr query = read_tsquery(d.as<std::string_view>());
       append_wire(out, tsquery_size(query.get()));
       if (query) send_node(out, *query);
     },
     .compare = [](const Datum& a, const Datum& b) {
       return compare_tsqueries(read_tsquery(a.as<std::string_view>()).get(), read_tsquery(b.as<std::string_view>()).get());
     },
     .hash = [](const Datum& d) {
       const TsQueryPtr query = read_tsquery(d.as<std::string_view>());
       return query == nullptr ? 0 : static_cast<std::uint64_t>(tsquery_size(query.get())) << 32 | operand_bytes(*query);
     },
     .encode_key = nullptr}};

}  // namespace

std::int32_t lexeme_checksum(std::string_view text) {
  static constexpr auto kTable = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0xedb88320U : value >> 1;
      table[i] = value;
    }
    return table;
  }();
  std::uint32_t crc = 0xffffffffU;
  for (const char c : text) crc = kTable[(crc >> 24 ^ static_cast<unsigned char>(c)) & 0xff] ^ crc << 8;
  return static_cast<std::int32_t>(~crc);
}

int operator_rank(TsOperation operation) {
  switch (operation) {
    case Op::lexeme: return 0;
    case Op::not_: return 1;
    case Op::and_: return 2;
    case Op::or_: return 3;
    case Op::phrase: return 4;
  }
  return 0;
}

TsQueryPtr make_ts_operation(TsOperation operation, TsQueryPtr left, TsQueryPtr right, int distance) {
  auto node = std::make_unique<TsQueryNode>();
  node->operation = operation;
  node->distance = operation == Op::phrase ? static_cast<std::uint16_t>(distance) : std::uint16_t{0};
  const int below = std::max<int>(left ? left->height : 0, right ? right->height : 0);  // null: a stop word
  if (below >= kMaxHeight) throw_stack_depth_exceeded();
  node->height = static_cast<std::uint16_t>(below + 1);
  node->left = std::move(left);
  node->right = std::move(right);
  return node;
}
TsQueryPtr parse_tsquery(Arena& arena, std::string_view text) {
  return Parser(arena, text, nullptr).parse().query;
}
TsQueryText parse_tsquery(Arena& arena, std::string_view text, const TsOperandReader& read) {
  return Parser(arena, text, &read).parse();
}
TsQueryPtr read_tsquery(std::string_view bytes) {
  if (bytes.empty()) return nullptr;
  const char* p = bytes.data();
  return read(p);
}
std::string_view make_tsquery(Arena& arena, const TsQueryNode* query) {
  std::string out;
  if (query != nullptr) write(out, *query);
  return arena.copy(out);
}
void append_tsquery(std::string& out, const TsQueryNode* query) {
  if (query != nullptr) print(out, *query, -1, false);
}
std::int32_t tsquery_size(const TsQueryNode* query) {
  if (query == nullptr) return 0;
  return 1 + tsquery_size(query->left.get()) + tsquery_size(query->right.get());
}
int compare_tsqueries(const TsQueryNode* a, const TsQueryNode* b) {
  const auto sign = [](auto x, auto y) { return x < y ? -1 : int{x > y}; };
  if (a == nullptr || b == nullptr) return sign(a != nullptr, b != nullptr);
  if (const int order = sign(tsquery_size(a), tsquery_size(b))) return order;
  if (const int order = sign(operand_bytes(*a), operand_bytes(*b))) return order;
  return compare_nodes(*a, *b);
}

std::span<const TypeSupport> tsquery_types() { return kTsqueryTypes; }

}  // namespace types
