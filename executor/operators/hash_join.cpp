#include "hash_join.h"

#include <algorithm>

#include "eval/program_facts.h"
#include "execution_state.h"
#include "keys.h"

namespace operators {

using query::JoinKind;

namespace {

template <typename T>
void gather_typed(const types::Vector& from, const std::uint16_t* rows, std::uint32_t count,
                  types::Vector& out) {
  T* to = out.data<T>();
  for (std::uint32_t i = 0; i < count; ++i) to[i] = from.get<T>(rows[i]);
}

void gather_column(const types::Vector& from, const std::uint16_t* rows, std::uint32_t count,
                   types::Vector& out) {
  out.clear();
  switch (types::width_of(out.type())) {
    case 1: gather_typed<std::uint8_t>(from, rows, count, out); break;
    case 2: gather_typed<std::uint16_t>(from, rows, count, out); break;
    case 4: gather_typed<std::uint32_t>(from, rows, count, out); break;
    case 8: gather_typed<std::uint64_t>(from, rows, count, out); break;
    default: gather_typed<types::Fixed16>(from, rows, count, out); break;
  }
  if (from.may_have_nulls())
    for (std::uint32_t i = 0; i < count; ++i)
      if (from.is_null(rows[i])) out.set_null(i);
}

// A table of so few buckets is in the cache.
constexpr std::size_t kCachedBuckets = 4096;

std::vector<types::PhysicalType> both_columns(const planner::PlanNode& node) {
  std::vector<types::PhysicalType> columns = node.children[0]->columns;
  columns.insert(columns.end(), node.children[1]->columns.begin(), node.children[1]->columns.end());
  return columns;
}

}  // namespace

HashJoin::HashJoin(const planner::HashJoinNode& node, ExecutionState& state)
    : Operator(node, state),
      join_(node),
      left_keys_(make_keys(node.left_keys)),
      right_keys_(make_keys(node.right_keys)),
      filter_(node.join_filter, types::kBatchRows),
      left_columns_(node.children[0]->columns.size()),
      right_columns_(node.children[1]->columns.size()),
      rows_(node.children[1]->columns, sizeof(Entry)),
      arena_(65536),
      out_(make_vectors(arena_, both_columns(node), types::kBatchRows)),
      hashes_(types::kBatchRows),
      chains_(types::kBatchRows),
      active_(types::kBatchRows),
      left_matched_(types::kBatchRows),
      pair_left_(types::kBatchRows),
      pair_right_(types::kBatchRows),
      selected_(types::kBatchRows) {
  if (join_.join != JoinKind::inner && join_.join != JoinKind::semi && join_.join != JoinKind::right) return;
  if (left_keys_.empty() || !eval::has_no_effects(join_.join_filter)) return;
  std::vector<std::size_t> columns;
  for (const Key& key : left_keys_) columns.push_back(key.column());
  child(0).reduce_by(*this, columns);
}

// A row of either side is left out with all that it is joined to; the others keep their partners.
void HashJoin::reduce_raw_by(const JoinFilter& filter, std::span<const std::size_t> columns) {
  if (!eval::has_no_effects(join_.join_filter)) return;
  const auto is_left = [&](std::size_t column) { return column < left_columns_; };
  if (std::ranges::all_of(columns, is_left)) {
    if (!keeps_all_right()) child(0).reduce_by(filter, columns);
  } else if (std::ranges::none_of(columns, is_left) && join_.join == JoinKind::inner && table_ == this) {
    std::vector<std::size_t> right;
    for (const std::size_t column : columns) right.push_back(column - left_columns_);
    child(1).reduce_by(filter, right);
  }
}

void HashJoin::close() {
  Operator::close();
  rows_.clear();
  buckets_.clear();
  marks_.clear();
  in_table_ = false;
  pending_.clear();
  right_partitions_.reset();
  left_reader_.reset();
  right_reader_.reset();
  left_file_.reset();
  right_file_.reset();
}

void HashJoin::do_open() {
  bind(filter_);
  pending_.clear();
  left_reader_.reset();
  right_reader_.reset();
  right_has_null_ = false;
  right_rows_ = 0;
  has_left_ = false;
  if (table_ != this) {
    right_has_null_ = table_->right_has_null_;
    right_rows_ = table_->right_rows_;
    child(0).open();
    left_done_ = false;
    return;
  }
  // Nobody may ask the table while it is made anew.
  child(0).halt();
  in_table_ = false;
  child(1).open();
  build(0);
  was_divided_ = right_partitions_ != nullptr;
  in_table_ = !was_divided_;
  if (!was_divided_) statistics_.batches = std::max<std::size_t>(1, statistics_.batches);
  child(0).open();
  // What has been divided is joined partition by partition.
  left_done_ = right_partitions_ != nullptr;
  if (right_partitions_) divide_left(0);
  right_at_ = 0;
}

bool HashJoin::keeps_all_left() const {
  return join_.join != JoinKind::inner && join_.join != JoinKind::semi && join_.join != JoinKind::right;
}

bool HashJoin::keeps_all_right() const {
  return join_.join == JoinKind::full || join_.join == JoinKind::right;
}

void HashJoin::hash_rows(const std::vector<Key>& keys, const types::Batch& batch) {
  std::fill_n(hashes_.begin(), batch.rows.count, kHashSeed);
  for (const Key& key : keys) key.hash(batch.columns[key.column()], batch.rows, hashes_.data());
}

void HashJoin::build(int level) {
  rows_.clear();
  right_partitions_.reset();
  const bool may_spill = state().spill.available() && level < SpillPartitions::kDeepest;
  types::Batch batch;
  while (next_right(batch)) {
    hash_rows(right_keys_, batch);
    if (level == 0) {
      right_rows_ += batch.rows.count;
      for (const planner::KeyColumn& key : join_.right_keys) {
        const types::Vector& values = batch.columns[static_cast<std::size_t>(key.column)];
        for (std::uint32_t i = 0; values.may_have_nulls() && i < batch.rows.count; ++i)
          right_has_null_ = right_has_null_ || values.is_null(batch.rows[i]);
      }
    }
    if (right_partitions_) {
      right_partitions_->append(batch.columns, batch.rows, hashes_.data());
      continue;
    }
    const std::size_t first = rows_.size();
    rows_.append(batch);
    for (std::uint32_t i = 0; i < batch.rows.count; ++i)
      *entry(rows_.rows()[first + i]) = {nullptr, hashes_[i], false};
    if (!may_spill || footprint() <= state().context.hash_memory_bytes) continue;
    right_partitions_ = std::make_unique<SpillPartitions>(state().spill, node_.children[1]->columns, level);
    const std::span<types::Vector> buffer = std::span(out_).subspan(left_columns_);
    for (std::size_t at = 0; at < rows_.size(); at += types::kBatchRows) {
      const auto count = static_cast<std::uint32_t>(
          std::min<std::size_t>(types::kBatchRows, rows_.size() - at));
      rows_.load(at, count, buffer);
      for (std::uint32_t i = 0; i < count; ++i) hashes_[i] = entry(rows_.rows()[at + i])->hash;
      right_partitions_->append(buffer, {nullptr, count}, hashes_.data());
    }
    rows_.clear();
  }
  insert_into_table();
}

void HashJoin::insert_into_table() {
  std::size_t size = 16;
  while (size < rows_.size() + rows_.size() / 2) size *= 2;
  buckets_.assign(size, nullptr);
  marks_.assign(size, 0);
  for (std::byte* r : rows_.rows()) {
    bool null = false;
    for (const planner::KeyColumn& key : join_.right_keys)
      null = null || rows_.layout().is_null(r, static_cast<std::size_t>(key.column));
    if (null) continue;  // equals nothing
    Entry* e = entry(r);
    marks_[e->hash & (size - 1)] |= static_cast<std::uint8_t>(1U << (e->hash >> 40 & 7));
    Entry*& bucket = buckets_[e->hash & (size - 1)];
    e->next = bucket;
    bucket = e;
  }
  statistics_.buckets = std::max(statistics_.buckets, size);
  statistics_.peak_bytes = std::max(statistics_.peak_bytes, rows_.footprint() + size * (sizeof(Entry*) + 1));
}

// Divides the left side as the right one was.
void HashJoin::divide_left(int level) {
  SpillPartitions left(state().spill, node_.children[0]->columns, level);
  types::Batch batch;
  std::uint64_t total = 0;
  for (std::size_t p = 0; p < SpillPartitions::kCount; ++p) total += right_partitions_->rows(p);
  std::vector<std::uint16_t> kept(types::kBatchRows);
  while (next_left_batch(batch)) {
    hash_rows(left_keys_, batch);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
      // A row without partners is of use to joins that keep it anyway.
      if (!keeps_all_left() && right_partitions_->rows(right_partitions_->partition_of(hashes_[i])) == 0)
        continue;
      hashes_[count] = hashes_[i];
      kept[count++] = static_cast<std::uint16_t>(batch.rows[i]);
    }
    left.append(batch.columns, {kept.data(), count}, hashes_.data());
  }
  for (std::size_t p = 0; p < SpillPartitions::kCount; ++p) {
    Partition partition;
    // All of one hash, probably: dividing it again would not help.
    const bool hopeless = right_partitions_->rows(p) == total;
    partition.level = hopeless ? SpillPartitions::kDeepest : level + 1;
    partition.right = right_partitions_->take(p);
    partition.left = left.take(p);
    if (partition.left || (partition.right && keeps_all_right()))
      pending_.push_back(std::move(partition));
  }
  right_partitions_.reset();
  statistics_.batches = std::max(statistics_.batches, pending_.size());
}

