#include "regex.h"

#include <list>

#include <unicode/uregex.h>
#include <unicode/ustring.h>

#include "types/sql_error.h"
#include "types/utf8.h"

namespace functions {

using types::SqlError;

struct Regex::Handle {
  URegularExpression* regex = nullptr;
  ~Handle() {
    if (regex != nullptr) uregex_close(regex);
  }
};

Regex::~Regex() = default;

namespace {

std::u16string to_utf16(std::string_view text) {
  std::u16string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    char32_t c = types::utf8_next(text, i);
    if (c < 0x10000) {
      result += static_cast<char16_t>(c);
    } else {
      result += static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10));
      result += static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff));
    }
  }
  return result;
}

[[noreturn]] void fail_search(UErrorCode code) {
  throw SqlError("2201B", std::string("regular expression failed: ") + u_errorName(code));
}

thread_local bool unicode_letters = false;

}  // namespace

UnicodeLetters::UnicodeLetters() { unicode_letters = true; }
UnicodeLetters::~UnicodeLetters() { unicode_letters = false; }

std::shared_ptr<Regex> Regex::get(std::string_view pattern, RegexOptions options) {
  struct Entry {
    std::string pattern;
    RegexOptions options;
    std::shared_ptr<Regex> regex;
  };
  // Patterns are few and come again with every row and every batch.
  constexpr std::size_t kCached = 32;
  thread_local std::list<Entry> cache;
  options.global = false;
  options.unicode = unicode_letters;
  for (auto it = cache.begin(); it != cache.end(); ++it) {
    if (it->options == options && it->pattern == pattern) {
      if (it != cache.begin()) cache.splice(cache.begin(), cache, it);
      return it->regex;
    }
  }
  TranslatedRegex translated = translate_regex(pattern, options);
  auto regex = std::shared_ptr<Regex>(new Regex);
  regex->groups_ = translated.tree.groups;
  if (translated.tree.has_references || translated.tree.first_is_longest()) {
    const std::u16string source = to_utf16(translated.icu);
    regex->handle_ = std::make_unique<Handle>();
    UErrorCode code = U_ZERO_ERROR;
    UParseError where;
    regex->handle_->regex = uregex_open(source.data(), static_cast<std::int32_t>(source.size()),
                                        UREGEX_DOTALL, &where, &code);
    if (U_FAILURE(code))
      throw SqlError("2201B", std::string("invalid regular expression: ") + u_errorName(code));
  } else {
    regex->longest_ = std::make_unique<RegexLongest>(std::move(translated.tree));
  }
  cache.push_front({std::string(pattern), options, regex});
  if (cache.size() > kCached) cache.pop_back();
  return regex;
}

bool Regex::matches(std::string_view text) { return Search(*this, text).is_there(0); }

Regex::Search::Search(Regex& regex, std::string_view text) : regex_(regex), text_(text) {
  if (types::is_ascii(text)) {
    utf16_.assign(text.begin(), text.end());
  } else {
    for (std::size_t i = 0; i < text.size();) {
      auto at = static_cast<std::uint32_t>(i);
      char32_t c = types::utf8_next(text, i);
      byte_of_unit_.push_back(at);
      if (c < 0x10000) {
        utf16_ += static_cast<char16_t>(c);
      } else {
        byte_of_unit_.push_back(at);
        utf16_ += static_cast<char16_t>(0xd800 + ((c - 0x10000) >> 10));
        utf16_ += static_cast<char16_t>(0xdc00 + ((c - 0x10000) & 0x3ff));
      }
    }
    byte_of_unit_.push_back(static_cast<std::uint32_t>(text.size()));
  }
  if (regex_.longest_) return;
  UErrorCode code = U_ZERO_ERROR;
  uregex_setText(regex.handle_->regex, utf16_.data(), static_cast<std::int32_t>(utf16_.size()), &code);
  if (U_FAILURE(code)) fail_search(code);
}

std::size_t Regex::Search::to_utf16(std::size_t byte) const {
  if (byte_of_unit_.empty()) return byte;
  return static_cast<std::size_t>(
      std::lower_bound(byte_of_unit_.begin(), byte_of_unit_.end(), byte) - byte_of_unit_.begin());
}
std::size_t Regex::Search::to_byte(std::size_t unit) const {
  return byte_of_unit_.empty() ? unit : byte_of_unit_[unit];
}

bool Regex::Search::is_there(std::size_t from) {
  if (from > text_.size()) return false;
  if (regex_.longest_) return regex_.longest_->matches(utf16_, to_utf16(from));
  UErrorCode code = U_ZERO_ERROR;
  bool found = uregex_find(regex_.handle_->regex, static_cast<std::int32_t>(to_utf16(from)), &code) != 0;
  if (U_FAILURE(code)) fail_search(code);
  return found;
}

bool Regex::Search::find(std::size_t from) {
  if (from > text_.size()) return false;
  spans_.assign(static_cast<std::size_t>(regex_.groups_) + 1, std::nullopt);
  if (regex_.longest_) {
    if (!regex_.longest_->find(utf16_, to_utf16(from), units_)) return false;
    for (std::size_t g = 0; g < units_.size(); ++g)
      if (units_[g]) spans_[g] = {to_byte(units_[g]->begin), to_byte(units_[g]->end)};
    return true;
  }
  if (!is_there(from)) return false;
  UErrorCode code = U_ZERO_ERROR;
  URegularExpression* regex = regex_.handle_->regex;
  for (int g = 0; g <= regex_.groups_; ++g) {
    std::int32_t begin = uregex_start(regex, g, &code), end = uregex_end(regex, g, &code);
    if (U_FAILURE(code)) fail_search(code);
    if (begin >= 0)
      spans_[static_cast<std::size_t>(g)] = {to_byte(static_cast<std::size_t>(begin)),
                                             to_byte(static_cast<std::size_t>(end))};
  }
  return true;
}

}  // namespace functions
