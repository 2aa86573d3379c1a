// Rules of ispell and hunspell: how words become their normal forms. Private to the unit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace text_search {

// What a flag says of its place in compound words; bits of AffixRule::compound and of a word's.
enum CompoundUse : std::uint8_t {
  kCompoundOnly = 0x01,
  kCompoundBegin = 0x02,
  kCompoundMiddle = 0x04,
  kCompoundLast = 0x08,
  kCompoundAny = kCompoundBegin | kCompoundMiddle | kCompoundLast,
  kCompoundWord = kCompoundAny | kCompoundOnly,
  kCompoundPermit = 0x10,
  kCompoundForbid = 0x20,
  kCrossProduct = 0x40  // a prefix and a suffix may be taken off the same word
};

// What a word must look like at one end: a class of characters for each of the last (first) ones.
class WordEnd {
 public:
  // "." or empty: anything; otherwise characters, "." and [abc], [^abc], [a-z], with ?, *, + or {n} behind them.
  // 0A000 for other regular expressions.
  static WordEnd parse(std::string_view mask);
  bool matches(std::string_view word, bool at_end) const;

 private:
  struct Class {
    std::vector<std::pair<char32_t, char32_t>> ranges;
    bool negated = false;
    int least = 1, most = 1;  // how often
    bool contains(char32_t c) const;
  };
  bool matches_from(const std::vector<char32_t>& characters, std::size_t place, std::size_t number, bool at_end) const;
  std::vector<Class> classes_;
};

struct AffixRule {
  std::string flag;     // words with this flag take the affix
  bool suffix = false;
  std::uint8_t use = 0;
  WordEnd condition;    // of the normal form
  std::string strip;    // what the normal form has in its place
  std::string affix;    // as it stands in the text
};

enum class FlagMode : std::uint8_t { character, two_characters, number };

// An .affix file, in ispell's or hunspell's form. All text is folded but for flags.
class AffixFile {
 public:
  // F0000 where it is malformed.
  explicit AffixFile(std::string_view text);

  const std::vector<AffixRule>& rules() const { return rules_; }
  bool has_compounds() const { return has_compounds_; }
  bool has_aliases() const { return has_aliases_; }
  FlagMode flag_mode() const { return mode_; }

  // The flags that a word of the dictionary is written with; an alias is looked up. F0000.
  std::vector<std::string> flags_of_word(std::string_view written) const;
  // How words with these flags stand in compounds.
  std::uint8_t compound_use(const std::vector<std::string>& flags) const;

 private:
  void read_ispell(std::string_view text);
  void read_hunspell(std::string_view text);
  void read_hunspell_flags(std::string_view text);
  void add_compound_flag(std::string_view rest, std::uint8_t use);
  void add_rule(std::string_view flag, std::uint8_t use, std::string_view mask, std::string strip, std::string affix,
                bool suffix);
  std::vector<std::string> split_flags(std::string_view flags) const;

  struct CompoundFlag {
    std::string flag;
    std::uint8_t use;
  };
  std::vector<AffixRule> rules_;
  std::vector<CompoundFlag> compound_flags_;
  std::vector<std::string> aliases_;  // from 1
  FlagMode mode_ = FlagMode::character;
  bool has_compounds_ = false, has_aliases_ = false, is_hunspell_ = false;
};

}  // namespace text_search
