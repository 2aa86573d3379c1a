#include "row_sorter.h"

#include <algorithm>
#include <cstring>

namespace operators {

using types::Datum;

namespace {

// Rows of one block of a run: what a merge keeps of each run in memory.
constexpr std::uint32_t kRunBlockRows = 128;
constexpr std::size_t kRunWindowBytes = 16384;

}  // namespace

SortKeys::SortKeys(std::span<const planner::SortColumn> columns) : columns_(columns) {
  for (const planner::SortColumn& c : columns) encodable_ = encodable_ && c.encode != nullptr;
}

void SortKeys::encode_one(const planner::SortColumn& c, const types::Batch& batch, std::uint32_t row, std::string& out) {
  const Datum value = batch.columns[static_cast<std::size_t>(c.column)].datum(row);
  if (value.is_null) {
    out.push_back(c.nulls_first ? '\0' : '\2');
    return;
  }
  out.push_back('\1');
  const std::size_t start = out.size();
  c.encode(value, out);
  if (c.descending)
    for (std::size_t i = start; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

void SortKeys::encode(const types::Batch& batch, std::uint32_t row, std::string& out) const {
  for (const planner::SortColumn& c : columns_) encode_one(c, batch, row, out);
}

int SortKeys::compare(const RowLayout& layout, const std::byte* a, const std::byte* b) const {
  for (const planner::SortColumn& c : columns_) {
    const auto column = static_cast<std::size_t>(c.column);
    const bool an = layout.is_null(a, column), bn = layout.is_null(b, column);
    if (an || bn) {
      if (an && bn) continue;
      return an == c.nulls_first ? -1 : 1;
    }
    const int order = c.compare(layout.datum(a, column), layout.datum(b, column));
    if (order != 0) return c.descending ? -order : order;
  }
  return 0;
}

// Merges runs; of equal rows, those of earlier runs come first.
class RowSorter::Merger {
  // A heap's first is its largest: of two inputs, whether a's row comes after b's.
  struct Later {
    const Merger* merger;
    bool operator()(std::size_t a, std::size_t b) const { return merger->later(a, b); }
  };

 public:
  Merger(RowSorter& sorter, std::vector<Run> runs) : sorter_(sorter) {
    for (Run& run : runs) inputs_.push_back(std::make_unique<Input>(sorter, std::move(run)));
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      if (inputs_[i]->refill(sorter_)) heap_.push_back(i);
    std::make_heap(heap_.begin(), heap_.end(), Later{this});
  }

  bool next(types::Batch& out) {
    if (drained_) {
      // The rows of its last block have been lent until now.
      const std::size_t input = *drained_;
      drained_.reset();
      if (inputs_[input]->refill(sorter_)) {
        heap_.push_back(input);
        std::push_heap(heap_.begin(), heap_.end(), Later{this});
      }
    }
    sorter_.batch_rows_.clear();
    while (!heap_.empty() && sorter_.batch_rows_.size() < types::kBatchRows && !drained_) {
      std::pop_heap(heap_.begin(), heap_.end(), Later{this});
      Input& input = *inputs_[heap_.back()];
      sorter_.batch_rows_.push_back(input.items[input.at++].row);
      if (input.at < input.items.size()) {
        std::push_heap(heap_.begin(), heap_.end(), Later{this});
      } else {
        drained_ = heap_.back();
        heap_.pop_back();
      }
    }
    const auto count = static_cast<std::uint32_t>(sorter_.batch_rows_.size());
    if (count == 0) return false;
    sorter_.rows_.load(sorter_.batch_rows_, sorter_.out_);
    out = {sorter_.out_, {nullptr, count}};
    return true;
  }

 private:
  struct Input {
    Input(RowSorter& sorter, Run r)
        : run(std::move(r)),
          reader(*run.file, run.begin, run.end, kRunWindowBytes),
          rows(sorter.columns_) {}
    bool refill(RowSorter& sorter) {
      types::Batch batch;
      rows.clear();
      keys.reset();
      items.clear();
      at = 0;
      if (!reader.next(batch)) return false;
      rows.append(batch);
      for (std::uint32_t i = 0; i < batch.rows.count; ++i)
        items.push_back(make_item(sorter.keys_, batch, i, rows.rows()[i], sorter.scratch_, keys));
      return true;
    }
    Run run;
    SpillReader reader;
    RowStore rows;
    types::Arena keys{1024};
    std::vector<Item> items;
    std::size_t at = 0;
  };
  bool later(std::size_t a, std::size_t b) const {
    const Item& x = inputs_[a]->items[inputs_[a]->at];
    const Item& y = inputs_[b]->items[inputs_[b]->at];
    if (sorter_.less(y, x)) return true;
    if (sorter_.less(x, y)) return false;
    return b < a;
  }

  RowSorter& sorter_;
  std::vector<std::unique_ptr<Input>> inputs_;
  std::vector<std::size_t> heap_;
  std::optional<std::size_t> drained_;
};

RowSorter::RowSorter(std::span<const types::PhysicalType> columns,
                     std::span<const planner::SortColumn> keys)
    : columns_(columns.begin(), columns.end()),
      keys_(keys),
      rows_(columns),
      arena_(65536),
      out_(make_vectors(arena_, columns, types::kBatchRows)) {}

RowSorter::~RowSorter() = default;

void RowSorter::clear() {
  merger_.reset();
  runs_.clear();
  run_file_.reset();
  rows_.clear();
  items_.clear();
  key_arena_.reset();
  has_cutoff_ = false;
  at_ = 0;
}

void RowSorter::start(SpillSpace& space, std::size_t memory_bytes,
                      std::optional<std::uint64_t> bound) {
  clear();
  space_ = &space;
  memory_bytes_ = memory_bytes;
  bound_ = bound;
  peak_bytes_ = 0;
  spilled_bytes_ = 0;
  added_ = 0;
}

std::size_t RowSorter::footprint() const {
  // A stable sort needs half as many items again.
  return rows_.footprint() + key_arena_.footprint() + items_.size() * sizeof(Item) * 3 / 2;
}

RowSorter::Item RowSorter::make_item(const SortKeys& keys, const types::Batch& batch,
                                     std::uint32_t row, std::byte* record, std::string& scratch,
                                     types::Arena& arena) {
  Item item{0, {}, record};
  if (!keys.encodable()) return item;
  scratch.clear();
  keys.encode(batch, row, scratch);
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, scratch.data(), std::min<std::size_t>(8, scratch.size()));
  item.prefix = __builtin_bswap64(prefix);
  if (scratch.size() > 8) item.key = arena.copy(std::string_view(scratch).substr(8));
  return item;
}

bool RowSorter::less(const Item& a, const Item& b) const {
  if (!keys_.encodable()) return keys_.compare(rows_.layout(), a.row, b.row) < 0;
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return a.key < b.key;
}

std::uint64_t RowSorter::first_prefix(const types::Batch& batch, std::uint32_t row) {
  scratch_.clear();
  keys_.encode_first(batch, row, scratch_);
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, scratch_.data(), std::min<std::size_t>(8, scratch_.size()));
  return __builtin_bswap64(prefix);
}

// Of the batch's rows those that may be among the first `bound_`, in their order: rows to `wanted_`, items (without a
// row yet) to `candidates_`.
void RowSorter::choose_wanted(const types::Batch& input) {
  wanted_.clear();
  candidates_.clear();
  scratch_arena_.reset();
  const planner::SortColumn& first = keys_.first();
  const types::Vector& values = input.columns[static_cast<std::size_t>(first.column)];
  types::Datum last = types::Datum::null();
  if (has_cutoff_) last = rows_.layout().datum(cutoff_.row, static_cast<std::size_t>(first.column));
  // Most rows are too late by their first key alone.
  for (std::uint32_t i = 0; i < input.rows.count; ++i) {
    const std::uint32_t row = input.rows[i];
    if (!last.is_null && !values.is_null(row)) {
      const int order = first.compare(values.datum(row), last);
      if (first.descending ? order < 0 : order > 0) continue;
    }
    wanted_.push_back(static_cast<std::uint16_t>(row));
  }
  // Where rows keep getting better, all of a batch are good enough so far: only the best of them can stay. First by the
  // beginning of the first key; no row that comes later by that is among the best, for keys are told apart before they end.
  const auto keep = static_cast<std::size_t>(*bound_);
  if (wanted_.size() > keep) {
    prefixes_.clear();
    for (const std::uint16_t row : wanted_) prefixes_.push_back(first_prefix(input, row));
    best_prefixes_ = prefixes_;
    const auto nth = best_prefixes_.begin() + static_cast<std::ptrdiff_t>(keep) - 1;
    std::nth_element(best_prefixes_.begin(), nth, best_prefixes_.end());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < wanted_.size(); ++i)
      if (prefixes_[i] <= *nth) wanted_[kept++] = wanted_[i];
    wanted_.resize(kept);
  }
  std::size_t kept = 0;
  for (const std::uint16_t row : wanted_) {
    Item item = make_item(keys_, input, row, nullptr, scratch_, scratch_arena_);
    if (has_cutoff_ && !less(item, cutoff_)) continue;
    wanted_[kept++] = row;
    candidates_.push_back(item);
  }
  wanted_.resize(kept);
  if (kept <= keep) return;
  order_.resize(kept);
  for (std::size_t i = 0; i < kept; ++i) order_[i] = static_cast<std::uint16_t>(i);
  std::nth_element(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(keep), order_.end(), [&](std::uint16_t a, std::uint16_t b) {
    if (less(candidates_[a], candidates_[b])) return true;
    return !less(candidates_[b], candidates_[a]) && a < b;
  });
  order_.resize(keep);
  std::ranges::sort(order_);
  for (std::size_t i = 0; i < keep; ++i) {
    wanted_[i] = wanted_[order_[i]];
    candidates_[i] = candidates_[order_[i]];
  }
  wanted_.resize(keep);
  candidates_.resize(keep);
}

