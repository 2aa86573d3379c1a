// Any text is an affix file and a list of words, or a SqlError. The words stand behind a line "--".
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "affix_rules.h"
#include "types/sql_error.h"
#include "types/utf8.h"
#include "word_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = text.find("\n--\n");
  try {
    types::check_utf8(text);
    const text_search::AffixFile affixes(text.substr(0, cut));
    const text_search::WordList words(cut == std::string_view::npos ? text : text.substr(cut + 4), affixes);
    auto place = words.start();
    for (const char c : text.substr(0, 16))
      if (!words.step(place, c)) break;
    words.word_at(place);
    for (const text_search::AffixRule& rule : affixes.rules()) rule.condition.matches("abcdefgh", rule.suffix);
  } catch (const types::SqlError&) {
  }
  return 0;
}
