#include <charconv>
#include <vector>

#include <fmt/format.h>

#include "jsonpath_lexer.h"
#include "types/jsonpath.h"
#include "types/numeric.h"
#include "types/wire.h"
#include "types/stack_depth.h"

namespace types {
namespace {

using Item = JsonPathItem;
using Kind = JsonPathKind;
using Token = JsonPathLexer::Token;
using TokenKind = JsonPathLexer::Kind;

constexpr int kMaxDepth = 200;

// While being built; a finished item is Item.
struct Node {
  Item* item;
  bool predicate = false;
  bool parenthesised = false;
};

class Parser {
 public:
  Parser(Arena& arena, std::string_view text) : arena_(arena), lexer_(arena, text) { advance(); }

  JsonPath parse() {
    JsonPath path;
    if (is_word("strict")) {
      path.lax = false;
      advance();
    } else if (is_word("lax")) {
      advance();
    }
    path.root = or_expression().item;
    if (token_.kind != TokenKind::end) fail();
    check(*path.root, 0, false);
    return path;
  }

 private:
  [[noreturn]] void fail() const { JsonPathLexer::fail("syntax error", token_); }
  void advance() { token_ = lexer_.next(); }
  bool is_word(std::string_view word) const {
    if (token_.kind != TokenKind::identifier || token_.quoted) return false;
    if (word == "true" || word == "false" || word == "null") return token_.value == word;
    return equals_ignoring_case(token_.value, word);
  }
  void expect(char c) {
    if (!token_.is(c)) fail();
    advance();
  }
  void expect_word(std::string_view word) {
    if (!is_word(word)) fail();
    advance();
  }
  Item* make(Kind kind) {
    Item* item = arena_.allocate_array<Item>(1);
    *item = Item();
    item->kind = kind;
    return item;
  }
  Node binary(Kind kind, Node left, Node right, bool predicate) {
    Item* item = make(kind);
    item->left = left.item;
    item->right = right.item;
    return {item, predicate};
  }
  void require_expression(const Node& node) const {
    if (node.predicate) fail();
  }
  void require_predicate(const Node& node) const {
    if (!node.predicate) fail();
  }

  struct Deeper {
    explicit Deeper(Parser& p) : parser(p) {
      if (++parser.depth_ > kMaxDepth)
        throw_stack_depth_exceeded();
    }
    ~Deeper() { --parser.depth_; }
    Parser& parser;
  };

  Node or_expression() {
    Deeper deeper(*this);
    Node left = and_expression();
    while (token_.is_op("||")) {
      require_predicate(left);
      advance();
      Node right = and_expression();
      require_predicate(right);
      left = binary(Kind::or_, left, right, true);
    }
    return left;
  }
  Node and_expression() {
    Node left = comparison();
    while (token_.is_op("&&")) {
      require_predicate(left);
      advance();
      Node right = comparison();
      require_predicate(right);
      left = binary(Kind::and_, left, right, true);
    }
    return left;
  }

