#include <algorithm>

#include "text_search/configuration.h"

namespace text_search {

bool Lexizer::accepts(const Token& token, const Dictionary* dictionary) const {
  const auto& list = configuration_.dictionaries[static_cast<std::size_t>(token.type)];
  return std::any_of(list.begin(), list.end(), [&](const auto& d) { return d.get() == dictionary; });
}

void Lexizer::consume(std::size_t count) {
  used_.insert(used_.end(), pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(count));
  first_dictionary_ = 0;
}

const Normals* Lexizer::next() {
  if (used_is_old_) used_.clear();
  used_is_old_ = true;
  for (;;) {
    if (phrase_ == nullptr) {
      const Normals* found = next_plain();
      if (found != nullptr || phrase_ == nullptr) return found;
    }
    const Normals* found = next_of_phrase();
    if (found != nullptr || phrase_ != nullptr) return found;
  }
}

const Normals* Lexizer::next_plain() {
  while (!pending_.empty()) {
    const Token token = pending_.front();
    const auto& list = configuration_.dictionaries[static_cast<std::size_t>(token.type)];
    if (token.type == TokenType::end || list.empty()) {
      consume(1);
      continue;
    }
    std::string_view word = token.text;
    for (std::size_t i = first_dictionary_; i < list.size(); ++i) {
      normals_.clear();
      phrase_state_.reset();
      Lookup lookup{arena_, normals_, &phrase_state_};
      const bool known = list[i]->look_up(word, lookup);
      if (lookup.wants_next) {
        phrase_ = list[i].get();
        first_dictionary_ = i + 1;
        looked_at_ = 1;
        has_best_ = known;
        if (known) {
          best_.swap(normals_);
          best_size_ = 1;
        }
        return nullptr;
      }
      if (!known) continue;
      if (!normals_.empty() && normals_.front().filter) {
        word = normals_.front().text;
        continue;
      }
      consume(1);
      return &normals_;
    }
    consume(1);
  }
  return nullptr;
}

// Null with a phrase still open: more tokens are needed; without one: start again from the first
// pending token, at the dictionary behind.
const Normals* Lexizer::next_of_phrase() {
  while (looked_at_ < pending_.size()) {
    const Token& token = pending_[looked_at_];
    if (token.type != TokenType::end) {
      if (configuration_.dictionaries[static_cast<std::size_t>(token.type)].empty()) {
        ++looked_at_;
        continue;
      }
      if (!accepts(token, phrase_)) {
        phrase_ = nullptr;
        return nullptr;
      }
    }
    normals_.clear();
    Lookup lookup{arena_, normals_, &phrase_state_};
    lookup.at_end = token.type == TokenType::end;
    const bool known = phrase_->look_up(token.text, lookup);
    ++looked_at_;
    if (lookup.wants_next) {
      if (known) {
        best_.swap(normals_);
        best_size_ = looked_at_;
        has_best_ = true;
      }
      continue;
    }
    phrase_ = nullptr;
    if (known) {
      consume(looked_at_);
      has_best_ = false;
      return &normals_;
    }
    if (has_best_) {
      consume(best_size_);
      has_best_ = false;
      return &best_;
    }
    return nullptr;
  }
  return nullptr;
}

void parse_words(const Configuration& configuration, types::Arena& arena, std::string_view text,
                 std::vector<ParsedWord>& out, int& position, Remarks& remarks) {
  TokenReader reader(text);
  Lexizer lexizer(configuration, arena);
  for (bool more = true; more;) {
    const auto token = reader.next();
    more = token.has_value();
    if (token && token->text.size() >= kMaxWordSize) {
      remarks.word_too_long();
      continue;
    }
    lexizer.feed(token.value_or(Token{}));
    while (const Normals* normals = lexizer.next()) {
      ++position;
      for (const Normal& normal : *normals) {
        if (normal.next_position) ++position;
        out.push_back({normal.text, normal.variant, normal.prefix, position});
      }
    }
  }
}

}  // namespace text_search
