#include "bitmap_scan.h"

#include "execution_state.h"
#include "inverted/placement.h"
#include "inverted/search.h"
#include "row_sorter.h"
#include "types/oid.h"
#include "types/type_io.h"

namespace operators {

using inverted::Search;

namespace {

// Where a search leads. A list that does not fit into memory is given up: then keys do not tell.
FoundRows follow(const Search& search, const TableAccess& access, int index, std::size_t memory) {
  switch (search.kind) {
    case Search::Kind::everything: return {true, nullptr};
    case Search::Kind::nothing: return {};
    case Search::Kind::key: return rows_of(table::PostingScan(*access.table, *access.view, index, search.key));
    case Search::Kind::prefix: {
      inverted::KeySet rows;
      if (!table::collect_postings(*access.table, *access.view, index, search.key, memory, rows))
        return {true, nullptr};
      return rows_of(std::move(rows));
    }
    case Search::Kind::ranges: {
      inverted::KeySet rows;
      if (!table::collect_postings(*access.table, *access.view, index, *search.ranges, memory, rows))
        return {true, nullptr};
      return rows_of(std::move(rows));
    }
    case Search::Kind::all_of:
    case Search::Kind::any_of: break;
  }
  std::vector<FoundRows> parts;
  for (const Search& part : search.parts) parts.push_back(follow(part, access, index, memory / search.parts.size()));
  return search.kind == Search::Kind::all_of ? rows_of_all(std::move(parts)) : rows_of_any(std::move(parts));
}

// By the bytes of row keys.
const planner::SortColumn& by_row_key() {
  static const planner::SortColumn kKey = [] {
    const types::TypeSupport* bytes = types::find_type(types::oid::bytea);
    planner::SortColumn key;
    key.physical = types::PhysicalType::varlen;
    key.compare = bytes->compare;
    key.encode = bytes->encode_key;
    return key;
  }();
  return kKey;
}

// The row keys in ranges of the table's own tree, which ascend and are apart.
class RowRanges final : public RowKeyStream {
 public:
  RowRanges(const TableAccess& access, std::vector<table::KeyRange> ranges)
      : table_(*access.table), view_(*access.view), ranges_(std::move(ranges)) {}
  bool seek(std::string_view row_key) override {
    for (; at_ < ranges_.size(); ++at_, scan_.reset()) {
      if (!scan_) {
        if (!ranges_[at_].upper.empty() && ranges_[at_].upper <= row_key) continue;
        scan_.emplace(table_, view_, std::move(ranges_[at_]));
      }
      if (scan_->seek(row_key)) return true;
    }
    return false;
  }
  std::string_view row_key() const override { return scan_->row_key(); }

 private:
  const table::Table& table_;
  const transaction::View& view_;
  std::vector<table::KeyRange> ranges_;
  std::size_t at_ = 0;
  std::optional<table::PostingScan> scan_;
};

// Row keys in any order, which go to disk past `memory`.
class RowKeyCollector {
 public:
  RowKeyCollector(SpillSpace& space, std::size_t memory) : space_(space), memory_(memory) {}

  inverted::KeySet& keys() { return keys_; }
  std::uint64_t count() const { return moved_ + keys_.size(); }
  void keep_to_memory() {
    if (keys_.footprint() > memory_ && space_.available()) move_to_sorter();
  }
  FoundRows finish() {
    if (sorter_ == nullptr) {
      keys_.sort();
      return rows_of(std::move(keys_));
    }
    move_to_sorter();
    sorter_->finish();
    return rows_of(std::move(sorter_));
  }

 private:
  void move_to_sorter() {
    constexpr types::PhysicalType kColumns[] = {types::PhysicalType::varlen};
    if (sorter_ == nullptr) {
      sorter_ = std::make_unique<RowSorter>(kColumns, std::span(&by_row_key(), 1));
      sorter_->start(space_, memory_, std::nullopt);
      column_ = make_vectors(arena_, kColumns, types::kBatchRows);
    }
    for (std::size_t at = 0; at < keys_.size();) {
      std::uint32_t rows = 0;
      for (; rows < types::kBatchRows && at < keys_.size(); ++at, ++rows) column_[0].set(rows, keys_[at]);
      sorter_->add({column_, {nullptr, rows}});
    }
    moved_ += keys_.size();
    keys_ = {};
  }

