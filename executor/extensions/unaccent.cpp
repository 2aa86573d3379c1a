// unaccent: letters without their accents, by a list of rules; a dictionary of text search that does so.
#include <optional>

#include <boost/unordered/unordered_flat_map.hpp>

#include "extension_table.h"
#include "functions/kernel.h"
#include "text_search/files.h"
#include "text_search/options.h"
#include "types/session_services.h"
#include "types/sql_error.h"
#include "types/utf8.h"

// Lines "from to"; without a second word, it goes.
extern "C" {
extern const char sextant_unaccent_begin[];
extern const char sextant_unaccent_end[];
}

namespace extensions {
namespace {

using std::string_view;

// Nobody changes ASCII.
struct Rules {
  boost::unordered_flat_map<string_view, string_view> by_source;
  std::size_t longest = 0;

  explicit Rules(string_view rest) {
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      string_view line = rest.substr(0, end);
      rest.remove_prefix(end == string_view::npos ? rest.size() : end + 1);
      constexpr string_view kBlanks = " \t\r";
      line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
      const string_view source = line.substr(0, line.find_first_of(kBlanks));
      if (source.empty()) continue;
      line.remove_prefix(source.size());
      line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
      by_source.emplace(source, line.substr(0, line.find_first_of(kBlanks)));
      longest = std::max(longest, source.size());
    }
  }
};

const Rules& standard_rules() {
  static const Rules rules(
      string_view(sextant_unaccent_begin, static_cast<std::size_t>(sextant_unaccent_end - sextant_unaccent_begin)));
  return rules;
}

// The longest rule that fits at each place. Nullopt: nothing changes.
std::optional<std::string> without_accents(const Rules& rules, string_view text) {
  if (types::is_ascii(text)) return std::nullopt;
  std::string out;
  out.reserve(text.size());
  bool changed = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t width = std::min(types::utf8_width(static_cast<unsigned char>(text[at])), text.size() - at);
    if (width == 1) {
      out += text[at++];
      continue;
    }
    auto found = rules.by_source.end();
    std::size_t length = std::min(rules.longest, text.size() - at);
    for (; length >= width; --length)
      if (found = rules.by_source.find(text.substr(at, length)); found != rules.by_source.end()) break;
    if (found == rules.by_source.end()) {
      out += text.substr(at, width);
      at += width;
    } else {
      out += found->second;
      at += length;
      changed = true;
    }
  }
  if (!changed) return std::nullopt;
  return out;
}

// A filter: the dictionaries behind it get the word without its accents.
class Unaccent final : public text_search::Dictionary {
 public:
  explicit Unaccent(const text_search::Options& options) {
    text_search::Once file("Rules");
    for (const text_search::Option& option : options) {
      if (!file.matches(option)) text_search::refuse_option("Unaccent", option);
      if (const auto found = text_search::find_file(option.value, "rules"))
        own_.emplace(*found);
      else if (option.value != "unaccent")
        text_search::open_file(option.value, "rules", "unaccent");  // throws
    }
    if (!file.seen()) text_search::missing_option("Rules");
  }

  bool look_up(string_view word, text_search::Lookup& lookup) const override {
    const auto changed = without_accents(own_ ? *own_ : standard_rules(), word);
    if (changed) lookup.out.push_back({.text = lookup.arena.copy(*changed), .filter = true});
    return changed.has_value();
  }

 private:
  std::optional<Rules> own_;  // nullopt: the standard ones
};

// unaccent(text), or by a dictionary.
void unaccent_text(types::EvalContext& context, const functions::FunctionCall&,
                   std::span<const types::Vector* const> arguments, types::Selection rows, types::Vector& out) {
  const types::Vector& texts = *arguments.back();
  functions::detail::for_each_row(rows, [&](std::uint32_t row) {
    for (const types::Vector* argument : arguments)
      if (argument->is_null(row)) return out.set_null(row);
    const auto text = texts.get<string_view>(row);
    if (arguments.size() == 1) {
      const auto changed = without_accents(standard_rules(), text);
      return out.set<string_view>(row, changed ? context.arena->copy(*changed) : text);
    }
    if (context.session == nullptr) throw types::SqlError::not_supported("text search here");
    text_search::Normals normals;
    text_search::Lookup lookup{.arena = *context.arena, .out = normals};
    const bool known = context.session->ts_dictionary(arguments[0]->get<types::Oid>(row)).look_up(text, lookup);
    out.set<string_view>(row, known && !normals.empty() ? context.arena->copy(normals.front().text) : text);
  });
}

constexpr functions::ScalarFunction kUnaccentFunctions[] = {{"unaccent_dict", &unaccent_text}};
constexpr Routine kUnaccentRoutines[] = {
    {"unaccent", "regdictionary, text", "text", "unaccent_dict", "sss"},
    {"unaccent", "text", "text", "unaccent_dict", "sss"},
    {"unaccent_init", "internal", "internal", "unaccent_init", "v-s"},
    {"unaccent_lexize", "internal, internal, internal, internal", "internal", "unaccent_lexize", "v-s"},
};
constexpr TextSearchTemplate kTemplates[] = {{"unaccent", "unaccent_init", "unaccent_lexize"}};
constexpr DictionaryMaker kMakers[] = {
    {"unaccent_lexize", [](const text_search::Options& options) -> std::shared_ptr<const text_search::Dictionary> {
       return std::make_shared<const Unaccent>(options);
     }}};

}  // namespace

const Extension& unaccent() {
  static const TextSearchDictionary dictionaries[] = {{"unaccent", "unaccent", {"rules", "unaccent"}}};
  static const Extension extension{.name = "unaccent",
                                   .version = "1.1",
                                   .comment = "text search dictionary that removes accents",
                                   .trusted = true,
                                   .routines = kUnaccentRoutines,
                                   .functions = kUnaccentFunctions,
                                   .templates = kTemplates,
                                   .dictionaries = dictionaries,
                                   .dictionary_makers = kMakers};
  return extension;
}

}  // namespace extensions
