#include "memoize.h"

#include <algorithm>

#include "execution_state.h"
#include "row_store.h"

namespace operators {

Memoize::Memoize(const planner::MemoizeNode& node, ExecutionState& state)
    : Operator(node, state),
      memoize_(node),
      key_values_(node.key_values, 1),
      keys_(node.keys.size()),
      cache_(node.keys, node.raw_columns),
      arena_(node.batch_rows > 1 ? 65536 : 1024),
      out_(make_vectors(arena_, node.raw_columns, node.batch_rows)) {}

void Memoize::close() {
  Operator::close();
  cache_.clear();
  versions_.clear();
  mode_ = Mode::end;
  entry_ = nullptr;
  rows_ = nullptr;
}

void Memoize::do_open() {
  bind(key_values_);
  bool same = versions_.size() == memoize_.parameters.size();
  versions_.resize(memoize_.parameters.size());
  for (std::size_t p = 0; p < versions_.size(); ++p) {
    const std::uint64_t version = environment().execution_parameters[static_cast<std::size_t>(memoize_.parameters[p])].version;
    same = same && versions_[p] == version;
    versions_[p] = version;
  }
  if (!same) cache_.clear();
  cache_.set_limit(state().context.hash_memory_bytes);
  for (std::size_t k = 0; k < keys_.size(); ++k) keys_[k] = &key_values_.evaluate(k, {{}, {nullptr, 1}});
  entry_ = cache_.find(keys_);
  if (entry_ != nullptr && entry_->complete) {
    ++statistics_.hits;
    rows_ = entry_->first;
    row_ = 0;
    mode_ = Mode::kept;
    return;
  }
  ++statistics_.misses;
  if (entry_ != nullptr)
    cache_.drop_rows(entry_);  // whoever asked for them did not take them all
  else
    entry_ = cache_.insert(keys_);
  mode_ = entry_ != nullptr ? Mode::filling : Mode::passing;
  if (entry_ == nullptr) ++statistics_.overflows;
  child().open();
}

bool Memoize::produce(types::Batch& raw) {
  switch (mode_) {
    case Mode::end: return false;
    case Mode::kept: {
      if (rows_ == nullptr) {
        mode_ = Mode::end;
        return false;
      }
      // Batches that were kept may be larger than those that are given.
      if (row_ == 0) {
        records_.clear();
        cache_.records(*rows_, records_);
      }
      const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(node_.batch_rows, records_.size() - row_));
      for (std::size_t c = 0; c < out_.size(); ++c) {
        out_[c].clear();
        cache_.layout().load(c, std::span(records_).subspan(row_, count), out_[c]);
      }
      row_ += count;
      if (row_ == records_.size()) {
        rows_ = rows_->next;
        row_ = 0;
      }
      raw = {out_, {nullptr, count}};
      return true;
    }
    case Mode::filling:
      if (!child().next(raw)) {
        entry_->complete = true;
        mode_ = Mode::end;
      } else if (!cache_.append(entry_, raw)) {
        ++statistics_.overflows;
        entry_ = nullptr;
        mode_ = Mode::passing;
      } else if (memoize_.single_row) {
        entry_->complete = true;
        mode_ = Mode::end;
        statistics_.peak_bytes = std::max(statistics_.peak_bytes, cache_.bytes());
        statistics_.evictions = cache_.evictions();
        return true;
      }
      statistics_.peak_bytes = std::max(statistics_.peak_bytes, cache_.bytes());
      statistics_.evictions = cache_.evictions();
      return mode_ != Mode::end;
    case Mode::passing: return child().next(raw);
  }
  return false;
}

void Memoize::add_details(Operator& worker) {
  Statistics& other = static_cast<Memoize&>(worker).statistics_;
  statistics_.hits += other.hits;
  statistics_.misses += other.misses;
  statistics_.evictions += other.evictions;
  statistics_.overflows += other.overflows;
  statistics_.peak_bytes = std::max(statistics_.peak_bytes, other.peak_bytes);
  other = {};
}

}  // namespace operators
