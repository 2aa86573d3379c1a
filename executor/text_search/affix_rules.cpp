#include "affix_rules.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "characters.h"
#include "files.h"
#include "types/ascii.h"
#include "types/sql_error.h"
#include "types/utf8.h"

namespace text_search {
namespace {

using types::SqlError;

constexpr int kGreatestFlag = 65000;
constexpr int kMostRepeats = 255;

[[noreturn]] void malformed(std::string message) { throw SqlError("F0000", std::move(message)); }

std::string_view skip_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

// Up to white space, taken off `rest`; a comment ends the line.
std::string_view next_field(std::string_view& rest) {
  rest = skip_space(rest);
  if (rest.empty() || rest.front() == '#') return {};
  std::size_t end = 0;
  while (end < rest.size() && !is_space(rest[end])) ++end;
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end);
  return field;
}

bool is_blank_or_comment(std::string_view line) {
  const std::string_view rest = skip_space(line);
  return rest.empty() || line.front() == '#';
}

// "[^Y] > -Y,IES": mask, what is taken off, what is put on. False: no rule.
bool parse_ispell_rule(std::string_view line, std::string& mask, std::string& strip, std::string& affix) {
  enum class State { mask, replacement, strip, comma, affix } state = State::mask;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '#' && state != State::strip) break;
    if (is_space(c)) {
      if (state == State::strip && !strip.empty()) state = State::comma;
      continue;
    }
    switch (state) {
      case State::mask:
        if (c == '>') state = State::replacement;
        else mask += c;
        break;
      case State::replacement:
        if (c == '-') {
          state = State::strip;
          break;
        }
        [[fallthrough]];
      case State::affix:
        // The letters of an affix, with ispell's escapes left out.
        if (is_alpha(c)) affix += c;
        else malformed("syntax error");
        state = State::affix;
        break;
      case State::strip:
      case State::comma:
        if (c == ',') state = State::affix;
        else if (is_alpha(c) && state == State::strip) strip += c;
        else malformed("syntax error");
        break;
    }
  }
  return !mask.empty() && (!strip.empty() || !affix.empty());
}

}  // namespace

bool WordEnd::Class::contains(char32_t c) const {
  const bool found = std::any_of(ranges.begin(), ranges.end(), [&](const auto& r) { return c >= r.first && c <= r.second; });
  return found != negated;
}

WordEnd WordEnd::parse(std::string_view mask) {
  WordEnd result;
  if (mask.empty() || mask == ".") return result;
  auto special = [](char32_t c) { return c < 0x80 && std::string_view("*+?(){}|\\^$]").find(static_cast<char>(c)) != std::string_view::npos; };
  auto refuse = [&] { throw SqlError::not_supported(fmt::format("the regular expression \"{}\" of an affix", mask)); };
  for (std::size_t i = 0; i < mask.size();) {
    Class one;
    char32_t c = types::utf8_next(mask, i);
    if (c == '.') {
      one.negated = true;
    } else if (c == '[') {
      if (i < mask.size() && mask[i] == '^') {
        one.negated = true;
        ++i;
      }
      for (;;) {
        if (i >= mask.size()) refuse();
        c = types::utf8_next(mask, i);
        if (c == ']') break;
        if (c == '[' || c == '\\') refuse();
        if (c == '-' && !one.ranges.empty() && i < mask.size() && mask[i] != ']')
          one.ranges.back().second = types::utf8_next(mask, i);
        else
          one.ranges.emplace_back(c, c);
      }
    } else if (special(c)) {
      refuse();
    } else {
      one.ranges.emplace_back(c, c);
    }
    const char quantifier = at(mask, i);
    if (quantifier == '*' || quantifier == '+' || quantifier == '?') {
      if (quantifier != '+') one.least = 0;
      if (quantifier != '?') one.most = kMostRepeats;
      ++i;
    } else if (quantifier == '{') {
      // "k{2}": so often.
      int count = 0;
      const auto [stop, error] = std::from_chars(mask.data() + i + 1, mask.data() + mask.size(), count);
      i = static_cast<std::size_t>(stop - mask.data());
      if (error != std::errc() || count < 1 || count > kMostRepeats || at(mask, i) != '}') refuse();
      ++i;
      one.least = one.most = count;
    }
    result.classes_.push_back(std::move(one));
  }
  return result;
}

