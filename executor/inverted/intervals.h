// Intervals in an ordered tree: the relational interval tree (Kriegel, Poetke, Seidl, VLDB 2000, "Managing
// Intervals Efficiently in Object-Relational Databases").
//
// Bounds are 64-bit numbers, the numbers the nodes of a binary tree that is nowhere stored: the root is 2^63,
// its children 2^62 and 2^63 + 2^62, and so on. An interval is registered at its *fork*, the highest node that
// it contains. It has two entries: (fork, lower) and (fork, upper). Intervals that touch [l, u] are those whose
// fork lies in it, those at ancestors of l to its left with an upper bound from l on, and those at ancestors of u
// to its right with a lower bound up to u: one range of keys and two lists of at most 63.
//
// A bound is the beginning of the bytes that its value's key has, so the order is kept but different bounds may
// be the same number. An infinite one is the least or the greatest. Where a value lies:
//
//   u8 form: 0 null | 1 empty | 2 | u64 fork | u64 lower | 3 | u64 fork | u64 upper
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "inverted/key_set.h"
#include "inverted/search.h"
#include "types/datum.h"
#include "types/type_io.h"

namespace inverted {

// `write_beginning` appends what comes before in each of the entries.
template <typename Beginning>
void place_interval(bool is_multirange, const types::TypeSupport& support, const types::Datum& value,
                    const Beginning& write_beginning, KeySet& keys);

// Strategies of range_ops and multirange_ops, kMultirangeQuery perhaps added.
Search interval_search(bool is_multirange, const types::TypeSupport& support, std::string_view beginning, int strategy,
                       const types::Datum& query);

// From the least to the greatest bound of a range or multirange.
struct Interval {
  bool empty = false;
  std::uint64_t lower = 0, upper = 0;  // never 0: 0 has no place in the tree
};
// `range`: the range type, of a multirange's ranges when it is one. `scratch` is left as it was.
Interval interval_of(bool is_multirange, const types::UserType& range, std::string_view value, std::string& scratch);
// The highest node in [lower, upper].
std::uint64_t fork_node(std::uint64_t lower, std::uint64_t upper);
const types::UserType& range_type_of_column(bool is_multirange, const types::TypeSupport& support);

enum class IntervalForm : std::uint8_t { null = 0, empty = 1, by_lower = 2, by_upper = 3 };
void append_interval_key(std::string& out, IntervalForm form, std::uint64_t fork, std::uint64_t bound);

template <typename Beginning>
void place_interval(bool is_multirange, const types::TypeSupport& support, const types::Datum& value,
                    const Beginning& write_beginning, KeySet& keys) {
  std::string& out = keys.begin();
  write_beginning(out);
  if (value.is_null) {
    out.push_back(static_cast<char>(IntervalForm::null));
    return keys.end();
  }
  const Interval interval = interval_of(is_multirange, range_type_of_column(is_multirange, support),
                                        value.as<std::string_view>(), out);
  if (interval.empty) {
    out.push_back(static_cast<char>(IntervalForm::empty));
    return keys.end();
  }
  const std::uint64_t fork = fork_node(interval.lower, interval.upper);
  append_interval_key(out, IntervalForm::by_lower, fork, interval.lower);
  keys.end();
  keys.begin();
  write_beginning(out);
  append_interval_key(out, IntervalForm::by_upper, fork, interval.upper);
  keys.end();
}

}  // namespace inverted
