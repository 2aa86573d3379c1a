// dict_xsyn: a dictionary of text search that gives a word its synonyms, by a file of rules.
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <fmt/format.h>

#include "extension_table.h"
#include "text_search/files.h"
#include "text_search/options.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using std::string_view;

class Synonyms final : public text_search::Dictionary {
 public:
  explicit Synonyms(const text_search::Options& options) {
    std::string file;
    bool match_original = true, match_synonyms = false;
    for (const text_search::Option& option : options) {
      const auto is = [&](string_view name) { return text_search::same_name(option.name, name); };
      if (is("MatchOrig")) match_original = text_search::boolean_option(option);
      else if (is("KeepOrig")) keep_original_ = text_search::boolean_option(option);
      else if (is("MatchSynonyms")) match_synonyms = text_search::boolean_option(option);
      else if (is("KeepSynonyms")) keep_synonyms_ = text_search::boolean_option(option);
      else if (is("Rules")) file = option.value;
      else throw types::SqlError("22023", fmt::format("unrecognized xsyn parameter: \"{}\"", option.name));
    }
    if (!file.empty()) read(text_search::open_file(file, "rules", "synonym"), match_original, match_synonyms);
  }

  bool look_up(string_view word, text_search::Lookup& lookup) const override {
    const auto found = lines_of_.find(types::lower_ascii(word));
    if (found == lines_of_.end()) return false;
    const std::vector<std::string>& line = lines_[found->second];
    for (std::size_t i = 0; i < line.size(); ++i)
      if (i == 0 ? keep_original_ : keep_synonyms_) lookup.out.push_back({.text = lookup.arena.copy(line[i])});
    return true;
  }

 private:
  // Lines "word synonym ..."; of a word that stands twice the first line counts.
  void read(string_view rest, bool match_original, bool match_synonyms) {
    string_view text;
    while (text_search::next_line(rest, text)) {
      std::vector<std::string> line;
      for (text = text.substr(0, text.find('#')); !(text = types::trim(text)).empty();) {
        std::size_t end = 0;
        while (end < text.size() && !types::is_space(text[end])) ++end;
        line.push_back(types::lower_ascii(text.substr(0, end)));
        text.remove_prefix(end);
      }
      for (std::size_t i = 0; i < line.size(); ++i)
        if (i == 0 ? match_original : match_synonyms) lines_of_.emplace(line[i], lines_.size());
      if (!line.empty()) lines_.push_back(std::move(line));
    }
  }

  std::vector<std::vector<std::string>> lines_;
  boost::unordered_flat_map<std::string, std::size_t> lines_of_;
  bool keep_original_ = true, keep_synonyms_ = true;
};

constexpr Routine kDictXsynRoutines[] = {
    {"dxsyn_init", "internal", "internal", "dxsyn_init", "vsu"},
    {"dxsyn_lexize", "internal, internal, internal, internal", "internal", "dxsyn_lexize", "vsu"},
};
constexpr TextSearchTemplate kTemplates[] = {{"xsyn_template", "dxsyn_init", "dxsyn_lexize"}};
constexpr DictionaryMaker kMakers[] = {
    {"dxsyn_lexize", [](const text_search::Options& options) -> std::shared_ptr<const text_search::Dictionary> {
       return std::make_shared<const Synonyms>(options);
     }}};

}  // namespace

const Extension& dict_xsyn() {
  static const TextSearchDictionary dictionaries[] = {{"xsyn", "xsyn_template", {}}};
  static const Extension extension{.name = "dict_xsyn",
                                   .version = "1.0",
                                   .comment = "text search dictionary template for extended synonym processing",
                                   .routines = kDictXsynRoutines,
                                   .templates = kTemplates,
                                   .dictionaries = dictionaries,
                                   .dictionary_makers = kMakers};
  return extension;
}

}  // namespace extensions