  SpillSpace& space_;
  std::size_t memory_;
  inverted::KeySet keys_;
  std::uint64_t moved_ = 0;
  std::unique_ptr<RowSorter> sorter_;
  types::Arena arena_{65536};
  std::vector<types::Vector> column_;
};

}  // namespace

BitmapIndexScan::BitmapIndexScan(const planner::BitmapIndexScanNode& node, ExecutionState& state)
    : RowFinder(node, state), scan_(node), keys_(node.key_values, 1) {
  if (node.search != nullptr) ranges_.emplace(*node.search);
}

FoundRows BitmapIndexScan::find() {
  if (ranges_) return find_ordered();
  FoundRows found = find_inverted();
  return state().instrumented ? counted(std::move(found), counted_rows()) : std::move(found);
}

FoundRows BitmapIndexScan::find_ordered() {
  const TableAccess access = state().open_table(*scan_.relation);
  if (!ranges_->begin(state(), *access.table)) return {};
  const int index = scan_.search->index;
  table::count_index_scan(*access.table, index, 0);
  // Row keys under one key come in their order: nothing needs to be kept. Each such stream holds a leaf, though.
  constexpr std::size_t kMostStreams = 16;
  if (index == table::kClusteredIndex || ranges_->are_single_keys()) {
    std::vector<table::KeyRange> ranges{ranges_->current()};
    while (auto range = ranges_->next()) ranges.push_back(std::move(*range));
    FoundRows found;
    if (index == table::kClusteredIndex) {
      found.stream = std::make_unique<RowRanges>(access, std::move(ranges));
    } else if (ranges.size() <= kMostStreams) {
      std::vector<FoundRows> parts;
      for (table::KeyRange& range : ranges)
        parts.push_back(rows_of(table::PostingScan(*access.table, *access.view, index, std::move(range.lower))));
      found = rows_of_any(std::move(parts));
    }
    if (found.stream != nullptr) return state().instrumented ? counted(std::move(found), counted_rows()) : std::move(found);
    ranges_->begin(state(), *access.table);
  }
  RowKeyCollector collector(state().spill, execution().context.work_mem_bytes);
  std::optional<table::KeyRange> range = ranges_->current();
  do {
    table::collect_row_keys(*access.table, *access.view, index, *range, collector.keys(),
                            [&] { collector.keep_to_memory(); });
    range = ranges_->next();
  } while (range);
  counted_rows() += collector.count();
  return collector.finish();
}

FoundRows BitmapIndexScan::find_inverted() {
  const TableAccess access = state().open_table(*scan_.relation);
  const table::IndexSchema& index = access.table->schema().index(scan_.index);
  key_arena_.reset();
  key_context_ = state().eval_context();
  key_context_.arena = &key_arena_;
  keys_.bind(environment(), key_context_);
  std::vector<Search> searches;
  std::vector<inverted::PlacedCondition> placed;
  for (std::size_t i = 0; i < scan_.conditions.size(); ++i) {
    const auto& condition = scan_.conditions[i];
    const types::Datum value = keys_.value(i);
    if (value.is_null) return {};
    if (index.is_placed()) {
      placed.push_back({condition.column, condition.strategy, value});
      continue;
    }
    const table::KeyColumn& key = index.keys[condition.column];
    searches.push_back(inverted::search_for(key.source, key.support, condition.column, condition.strategy, value));
  }
  const Search search = index.is_placed()
                            ? inverted::placed_search(table::placed_columns(*access.table, scan_.index), placed)
                            : inverted::all_of(std::move(searches));
  if (search.kind != Search::Kind::everything) table::count_index_scan(*access.table, scan_.index, 0);
  return follow(search, access, scan_.index, execution().context.work_mem_bytes);
}

void CombinedFinder::do_open() {
  for (std::size_t i = 0; i < children_.size(); ++i) child(i).open();
}

std::vector<FoundRows> CombinedFinder::find_each() {
  std::vector<FoundRows> parts;
  for (std::size_t i = 0; i < children_.size(); ++i) parts.push_back(static_cast<RowFinder&>(child(i)).find());
  return parts;
}

BitmapHeapScan::BitmapHeapScan(const planner::BitmapHeapScanNode& node, ExecutionState& state)
    : Operator(node, state),
      scan_(node),
      arena_(node.batch_rows > 1 ? 65536 : 512),
      vectors_(make_vectors(arena_, node.raw_columns, node.batch_rows)) {}

void BitmapHeapScan::close() {
  scanner_.reset();
  found_ = {};
  Operator::close();
}

void BitmapHeapScan::do_open() {
  access_ = state().open_table(*scan_.relation);
  finder().open();
  found_ = finder().find();
  if (!found_.everything && found_.stream == nullptr) return;
  if (scanner_ && scanner_view_ == access_.view && by_keys_ && !found_.everything) return scanner_->restart(*found_.stream);
  table::ScanRequest request;
  request.columns = scan_.table_columns;
  request.keys = found_.stream.get();
  by_keys_ = request.keys != nullptr;
  scanner_view_ = access_.view;
  scanner_.emplace(*access_.table, *access_.view, std::move(request));
}

bool BitmapHeapScan::produce(types::Batch& raw) {
  if (!found_.everything && found_.stream == nullptr) return false;
  for (types::Vector& v : vectors_) v.clear();
  const std::uint32_t count = scanner_->next(vectors_, node_.batch_rows, batch_arena());
  if (count == 0) {
    found_ = {};
    return false;
  }
  raw = {vectors_, {nullptr, count}};
  return true;
}

}  // namespace operators
