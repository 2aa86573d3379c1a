// unaccent: letters without their accents, by a list of rules.
#include <boost/unordered/unordered_flat_map.hpp>

#include "extension_table.h"
#include "functions/kernel.h"
#include "types/utf8.h"

// Lines "from to"; without a second word, it goes.
asm(R"(
  .section .rodata
sextant_unaccent_begin:
  .incbin ")" SEXTANT_UNACCENT_RULES R"("
sextant_unaccent_end:
  .byte 0
  .text
)");

extern "C" {
extern const char sextant_unaccent_begin[];
extern const char sextant_unaccent_end[];
}

namespace extensions {
namespace {

using functions::strict;
using std::string_view;

// Nobody changes ASCII.
struct Rules {
  boost::unordered_flat_map<string_view, string_view> by_source;
  std::size_t longest = 0;

  Rules() {
    string_view rest(sextant_unaccent_begin, static_cast<std::size_t>(sextant_unaccent_end - sextant_unaccent_begin));
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

// The longest rule that fits at each place.
string_view without_accents(types::EvalContext& context, string_view text) {
  static const Rules rules;
  if (types::is_ascii(text)) return text;
  std::string out;
  out.reserve(text.size());
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
    }
  }
  return context.arena->copy(out);
}

// The function of a dictionary, and that dictionary, are not there.
constexpr functions::ScalarFunction kFunctions[] = {{"unaccent_dict", strict<&without_accents>}};
constexpr Routine kRoutines[] = {{"unaccent", "text", "text", "unaccent_dict", "sss"}};

}  // namespace

const Extension& unaccent() {
  static const Extension extension{.name = "unaccent",
                                   .version = "1.1",
                                   .comment = "text search dictionary that removes accents",
                                   .trusted = true,
                                   .routines = kRoutines,
                                   .functions = kFunctions};
  return extension;
}

}  // namespace extensions