// Makes the next partition what is joined; false when there is none.
bool HashJoin::start_partition() {
  left_reader_.reset();
  right_reader_.reset();
  while (!pending_.empty()) {
    Partition partition = std::move(pending_.back());
    pending_.pop_back();
    // A side without rows is an empty file.
    if (!partition.right)
      partition.right = std::make_unique<SpillFile>(state().spill, node_.children[1]->columns);
    if (!partition.left)
      partition.left = std::make_unique<SpillFile>(state().spill, node_.children[0]->columns);
    left_file_ = std::move(partition.left);
    right_file_ = std::move(partition.right);
    left_reader_.emplace(*left_file_);
    right_reader_.emplace(*right_file_);
    build(partition.level);
    if (right_partitions_) {
      divide_left(partition.level);
      continue;
    }
    has_left_ = left_done_ = false;
    right_at_ = 0;
    return true;
  }
  return false;
}

// The chain of each left row. What the rows lead to is asked for all at once, so that the processor
// waits for memory once and not for every row.
void HashJoin::find_chains() {
  const std::vector<Entry*>& buckets = table_->buckets_;
  const std::size_t mask = buckets.size() - 1;
  const std::uint32_t count = left_.rows.count;
  const bool fetches = buckets.size() > kCachedBuckets;
  std::fill_n(left_matched_.begin(), count, std::uint8_t{0});
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    chains_[i] = nullptr;
    if (!table_->is_marked(hashes_[i])) continue;
    selected_[found++] = static_cast<std::uint16_t>(i);
    if (fetches) __builtin_prefetch(&buckets[hashes_[i] & mask]);
  }
  for (std::uint32_t f = 0; f < found; ++f) {
    const std::uint32_t i = selected_[f];
    chains_[i] = buckets[hashes_[i] & mask];
    if (fetches) __builtin_prefetch(chains_[i]);
  }
  bool nulls = false;
  for (const Key& key : left_keys_) nulls = nulls || left_.columns[key.column()].may_have_nulls();
  for (std::uint32_t i = 0; (nulls || join_.null_aware) && i < count; ++i) {
    bool null = false;
    for (const Key& key : left_keys_) null = null || left_.columns[key.column()].is_null(left_.rows[i]);
    if (null) chains_[i] = nullptr;
    // NOT IN: unknown is not true, so the row goes, unless there is nothing to compare with.
    if (join_.null_aware && ((null && right_rows_ > 0) || right_has_null_)) left_matched_[i] = 1;
  }
  active_at_ = active_count_ = 0;
  for (std::uint32_t f = 0; f < found; ++f)
    if (chains_[selected_[f]] != nullptr) active_[active_count_++] = selected_[f];
}

