#include "trigram_search.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "key_bytes.h"
#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace inverted {
namespace {

using extensions::Trigram;
using Kind = Search::Kind;
using std::string_view;

constexpr int kSimilar = 1, kLike = 3, kLikeAnyCase = 4, kRegex = 5, kRegexAnyCase = 6, kWordSimilar = 7,
              kStrictWordSimilar = 9, kEqual = 11;

std::vector<Search> keys_of(std::uint8_t column, std::vector<Trigram> trigrams) {
  std::ranges::sort(trigrams);
  trigrams.erase(std::ranges::unique(trigrams).begin(), trigrams.end());
  std::vector<Search> parts;
  parts.reserve(trigrams.size());
  for (const Trigram& trigram : trigrams) append_trigram_key(parts.emplace_back(Search{.kind = Kind::key}).key, column, trigram);
  return parts;
}

// Whether case is disregarded beyond ASCII.
enum class Letters : bool { of_ascii, of_unicode };

// A character that may match what has other trigrams: one beyond ASCII, or one of ASCII that is the other case of such
// (I and dotless i, K and the Kelvin sign, S and the long s).
bool is_uncertain(Letters letters, string_view character) {
  if (letters == Letters::of_ascii) return false;
  const char c = types::lower_ascii(character.front());
  return c == 'i' || c == 'k' || c == 's' || (c & 0x80) != 0;
}

// What lies between the wildcards.
Search search_like(std::uint8_t column, string_view pattern, Letters letters) {
  std::vector<Trigram> trigrams;
  std::string part;
  bool open = false;  // a wildcard stands before the part
  auto end_part = [&](bool open_end) {
    extensions::append_trigrams_of_part(part, open, open_end, trigrams);
    part.clear();
    open = open_end;
  };
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool escapes = pattern[i] == '\\' && i + 1 < pattern.size();
    if (escapes) ++i;
    const char c = pattern[i];
    if ((!escapes && (c == '%' || c == '_')) || is_uncertain(letters, {&c, 1}))
      end_part(true);
    else
      part += c;
  }
  end_part(false);
  return all_of(keys_of(column, std::move(trigrams)));
}

// Of a regular expression: runs of characters that a match must have, all of a branch's, any of the branches'.
// Whatever is more than that ends a run and asks for nothing.
class Regex {
 public:
  Regex(std::uint8_t column, string_view text, Letters letters) : column_(column), text_(text), letters_(letters) {}

  Search search() {
    // Another syntax, or newlines that mean more.
    if (text_.starts_with("***") || text_.starts_with("(?")) return {};
    Search found = branches(0);
    return failed_ || at_ < text_.size() ? Search{} : found;
  }

 private:
  static constexpr int kMaxDepth = 50;

  bool more() const { return at_ < text_.size() && !failed_; }

  Search branches(int depth) {
    if (depth > kMaxDepth) {
      failed_ = true;
      return {};
    }
    std::vector<Search> any;
    for (;;) {
      any.push_back(branch(depth));
      if (!more() || text_[at_] != '|') break;
      ++at_;
    }
    return any_of(std::move(any));
  }

  Search branch(int depth) {
    std::vector<Search> all;
    std::string run;
    bool open = true;  // what stands before the run is not known
    auto end_run = [&](bool open_end) {
      std::vector<Trigram> trigrams;
      extensions::append_trigrams_of_part(run, open, open_end, trigrams);
      for (Search& key : keys_of(column_, std::move(trigrams))) all.push_back(std::move(key));
      run.clear();
      open = open_end;
    };
    while (more() && text_[at_] != '|' && text_[at_] != ')') {
      const char c = text_[at_++];
      std::string_view literal;  // one character
      std::optional<Search> group;
      switch (c) {
        case '^':
          // The text begins here.
          if (run.empty() && all.empty() && depth == 0) open = false;
          else end_run(true);
          continue;
        case '$': {
          const bool last = depth == 0 && (at_ >= text_.size() || text_[at_] == '|');
          end_run(!last);
          continue;
        }
        case '(':
          if (at_ < text_.size() && text_[at_] == '?') {
            if (!text_.substr(at_).starts_with("?:")) {
              failed_ = true;  // looks around
              return {};
            }
            at_ += 2;
          }
          group = branches(depth + 1);
          if (at_ >= text_.size() || text_[at_] != ')') failed_ = true;
          else ++at_;
          break;
        case '[': skip_set(); break;
        case '.': break;
        case '\\':
          if (at_ >= text_.size()) {
            failed_ = true;
            return {};
          }
          // A letter or digit makes a class, a place or a reference of it.
          if (is_alphanumeric(text_[at_])) {
            if (text_[at_] != 'd' && text_[at_] != 'w' && text_[at_] != 's' && text_[at_] != 'D' && text_[at_] != 'W' &&
                text_[at_] != 'S' && text_[at_] != 'm' && text_[at_] != 'M' && text_[at_] != 'y' && text_[at_] != 'Y') {
              failed_ = true;
              return {};
            }
            ++at_;
          } else {
            literal = take_character();
          }
          break;
        case '*': case '+': case '?': failed_ = true; return {};
        default:
          if (c == '{' && begins_bound(at_ - 1)) {
            failed_ = true;
            return {};
          }
          --at_;
          literal = take_character();
      }
      const Repeats repeats = quantifier();
      if (!literal.empty() && is_uncertain(letters_, literal)) literal = {};
      if (!literal.empty() && repeats.least == 1 && !repeats.more) {
        run += literal;
      } else if (!literal.empty() && repeats.least >= 1) {
        // It is there, but what follows it need not come next.
        run += literal;
        end_run(true);
      } else {
        end_run(true);
        if (group && repeats.least >= 1) all.push_back(std::move(*group));
      }
    }
    end_run(true);
    return all_of(std::move(all));
  }

