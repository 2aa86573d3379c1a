#include "bitmap_scan.h"

#include "execution_state.h"
#include "inverted/placement.h"
#include "inverted/search.h"

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

}  // namespace

BitmapIndexScan::BitmapIndexScan(const planner::BitmapIndexScanNode& node, ExecutionState& state)
    : RowFinder(node, state), scan_(node), keys_(node.key_values, 1) {}

FoundRows BitmapIndexScan::find() {
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
  found_ = {};
  scanner_.reset();
  Operator::close();
}

void BitmapHeapScan::do_open() {
  access_ = state().open_table(*scan_.relation);
  scanner_.reset();
  next_.clear();
  finder().open();
  found_ = finder().find();
  if (!found_.everything) return;
  table::ScanRequest request;
  request.columns = scan_.table_columns;
  scanner_.emplace(*access_.table, *access_.view, std::move(request));
}

bool BitmapHeapScan::produce(types::Batch& raw) {
  for (types::Vector& v : vectors_) v.clear();
  std::uint32_t count = 0;
  if (scanner_) {
    count = scanner_->next(vectors_, node_.batch_rows, batch_arena());
  } else {
    while (found_.stream != nullptr && count < node_.batch_rows) {
      if (!found_.stream->seek(next_)) {
        found_.stream.reset();
        break;
      }
      // The least key above this one.
      next_.assign(found_.stream->row_key());
      if (access_.table->fetch(*access_.view, next_, scan_.table_columns, vectors_, count, batch_arena(), scratch_))
        ++count;
      next_.push_back('\0');
    }
  }
  if (count == 0) return false;
  raw = {vectors_, {nullptr, count}};
  return true;
}

}  // namespace operators