  Node comparison() {
    if (token_.is('!')) {
      advance();
      Node argument;
      if (is_word("exists")) {
        argument = exists();
      } else {
        if (!token_.is('(')) fail();
        advance();
        argument = or_expression();
        require_predicate(argument);
        expect(')');
      }
      Item* item = make(Kind::not_);
      item->left = argument.item;
      return {item, true};
    }
    if (is_word("exists")) return exists();
    Node left = additive();
    if (left.predicate) {
      if (left.parenthesised && is_word("is")) {
        advance();
        expect_word("unknown");
        Item* item = make(Kind::is_unknown);
        item->left = left.item;
        return {item, true};
      }
      return left;
    }
    std::optional<Kind> op;
    if (token_.is_op("==")) op = Kind::equal;
    else if (token_.is_op("!=") || token_.is_op("<>")) op = Kind::not_equal;
    else if (token_.is_op("<")) op = Kind::less;
    else if (token_.is_op(">")) op = Kind::greater;
    else if (token_.is_op("<=")) op = Kind::less_or_equal;
    else if (token_.is_op(">=")) op = Kind::greater_or_equal;
    if (op) {
      advance();
      Node right = additive();
      require_expression(right);
      return binary(*op, left, right, true);
    }
    if (is_word("starts")) {
      advance();
      expect_word("with");
      Item* initial;
      if (token_.kind == TokenKind::string) initial = literal(Kind::string);
      else if (token_.kind == TokenKind::variable) initial = literal(Kind::variable);
      else fail();
      return binary(Kind::starts_with, left, {initial}, true);
    }
    if (is_word("like_regex")) return like_regex(left);
    return left;
  }
  Node exists() {
    advance();
    expect('(');
    Node argument = or_expression();
    require_expression(argument);
    expect(')');
    Item* item = make(Kind::exists);
    item->left = argument.item;
    return {item, true};
  }
  Node like_regex(Node left) {
    advance();
    if (token_.kind != TokenKind::string) fail();
    Item* item = make(Kind::like_regex);
    item->left = left.item;
    item->text = token_.value;
    advance();
    if (is_word("flag")) {
      advance();
      if (token_.kind != TokenKind::string) fail();
      for (char c : token_.value) item->flags = static_cast<std::uint8_t>(item->flags | regex_flag(c));
      advance();
    }
    if ((item->flags & kRegexExpanded) != 0 && (item->flags & kRegexQuote) == 0)
      throw SqlError("0A000", "XQuery \"x\" flag (expanded regular expressions) is not implemented");
    return {item, true};
  }
  static std::uint8_t regex_flag(char c) {
    switch (c) {
      case 'i': return kRegexIgnoreCase;
      case 's': return kRegexDotAll;
      case 'm': return kRegexMultiline;
      case 'x': return kRegexExpanded;
      case 'q': return kRegexQuote;
      default:
        throw SqlError("42601", "invalid input syntax for type jsonpath")
            .with_detail(fmt::format("Unrecognized flag character \"{}\" in LIKE_REGEX predicate.", c));
    }
  }

  Node additive() {
    Node left = multiplicative();
    while (token_.is('+') || token_.is('-')) {
      require_expression(left);
      const Kind kind = token_.is('+') ? Kind::add : Kind::subtract;
      advance();
      Node right = multiplicative();
      require_expression(right);
      left = binary(kind, left, right, false);
    }
    return left;
  }
  Node multiplicative() {
    Node left = unary();
    while (token_.is('*') || token_.is('/') || token_.is('%')) {
      require_expression(left);
      const Kind kind = token_.is('*') ? Kind::multiply : token_.is('/') ? Kind::divide : Kind::modulo;
      advance();
      Node right = unary();
      require_expression(right);
      left = binary(kind, left, right, false);
    }
    return left;
  }
  Node unary() {
    if (!token_.is('+') && !token_.is('-')) return accessor_expression();
    Deeper deeper(*this);
    const bool minus = token_.is('-');
    advance();
    Node argument = unary();
    require_expression(argument);
    if (argument.item->kind == Kind::number && argument.item->next == nullptr) {
      if (minus) {
        std::string text;
        append_numeric(text, numeric_negate(arena_, parse_numeric(arena_, argument.item->text)));
        argument.item->text = arena_.copy(text);
      }
      return {argument.item};
    }
    Item* item = make(minus ? Kind::minus : Kind::plus);
    item->left = argument.item;
    return {item};
  }

  Node accessor_expression() {
    Node base;
    if (token_.is('(')) {
      advance();
      base = or_expression();
      base.parenthesised = true;
      expect(')');
    } else {
      base = {primary()};
    }
    Item* end = base.item;
    bool any = false;
    while (token_.is('.') || token_.is('[') || token_.is('?')) {
      Item* step = accessor();
      while (end->next != nullptr) end = const_cast<Item*>(end->next);
      end->next = step;
      end = step;
      any = true;
    }
    if (any) {
      base.predicate = false;
      base.parenthesised = false;
    }
    return base;
  }

  Item* literal(Kind kind) {
    Item* item = make(kind);
    item->text = token_.value;
    advance();
    return item;
  }
  Item* primary() {
    if (token_.is('$')) { advance(); return make(Kind::root); }
    if (token_.is('@')) { advance(); return make(Kind::current); }
    switch (token_.kind) {
      case TokenKind::string: return literal(Kind::string);
      case TokenKind::variable: return literal(Kind::variable);
      case TokenKind::number: return number();
      default: break;
    }
    if (is_word("null")) { advance(); return make(Kind::null); }
    if (is_word("true") || is_word("false")) {
      Item* item = make(Kind::boolean);
      item->boolean = is_word("true");
      advance();
      return item;
    }
    if (is_word("last")) { advance(); return make(Kind::last); }
    fail();
  }
  Item* number() {
    Item* item = make(Kind::number);
    std::string text;
    append_numeric(text, parse_numeric(arena_, token_.value));
    item->text = arena_.copy(text);
    advance();
    return item;
  }

