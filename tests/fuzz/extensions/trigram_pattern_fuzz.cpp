// What a pattern asks of an index over trigrams: no crash, and a text finds itself by every strategy.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "inverted/extract.h"
#include "inverted/search.h"
#include "types/arena.h"
#include "wal/check.h"

using namespace inverted;

namespace {

bool finds(const Search& search, const KeySet& keys) {
  const auto any = [&](const auto& f) {
    for (const Search& part : search.parts)
      if (f(part)) return true;
    return false;
  };
  switch (search.kind) {
    case Search::Kind::everything: return true;
    case Search::Kind::nothing: return false;
    case Search::Kind::key:
    case Search::Kind::prefix:
      for (std::size_t i = 0; i < keys.size(); ++i)
        if (keys[i] == search.key) return true;
      return false;
    case Search::Kind::all_of: return !any([&](const Search& part) { return !finds(part, keys); });
    case Search::Kind::any_of: return any([&](const Search& part) { return finds(part, keys); });
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr int kLike = 3, kRegex = 5, kEqual = 11;
  (void)search_for(Source::trigrams, nullptr, 0, kLike, types::Datum::of(text));
  (void)search_for(Source::trigrams, nullptr, 0, kRegex, types::Datum::of(text));
  types::Arena arena;
  KeySet keys;
  extract(Source::trigrams, nullptr, 0, types::Datum::of(text), arena, keys);
  keys.sort();
  // Without wildcards and what a pattern escapes, the text is a pattern of itself.
  if (text.find_first_of("%_\\") == std::string_view::npos)
    CHECK(finds(search_for(Source::trigrams, nullptr, 0, kLike, types::Datum::of(text)), keys));
  CHECK(finds(search_for(Source::trigrams, nullptr, 0, kEqual, types::Datum::of(text)), keys));
  return 0;
}