void RowSorter::add(const types::Batch& input) {
  types::Batch batch = input;
  added_ += input.rows.count;
  // Of a few wanted rows, one that cannot be among them is not kept at all.
  const bool chosen = bound_ && *bound_ > 0 && keys_.encodable() && (has_cutoff_ || *bound_ < input.rows.count);
  if (chosen) {
    choose_wanted(input);
    if (wanted_.empty()) return;
    batch.rows = {wanted_.data(), static_cast<std::uint32_t>(wanted_.size())};
  }
  const std::size_t first = rows_.size();
  rows_.append(batch);
  for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
    if (!chosen) {
      items_.push_back(make_item(keys_, batch, batch.rows[i], rows_.rows()[first + i], scratch_, key_arena_));
      continue;
    }
    Item& item = items_.emplace_back(candidates_[i]);
    item.key = key_arena_.copy(item.key);
    item.row = rows_.rows()[first + i];
  }
  constexpr std::size_t kFewRows = 64;
  if (bound_ && *bound_ < (1U << 20) && items_.size() > std::max(kFewRows, static_cast<std::size_t>(*bound_) * 4)) prune();
  const std::size_t bytes = footprint();
  peak_bytes_ = std::max(peak_bytes_, bytes);
  if (bytes > memory_bytes_ && space_->available()) write_run();
}