std::uint32_t HashJoin::choose(std::span<const types::Vector* const> keys, types::Selection rows,
                               std::uint64_t* hashes, std::uint16_t* out) const {
  std::fill_n(hashes, rows.count, kHashSeed);
  bool nulls = false;
  for (std::size_t k = 0; k < keys.size(); ++k) {
    left_keys_[k].hash(*keys[k], rows, hashes);
    nulls = nulls || keys[k]->may_have_nulls();
  }
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    bool passes = table_->is_marked(hashes[i]);
    for (std::size_t k = 0; nulls && k < keys.size(); ++k) passes = passes && !keys[k]->is_null(row);
    out[count] = static_cast<std::uint16_t>(row);
    count += passes;
  }
  return count;
}

bool HashJoin::next_left() {
  if (!next_left_batch(left_)) return false;
  hash_rows(left_keys_, left_);
  find_chains();
  has_left_ = true;
  pairs_done_ = false;
  return true;
}

bool HashJoin::keys_equal(std::uint32_t left_row, const std::byte* right_row) const {
  for (std::size_t k = 0; k < left_keys_.size(); ++k) {
    const Key& left = left_keys_[k];
    if (!left.equals(left_.columns[left.column()], left_row, rows_.layout(), right_row, right_keys_[k].column()))
      return false;
  }
  return true;
}

