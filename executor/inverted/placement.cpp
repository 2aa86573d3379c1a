#include "inverted/placement.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "cells.h"
#include "intervals.h"
#include "networks.h"
#include "paths.h"
#include "types/inet.h"
#include "types/key_encoding.h"
#include "types/sql_error.h"

namespace inverted {

using types::Datum;

namespace {

constexpr char kNullValue = 0, kHasValue = 1;

// Longer keys are cut, all at the same length: none is the beginning of another one that is not equal, and the order
// stays.
void append_ordered_value(const PlacedColumn& column, const Datum& value, std::string& out) {
  const std::size_t begin = out.size();
  switch (column.source) {
    case Source::bytes: types::append_key_text(out, value.as<std::string_view>().substr(0, kMaxOrderedSize)); break;
    case Source::network: out += types::inet_key(types::inet_of(value.as<std::string_view>())); break;
    default:
      if (column.support == nullptr || column.support->encode_key == nullptr)
        throw types::SqlError::not_supported(
            fmt::format("an index over type {}", column.support != nullptr ? column.support->name : "with that OID"));
      column.support->encode_key(value, out);
  }
  if (out.size() - begin > kMaxOrderedSize) out.resize(begin + kMaxOrderedSize);
}

void append_ordered(const PlacedColumn& column, const Datum& value, std::string& out) {
  out.push_back(value.is_null ? kNullValue : kHasValue);
  if (!value.is_null) append_ordered_value(column, value, out);
}

enum class Comparison : std::uint8_t { none, less, equal, greater, begins, network, path };

Comparison comparison_of(Source source, int strategy) {
  using enum Comparison;
  if (source == Source::network) {
    switch (strategy) {
      case kNetworkEqual: return equal;
      case kNetworkLess:
      case kNetworkLessEqual: return less;
      case kNetworkGreater:
      case kNetworkGreaterEqual: return greater;
      case kNetworkNotEqual: return none;
      default: return network;
    }
  }
  switch (strategy) {
    case 1:
    case 2: return less;
    case 3: return equal;
    case 4:
    case 5: return greater;
    default: break;
  }
  if (source == Source::path) return helps_to_find_paths(strategy) ? path : none;
  if (source != Source::bytes) return none;
  switch (strategy) {
    case 11:
    case 12: return less;
    case 14:
    case 15: return greater;
    case 28: return begins;
    default: return none;
  }
}

// The first condition for equality with the column.
const PlacedCondition* equality_on(std::span<const PlacedColumn> columns,
                                   std::span<const PlacedCondition> conditions, std::size_t column) {
  for (const PlacedCondition& condition : conditions)
    if (condition.column == column &&
        comparison_of(columns[column].source, condition.strategy) == Comparison::equal)
      return &condition;
  return nullptr;
}

Search range_search(std::string_view lower, std::string_view upper) {
  auto ranges = std::make_shared<ListedRanges>();
  ranges->add(lower, upper);
  Search search{.kind = Search::Kind::ranges};
  search.ranges = std::move(ranges);
  return search;
}

// Of a condition on an ordered column, all before it being equal.
Search ordered_search(const PlacedColumn& column, std::string_view beginning, const PlacedCondition& condition) {
  std::string first(beginning);
  first.push_back(kHasValue);
  std::string key = first;
  const Comparison comparison = comparison_of(column.source, condition.strategy);
  if (comparison == Comparison::network) return network_search(first, condition.strategy, condition.value);
  if (comparison == Comparison::path) return path_search(first, condition.strategy, condition.value);
  append_ordered_value(column, condition.value, key);
  switch (comparison) {
    case Comparison::equal: return range_search(key, above_prefix(key));
    case Comparison::less: return range_search(first, above_prefix(key));
    case Comparison::greater: return range_search(key, above_prefix(first));
    case Comparison::begins:
      // Without the end, where it was not cut off.
      if (key.back() == '\0') key.pop_back();
      return range_search(key, above_prefix(key));
    default: return {};
  }
}

bool all_ordered(std::span<const PlacedColumn> columns) {
  for (const PlacedColumn& column : columns)
    if (!is_ordered(column.source)) return false;
  return true;
}

}  // namespace

void place(std::span<const PlacedColumn> columns, std::span<const Datum> values, KeySet& keys) {
  char number = 0;
  const auto write_beginning = [&](std::string& out) {
    out.push_back(number);
    for (std::size_t i = 0; i < columns.size(); ++i)
      if (is_ordered(columns[i].source)) append_ordered(columns[i], values[i], out);
  };
  if (all_ordered(columns)) {
    write_beginning(keys.begin());
    return keys.end();
  }
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Source source = columns[i].source;
    if (is_ordered(source)) continue;
    if (source == Source::range || source == Source::multirange) {
      place_interval(source == Source::multirange, *columns[i].support, values[i], write_beginning, keys);
    } else {
      std::string& out = keys.begin();
      write_beginning(out);
      append_cell(source, values[i], out);
      keys.end();
    }
    ++number;
  }
}

void find_helpful(std::span<const PlacedColumn> columns, std::span<const PlacedCondition> conditions,
                  std::span<bool> helps) {
  for (bool& one : helps) one = false;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    if (!is_ordered(columns[column].source)) continue;
    bool equal = false;
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      if (conditions[i].column != column) continue;
      const Comparison comparison = comparison_of(columns[column].source, conditions[i].strategy);
      helps[i] = comparison != Comparison::none;
      equal = equal || comparison == Comparison::equal;
    }
    if (!equal) return;
  }
  for (std::size_t i = 0; i < conditions.size(); ++i)
    if (!is_ordered(columns[conditions[i].column].source)) helps[i] = true;
}

Search placed_search(std::span<const PlacedColumn> columns, std::span<const PlacedCondition> conditions) {
  std::string beginning(1, '\0');
  for (std::size_t column = 0; column < columns.size(); ++column) {
    if (!is_ordered(columns[column].source)) continue;
    if (const PlacedCondition* equal = equality_on(columns, conditions, column)) {
      append_ordered(columns[column], equal->value, beginning);
      continue;
    }
    std::vector<Search> parts;
    for (const PlacedCondition& condition : conditions)
      if (condition.column == column) parts.push_back(ordered_search(columns[column], beginning, condition));
    Search search = all_of(std::move(parts));
    if (search.kind != Search::Kind::everything || beginning.size() == 1) return search;
    return range_search(beginning, above_prefix(beginning));
  }
  std::vector<Search> parts;
  char number = 0;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const PlacedColumn& own = columns[column];
    if (is_ordered(own.source)) continue;
    beginning[0] = number++;
    for (const PlacedCondition& condition : conditions) {
      if (condition.column != column) continue;
      if (own.source == Source::range || own.source == Source::multirange)
        parts.push_back(interval_search(own.source == Source::multirange, *own.support, beginning, condition.strategy,
                                        condition.value));
      else
        parts.push_back(cell_search(own.source, beginning, condition.strategy, condition.value));
    }
  }
  Search search = all_of(std::move(parts));
  beginning[0] = 0;
  if (search.kind != Search::Kind::everything || beginning.size() == 1) return search;
  return range_search(beginning, above_prefix(beginning));
}

}  // namespace inverted
