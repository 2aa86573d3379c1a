#include "regex_set.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include <unicode/uset.h>

#include "wal/check.h"

namespace functions {

void RegexSet::normalize() {
  std::sort(ranges_.begin(), ranges_.end());
  std::size_t kept = 0;
  for (const Range& range : ranges_) {
    if (kept > 0 && range.first <= ranges_[kept - 1].second + 1)
      ranges_[kept - 1].second = std::max(ranges_[kept - 1].second, range.second);
    else
      ranges_[kept++] = range;
  }
  ranges_.resize(kept);
}

RegexSet RegexSet::complement() const {
  RegexSet result;
  char32_t next = 0;
  for (const auto& [low, high] : ranges_) {
    if (low > next) result.add(next, low - 1);
    next = high + 1;
  }
  if (next <= kLast) result.add(next, kLast);
  return result;
}

const RegexSet& RegexSet::named(std::string_view pattern) {
  thread_local std::unordered_map<std::string_view, RegexSet> known;
  const auto [entry, is_new] = known.try_emplace(pattern);
  RegexSet& set = entry->second;
  if (!is_new) return set;
  std::u16string source(1, u'[');
  source.append(pattern.begin(), pattern.end());  // ASCII
  source += u']';
  UErrorCode code = U_ZERO_ERROR;
  // Without the option that would leave out spaces.
  USet* const read = uset_openPatternOptions(source.data(), static_cast<std::int32_t>(source.size()), 0, &code);
  CHECK(U_SUCCESS(code));
  const std::int32_t count = uset_getRangeCount(read);
  for (std::int32_t i = 0; i < count; ++i) {
    UChar32 low, high;
    uset_getItem(read, i, &low, &high, nullptr, 0, &code);
    set.add(static_cast<char32_t>(low), static_cast<char32_t>(high));
  }
  uset_close(read);
  set.normalize();
  return set;
}

}  // namespace functions
