#include "query/serialize.h"

#include <charconv>
#include <tuple>
#include <type_traits>

#include "fields.h"
#include "plain.h"
#include "query/routine_body.h"
#include "query/rule.h"
#include "types/sql_error.h"

namespace query {

inline auto fields(RuleAction& x) { return std::tie(x.query, x.channel, x.payload); }
inline auto fields(const RuleAction& x) { return std::tie(x.query, x.channel, x.payload); }
inline auto fields(RoutineBody& x) { return std::tie(x.is_block, x.statements, x.text); }
inline auto fields(const RoutineBody& x) { return std::tie(x.is_block, x.statements, x.text); }

namespace {

// Raised whenever a node's fields change. The first version had no display_fields(), the second no samples.
constexpr std::string_view kVersion = "SXT3 ";
constexpr std::string_view kSecondVersion = "SXT2 ";
constexpr std::string_view kFirstVersion = "SXT1 ";

[[noreturn]] void damaged() {
  throw types::SqlError("XX001", "stored expression is damaged or of another version");
}

// "5 " for a number, "3:abc" for a string, "2[" before two items, "+" or "-" for present or not.
class ExpressionWriter {
 public:
  explicit ExpressionWriter(std::string& out) : out_(out) { out_ += kVersion; }

  template <Plain T>
  void put(const T& value) {
    if constexpr (std::is_floating_point_v<T>) {
      static_assert(sizeof(T) == 0, "no floating-point fields");
    } else {
      char digits[24];
      auto end = std::to_chars(digits, digits + sizeof(digits), static_cast<std::int64_t>(value));
      out_.append(digits, end.ptr);
      out_ += ' ';
    }
  }
  void put(const std::string& text) {
    put(text.size());
    out_.back() = ':';
    out_ += text;
  }
  void put(const Constant& constant) {
    put(constant.value.is_null);
    if (constant.value.is_null) return;
    put(constant.is_varlen());
    if (constant.is_varlen()) {
      put_hex(constant.bytes.data(), constant.bytes.size());
    } else {
      put_hex(reinterpret_cast<const char*>(&constant.value.fixed16), sizeof(types::Fixed16));
    }
  }
  void put(const Expression& expression) {
    put(expression.type);
    put(expression.node);
    const bool renamed = expression.written_as.range_table_index >= 0;
    put(renamed);
    if (renamed) put_all(display_fields(expression.written_as));
  }
  template <typename T>
  void put(const std::unique_ptr<T>& pointer) {
    out_ += pointer ? '+' : '-';
    if (pointer) put(*pointer);
  }
  template <typename T>
  void put(const std::vector<T>& items) {
    put(items.size());
    out_.back() = '[';
    for (const auto& item : items) put(item);
  }
  template <typename... T>
  void put(const std::variant<T...>& node) {
    put(node.index());
    std::visit([this](const auto& alternative) { this->put(alternative); }, node);
  }
  // What is stored has no other conditions of that kind yet than those of TABLESAMPLE.
  void put(const RangeTableEntry& entry) {
    put_all(fields(entry));
    put_all(display_fields(entry));
    put(entry.security);
  }
  template <typename T>
    requires requires(const T& x) { fields(x); }
  void put(const T& x) {
    put_all(fields(x));
    put_all(display_fields(x));
  }

 private:
  template <typename Tuple>
  void put_all(const Tuple& all) {
    std::apply([this](const auto&... field) { (this->put(field), ...); }, all);
  }
  void put_hex(const char* bytes, std::size_t size) {
    static constexpr char kDigits[] = "0123456789abcdef";
    put(size);
    out_.back() = '#';
    for (std::size_t i = 0; i < size; ++i) {
      auto byte = static_cast<unsigned char>(bytes[i]);
      out_ += kDigits[byte >> 4];
      out_ += kDigits[byte & 15];
    }
  }

  std::string& out_;
};

class ExpressionReader {
 public:
  explicit ExpressionReader(std::string_view text) : rest_(text) {
    first_version_ = rest_.starts_with(kFirstVersion);
    has_samples_ = rest_.starts_with(kVersion);
    if (!first_version_ && !has_samples_ && !rest_.starts_with(kSecondVersion)) damaged();
    rest_.remove_prefix(kVersion.size());
  }
  void expect_end() const {
    if (!rest_.empty()) damaged();
  }

