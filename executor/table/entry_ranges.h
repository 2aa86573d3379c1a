// Walking the entries of an index that lie in ranges of keys.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "btree/cursor.h"
#include "inverted/key_ranges.h"
#include "table_impl.h"

namespace table {

// Calls use(key, value) for every entry, ascending, versions nobody sees included; announce(lower, upper) for what was
// looked at, an empty upper being the end of the tree; goes_on() at every leaf, false to stop. Returns whether it
// got to the end. Holds no latch in between.
template <typename Announce, typename Use, typename GoesOn>
bool each_entry_in(const IndexImpl& index, inverted::KeyRanges& ranges, const Announce& announce, const Use& use,
                   const GoesOn& goes_on) {
  std::string lower, upper;
  if (!ranges.next({}, lower, upper)) return true;
  std::string looked_from = lower;
  btree::KeyRange all;
  all.lower = btree::bytes_of(lower);
  btree::Cursor cursor(index.tree, all);
  std::vector<std::byte> bytes;
  const auto key_at = [&](unsigned i) {
    cursor.key(i).assign_to(bytes);
    return text_of(bytes);
  };
  while (cursor.next_leaf()) {
    if (!goes_on()) return false;
    const unsigned count = cursor.count();
    for (unsigned at = 0; at < count;) {
      std::string_view key = key_at(at);
      if (key >= upper) {
        announce(looked_from, key);
        if (!ranges.next(key, lower, upper)) return true;
        looked_from = lower;
      }
      if (key < lower) {
        // The first entry of the leaf in the range.
        unsigned low = at + 1, high = count;
        while (low < high) {
          const unsigned middle = low + (high - low) / 2;
          if (key_at(middle) < lower)
            low = middle + 1;
          else
            high = middle;
        }
        at = low;
        if (at == count) cursor.skip_to(btree::bytes_of(lower));
        continue;
      }
      use(key, cursor.value(at));
      ++at;
    }
  }
  announce(looked_from, {});
  return true;
}

}  // namespace table
