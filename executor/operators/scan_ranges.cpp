#include "scan_ranges.h"

#include <algorithm>
#include <utility>

#include "execution_state.h"
#include "types/array.h"
#include "types/integer_conversion.h"
#include "types/type_io.h"

namespace operators {

using types::Datum;

ScanRanges::ScanRanges(const planner::TableScanNode& node)
    : scan_(node), keys_(node.key_values, 1), values_(node.key_values.expressions.size()) {}

bool ScanRanges::are_single_keys() const {
  return scan_.equal_keys > 0 && !scan_.has_lower && !scan_.has_upper &&
         scan_.equal_keys == table_->schema().index(scan_.index).keys.size();
}

bool ScanRanges::evaluate_array(ExecutionState& state, const Datum& array) {
  elements_.clear();
  const types::ArrayView view(array);
  const auto key = static_cast<std::size_t>(scan_.array_key);
  for (types::ArrayView::Cursor c(view); c.next();) {
    if (c.value().is_null) continue;
    const auto value = types::convert_integer(view.physical(), scan_.key_types[key], c.value());
    if (value) elements_.push_back(types::copy_datum(key_arena_, scan_.key_types[key], *value));
  }
  const auto* support = state.context.catalog->find_support(scan_.array_element.oid);
  if (support != nullptr && support->compare != nullptr) {
    std::sort(elements_.begin(), elements_.end(), [&](const Datum& a, const Datum& b) {
      return (support->compare(a, b) < 0) != scan_.backward && support->compare(a, b) != 0;
    });
    elements_.erase(std::unique(elements_.begin(), elements_.end(),
                                [&](const Datum& a, const Datum& b) {
                                  return support->compare(a, b) == 0;
                                }),
                    elements_.end());
  }
  next_element_ = 0;
  return !elements_.empty();
}

bool ScanRanges::begin(ExecutionState& state, const table::Table& table) {
  table_ = &table;
  next_element_ = 0;
  elements_.clear();
  if (values_.empty()) return true;
  key_arena_.reset();
  key_context_ = state.eval_context();
  key_context_.arena = &key_arena_;
  keys_.bind(state.environment, key_context_);
  if (scan_.alternatives > 1) return collect();
  const std::size_t lower = scan_.equal_keys, upper = lower + (scan_.has_lower ? scan_.lower_keys : 0);
  for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = keys_.value(i);
  const std::size_t equal = scan_.has_lower || scan_.has_upper ? scan_.equal_keys : values_.size();
  for (std::size_t i = 0; i < equal; ++i) {
    if (static_cast<int>(i) == scan_.array_key && !values_[i].is_null) continue;
    if (i < 64 && (scan_.null_keys >> i & 1) != 0) continue;
    if (values_[i].is_null || !convert(i)) return false;
  }
  if (scan_.has_lower && !set_bound(lower_, lower, scan_.lower_keys, scan_.lower_inclusive, Side::lower)) return false;
  if (scan_.has_upper && !set_bound(upper_, upper, scan_.upper_keys, scan_.upper_inclusive, Side::upper)) return false;
  if (scan_.array_key >= 0)
    return evaluate_array(state, values_[static_cast<std::size_t>(scan_.array_key)]);
  return true;
}

// False: no key lies within it. A bound ends before a value that is null, where rows that are equal so far are no match,
// and before an integer that the key cannot hold, where they all are, or none.
bool ScanRanges::set_bound(table::RowBound& bound, std::size_t first, std::size_t count, bool inclusive, Side side) {
  const auto values = std::span<Datum>(values_).subspan(first, count);
  for (std::size_t i = 0; i < count; ++i) {
    if (values[i].is_null) {
      bound = {values.first(i), false};
      return i > 0;
    }
    if (convert(first + i)) continue;
    const bool is_below = types::is_negative_integer(keys_.program().expressions[first + i]->physical(), values[i]);
    const bool all = is_below == (side == Side::lower);
    bound = {values.first(i), all};
    if (i > 0) return true;
    // No key, or every one: but a null is none.
    values[0] = types::outermost_integer(scan_.key_types[first], side == Side::upper);
    bound.values = values.first(1);
    return all;
  }
  bound = {values, inclusive};
  return true;
}

bool ScanRanges::convert(std::size_t value) {
  const auto converted =
      types::convert_integer(keys_.program().expressions[value]->physical(), scan_.key_types[value], values_[value]);
  if (converted) values_[value] = *converted;
  return converted.has_value();
}

bool ScanRanges::collect() {
  ranges_.clear();
  next_range_ = 0;
  const table::TableSchema& schema = table_->schema();
  const std::size_t width = scan_.equal_keys;
  for (std::size_t first = 0; first < values_.size(); first += width) {
    bool possible = true;
    for (std::size_t i = first; possible && i < first + width; ++i) {
      values_[i] = keys_.value(i);
      possible = !values_[i].is_null && convert(i);
    }
    if (possible)
      ranges_.push_back(table::make_range(schema, schema.index(scan_.index), std::span(values_).subspan(first, width)));
  }
  // Of equal width, so they are the same or apart.
  std::ranges::sort(ranges_, {}, &table::KeyRange::lower);
  const auto repeated = std::ranges::unique(ranges_, {}, &table::KeyRange::lower);
  ranges_.erase(repeated.begin(), repeated.end());
  if (scan_.backward) std::ranges::reverse(ranges_);
  return !ranges_.empty();
}

table::KeyRange ScanRanges::current() {
  if (scan_.alternatives > 1) return std::move(ranges_[next_range_++]);
  if (scan_.access == planner::Access::full) return table::KeyRange::all();
  const table::TableSchema& schema = table_->schema();
  if (scan_.array_key >= 0)
    values_[static_cast<std::size_t>(scan_.array_key)] = elements_[next_element_++];
  if (scan_.next_not_null)
    return table::make_not_null_range(schema, schema.index(scan_.index), std::span<const Datum>(values_).first(scan_.equal_keys));
  // No key column is given: the value is the bytes of the row's own key.
  if (scan_.equal_keys == 0 && !scan_.has_lower && !scan_.has_upper) {
    const auto key = values_.front().as<std::string_view>();
    return {.lower = std::string(key), .upper = std::string(key) + '\0'};
  }
  const std::span<const Datum> values(values_);
  return table::make_row_range(schema, schema.index(scan_.index), values.first(scan_.equal_keys), lower_, upper_);
}

std::optional<table::KeyRange> ScanRanges::next() {
  if (scan_.alternatives > 1)
    return next_range_ < ranges_.size() ? std::optional(current()) : std::nullopt;
  if (scan_.array_key < 0 || next_element_ >= elements_.size()) return std::nullopt;
  return current();
}

}  // namespace operators
