// Query texts as people type them into a search box, and what stop words leave behind.
#include <algorithm>

#include <strings.h>

#include "type_table.h"
#include "types/text_search.h"

namespace types {
namespace {

using Op = TsOperation;

bool is_operator(char c) { return c == '!' || c == '&' || c == '|' || c == '(' || c == ')' || c == '<'; }
bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

class WebParser {
 public:
  WebParser(std::string_view text, const TsOperandReader& read) : text_(text), read_(read) {}

  // OR binds less than what merely stands side by side.
  TsQueryText parse() {
    TsQueryText result;
    std::vector<TsQueryPtr> alternatives;
    TsQueryPtr all;
    bool first = true, first_of_alternative = true;
    for (;;) {
      auto operand = next_operand();
      if (!operand) {
        // An operator without an operand: as if a stop word followed.
        if (first || !dangling_) break;
        operand.emplace();
      }
      result.has_operands = true;
      all = first_of_alternative ? std::move(*operand)
                                 : make_ts_operation(Op::and_, std::move(all), std::move(*operand));
      first = first_of_alternative = false;
      dangling_ = false;
      while (is_blank(peek()) || is_operator(peek())) ++at_;
      if (at_ >= text_.size()) break;
      if (take_or()) {
        alternatives.push_back(std::move(all));
        first_of_alternative = true;
      }
      dangling_ = true;
    }
    for (TsQueryPtr& alternative : alternatives) {
      if (&alternative == &alternatives.front()) result.query = std::move(alternative);
      else result.query = make_ts_operation(Op::or_, std::move(result.query), std::move(alternative));
    }
    result.query = alternatives.empty() ? std::move(all)
                                        : make_ts_operation(Op::or_, std::move(result.query), std::move(all));
    return result;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip() {
    while (is_blank(peek())) ++at_;
  }

  // Nothing: the text ends.
  std::optional<TsQueryPtr> next_operand() {
    int negations = 0;
    auto negated = [&](TsQueryPtr query) {
      for (; negations > 0; --negations) query = make_ts_operation(Op::not_, std::move(query), nullptr);
      return query;
    };
    for (;; ++at_) {
      skip();
      const char c = peek();
      if (at_ >= text_.size()) {
        if (negations > 0) return negated(nullptr);
        return std::nullopt;
      }
      if (c == '-') {
        ++negations;
        dangling_ = true;
      } else if (c == '"') {
        const std::size_t begin = ++at_;
        at_ = std::min(text_.find('"', begin), text_.size());
        const std::string_view phrase = text_.substr(begin, at_ - begin);
        if (at_ < text_.size()) ++at_;
        return negated(read_(phrase, 0, false));
      } else if (!is_operator(c)) {
        const std::size_t begin = at_++;
        while (at_ < text_.size() && !is_blank(peek()) && !is_operator(peek()) && peek() != '"' && peek() != ':') ++at_;
        return negated(read_(text_.substr(begin, at_ - begin), 0, false));
      }
    }
  }

  // "or" by itself, with something behind it.
  bool take_or() {
    if (at_ + 2 >= text_.size() || strncasecmp(text_.data() + at_, "or", 2) != 0) return false;
    const char c = text_[at_ + 2];
    if (c == '-' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
        (c >= 'A' && c <= 'Z'))
      return false;
    if (std::all_of(text_.begin() + static_cast<std::ptrdiff_t>(at_) + 3, text_.end(), is_blank)) return false;
    at_ += 2;
    return true;
  }

  std::string_view text_;
  const TsOperandReader& read_;
  std::size_t at_ = 0;
  bool dangling_ = false;
};

// `before` and `after`: places that vanished at the query's ends, for the phrase around it.
TsQueryPtr clean(TsQueryPtr query, int& before, int& after) {
  before = after = 0;
  if (!query || query->operation == Op::lexeme) return query;
  if (query->operation == Op::not_) {
    query->left = clean(std::move(query->left), before, after);
    return query->left ? std::move(query) : nullptr;
  }
  int left_before, left_after, right_before, right_after;
  TsQueryPtr left = clean(std::move(query->left), left_before, left_after);
  TsQueryPtr right = clean(std::move(query->right), right_before, right_after);
  const bool phrase = query->operation == Op::phrase;
  const int distance = phrase ? query->distance : 0;
  if (!left && !right) {
    before = after = phrase ? left_before + distance + right_before : std::max(left_before, right_before);
    return nullptr;
  }
  if (!left) {
    before = phrase ? left_before + distance + right_before : right_before;
    after = right_after;
    return right;
  }
  if (!right) {
    before = left_before;
    after = phrase ? left_after + distance + right_after : left_after;
    return left;
  }
  if (phrase) {
    query->distance = static_cast<std::uint16_t>(query->distance + left_after + right_before);
    before = left_before;
    after = right_after;
  }
  query->left = std::move(left);
  query->right = std::move(right);
  return query;
}

}  // namespace

TsQueryText parse_web_query(std::string_view text, const TsOperandReader& read) {
  return WebParser(text, read).parse();
}

TsQueryPtr remove_stop_words(TsQueryPtr query) {
  int before, after;
  return clean(std::move(query), before, after);
}

}  // namespace types
