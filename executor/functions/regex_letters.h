// What a collation knows of characters: the classes they are in, and their other cases.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "regex_set.h"

namespace functions {

enum class RegexClass : std::uint8_t {
  alpha, digit, alnum, upper, lower, space, blank, punct, cntrl, print, graph, xdigit, word, ascii,
};
inline constexpr std::size_t kRegexClasses = 14;

// One for each kind of collation, made when it is first asked for; lives as long as the process, thread-safe.
class RegexLetters {
 public:
  static const RegexLetters& ascii();   // "C"
  static const RegexLetters& icu();     // ICU's collations
  static const RegexLetters& c_utf8();  // C.UTF-8: the C library's

  // "alpha"; nullopt for what is no class.
  static std::optional<RegexClass> named(std::string_view name);

  const RegexSet& set(RegexClass which) const { return *known(which).set; }
  const RegexSet& complement(RegexClass which) const { return *known(which).complement; }

  char32_t lower(char32_t c) const;
  char32_t upper(char32_t c) const;
  struct Cased {
    char32_t character, lower, upper;
  };
  // The characters that have another case, ascending.
  std::span<const Cased> cased() const;

 private:
  enum class Kind : std::uint8_t { ascii, icu, c_utf8 };
  struct Known {
    std::once_flag once;
    std::optional<RegexSet> set, complement;
  };

  explicit RegexLetters(Kind kind) : kind_(kind) {}
  const Known& known(RegexClass which) const;
  const Cased* find(char32_t c) const;

  Kind kind_;
  mutable std::array<Known, kRegexClasses> classes_;
  mutable std::once_flag cased_once_;
  mutable std::vector<Cased> cased_;
};

}  // namespace functions
