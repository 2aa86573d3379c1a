#include "paths.h"

#include <memory>
#include <string>

#include "extensions/ltree.h"
#include "inverted/extract.h"
#include "inverted/placement.h"
#include "key_bytes.h"
#include "types/array.h"

namespace inverted {
namespace {

constexpr char kEnd = '\0', kAfterDot = '.' + 1;

Search ranges_of(std::shared_ptr<ListedRanges> ranges) {
  Search search{.kind = Search::Kind::ranges};
  search.ranges = std::move(ranges);
  return search;
}

// The path and what lies below it. Every path, of the empty one.
Search below(std::string_view beginning, std::string_view path) {
  std::string lower(beginning);
  lower += path.substr(0, kMaxOrderedSize);
  auto ranges = std::make_shared<ListedRanges>();
  if (path.empty() || path.size() >= kMaxOrderedSize) ranges->add(lower, above_prefix(lower));
  else ranges->add(lower + kEnd, lower + kAfterDot);
  return ranges_of(std::move(ranges));
}

// The path and what lies above it, the empty one first.
Search above(std::string_view beginning, std::string_view path) {
  auto ranges = std::make_shared<ListedRanges>();
  std::string_view last;
  for (std::size_t levels = 0;; ++levels) {
    const std::string_view one = levels == 0 ? std::string_view() : extensions::first_labels(path, levels);
    if (levels > 0 && one == last) break;
    std::string key(beginning);
    key += one.substr(0, kMaxOrderedSize);
    if (one.size() < kMaxOrderedSize) key += kEnd;
    ranges->add(key, above_prefix(key));
    if (one.size() >= kMaxOrderedSize) break;
    last = one;
  }
  return ranges_of(std::move(ranges));
}

// What begins as the pattern says; everything, when it does not say.
Search matching(std::string_view beginning, std::string_view lquery) {
  const std::string fixed = extensions::fixed_beginning(lquery);
  return fixed.empty() ? Search{} : below(beginning, fixed);
}

Search matching_any(std::string_view beginning, const types::Datum& patterns) {
  std::vector<Search> parts;
  const types::ArrayView view(patterns);
  for (types::ArrayView::Cursor c(view); c.next();) {
    // Whoever checks the rows refuses nulls.
    if (c.value().is_null) return {};
    parts.push_back(matching(beginning, c.value().as<std::string_view>()));
  }
  return view.dimensions() > 1 ? Search{} : any_of(std::move(parts));
}

std::string list_beginning(std::uint8_t column) {
  std::string out;
  KeyWriter(out, column);
  return out;
}

}  // namespace

bool helps_to_find_paths(int strategy) {
  return strategy == kPathAbove || strategy == kPathBelow || strategy == kPathMatches || strategy == kPathMatchesAny;
}

Search path_search(std::string_view beginning, int strategy, const types::Datum& query) {
  switch (strategy) {
    case kPathAbove: return above(beginning, query.as<std::string_view>());
    case kPathBelow: return below(beginning, query.as<std::string_view>());
    case kPathMatches: return matching(beginning, query.as<std::string_view>());
    case kPathMatchesAny: return matching_any(beginning, query);
    default: return {};
  }
}

void extract_paths(std::uint8_t column, const types::Datum& value, KeySet& keys) {
  const types::ArrayView view(value);
  for (types::ArrayView::Cursor c(view); c.next();) {
    if (c.value().is_null) continue;
    const auto path = c.value().as<std::string_view>();
    std::string& out = keys.begin();
    KeyWriter(out, column);
    out += path.substr(0, kMaxOrderedSize);
    if (path.size() < kMaxOrderedSize) out += kEnd;
    keys.end();
  }
}

// An array with nulls is refused by whoever looks at it; it need not be found.
Search path_list_search(std::uint8_t column, int strategy, const types::Datum& query) {
  const std::string beginning = list_beginning(column);
  switch (strategy) {
    case kPathsBelow: return below(beginning, query.as<std::string_view>());
    case kPathMatches: return matching(beginning, query.as<std::string_view>());
    case kPathMatchesAny: return matching_any(beginning, query);
    default: return {};
  }
}

}  // namespace inverted
