#include "regex_letters.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <locale.h>
#include <unicode/uchar.h>
#include <wctype.h>

namespace functions {

namespace {

constexpr std::string_view kNames[kRegexClasses] = {"alpha", "digit", "alnum", "upper", "lower",  "space", "blank",
                                                    "punct", "cntrl", "print", "graph", "xdigit", "word",  "ascii"};

bool is_ascii_of(RegexClass which, char32_t c) {
  const bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z', digit = c >= '0' && c <= '9';
  switch (which) {
    case RegexClass::alpha: return upper || lower;
    case RegexClass::digit: return digit;
    case RegexClass::alnum: return upper || lower || digit;
    case RegexClass::upper: return upper;
    case RegexClass::lower: return lower;
    case RegexClass::space: return c == ' ' || (c >= '\t' && c <= '\r');
    case RegexClass::blank: return c == ' ' || c == '\t';
    case RegexClass::punct: return c > ' ' && c < 0x7f && !upper && !lower && !digit;
    case RegexClass::cntrl: return c < ' ' || (c >= 0x7f && c <= 0x9f);
    case RegexClass::print: return c >= ' ' && c < 0x7f;
    case RegexClass::graph: return c > ' ' && c < 0x7f;
    case RegexClass::xdigit: return digit || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
    case RegexClass::word: return upper || lower || digit || c == '_';
    case RegexClass::ascii: return c < 0x80;
  }
  return false;
}

bool is_icu_of(RegexClass which, char32_t character) {
  const auto c = static_cast<UChar32>(character);
  switch (which) {
    case RegexClass::alpha: return u_isalpha(c) != 0;
    case RegexClass::digit: return u_isdigit(c) != 0;
    case RegexClass::alnum: return u_isalnum(c) != 0;
    case RegexClass::upper: return u_isupper(c) != 0;
    case RegexClass::lower: return u_islower(c) != 0;
    case RegexClass::space: return u_isspace(c) != 0;
    case RegexClass::punct: return u_ispunct(c) != 0;
    case RegexClass::print: return u_isprint(c) != 0;
    case RegexClass::graph: return u_isgraph(c) != 0;
    case RegexClass::word: return character == '_' || u_isalnum(c) != 0;
    default: return is_ascii_of(which, character);
  }
}

// Null where the C library does not have it.
locale_t c_utf8_locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

bool is_c_utf8_of(RegexClass which, char32_t character) {
  const locale_t locale = c_utf8_locale();
  if (locale == nullptr) return is_icu_of(which, character);
  const auto c = static_cast<wint_t>(character);
  switch (which) {
    case RegexClass::alpha: return iswalpha_l(c, locale) != 0;
    case RegexClass::digit: return iswdigit_l(c, locale) != 0;
    case RegexClass::alnum: return iswalnum_l(c, locale) != 0;
    case RegexClass::upper: return iswupper_l(c, locale) != 0;
    case RegexClass::lower: return iswlower_l(c, locale) != 0;
    case RegexClass::space: return iswspace_l(c, locale) != 0;
    case RegexClass::punct: return iswpunct_l(c, locale) != 0;
    case RegexClass::print: return iswprint_l(c, locale) != 0;
    case RegexClass::graph: return iswgraph_l(c, locale) != 0;
    case RegexClass::word: return character == '_' || iswalnum_l(c, locale) != 0;
    default: return is_ascii_of(which, character);
  }
}

template <typename Belongs>
RegexSet collect(Belongs belongs) {
  RegexSet set;
  for (char32_t c = 0; c <= RegexSet::kLast; ++c) {
    if (!belongs(c)) continue;
    const char32_t first = c;
    while (c < RegexSet::kLast && belongs(c + 1)) ++c;
    set.add(first, c);
  }
  return set;
}

}  // namespace

const RegexLetters& RegexLetters::ascii() {
  static const RegexLetters letters(Kind::ascii);
  return letters;
}
const RegexLetters& RegexLetters::icu() {
  static const RegexLetters letters(Kind::icu);
  return letters;
}
const RegexLetters& RegexLetters::c_utf8() {
  static const RegexLetters letters(Kind::c_utf8);
  return letters;
}

std::optional<RegexClass> RegexLetters::named(std::string_view name) {
  const auto found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<RegexClass>(found - std::begin(kNames));
}

const RegexLetters::Known& RegexLetters::known(RegexClass which) const {
  Known& result = classes_[static_cast<std::size_t>(which)];
  std::call_once(result.once, [&] {
    const auto belongs = [&](bool (*is_of)(RegexClass, char32_t)) {
      return collect([&](char32_t c) { return is_of(which, c); });
    };
    result.set = belongs(kind_ == Kind::ascii ? &is_ascii_of : kind_ == Kind::icu ? &is_icu_of : &is_c_utf8_of);
    result.complement = result.set->complement();
  });
  return result;
}

std::span<const RegexLetters::Cased> RegexLetters::cased() const {
  std::call_once(cased_once_, [&] {
    for (char32_t c = 0; c <= (kind_ == Kind::ascii ? 0x7f : RegexSet::kLast); ++c) {
      Cased own{c, c, c};
      if (kind_ == Kind::ascii) {
        if (is_ascii_of(RegexClass::alpha, c)) own = {c, c | 0x20, c & ~char32_t{0x20}};
      } else if (kind_ == Kind::c_utf8 && c_utf8_locale() != nullptr) {
        own.lower = static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), c_utf8_locale()));
        own.upper = static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), c_utf8_locale()));
      } else {
        own.lower = static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
        own.upper = static_cast<char32_t>(u_toupper(static_cast<UChar32>(c)));
      }
      if (own.lower != c || own.upper != c) cased_.push_back(own);
    }
  });
  return cased_;
}

const RegexLetters::Cased* RegexLetters::find(char32_t c) const {
  const auto all = cased();
  const auto found = std::lower_bound(all.begin(), all.end(), c, [](const Cased& cased, char32_t d) { return cased.character < d; });
  return found != all.end() && found->character == c ? &*found : nullptr;
}

char32_t RegexLetters::lower(char32_t c) const {
  const Cased* const cased = find(c);
  return cased != nullptr ? cased->lower : c;
}
char32_t RegexLetters::upper(char32_t c) const {
  const Cased* const cased = find(c);
  return cased != nullptr ? cased->upper : c;
}

}  // namespace functions
