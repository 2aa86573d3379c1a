// What keys the rows that satisfy a condition have.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "inverted/key_ranges.h"
#include "inverted/source.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace inverted {

// Every row that satisfies the condition is among those that it finds; those must be checked.
struct Search {
  enum class Kind : std::uint8_t {
    everything,  // keys do not tell
    nothing,
    key,         // rows with that key
    prefix,      // rows with keys that begin so
    ranges,      // rows with keys in `ranges`
    all_of, any_of,
  };
  Kind kind = Kind::everything;
  std::string key = {};
  std::vector<Search> parts = {};  // of all_of, any_of; never everything or nothing
  std::shared_ptr<KeyRanges> ranges = {};
};

// Strategies of PostgreSQL's operator classes (pg_amop.amopstrategy); 0A000 for others.
inline constexpr int kArrayOverlaps = 1, kArrayContains = 2, kArrayContained = 3, kArrayEqual = 4;
inline constexpr int kTextMatch = 1, kTextMatchOld = 2;
inline constexpr int kJsonbContains = 7, kJsonbExists = 9, kJsonbExistsAny = 10, kJsonbExistsAll = 11,
                     kJsonbPathExists = 15, kJsonbPathMatch = 16;

// Added to a strategy of trigrams where a collation other than "C" says what letters are: those beyond ASCII have
// cases, too.
inline constexpr int kUnicodeCase = 0x40;

// Of `column OPERATOR query` (not null), the operator having that strategy.
Search search_for(Source source, const types::TypeSupport* element, std::uint8_t column, int strategy,
                  const types::Datum& query);

// Joined, simplified: everything and nothing vanish or win.
Search all_of(std::vector<Search> parts);
Search any_of(std::vector<Search> parts);

}  // namespace inverted