bool WordEnd::matches(std::string_view word, bool at_end) const {
  if (classes_.empty()) return true;
  std::vector<char32_t> characters;
  for (std::size_t i = 0; i < word.size();) characters.push_back(types::utf8_next(word, i));
  if (at_end) std::reverse(characters.begin(), characters.end());
  return matches_from(characters, 0, 0, at_end);
}

// From the word's end inwards: classes from `number` on, counted from that end.
bool WordEnd::matches_from(const std::vector<char32_t>& characters, std::size_t place, std::size_t number, bool at_end) const {
  if (number == classes_.size()) return true;
  const Class& one = classes_[at_end ? classes_.size() - 1 - number : number];
  for (int taken = 0;; ++taken) {
    if (taken >= one.least && matches_from(characters, place, number + 1, at_end)) return true;
    if (taken == one.most || place == characters.size() || !one.contains(characters[place])) return false;
    ++place;
  }
}

AffixFile::AffixFile(std::string_view text) { read_ispell(text); }

void AffixFile::add_rule(std::string_view flag, std::uint8_t use, std::string_view mask, std::string strip,
                         std::string affix, bool suffix) {
  AffixRule rule;
  rule.flag = flag;
  rule.suffix = suffix;
  if ((use & (kCompoundOnly | kCompoundPermit)) != 0 && (use & kCompoundAny) == 0) use |= kCompoundAny;
  rule.use = use;
  rule.condition = WordEnd::parse(mask);
  rule.strip = std::move(strip);
  rule.affix = std::move(affix);
  rules_.push_back(std::move(rule));
}

void AffixFile::read_ispell(std::string_view text) {
  bool suffixes = false, prefixes = false, old_form = false;
  std::string flag;
  std::uint8_t use = 0;
  std::string_view rest = text, line;
  auto hunspell = [&] {
    if (old_form) malformed("affix file contains both old-style and new-style commands");
    read_hunspell(text);
  };
  while (next_line(rest, line)) {
    if (is_blank_or_comment(line)) continue;
    const std::string folded = types::lower_ascii(line);
    if (folded.starts_with("compoundwords")) {
      const std::size_t controlled = folded.find('l');
      std::string_view after = controlled == std::string::npos ? std::string_view() : line.substr(controlled);
      next_field(after);
      after = skip_space(after);
      if (!after.empty()) add_compound_flag(after, kCompoundAny);
      has_compounds_ = old_form = true;
      continue;
    }
    if (folded.starts_with("suffixes") || folded.starts_with("prefixes")) {
      suffixes = folded.front() == 's';
      prefixes = !suffixes;
      old_form = true;
      continue;
    }
    if (folded.starts_with("flag")) {
      std::string_view s = skip_space(line.substr(4));
      use = 0;
      if (s.starts_with('*')) {
        use |= kCrossProduct;
        s.remove_prefix(1);
      } else if (s.starts_with('~')) {
        use |= kCompoundOnly;
        s.remove_prefix(1);
      }
      if (s.starts_with('\\')) s.remove_prefix(1);
      // One character and nothing behind it; otherwise it is hunspell's FLAG.
      if (!s.empty() && !is_wide(s[0])) {
        const char next = at(s, 1);
        if (next == '\0' || next == '#' || next == ':' || is_space(next)) {
          flag = s.substr(0, 1);
          old_form = true;
          continue;
        }
      }
      return hunspell();
    }
    for (const std::string_view command : {"COMPOUNDFLAG", "COMPOUNDMIN", "PFX", "SFX"})
      if (line.starts_with(command)) return hunspell();
    if (!suffixes && !prefixes) continue;
    std::string mask, strip, affix;
    if (parse_ispell_rule(folded, mask, strip, affix)) add_rule(flag, use, mask, std::move(strip), std::move(affix), suffixes);
  }
}

