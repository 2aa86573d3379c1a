// Template ispell: the normal forms of a word by a list of words and the affixes that they take, in the
// forms of ispell and hunspell, with compound words.
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "affix_rules.h"
#include "files.h"
#include "options.h"
#include "types/ascii.h"
#include "types/sql_error.h"
#include "word_list.h"

namespace text_search {
namespace {

constexpr std::size_t kLongestWord = 256;
constexpr std::size_t kMostForms = 1024;

class Ispell final : public Dictionary {
 public:
  explicit Ispell(const Options& options) {
    Once words("DictFile"), affixes("AffFile"), stop("StopWords");
    std::string_view word_text, affix_text;
    for (const Option& option : options) {
      if (words.matches(option)) word_text = open_file(option.value, "dict", "dictionary");
      else if (affixes.matches(option)) affix_text = open_file(option.value, "affix", "affix");
      else if (stop.matches(option)) stop_ = stop_words(option.value);
      else refuse_option("Ispell", option);
    }
    if (!affixes.seen()) missing_option("AffFile");
    if (!words.seen()) missing_option("DictFile");
    affixes_.emplace(affix_text);
    words_.emplace(word_text, *affixes_);
    for (const AffixRule& rule : affixes_->rules()) (rule.suffix ? suffixes_ : prefixes_).add(rule);
    collect_links();
  }

  bool look_up(std::string_view word, Lookup& lookup) const override {
    if (word.empty()) return false;
    const std::string folded = types::lower_ascii(word);
    std::uint16_t variant = 0;
    bool known = false;
    auto add = [&](const std::string& text, std::uint16_t of) {
      known = true;
      if (stop_ == nullptr || !stop_->contains(text)) lookup.out.push_back({.text = lookup.arena.copy(text), .variant = of});
    };
    for (const std::string& form : normal_forms(folded, 0)) add(form, ++variant);
    if (affixes_->has_compounds() && folded.size() <= kLongestWord) {
      std::vector<Stems> splits;
      split({folded, splits}, nullptr, {}, 0, -1);
      for (const Stems& stems : splits) {
        if (stems.size() < 2) continue;
        for (const std::string& last : normal_forms(stems.back(), kCompoundLast)) {
          ++variant;
          for (std::size_t i = 0; i + 1 < stems.size(); ++i) add(stems[i], variant);
          add(last, variant);
        }
      }
    }
    return known;
  }

 private:
  using Stems = std::vector<std::string>;

  // The rules of one side by their affix.
  class Side {
   public:
    void add(const AffixRule& rule) {
      by_affix_[rule.affix].push_back(&rule);
      longest_ = std::max(longest_, rule.affix.size());
    }
    // Every rule whose affix the word has at this side, short affixes first.
    template <typename Take>
    void each(std::string_view word, bool at_end, Take take) const {
      for (std::size_t size = 0; size <= std::min(longest_, word.size()); ++size) {
        const auto found = by_affix_.find(at_end ? word.substr(word.size() - size) : word.substr(0, size));
        if (found == by_affix_.end()) continue;
        for (const AffixRule* rule : found->second) take(*rule);
      }
    }

   private:
    std::unordered_map<std::string_view, std::vector<const AffixRule*>> by_affix_;
    std::size_t longest_ = 0;
  };

  // An affix that may stand between the parts of a compound.
  struct Link {
    std::string_view affix;
    bool suffix;
  };

  void collect_links() {
    std::vector<const AffixRule*> sorted;
    for (const AffixRule& rule : affixes_->rules()) sorted.push_back(&rule);
    std::stable_sort(sorted.begin(), sorted.end(), [](const AffixRule* a, const AffixRule* b) {
      if (a->suffix != b->suffix) return !a->suffix;
      if (!a->suffix) return a->affix < b->affix;
      return std::lexicographical_compare(a->affix.rbegin(), a->affix.rend(), b->affix.rbegin(), b->affix.rend());
    });
    for (const AffixRule* rule : sorted) {
      if ((rule->use & kCompoundAny) == 0 || rule->affix.empty() || !words_->uses(rule->flag)) continue;
      // One that ends in another finds nothing that the other does not.
      if (!links_.empty() && links_.back().suffix == rule->suffix && rule->affix.ends_with(links_.back().affix)) continue;
      links_.push_back({rule->affix, rule->suffix});
    }
  }

  // Whether a word is listed, takes the flag ("": any does), and may stand where `use` says.
  bool is_word(std::string_view text, std::string_view flag, std::uint8_t use) const {
    const WordList::Word* word = words_->find(text);
    if (word == nullptr) return false;
    if (use == 0 ? (word->use & kCompoundOnly) != 0 : (word->use & use & kCompoundWord) == 0) return false;
    return flag.empty() || std::find(word->flags.begin(), word->flags.end(), flag) != word->flags.end();
  }

  static bool may_stand(const AffixRule& rule, std::uint8_t use) {
    if (use == 0) return (rule.use & kCompoundOnly) == 0;
    if ((rule.use & kCompoundForbid) != 0) return false;
    if ((use & kCompoundBegin) != 0) return (rule.use & kCompoundBegin) != 0 || !rule.suffix;
    if ((use & kCompoundMiddle) != 0) return (rule.use & kCompoundMiddle) != 0;
    return (rule.use & kCompoundLast) != 0 || rule.suffix;
  }

