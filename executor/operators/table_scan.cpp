#include "table_scan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "eval/program_facts.h"
#include "execution_state.h"
#include "types/array.h"
#include "types/integer_conversion.h"
#include "types/type_io.h"

namespace operators {

using types::Datum;

TableScan::TableScan(const planner::TableScanNode& node, ExecutionState& state)
    : Operator(node, state),
      scan_(node),
      keys_(node.key_values, 1),
      values_(node.key_values.expressions.size()),
      arena_(node.batch_rows > 1 ? 65536 : 512),
      key_arena_(256),
      vectors_(make_vectors(arena_, node.raw_columns, node.batch_rows)) {
  if (node.access != planner::Access::lookup && node.index == table::kClusteredIndex)
    early_filter_ = take_filter();
  if (early_filter_) plan_steps();
}

void TableScan::plan_steps() {
  looked_at_.resize(scan_.table_columns.size());
  chosen_.resize(types::kBatchRows);
  const std::vector<eval::NodePtr>& conditions = early_filter_->program().expressions;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    std::optional<std::vector<std::size_t>> columns = eval::input_columns(*conditions[i]);
    if (!columns) {
      columns.emplace(scan_.filter_columns);
      std::iota(columns->begin(), columns->end(), std::size_t{0});
    }
    if (!steps_.empty() && std::ranges::includes(steps_.back().columns, *columns))
      steps_.back().conditions.push_back(i);
    else
      steps_.push_back({{i}, std::move(*columns)});
  }
}

void TableScan::close() { scanner_.reset(); }