void AffixFile::add_compound_flag(std::string_view rest, std::uint8_t use) {
  rest = skip_space(rest);
  if (rest.empty()) malformed("syntax error");
  std::size_t end = 0;
  while (end < rest.size() && !is_space(rest[end])) ++end;
  std::string flag(rest.substr(0, end));
  if (mode_ == FlagMode::number) {
    int number = 0;
    const auto [stop, error] = std::from_chars(flag.data(), flag.data() + flag.size(), number);
    if (stop == flag.data() || error != std::errc()) malformed(fmt::format("invalid affix flag \"{}\"", flag));
    if (number < 0 || number > kGreatestFlag) malformed(fmt::format("affix flag \"{}\" is out of range", flag));
    flag = std::to_string(number);
  }
  compound_flags_.push_back({std::move(flag), use});
  has_compounds_ = true;
}

void AffixFile::read_hunspell_flags(std::string_view rest) {
  constexpr std::pair<std::string_view, std::uint8_t> kUses[] = {
      {"COMPOUNDFLAG", kCompoundAny},      {"COMPOUNDBEGIN", kCompoundBegin},   {"COMPOUNDLAST", kCompoundLast},
      {"COMPOUNDEND", kCompoundLast},      {"COMPOUNDMIDDLE", kCompoundMiddle}, {"ONLYINCOMPOUND", kCompoundOnly},
      {"COMPOUNDPERMITFLAG", kCompoundPermit}, {"COMPOUNDFORBIDFLAG", kCompoundForbid}};
  std::string_view line;
  while (next_line(rest, line)) {
    if (is_blank_or_comment(line)) continue;
    const auto use = std::ranges::find_if(kUses, [&](const auto& u) { return line.starts_with(u.first); });
    if (use != std::end(kUses)) {
      add_compound_flag(line.substr(use->first.size()), use->second);
    } else if (line.starts_with("FLAG")) {
      const std::string_view kind = skip_space(line.substr(4));
      if (kind.starts_with("long")) mode_ = FlagMode::two_characters;
      else if (kind.starts_with("num")) mode_ = FlagMode::number;
      else if (!kind.starts_with("default"))
        malformed("Ispell dictionary supports only \"default\", \"long\", and \"num\" flag values");
    }
  }
}

void AffixFile::read_hunspell(std::string_view text) {
  is_hunspell_ = true;
  rules_.clear();
  read_hunspell_flags(text);
  std::uint8_t of_class = 0;
  bool suffix = false, first_alias = true;
  std::size_t alias_count = 0;
  std::string_view line;
  while (next_line(text, line)) {
    if (is_blank_or_comment(line)) continue;
    std::string_view rest = line;
    std::vector<std::string_view> fields;
    for (std::string_view field = next_field(rest); !field.empty() && fields.size() < 5; field = next_field(rest))
      fields.push_back(field);
    if (fields.empty()) continue;
    const std::string kind = types::lower_ascii(fields[0]);
    if (kind.starts_with("af")) {
      if (fields.size() < 2) continue;
      if (first_alias) {
        first_alias = false;
        has_aliases_ = true;
        int count = 0;
        std::from_chars(fields[1].data(), fields[1].data() + fields[1].size(), count);
        if (count <= 0) malformed("invalid number of flag vector aliases");
        alias_count = static_cast<std::size_t>(count);
        aliases_.emplace_back();
      } else if (aliases_.size() > alias_count) {
        malformed(fmt::format("number of aliases exceeds specified number {}", alias_count));
      } else {
        aliases_.emplace_back(fields[1]);
      }
      continue;
    }
    if (fields.size() < 4 || (!kind.starts_with("sfx") && !kind.starts_with("pfx"))) continue;
    const std::string_view flag = fields[1];
    if ((flag.size() > 1 && mode_ == FlagMode::character) || (flag.size() > 2 && mode_ == FlagMode::two_characters)) continue;
    if (fields.size() == 4) {
      suffix = kind.starts_with("sfx");
      of_class = fields[2].front() == 'y' || fields[2].front() == 'Y' ? kCrossProduct : 0;
      continue;
    }
    std::uint8_t use = of_class;
    std::string_view affix = fields[3];
    if (const std::size_t slash = affix.find('/'); slash != std::string_view::npos) {
      use |= compound_use(flags_of_word(affix.substr(slash + 1)));
      affix = affix.substr(0, slash);
    }
    std::string strip = fields[2] == "0" ? std::string() : types::lower_ascii(fields[2]);
    std::string put = affix == "0" ? std::string() : types::lower_ascii(affix);
    add_rule(flag, use, types::lower_ascii(fields[4]), std::move(strip), std::move(put), suffix);
  }
}