  template <Plain T>
  void get(T& value) {
    value = static_cast<T>(number(' '));
  }
  void get(std::string& text) { text = std::string(bytes(count(':'))); }
  void get(Constant& constant) {
    bool is_null = false, owns = false;
    get(is_null);
    if (is_null) {
      constant = Constant{};
      return;
    }
    get(owns);
    std::string raw = hex();
    if (owns) {
      constant = Constant::varlen(std::move(raw));
      return;
    }
    if (raw.size() != sizeof(types::Fixed16)) damaged();
    constant.value.is_null = false;
    std::memcpy(&constant.value.fixed16, raw.data(), raw.size());
  }
  void get(Expression& expression) {
    get(expression.type);
    get(expression.node);
    if (first_version_) return;
    bool renamed = false;
    get(renamed);
    if (renamed) get_all(display_fields(expression.written_as));
  }
  template <typename T>
  void get(std::unique_ptr<T>& pointer) {
    std::string_view mark = bytes(1);
    if (mark == "-") {
      pointer.reset();
      return;
    }
    if (mark != "+") damaged();
    // Text from a damaged page must not overflow the stack.
    if (++depth_ > kMaxDepth) damaged();
    pointer = std::make_unique<T>();
    get(*pointer);
    --depth_;
  }
  template <typename T>
  void get(std::vector<T>& items) {
    std::size_t n = count('[');
    items.clear();
    items.reserve(n);
    for (std::size_t i = 0; i < n; ++i) {
      if constexpr (std::is_same_v<T, bool>) {
        bool item = false;
        get(item);
        items.push_back(item);
      } else {
        get(items.emplace_back());
      }
    }
  }
  template <typename... T>
  void get(std::variant<T...>& node) {
    std::size_t index = 0;
    get(index);
    get_alternative<0>(node, index);
  }
  void get(RangeTableEntry& entry) {
    get_all(fields(entry));
    if (!first_version_) get_all(display_fields(entry));
    if (has_samples_) get(entry.security);
  }
  template <typename T>
    requires requires(T& x) { fields(x); }
  void get(T& x) {
    get_all(fields(x));
    if (!first_version_) get_all(display_fields(x));
  }

 private:
  template <typename Tuple>
  void get_all(Tuple all) {
    std::apply([this](auto&... field) { (this->get(field), ...); }, all);
  }

  static constexpr int kMaxDepth = 4000;

  template <std::size_t I, typename... T>
  void get_alternative(std::variant<T...>& node, std::size_t index) {
    if constexpr (I == sizeof...(T)) {
      damaged();
    } else if (I == index) {
      get(node.template emplace<I>());
    } else {
      get_alternative<I + 1>(node, index);
    }
  }

  std::int64_t number(char end) {
    std::int64_t value = 0;
    auto [stop, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || stop == rest_.data() + rest_.size() || *stop != end) damaged();
    rest_.remove_prefix(static_cast<std::size_t>(stop + 1 - rest_.data()));
    return value;
  }
  // Every item takes a byte at least, so a larger count is damage, not a reason to allocate.
  std::size_t count(char end) {
    std::int64_t n = number(end);
    if (n < 0 || static_cast<std::size_t>(n) > rest_.size()) damaged();
    return static_cast<std::size_t>(n);
  }
  std::string_view bytes(std::size_t size) {
    if (size > rest_.size()) damaged();
    std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::string hex() {
    std::size_t size = count('#');
    std::string_view digits = bytes(size * 2);
    std::string out(size, '\0');
    for (std::size_t i = 0; i < size; ++i) {
      unsigned value = 0;
      auto [stop, error] = std::from_chars(&digits[2 * i], &digits[2 * i] + 2, value, 16);
      if (error != std::errc() || stop != &digits[2 * i] + 2) damaged();
      out[i] = static_cast<char>(value);
    }
    return out;
  }

  std::string_view rest_;
  bool first_version_ = false, has_samples_ = false;
  int depth_ = 0;
};

template <typename T>
std::string to_text(const T& tree) {
  std::string out;
  ExpressionWriter(out).put(tree);
  return out;
}

template <typename T>
std::unique_ptr<T> from_text(std::string_view text) {
  auto tree = std::make_unique<T>();
  ExpressionReader reader(text);
  reader.get(*tree);
  reader.expect_end();
  return tree;
}

}  // namespace

std::string serialize(const Expression& expression) { return to_text(expression); }
std::string serialize(const Query& query) { return to_text(query); }
ExpressionPtr deserialize_expression(std::string_view text) { return from_text<Expression>(text); }
std::unique_ptr<Query> deserialize_query(std::string_view text) { return from_text<Query>(text); }

std::string serialize(const std::vector<RuleAction>& actions) { return to_text(actions); }
std::vector<RuleAction> deserialize_rule_actions(std::string_view text) {
  return std::move(*from_text<std::vector<RuleAction>>(text));
}

std::string serialize(const RoutineBody& body) { return to_text(body); }
RoutineBody deserialize_routine_body(std::string_view text) { return std::move(*from_text<RoutineBody>(text)); }

bool is_stored(std::string_view text) {
  return text.starts_with(kVersion) || text.starts_with(kSecondVersion) || text.starts_with(kFirstVersion);
}

}  // namespace query