bool TableScan::evaluate_array(const Datum& array) {
  elements_.clear();
  const types::ArrayView view(array);
  const auto key = static_cast<std::size_t>(scan_.array_key);
  for (types::ArrayView::Cursor c(view); c.next();) {
    if (c.value().is_null) continue;
    const auto value = types::convert_integer(view.physical(), scan_.key_types[key], c.value());
    if (value) elements_.push_back(types::copy_datum(key_arena_, scan_.key_types[key], *value));
  }
  const auto* support = state().context.catalog->find_support(scan_.array_element.oid);
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

bool TableScan::evaluate_keys() {
  if (values_.empty()) return true;
  key_arena_.reset();
  key_context_ = state().eval_context();
  key_context_.arena = &key_arena_;
  keys_.bind(environment(), key_context_);
  if (scan_.alternatives > 1) return collect_ranges();
  const std::size_t lower = scan_.equal_keys, upper = lower + (scan_.has_lower ? scan_.lower_keys : 0);
  for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = keys_.value(i);
  const std::size_t equal = scan_.has_lower || scan_.has_upper ? scan_.equal_keys : values_.size();
  for (std::size_t i = 0; i < equal; ++i) {
    if (static_cast<int>(i) == scan_.array_key && !values_[i].is_null) continue;
    if (values_[i].is_null || !convert(i)) return false;
  }
  if (scan_.has_lower && !set_bound(lower_, lower, scan_.lower_keys, scan_.lower_inclusive, Side::lower)) return false;
  if (scan_.has_upper && !set_bound(upper_, upper, scan_.upper_keys, scan_.upper_inclusive, Side::upper)) return false;
  if (scan_.array_key >= 0)
    return evaluate_array(values_[static_cast<std::size_t>(scan_.array_key)]);
  return true;
}

// False: no key lies within it. A bound ends before a value that is null, where rows that are equal so far are no match,
// and before an integer that the key cannot hold, where they all are, or none.
bool TableScan::set_bound(table::RowBound& bound, std::size_t first, std::size_t count, bool inclusive, Side side) {
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

bool TableScan::convert(std::size_t value) {
  const auto converted =
      types::convert_integer(keys_.program().expressions[value]->physical(), scan_.key_types[value], values_[value]);
  if (converted) values_[value] = *converted;
  return converted.has_value();
}

bool TableScan::collect_ranges() {
  ranges_.clear();
  next_range_ = 0;
  const table::TableSchema& schema = access_.table->schema();
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

table::KeyRange TableScan::current_range() {
  if (scan_.alternatives > 1) return std::move(ranges_[next_range_++]);
  if (scan_.access == planner::Access::full) return table::KeyRange::all();
  const table::TableSchema& schema = access_.table->schema();
  if (scan_.array_key >= 0)
    values_[static_cast<std::size_t>(scan_.array_key)] = elements_[next_element_++];
  // No key column is given: the value is the bytes of the row's own key.
  if (scan_.equal_keys == 0 && !scan_.has_lower && !scan_.has_upper) {
    const auto key = values_.front().as<std::string_view>();
    return {.lower = std::string(key), .upper = std::string(key) + '\0'};
  }
  const std::span<const Datum> values(values_);
  return table::make_row_range(schema, schema.index(scan_.index), values.first(scan_.equal_keys), lower_, upper_);
}

std::optional<table::KeyRange> TableScan::next_range() {
  if (morsels_ != nullptr) return morsels_->take();
  if (scan_.alternatives > 1)
    return next_range_ < ranges_.size() ? std::optional(current_range()) : std::nullopt;
  if (scan_.array_key < 0 || next_element_ >= elements_.size()) return std::nullopt;
  return current_range();
}

void TableScan::do_open() {
  access_ = state().open_table(*scan_.relation);
  done_ = !evaluate_keys();
  if (done_ && parts_ > 0) morsels_->fill({});
  if (done_ || scan_.access == planner::Access::lookup) return;
  if (early_filter_) {
    filter_context_ = context();
    filter_context_.arena = &filter_arena_;
    early_filter_->bind(environment(), filter_context_);
  }
  for (Reduction& reduction : reductions_) {
    reduction.pays = reduction.filter->is_ready();
    reduction.rows = reduction.passed = 0;
  }
  // What is asked for first is read first; who asks for more gets more at once.
  constexpr std::uint64_t kFew = 8;
  capacity_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(expected_, std::min<std::uint64_t>(kFew, scan_.batch_rows), scan_.batch_rows));
  started_ = began_ = false;
  if (morsels_ == nullptr) {
    start(current_range());
  } else if (parts_ > 0) {
    morsels_->fill(table::split_range(*access_.table, scan_.index, current_range(), parts_, cut_));
  }
}

void TableScan::start(table::KeyRange range) {
  started_ = true;
  ++piece_;
  const bool continues = std::exchange(began_, true) && morsels_ != nullptr;
  if (scanner_ && scanner_view_ == access_.view) {
    scanner_->restart(std::move(range), continues);
    return;
  }
  table::ScanRequest request;
  request.index = scan_.index;
  request.range = std::move(range);
  request.direction = scan_.backward ? table::Direction::backward : table::Direction::forward;
  request.columns = scan_.table_columns;
  for (const Step& step : steps_) request.choices.push_back(step.columns);
  for (const Reduction& reduction : reductions_) request.choices.push_back(reduction.columns);
  request.lends = scan_.index == table::kClusteredIndex;
  request.part_of_all = morsels_ != nullptr && scan_.access == planner::Access::full;
  scanner_.emplace(*access_.table, *access_.view, std::move(request));
  scanner_view_ = access_.view;
}

bool TableScan::lookup(types::Batch& raw) {
  done_ = true;
  for (types::Vector& v : vectors_) v.clear();
  if (!access_.table->lookup(*access_.view, scan_.index, values_, scan_.table_columns, vectors_, 0,
                             batch_arena(), scratch_))
    return false;
  raw = {vectors_, {nullptr, 1}};
  return true;
}

void TableScan::reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) {
  if (scan_.access == planner::Access::lookup || scan_.index != table::kClusteredIndex) return;
  reductions_.push_back({&filter, {columns.begin(), columns.end()}});
  reduction_hashes_.resize(types::kBatchRows);
  reduced_.resize(types::kBatchRows);
}

bool TableScan::is_wanted(std::size_t choice) const {
  return choice < steps_.size() || reductions_[choice - steps_.size()].pays;
}

types::Selection TableScan::choose(std::size_t choice, std::span<types::Vector> columns, std::uint32_t rows) {
  if (choice >= steps_.size()) {
    Reduction& reduction = reductions_[choice - steps_.size()];
    reduction_keys_.clear();
    for (const types::Vector& column : columns) reduction_keys_.push_back(&column);
    const std::uint32_t passed =
        reduction.filter->choose(reduction_keys_, {nullptr, rows}, reduction_hashes_.data(), reduced_.data());
    reduction.rows += rows;
    reduction.passed += passed;
    // Where most rows pass, asking costs more than it saves.
    constexpr std::uint64_t kEnoughRows = 8192;
    if (reduction.rows >= kEnoughRows && reduction.passed * 4 > reduction.rows * 3) reduction.pays = false;
    return {reduced_.data(), passed};
  }
  filter_arena_.reset();
  const Step& step = steps_[choice];
  for (std::size_t i = 0; i < columns.size(); ++i) looked_at_[step.columns[i]] = columns[i];
  types::Selection passed{nullptr, rows};
  for (const std::size_t condition : step.conditions) {
    if (passed.count == 0) break;
    passed = eval::select_true(early_filter_->evaluate(condition, {looked_at_, passed}), passed, chosen_.data());
  }
  if (state().instrumented) note_filtered(rows - passed.count);
  return passed;
}

bool TableScan::produce(types::Batch& raw) {
  if (done_) return false;
  if (scan_.access == planner::Access::lookup) return lookup(raw);
  for (;;) {
    if (!started_) {
      std::optional<table::KeyRange> range = next_range();
      if (!range) break;
      start(std::move(*range));
    }
    for (types::Vector& v : vectors_) v.clear();
    const std::uint32_t count = scanner_->next(vectors_, capacity_, batch_arena(),
                                                scan_.index == table::kClusteredIndex ? this : nullptr);
    if (count > 0) {
      capacity_ = std::min(scan_.batch_rows, capacity_ * 4);
      raw = {vectors_, {nullptr, count}};
      return true;
    }
    started_ = false;
    state().check();
  }
  done_ = true;
  return false;
}

}  // namespace operators