void HashJoin::gather(std::uint32_t count) {
  for (std::size_t c = 0; c < left_columns_; ++c)
    gather_column(left_.columns[c], pair_left_.data(), count, out_[c]);
  table_->rows_.load_own({pair_right_.data(), count}, std::span(out_).subspan(left_columns_));
}

bool HashJoin::step(std::uint32_t left) {
  const Entry* const e = chains_[left];
  chains_[left] = e->next;
  return e->hash == hashes_[left] && keys_equal(left_.rows[left], reinterpret_cast<const std::byte*>(e));
}

bool HashJoin::produce_pairs(types::Batch& raw) {
  const bool existence = join_.join == JoinKind::semi || join_.join == JoinKind::anti;
  const bool simple = existence && join_.join_filter.empty();
  std::uint32_t count = 0;
  // Pairs of equal keys; `selected_` remembers each pair's place among the left rows.
  const auto pair = [&](std::uint32_t left, Entry* partner) {
    pair_left_[count] = static_cast<std::uint16_t>(left_.rows[left]);
    pair_right_[count] = row(partner);
    selected_[count++] = static_cast<std::uint16_t>(left);
  };
  // An existing partner is enough.
  const auto found = [&](std::uint32_t left, Entry* partner) {
    if (!simple) return pair(left, partner);
    left_matched_[left] = 1;
    chains_[left] = nullptr;
  };
  // Many chains of a large table take a step each in turn, so that the processor waits for many of
  // their entries at once; few of them, or those of a small table, go to their ends one after the other.
  constexpr std::uint32_t kManyChains = 32;
  const bool in_turn = table_->buckets_.size() > kCachedBuckets;
  while (active_at_ < active_count_ && count < types::kBatchRows) {
    const std::uint32_t chains = active_count_ - active_at_;
    if (in_turn && chains >= kManyChains && count + chains <= types::kBatchRows) {
      std::uint32_t kept = 0;
      for (std::uint32_t a = active_at_; a < active_count_; ++a) {
        const std::uint32_t left = active_[a];
        Entry* const e = chains_[left];
        if (step(left)) found(left, e);
        if (chains_[left] == nullptr) continue;
        __builtin_prefetch(chains_[left]);
        active_[kept++] = static_cast<std::uint16_t>(left);
      }
      active_at_ = 0;
      active_count_ = kept;
      continue;
    }
    const std::uint32_t left = active_[active_at_];
    while (chains_[left] != nullptr && count < types::kBatchRows) {
      Entry* const e = chains_[left];
      if (step(left)) found(left, e);
    }
    if (chains_[left] == nullptr) ++active_at_;
  }
  if (active_at_ >= active_count_) pairs_done_ = true;
  if (count == 0) return false;
  gather(count);
  types::Selection rows{nullptr, count};
  if (!join_.join_filter.empty()) rows = filter_.filter({out_, rows});
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    left_matched_[selected_[rows[i]]] = 1;
    if (keeps_all_right()) entry(pair_right_[rows[i]])->matched = true;
  }
  if (existence || rows.count == 0) return false;
  raw = {out_, rows};
  return true;
}

