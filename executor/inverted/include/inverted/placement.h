// Indexes over what lies in space - ranges, points, boxes - and over ordered values beside it: gist, spgist.
//
// The entries of a row are, for each column that lies in space (once when there is none):
//
//   u8 which of those | for each ordered column: u8 0 null, 1 not; its key | where the value lies
//
// so that `room = $1 AND during && $2` looks at the intervals of one room. Every row has an entry for every
// such column, null or not. Where an interval lies: intervals.h; where a box: cells.h. Keys only lead to rows:
// bounds are cut to 64 bits, long values to kMaxOrderedSize, so whoever searches checks the rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "inverted/key_set.h"
#include "inverted/search.h"
#include "inverted/source.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace inverted {

struct PlacedColumn {
  Source source;
  const types::TypeSupport* support;  // of the column's (base) type, or what encodes an ordered one
};

// More bytes of an ordered value's key are not kept.
inline constexpr std::size_t kMaxOrderedSize = 256;

// Adds the keys of a row's entries, one value per column. What is stored in trees is made here: it must not
// change. SqlError 0A000 for a type without key encoding.
void place(std::span<const PlacedColumn> columns, std::span<const types::Datum> values, KeySet& keys);

// Added to a strategy of ranges or multiranges: what is asked with is a multirange.
inline constexpr int kMultirangeQuery = 0x40;

// `column OPERATOR value`, the operator having that strategy in the column's class. Not null.
struct PlacedCondition {
  std::uint8_t column;
  int strategy;
  types::Datum value;
};

// Of columns in order and strategies, which help to find rows: those on what lies in space, when every ordered
// column is compared for equality, else those on the first ordered columns up to one that is not.
// helps[i] is of conditions[i], whose values are not looked at.
void find_helpful(std::span<const PlacedColumn> columns, std::span<const PlacedCondition> conditions,
                  std::span<bool> helps);

// Rows that satisfy all of them are among those that it finds. Conditions that do not help are passed over.
Search placed_search(std::span<const PlacedColumn> columns, std::span<const PlacedCondition> conditions);

}  // namespace inverted
