// dict_int: a dictionary of text search for integers, of which it keeps the first digits.
#include <charconv>

#include <fmt/format.h>

#include "extension_table.h"
#include "text_search/options.h"
#include "types/ascii.h"
#include "types/sql_error.h"

namespace extensions {
namespace {

using std::string_view;

class Integers final : public text_search::Dictionary {
 public:
  explicit Integers(const text_search::Options& options) {
    for (const text_search::Option& option : options) {
      if (text_search::same_name(option.name, "MaxLen")) longest_ = length_of(option.value);
      else if (text_search::same_name(option.name, "RejectLong")) rejects_ = text_search::boolean_option(option);
      else if (text_search::same_name(option.name, "AbsVal")) absolute_ = text_search::boolean_option(option);
      else throw types::SqlError("22023", fmt::format("unrecognized intdict parameter: \"{}\"", option.name));
    }
  }

  bool look_up(string_view word, text_search::Lookup& lookup) const override {
    if (word.empty()) return false;
    if (absolute_ && (word.starts_with('+') || word.starts_with('-'))) word.remove_prefix(1);
    if (word.size() <= longest_) lookup.out.push_back({.text = lookup.arena.copy(word)});
    else if (!rejects_) lookup.out.push_back({.text = lookup.arena.copy(word.substr(0, longest_))});
    return true;  // without a lexeme it is a stop word
  }

 private:
  static std::size_t length_of(string_view text) {
    std::int32_t length = 0;
    text = types::trim(text);
    std::from_chars(text.data(), text.data() + text.size(), length);
    if (length < 1) throw types::SqlError("22023", "maxlen value has to be >= 1");
    return static_cast<std::size_t>(length);
  }

  std::size_t longest_ = 6;
  bool rejects_ = false, absolute_ = false;
};

constexpr Routine kDictIntRoutines[] = {
    {"dintdict_init", "internal", "internal", "dintdict_init", "vsu"},
    {"dintdict_lexize", "internal, internal, internal, internal", "internal", "dintdict_lexize", "vsu"},
};
constexpr TextSearchTemplate kTemplates[] = {{"intdict_template", "dintdict_init", "dintdict_lexize"}};
constexpr DictionaryMaker kMakers[] = {
    {"dintdict_lexize", [](const text_search::Options& options) -> std::shared_ptr<const text_search::Dictionary> {
       return std::make_shared<const Integers>(options);
     }}};

}  // namespace

const Extension& dict_int() {
  static const TextSearchDictionary dictionaries[] = {{"intdict", "intdict_template", {}}};
  static const Extension extension{.name = "dict_int",
                                   .version = "1.0",
                                   .comment = "text search dictionary template for integers",
                                   .trusted = true,
                                   .routines = kDictIntRoutines,
                                   .templates = kTemplates,
                                   .dictionaries = dictionaries,
                                   .dictionary_makers = kMakers};
  return extension;
}

}  // namespace extensions
