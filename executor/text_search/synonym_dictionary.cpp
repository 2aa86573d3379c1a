// Template synonym: a word for a word, by a file of pairs; a * behind the second makes it a prefix.
#include <unordered_map>

#include "files.h"
#include "options.h"
#include "types/ascii.h"

namespace text_search {
namespace {

class Synonym final : public Dictionary {
 public:
  explicit Synonym(const Options& options) {
    Once file("Synonyms"), sensitive("CaseSensitive");
    std::string name;
    for (const Option& option : options) {
      if (file.matches(option)) name = option.value;
      else if (sensitive.matches(option)) case_sensitive_ = boolean_option(option);
      else refuse_option("synonym", option);
    }
    if (!file.seen()) missing_option("Synonyms");
    std::string_view rest = open_file(name, "syn", "synonym"), line;
    while (next_line(rest, line)) {
      const std::string_view from = next_word(line), to = next_word(line);
      if (from.empty() || to.empty()) continue;
      Replacement r{std::string(to), false};
      if (r.text.size() > 1 && r.text.back() == '*') {
        r.text.pop_back();
        r.prefix = true;
      }
      if (!case_sensitive_) r.text = types::lower_ascii(r.text);
      words_.emplace(case_sensitive_ ? std::string(from) : types::lower_ascii(from), std::move(r));
    }
  }

  bool look_up(std::string_view word, Lookup& lookup) const override {
    if (word.empty()) return false;
    auto it = words_.find(case_sensitive_ ? std::string(word) : types::lower_ascii(word));
    if (it == words_.end()) return false;
    lookup.out.push_back({.text = lookup.arena.copy(it->second.text), .prefix = it->second.prefix});
    return true;
  }

 private:
  struct Replacement {
    std::string text;
    bool prefix;
  };
  static std::string_view next_word(std::string_view& line) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    return word;
  }

  std::unordered_map<std::string, Replacement> words_;
  bool case_sensitive_ = false;
};

}  // namespace

std::shared_ptr<const Dictionary> make_synonym(const Options& options) { return std::make_shared<Synonym>(options); }

}  // namespace text_search