  string_view take_character() {
    const std::size_t width = std::min(types::utf8_width(static_cast<unsigned char>(text_[at_])), text_.size() - at_);
    const string_view one = text_.substr(at_, width);
    at_ += width;
    return one;
  }

  // A brace without a number is a character like any other.
  bool begins_bound(std::size_t brace) const {
    return brace + 1 < text_.size() && types::is_digit(text_[brace + 1]);
  }

  struct Repeats {
    int least = 1;
    bool more = false;
  };
  Repeats quantifier() {
    if (!more()) return {};
    Repeats result;
    switch (text_[at_]) {
      case '*': case '?': result = {0, true}; break;
      case '+': result = {1, true}; break;
      case '{': {
        if (!begins_bound(at_)) return {};
        const std::size_t end = text_.find('}', at_);
        if (end == string_view::npos) {
          failed_ = true;
          return {};
        }
        result = {text_[at_ + 1] == '0' ? 0 : 1, true};
        at_ = end;
        break;
      }
      default: return {};
    }
    ++at_;
    if (more() && text_[at_] == '?') ++at_;
    return result;
  }

  void skip_set() {
    if (more() && text_[at_] == '^') ++at_;
    if (more() && text_[at_] == ']') ++at_;
    while (more() && text_[at_] != ']') {
      if (text_[at_] == '\\') ++at_;
      if (at_ + 1 < text_.size() && text_[at_] == '[' && (text_[at_ + 1] == ':' || text_[at_ + 1] == '.' || text_[at_ + 1] == '=')) {
        const char kind = text_[at_ + 1];
        const std::size_t end = text_.find(std::string{kind, ']'}, at_ + 2);
        if (end == string_view::npos) {
          failed_ = true;
          return;
        }
        at_ = end + 1;
      }
      ++at_;
    }
    if (at_ >= text_.size()) failed_ = true;
    else ++at_;
  }

  static bool is_alphanumeric(char c) { return types::is_letter(c) || types::is_digit(c); }

  std::uint8_t column_;
  string_view text_;
  const Letters letters_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

void append_trigram_key(std::string& out, std::uint8_t column, const Trigram& trigram) {
  KeyWriter writer(out, column);
  writer.out().append(trigram.data(), trigram.size());
  writer.finish();
}

Search trigram_search(std::uint8_t column, int strategy, string_view query) {
  const Letters letters = (strategy & kUnicodeCase) != 0 ? Letters::of_unicode : Letters::of_ascii;
  switch (strategy & ~kUnicodeCase) {
    case kSimilar: case kWordSimilar: case kStrictWordSimilar:
      // How many must be there, a setting says when rows are checked.
      return any_of(keys_of(column, extensions::trigram_set(query)));
    case kLike: return search_like(column, query, Letters::of_ascii);
    case kLikeAnyCase: return search_like(column, query, letters);
    case kRegex: return Regex(column, query, Letters::of_ascii).search();
    case kRegexAnyCase: return Regex(column, query, letters).search();
    case kEqual: return all_of(keys_of(column, extensions::trigram_set(query)));
    default: break;
  }
  throw types::SqlError::not_supported(fmt::format("strategy {} of an inverted index", strategy));
}

}  // namespace inverted