void RowSorter::sort_items() {
  auto order = [this](const Item& a, const Item& b) { return less(a, b); };
  std::stable_sort(items_.begin(), items_.end(), order);
}

// Keeps the best `bound_` rows in fresh memory.
void RowSorter::prune() {
  const auto keep = static_cast<std::size_t>(*bound_);
  sort_items();
  items_.resize(std::min(keep, items_.size()));
  RowStore kept(columns_);
  types::Arena keys;
  for (std::size_t at = 0; at < items_.size(); at += types::kBatchRows) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows, items_.size() - at));
    batch_rows_.clear();
    for (std::size_t i = 0; i < count; ++i) batch_rows_.push_back(items_[at + i].row);
    rows_.load(batch_rows_, out_);
    kept.append({out_, {nullptr, count}});
    for (std::size_t i = 0; i < count; ++i) {
      items_[at + i].row = kept.rows()[at + i];
      items_[at + i].key = keys.copy(items_[at + i].key);
    }
  }
  rows_ = std::move(kept);
  key_arena_ = std::move(keys);
  has_cutoff_ = keep > 0 && items_.size() == keep;
  if (has_cutoff_) cutoff_ = items_.back();
}

void RowSorter::write_run() {
  if (items_.empty()) return;
  sort_items();
  if (bound_ && items_.size() > *bound_) items_.resize(static_cast<std::size_t>(*bound_));
  if (!run_file_) run_file_ = std::make_shared<SpillFile>(*space_, columns_);
  Run run{run_file_, run_file_->end(), 0};
  for (std::size_t at = 0; at < items_.size(); at += kRunBlockRows) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::size_t>(kRunBlockRows, items_.size() - at));
    batch_rows_.clear();
    for (std::size_t i = 0; i < count; ++i) batch_rows_.push_back(items_[at + i].row);
    rows_.load(batch_rows_, out_);
    run_file_->append(out_, {nullptr, count});
  }
  run.end = run_file_->end();
  spilled_bytes_ += run.end - run.begin;
  runs_.push_back(std::move(run));
  rows_.clear();
  items_.clear();
  key_arena_.reset();
  has_cutoff_ = false;
}

