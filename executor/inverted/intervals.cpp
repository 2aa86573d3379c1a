#include "intervals.h"

#include <algorithm>
#include <bit>
#include <limits>

#include <fmt/format.h>

#include "inverted/placement.h"
#include "types/key_encoding.h"
#include "types/range.h"
#include "types/sql_error.h"
#include "wal/check.h"

namespace inverted {
namespace {

constexpr std::uint64_t kLeastBound = 1, kGreatestBound = std::numeric_limits<std::uint64_t>::max();

// The beginning of a bound's key as a number.
std::uint64_t bound_number(const types::UserType& range, const types::Datum& value, std::string& scratch) {
  const types::TypeSupport& element = range.element();
  if (element.encode_key == nullptr)
    throw types::SqlError::not_supported(fmt::format("an index over type {}", range.name()));
  const std::size_t begin = scratch.size();
  element.encode_key(value, scratch);
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = number << 8 | (begin + i < scratch.size() ? static_cast<unsigned char>(scratch[begin + i]) : 0);
  scratch.resize(begin);
  return std::max(number, kLeastBound);
}

// Strategies of range_ops.
constexpr int kRangeBefore = 1, kRangeOverLeft = 2, kRangeOverlaps = 3, kRangeOverRight = 4, kRangeAfter = 5,
              kRangeAdjacent = 6, kRangeContains = 7, kRangeContained = 8, kRangeContainsElement = 16,
              kRangeEqual = 18;

// Calls `use` for each ancestor above `node`, ascending.
template <typename Use>
void each_right_ancestor(std::uint64_t node, const Use& use) {
  for (int bit = std::countr_zero(node) + 1; bit < 64; ++bit)
    if ((node >> bit & 1) == 0) use((node >> bit | 1) << bit);
}

// Below it, ascending.
template <typename Use>
void each_left_ancestor(std::uint64_t node, const Use& use) {
  for (int bit = 63; bit > std::countr_zero(node); --bit)
    if ((node >> bit & 1) == 1) use(node >> bit << bit);
}

// Ranges of entries of either form, ascending.
class IntervalRanges {
 public:
  explicit IntervalRanges(std::string_view beginning) : beginning_(beginning) {}

  // From (fork, bound) to (last fork, last bound), both included.
  void add(IntervalForm form, std::uint64_t fork, std::uint64_t bound, std::uint64_t last_fork,
           std::uint64_t last_bound) {
    lower_ = upper_ = beginning_;
    append_interval_key(lower_, form, fork, bound);
    append_interval_key(upper_, form, last_fork, last_bound);
    ranges_->add(lower_, above_prefix(upper_));
  }
  void add_empty() {
    lower_ = beginning_;
    lower_.push_back(static_cast<char>(IntervalForm::empty));
    ranges_->add(lower_, above_prefix(lower_));
  }
  Search finish() {
    Search search{.kind = Search::Kind::ranges};
    search.ranges = std::move(ranges_);
    return search;
  }