std::vector<std::string> AffixFile::split_flags(std::string_view flags) const {
  std::vector<std::string> result;
  while (!flags.empty()) {
    if (mode_ == FlagMode::number) {
      int number = 0;
      const auto [stop, error] = std::from_chars(flags.data(), flags.data() + flags.size(), number);
      if (stop == flags.data() || error == std::errc::result_out_of_range)
        malformed(fmt::format("invalid affix flag \"{}\"", flags));
      if (number < 0 || number > kGreatestFlag) malformed(fmt::format("affix flag \"{}\" is out of range", flags));
      result.push_back(std::to_string(number));
      flags.remove_prefix(static_cast<std::size_t>(stop - flags.data()));
      bool comma = false;
      while (!flags.empty()) {
        const char c = flags.front();
        if (is_digit(c)) {
          if (!comma) malformed(fmt::format("invalid affix flag \"{}\"", flags));
          break;
        }
        if (c == ',') {
          if (comma) malformed(fmt::format("invalid affix flag \"{}\"", flags));
          comma = true;
        } else if (!is_space(c)) {
          malformed(fmt::format("invalid character in affix flag \"{}\"", flags));
        }
        flags.remove_prefix(1);
      }
      continue;
    }
    const std::size_t wanted = mode_ == FlagMode::two_characters ? 2 : 1;
    std::size_t end = 0;
    for (std::size_t i = 0; i < wanted; ++i) {
      if (end >= flags.size()) malformed(fmt::format("invalid affix flag \"{}\" with \"long\" flag value", flags));
      types::utf8_next(flags, end);
    }
    result.emplace_back(flags.substr(0, end));
    flags.remove_prefix(end);
  }
  return result;
}

std::vector<std::string> AffixFile::flags_of_word(std::string_view written) const {
  if (!has_aliases_ || written.empty()) return split_flags(written);
  int number = 0;
  const auto [stop, error] = std::from_chars(written.data(), written.data() + written.size(), number);
  const std::string_view behind(stop, static_cast<std::size_t>(written.data() + written.size() - stop));
  const bool valid = stop != written.data() && error == std::errc() && number >= 0 &&
                     static_cast<std::size_t>(number) < aliases_.size() && (behind.empty() || is_space(behind.front()));
  if (!valid) malformed(fmt::format("invalid affix alias \"{}\"", written));
  return split_flags(aliases_[static_cast<std::size_t>(number)]);
}

std::uint8_t AffixFile::compound_use(const std::vector<std::string>& flags) const {
  std::uint8_t use = 0;
  for (const std::string& flag : flags)
    for (const CompoundFlag& known : compound_flags_)
      if (known.flag == flag) use |= known.use;
  return use;
}

}  // namespace text_search