  std::uint32_t level() {
    if (is_word("last")) {
      advance();
      return kLastLevel;
    }
    if (token_.kind != TokenKind::number || !token_.integer) fail();
    std::int32_t value = 0;
    auto [end, error] = std::from_chars(token_.value.data(), token_.value.data() + token_.value.size(), value);
    if (error != std::errc{})
      throw SqlError("22003", fmt::format("value \"{}\" is out of range for type integer", token_.value));
    advance();
    return static_cast<std::uint32_t>(value);
  }

  Item* accessor() {
    if (token_.is('?')) {
      advance();
      expect('(');
      Node predicate = or_expression();
      require_predicate(predicate);
      expect(')');
      Item* item = make(Kind::filter);
      item->left = predicate.item;
      return item;
    }
    if (token_.is('[')) return array_accessor();
    advance();  // the dot
    if (token_.is('*')) {
      advance();
      return make(Kind::any_key);
    }
    if (token_.is_op("**")) {
      advance();
      Item* item = make(Kind::any);
      if (!token_.is('{')) return item;
      advance();
      item->first = item->last = level();
      if (is_word("to")) {
        advance();
        item->last = level();
      }
      expect('}');
      return item;
    }
    if (token_.kind != TokenKind::identifier && token_.kind != TokenKind::string) fail();
    const Token name = token_;
    advance();
    if (name.kind == TokenKind::identifier && token_.is('(')) {
      if (Item* method = method_named(name.value)) return method;
    }
    Item* item = make(Kind::key);
    item->text = name.value;
    return item;
  }
  Item* method_named(std::string_view name) {
    struct Method {
      std::string_view name;
      Kind kind;
    };
    static constexpr Method kMethods[] = {
        {"type", Kind::type},       {"size", Kind::size},         {"abs", Kind::abs},
        {"floor", Kind::floor},     {"ceiling", Kind::ceiling},   {"double", Kind::double_},
        {"keyvalue", Kind::keyvalue}, {"datetime", Kind::datetime}};
    for (const Method& method : kMethods) {
      if (!equals_ignoring_case(name, method.name)) continue;
      advance();
      Item* item = make(method.kind);
      if (method.kind == Kind::datetime && token_.kind == TokenKind::string)
        item->left = literal(Kind::string);
      expect(')');
      return item;
    }
    return nullptr;
  }
  Item* array_accessor() {
    advance();
    if (token_.is('*')) {
      advance();
      expect(']');
      return make(Kind::any_array);
    }
    std::vector<Item::Subscript> subscripts;
    for (;;) {
      Node from = or_expression();
      require_expression(from);
      Item::Subscript subscript{from.item, nullptr};
      if (is_word("to")) {
        advance();
        Node to = or_expression();
        require_expression(to);
        subscript.to = to.item;
      }
      subscripts.push_back(subscript);
      if (!token_.is(',')) break;
      advance();
    }
    expect(']');
    Item* item = make(Kind::index_array);
    auto* list = arena_.allocate_array<Item::Subscript>(subscripts.size());
    std::copy(subscripts.begin(), subscripts.end(), list);
    item->subscripts = {list, subscripts.size()};
    return item;
  }

  // What only the whole tree tells: @ belongs in filters, LAST in subscripts.
  static void check(const Item& first, int filters, bool in_subscript) {
    for (const Item* item = &first; item != nullptr; item = item->next) {
      if (item->kind == Kind::current && filters <= 0)
        throw SqlError("42601", "@ is not allowed in root expressions");
      if (item->kind == Kind::last && !in_subscript)
        throw SqlError("42601", "LAST is allowed only in array subscripts");
      const int inside = filters + (item->kind == Kind::filter ? 1 : 0);
      if (item->left != nullptr) check(*item->left, inside, in_subscript);
      if (item->right != nullptr) check(*item->right, inside, in_subscript);
      for (const Item::Subscript& s : item->subscripts) {
        check(*s.from, filters, true);
        if (s.to != nullptr) check(*s.to, filters, true);
      }
    }
  }

  Arena& arena_;
  JsonPathLexer lexer_;
  Token token_;
  int depth_ = 0;
};

}  // namespace

JsonPath parse_jsonpath(Arena& arena, std::string_view text) {
  Parser parser(arena, text);
  bool blank = true;
  for (char c : text) blank = blank && (is_space(c));
  if (blank) throw_invalid_syntax("jsonpath", text);
  return parser.parse();
}

}  // namespace types