 private:
  std::string beginning_, lower_, upper_;
  std::shared_ptr<ListedRanges> ranges_ = std::make_shared<ListedRanges>();
};

Search search_with_empty(std::string_view beginning, int strategy) {
  if (strategy == kRangeContains) return {};
  if (strategy != kRangeContained && strategy != kRangeEqual) return {.kind = Search::Kind::nothing};
  IntervalRanges ranges(beginning);
  ranges.add_empty();
  return ranges.finish();
}

}  // namespace

const types::UserType& range_type_of_column(bool is_multirange, const types::TypeSupport& support) {
  CHECK(support.user != nullptr);
  return is_multirange ? *support.user->element().user : *support.user;
}

Interval interval_of(bool is_multirange, const types::UserType& range, std::string_view value, std::string& scratch) {
  types::Range first, last;
  if (is_multirange) {
    const std::vector<types::Range> ranges = types::read_multirange(value);
    if (ranges.empty()) return {.empty = true};
    first = ranges.front();
    last = ranges.back();
  } else {
    first = last = types::read_range(value);
    if (first.empty) return {.empty = true};
  }
  Interval interval;
  interval.lower = first.lower_infinite ? kLeastBound : bound_number(range, first.lower, scratch);
  interval.upper = last.upper_infinite ? kGreatestBound : bound_number(range, last.upper, scratch);
  return interval;
}

std::uint64_t fork_node(std::uint64_t lower, std::uint64_t upper) {
  // lower - 1 and upper part at the fork's bit.
  const int bit = 63 - std::countl_zero((lower - 1) ^ upper);
  return upper >> bit << bit;
}

void append_interval_key(std::string& out, IntervalForm form, std::uint64_t fork, std::uint64_t bound) {
  out.push_back(static_cast<char>(form));
  types::append_key_u64(out, fork);
  types::append_key_u64(out, bound);
}

Search interval_search(bool is_multirange, const types::TypeSupport& support, std::string_view beginning, int strategy,
                       const types::Datum& query) {
  const types::UserType& range = range_type_of_column(is_multirange, support);
  std::string scratch;
  Interval asked;
  const bool with_multirange = (strategy & kMultirangeQuery) != 0;
  strategy &= ~kMultirangeQuery;
  if (strategy == kRangeContainsElement) {
    asked.lower = asked.upper = bound_number(range, query, scratch);
    strategy = kRangeOverlaps;
  } else {
    asked = interval_of(with_multirange, range, query.as<std::string_view>(), scratch);
    if (asked.empty) return search_with_empty(beginning, strategy);
  }
  const auto [lower, upper] = std::pair(asked.lower, asked.upper);
  constexpr IntervalForm kByLower = IntervalForm::by_lower, kByUpper = IntervalForm::by_upper;
  IntervalRanges ranges(beginning);
  switch (strategy) {
    case kRangeOverlaps:
      ranges.add(kByLower, lower, 0, upper, kGreatestBound);
      each_right_ancestor(upper, [&](std::uint64_t node) { ranges.add(kByLower, node, 0, node, upper); });
      each_left_ancestor(lower, [&](std::uint64_t node) { ranges.add(kByUpper, node, lower, node, kGreatestBound); });
      break;
    case kRangeContains: {
      // What contains both bounds is registered at the fork of them or above it.
      const std::uint64_t fork = fork_node(lower, upper);
      ranges.add(kByLower, fork, 0, fork, lower);
      each_right_ancestor(fork, [&](std::uint64_t node) { ranges.add(kByLower, node, 0, node, lower); });
      each_left_ancestor(fork, [&](std::uint64_t node) { ranges.add(kByUpper, node, upper, node, kGreatestBound); });
      break;
    }
    case kRangeContained: {
      ranges.add_empty();
      // At ancestors of the lower bound, those that begin before it are left out.
      std::uint64_t from = lower;
      each_right_ancestor(lower, [&](std::uint64_t node) {
        if (node > upper) return;
        ranges.add(kByLower, from, lower, node - 1, kGreatestBound);
        from = node;
      });
      ranges.add(kByLower, from, lower, upper, kGreatestBound);
      break;
    }
    case kRangeEqual: {
      const std::uint64_t fork = fork_node(lower, upper);
      ranges.add(kByLower, fork, lower, fork, lower);
      break;
    }
    // A fork lies within its interval.
    case kRangeBefore: ranges.add(kByLower, 0, 0, lower, kGreatestBound); break;
    case kRangeOverLeft: ranges.add(kByLower, 0, 0, upper, kGreatestBound); break;
    case kRangeOverRight: ranges.add(kByLower, lower, lower, kGreatestBound, kGreatestBound); break;
    case kRangeAfter: ranges.add(kByLower, upper, upper, kGreatestBound, kGreatestBound); break;
    case kRangeAdjacent:
      ranges.add(kByLower, upper, upper, upper, upper);
      each_right_ancestor(upper, [&](std::uint64_t node) { ranges.add(kByLower, node, upper, node, upper); });
      each_left_ancestor(lower, [&](std::uint64_t node) { ranges.add(kByUpper, node, lower, node, lower); });
      ranges.add(kByUpper, lower, lower, lower, lower);
      break;
    default: return {};
  }
  return ranges.finish();
}

}  // namespace inverted