// After all pairs of a left batch: its rows that matched (semi) or did not (anti, left, full).
bool HashJoin::produce_left_rest(types::Batch& raw) {
  has_left_ = false;
  if (join_.join == JoinKind::inner || join_.join == JoinKind::right) return false;
  const bool wanted = join_.join == JoinKind::semi;
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < left_.rows.count; ++i)
    if ((left_matched_[i] != 0) == wanted)
      selected_[count++] = static_cast<std::uint16_t>(left_.rows[i]);
  if (count == 0) return false;
  const types::Selection rows{selected_.data(), count};
  if (join_.join == JoinKind::semi || join_.join == JoinKind::anti) {
    raw = {left_.columns, rows};
    return true;
  }
  for (std::size_t c = 0; c < left_columns_; ++c)
    gather_column(left_.columns[c], selected_.data(), count, out_[c]);
  for (std::size_t c = 0; c < right_columns_; ++c) {
    out_[left_columns_ + c].clear();
    for (std::uint32_t i = 0; i < count; ++i) out_[left_columns_ + c].set_null(i);
  }
  raw = {out_, {nullptr, count}};
  return true;
}

bool HashJoin::produce_right_rest(types::Batch& raw) {
  std::uint32_t count = 0;
  while (right_at_ < rows_.size() && count < types::kBatchRows) {
    std::byte* r = rows_.rows()[right_at_++];
    if (!entry(r)->matched) pair_right_[count++] = r;
  }
  if (count == 0) return false;
  for (std::size_t c = 0; c < left_columns_; ++c) {
    out_[c].clear();
    for (std::uint32_t i = 0; i < count; ++i) out_[c].set_null(i);
  }
  rows_.load({pair_right_.data(), count}, std::span(out_).subspan(left_columns_));
  raw = {out_, {nullptr, count}};
  return true;
}

bool HashJoin::produce(types::Batch& raw) {
  for (;;) {
    if (has_left_) {
      if (!pairs_done_) {
        if (produce_pairs(raw)) return true;
        continue;
      }
      if (produce_left_rest(raw)) return true;
      continue;
    }
    if (!left_done_) {
      const bool nothing_to_match =
          table_->rows_.size() == 0 && (join_.join == JoinKind::inner || join_.join == JoinKind::semi);
      // After a partitioning the left side has been read to its end.
      if (nothing_to_match || !next_left()) left_done_ = true;
      continue;
    }
    if (keeps_all_right() && produce_right_rest(raw)) return true;
    if (!start_partition()) return false;
  }
}

}  // namespace operators
