#include "table_scan.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "eval/program_facts.h"
#include "execution_state.h"

namespace operators {

TableScan::TableScan(const planner::TableScanNode& node, ExecutionState& state)
    : Operator(node, state),
      scan_(node),
      ranges_(node),
      arena_(node.batch_rows > 1 ? 65536 : 512),
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

void TableScan::add_details(Operator& worker) {
  heap_fetches_ += std::exchange(static_cast<TableScan&>(worker).heap_fetches_, 0);
}

void TableScan::close() { scanner_.reset(); }

void TableScan::do_open() {
  access_ = state().open_table(*scan_.relation);
  done_ = !ranges_.begin(state(), *access_.table);
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
    start(ranges_.current());
  } else if (parts_ > 0) {
    morsels_->fill(table::split_range(*access_.table, scan_.index, ranges_.current(), parts_, cut_));
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
  if (looked_up_in_ != access_.table) {
    looked_up_in_ = access_.table;
    entry_lookup_.reset();
    if (table::entries_hold(*access_.table, scan_.index, scan_.table_columns))
      entry_lookup_.emplace(*access_.table, scan_.index, scan_.table_columns);
  }
  if (entry_lookup_) {
    const bool found = entry_lookup_->find(*access_.view, ranges_.values(), vectors_, 0, batch_arena(), scratch_);
    heap_fetches_ += entry_lookup_->take_fetched();
    if (!found) return false;
  } else if (!access_.table->lookup(*access_.view, scan_.index, ranges_.values(), scan_.table_columns, vectors_, 0,
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
      std::optional<table::KeyRange> range = morsels_ != nullptr ? morsels_->take() : ranges_.next();
      if (!range) break;
      start(std::move(*range));
    }
    for (types::Vector& v : vectors_) v.clear();
    const std::uint32_t count = scanner_->next(vectors_, capacity_, batch_arena(),
                                                scan_.index == table::kClusteredIndex ? this : nullptr);
    heap_fetches_ += scanner_->take_fetched();
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
