// Template thesaurus: phrases replaced by phrases. Words are compared as another dictionary
// normalises them; of several phrases that begin at a word the longest is taken.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "files.h"
#include "options.h"
#include "types/sql_error.h"

namespace text_search {
namespace {

using types::SqlError;

struct Phrase final : PhraseState {
  struct Live {
    std::size_t rule;
    std::size_t matched;  // words so far
  };
  std::vector<Live> live;
};

class Thesaurus final : public Dictionary {
 public:
  Thesaurus(const Options& options, DictionarySource& others) {
    Once file("DictFile"), words("Dictionary");
    std::string name;
    for (const Option& option : options) {
      if (file.matches(option)) name = option.value;
      else if (words.matches(option)) words_ = others.dictionary_named(option.value);
      else refuse_option("Thesaurus", option);
    }
    if (!file.seen()) missing_option("DictFile");
    if (!words.seen()) missing_option("Dictionary");
    read(open_file(name, "ths", "thesaurus"));
  }

  bool look_up(std::string_view word, Lookup& lookup) const override {
    auto* before = lookup.state == nullptr ? nullptr : static_cast<Phrase*>(lookup.state->get());
    if (lookup.at_end) return false;
    Normals normals;
    Lookup inner{lookup.arena, normals};
    if (!words_->look_up(word, inner)) return false;
    auto next = std::make_unique<Phrase>();
    const std::size_t* complete = nullptr;
    auto advance = [&](std::size_t rule, std::size_t matched) {
      if (matches(rules_[rule].sample[matched], normals)) next->live.push_back({rule, matched + 1});
    };
    if (before == nullptr) {
      auto begin = [&](const std::string& first) {
        if (auto it = by_first_.find(first); it != by_first_.end())
          for (std::size_t rule : it->second)
            if (std::none_of(next->live.begin(), next->live.end(), [&](auto& l) { return l.rule == rule; }))
              advance(rule, 0);
      };
      if (normals.empty()) begin("");
      for (const Normal& normal : normals) begin(std::string(normal.text));
    } else {
      for (const Phrase::Live& live : before->live) advance(live.rule, live.matched);
    }
    for (const Phrase::Live& live : next->live)
      if (live.matched == rules_[live.rule].sample.size() && complete == nullptr) complete = &live.rule;
    std::erase_if(next->live, [&](const Phrase::Live& l) { return l.matched == rules_[l.rule].sample.size(); });
    const Normals* result = complete == nullptr ? nullptr : &rules_[*complete].substitute;
    if (result != nullptr) lookup.out = *result;
    if (!next->live.empty() && lookup.state != nullptr) {
      lookup.wants_next = true;
      *lookup.state = std::move(next);
    }
    return result != nullptr;
  }

 private:
  struct Rule {
    std::vector<std::vector<std::string>> sample;  // per word its lexemes; none: a stop word
    Normals substitute;                            // texts in arena_
  };

  static bool matches(const std::vector<std::string>& sample, const Normals& normals) {
    if (sample.empty()) return normals.empty();
    return std::any_of(normals.begin(), normals.end(), [&](const Normal& n) {
      return std::find(sample.begin(), sample.end(), n.text) != sample.end();
    });
  }

  void read(std::string_view rest) {
    std::string_view line;
    while (next_line(rest, line)) {
      const std::size_t begin = line.find_first_not_of(" \t");
      if (begin == std::string_view::npos || line[begin] == '#') continue;
      const std::size_t colon = line.find(':');
      if (colon == std::string_view::npos) throw SqlError("F0000", "unexpected delimiter");
      add(line.substr(0, colon), line.substr(colon + 1));
    }
    for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
      const auto& first = rules_[rule].sample.front();
      if (first.empty()) by_first_[""].push_back(rule);
      for (const std::string& lexeme : first) by_first_[lexeme].push_back(rule);
    }
  }

  void add(std::string_view sample, std::string_view substitute) {
    const std::size_t number = rules_.size() + 1;
    Rule rule;
    Normals normals;
    types::Arena arena;
    auto look = [&](std::string_view word, const char* part) {
      normals.clear();
      Lookup lookup{arena, normals};
      if (!words_->look_up(word, lookup))
        throw SqlError("F0000", fmt::format("thesaurus {} word \"{}\" isn't recognized by subdictionary (rule {})",
                                            part, word, number));
    };
    each_word(sample, [&](std::string_view word) {
      auto& lexemes = rule.sample.emplace_back();
      if (word == "?") return;
      look(word, "sample");
      if (normals.empty()) {
        throw SqlError("F0000", fmt::format("thesaurus sample word \"{}\" is a stop word (rule {})", word, number))
            .with_hint("Use \"?\" to represent a stop word within a sample phrase.");
      }
      for (const Normal& normal : normals) lexemes.emplace_back(normal.text);
    });
    bool later = false;
    each_word(substitute, [&](std::string_view word) {
      if (word.front() == '*' && word.size() > 1) {
        rule.substitute.push_back({.text = arena_.copy(word.substr(1)), .next_position = later});
      } else {
        look(word, "substitute");
        if (normals.empty())
          throw SqlError("F0000",
                         fmt::format("thesaurus substitute word \"{}\" is a stop word (rule {})", word, number));
        bool moves = later;
        for (Normal normal : normals) {
          normal.text = arena_.copy(normal.text);
          normal.next_position = moves;
          moves = false;
          rule.substitute.push_back(normal);
        }
      }
      later = true;
    });
    if (rule.substitute.empty())
      throw SqlError("F0000", fmt::format("thesaurus substitute phrase is empty (rule {})", number));
    if (rule.sample.empty()) throw SqlError("F0000", "unexpected end of line");
    rules_.push_back(std::move(rule));
  }

  template <typename F>
  static void each_word(std::string_view text, F&& f) {
    for (std::size_t i = 0;;) {
      i = text.find_first_not_of(" \t", i);
      if (i == std::string_view::npos) return;
      const std::size_t end = std::min(text.find_first_of(" \t", i), text.size());
      f(text.substr(i, end - i));
      i = end;
    }
  }

  std::shared_ptr<const Dictionary> words_;
  std::vector<Rule> rules_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_first_;
  types::Arena arena_;
};

}  // namespace

std::shared_ptr<const Dictionary> make_thesaurus(const Options& options, DictionarySource& others) {
  return std::make_shared<Thesaurus>(options, others);
}

}  // namespace text_search