// Merges runs until the rest can be merged at once within the memory.
void RowSorter::reduce_runs() {
  const std::size_t width =
      std::clamp<std::size_t>(memory_bytes_ / (2 * kRunWindowBytes), 6, 512);
  while (runs_.size() > width) {
    auto file = std::make_shared<SpillFile>(*space_, columns_);
    std::vector<Run> merged;
    for (std::size_t first = 0; first < runs_.size(); first += width) {
      const std::size_t count = std::min(width, runs_.size() - first);
      std::vector<Run> group(runs_.begin() + static_cast<std::ptrdiff_t>(first),
                             runs_.begin() + static_cast<std::ptrdiff_t>(first + count));
      Run run{file, file->end(), 0};
      Merger merger(*this, std::move(group));
      types::Batch batch;
      while (merger.next(batch))
        for (std::uint32_t at = 0; at < batch.rows.count; at += kRunBlockRows) {
          std::uint16_t rows[kRunBlockRows];
          const std::uint32_t n = std::min(kRunBlockRows, batch.rows.count - at);
          for (std::uint32_t i = 0; i < n; ++i) rows[i] = static_cast<std::uint16_t>(at + i);
          file->append(batch.columns, {rows, n});
        }
      run.end = file->end();
      merged.push_back(std::move(run));
    }
    runs_ = std::move(merged);
  }
}

void RowSorter::finish() {
  if (runs_.empty()) {
    sort_items();
    if (bound_ && *bound_ < items_.size()) items_.resize(static_cast<std::size_t>(*bound_));
    return;
  }
  write_run();
  run_file_.reset();
  reduce_runs();
  merger_ = std::make_unique<Merger>(*this, std::move(runs_));
  runs_.clear();
}

bool RowSorter::next(types::Batch& out) {
  if (merger_) return merger_->next(out);
  if (at_ >= items_.size()) return false;
  const auto count =
      static_cast<std::uint32_t>(std::min<std::size_t>(types::kBatchRows, items_.size() - at_));
  batch_rows_.clear();
  for (std::size_t i = 0; i < count; ++i) batch_rows_.push_back(items_[at_ + i].row);
  rows_.load(batch_rows_, out_);
  at_ += count;
  out = {out_, {nullptr, count}};
  return true;
}

}  // namespace operators