  // The word without the affix; none where the rule does not apply. `kept`: how much of the front a
  // suffix left as it was.
  static std::optional<std::string> without(const AffixRule& rule, std::string_view word, std::uint8_t use, std::size_t* kept) {
    if (!may_stand(rule, use)) return std::nullopt;
    std::string base;
    if (rule.suffix) {
      base.assign(word.substr(0, word.size() - rule.affix.size()));
      if (kept != nullptr) *kept = base.size();
      base += rule.strip;
    } else {
      // Nothing but prefix and suffix is no word.
      if (kept != nullptr && *kept + rule.strip.size() <= rule.affix.size()) return std::nullopt;
      base = rule.strip;
      base += word.substr(rule.affix.size());
    }
    if (!rule.condition.matches(base, rule.suffix)) return std::nullopt;
    return base;
  }

  std::vector<std::string> normal_forms(const std::string& word, std::uint8_t use) const {
    std::vector<std::string> forms;
    if (word.size() > kLongestWord) return forms;
    auto add = [&](std::string form) {
      if (forms.size() + 1 < kMostForms && (forms.empty() || forms.back() != form)) forms.push_back(std::move(form));
    };
    if (is_word(word, {}, use)) add(word);
    prefixes_.each(word, false, [&](const AffixRule& prefix) {
      if (auto base = without(prefix, word, use, nullptr); base && is_word(*base, prefix.flag, use)) add(std::move(*base));
    });
    suffixes_.each(word, true, [&](const AffixRule& suffix) {
      std::size_t kept = 0;
      const auto base = without(suffix, word, use, &kept);
      if (!base) return;
      if (is_word(*base, suffix.flag, use)) add(*base);
      prefixes_.each(*base, false, [&](const AffixRule& prefix) {
        auto inner = without(prefix, *base, use, &kept);
        if (!inner) return;
        const bool both = (prefix.use & suffix.use & kCrossProduct) != 0;
        if (is_word(*inner, both ? std::string_view() : std::string_view(prefix.flag), use)) add(std::move(*inner));
      });
    });
    return forms;
  }

  struct Splitting {
    const std::string& word;
    std::vector<Stems>& found;
  };

  // How far the next link at or behind `level` reaches, as part of the stem before it; none: there is none.
  std::optional<std::size_t> next_link(std::size_t& link, std::string_view rest, bool in_place) const {
    while (link < links_.size()) {
      const Link& one = links_[link++];
      if (rest.size() <= one.affix.size()) continue;
      const std::size_t where = in_place ? (rest.starts_with(one.affix) ? 0 : std::string_view::npos) : rest.find(one.affix);
      if (where == std::string_view::npos) continue;
      return one.suffix ? where + one.affix.size() : 0;
    }
    return std::nullopt;
  }

  // Every way to cut the word into parts from `start` on, behind the stems found before. `inner`: a walk
  // that goes on past a shorter word ending at `least`. A way ends in a last part that may be no word.
  void split(Splitting s, const WordList::Place* inner, Stems stems, std::size_t start, std::ptrdiff_t least) const {
    // Ways double with every part that can be cut: no word of a language has so many.
    if (s.found.size() >= kMostForms) return;
    const std::string& word = s.word;
    const std::size_t self = s.found.size();
    s.found.emplace_back();
    std::optional<WordList::Place> place = inner != nullptr ? *inner : words_->start();
    std::size_t level = inner != nullptr ? static_cast<std::size_t>(least) : start;
    std::vector<bool> probed(word.size());
    auto position = [&](std::size_t at, bool at_start) -> std::uint8_t {
      return at_start ? kCompoundBegin : at + 1 == word.size() ? kCompoundLast : kCompoundMiddle;
    };
    while (level < word.size()) {
      // A part with an affix, up to the next one.
      for (std::size_t link = 0; level > start;) {
        const auto reach = next_link(link, std::string_view(word).substr(level), place.has_value());
        if (!reach) break;
        const std::size_t size = level - start + *reach;
        if (probed[start + size - 1] || static_cast<std::ptrdiff_t>(level + size) - 1 <= least || size >= kLongestWord) continue;
        const std::vector<std::string> forms = normal_forms(word.substr(start, size), position(level, false));
        if (forms.empty()) continue;
        probed[start + size - 1] = true;
        Stems longer = stems;
        longer.insert(longer.end(), forms.begin(), forms.end());
        split(s, nullptr, std::move(longer), start + size, static_cast<std::ptrdiff_t>(start + size));
      }
      if (!place) break;
      const WordList::Place before = *place;
      if (!words_->step(*place, word[level])) {
        place.reset();
        ++level;
        continue;
      }
      const WordList::Word* found = words_->word_at(*place);
      const bool ends = found != nullptr && (found->use & position(level, start == 0)) != 0 && !probed[level] &&
                        static_cast<std::ptrdiff_t>(level) > least;
      if (ends && level + 1 == word.size()) {
        stems.push_back(word.substr(start));
        s.found[self] = std::move(stems);
        return;
      }
      if (ends) {
        // A longer word may begin here, too.
        split(s, &before, stems, start, static_cast<std::ptrdiff_t>(level));
        ++level;
        stems.push_back(word.substr(start, level - start));
        place = words_->start();
        start = level;
        continue;
      }
      ++level;
    }
    stems.push_back(word.substr(start));
    s.found[self] = std::move(stems);
  }

  std::optional<AffixFile> affixes_;
  std::optional<WordList> words_;
  Side prefixes_, suffixes_;
  std::vector<Link> links_;
  std::shared_ptr<const StopWords> stop_;
};

}  // namespace

std::shared_ptr<const Dictionary> make_ispell(const Options& options) { return std::make_shared<Ispell>(options); }

}  // namespace text_search
