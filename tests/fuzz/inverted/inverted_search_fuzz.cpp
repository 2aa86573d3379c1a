// Any document, vector or path: their keys stay within bounds, and what is read ends.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "inverted/extract.h"
#include "inverted/search.h"
#include "types/sql_error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace inverted;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const types::Datum value = types::Datum::of(text);
  const auto check = [](const KeySet& keys) {
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (keys[i].size() > kMaxKeySize) std::abort();
  };
  types::Arena arena;
  KeySet keys;
  try {
    switch (data[0] % 4) {
      case 0:
        // Bytes of a vector, whatever they are.
        extract(Source::tsvector, nullptr, 0, value, arena, keys);
        break;
      case 1: extract(Source::jsonb, nullptr, 0, value, arena, keys); break;
      case 2: extract(Source::jsonb_path, nullptr, 0, value, arena, keys); break;
      default:
        for (const Source source : {Source::jsonb, Source::jsonb_path})
          for (const int strategy : {kJsonbPathExists, kJsonbPathMatch})
            (void)search_for(source, nullptr, 0, strategy, value);
    }
  } catch (const types::SqlError&) {
  }
  keys.sort();
  check(keys);
  return 0;
}
