#include "set_operation.h"

#include "execution_state.h"
#include "row_store.h"

namespace operators {

SetOperation::SetOperation(const planner::SetOperationNode& node, ExecutionState& state)
    : Operator(node, state),
      set_(node),
      rows_(node.raw_columns, node.keys, sizeof(Counts)),
      kept_types_(node.raw_columns),
      records_(types::kBatchRows),
      arena_(65536),
      out_(make_vectors(arena_, node.raw_columns, types::kBatchRows)) {
  kept_types_.push_back(types::PhysicalType::boolean);
}

void SetOperation::close() {
  Operator::close();
  rows_.clear();
  later_.drop();
}

void SetOperation::do_open() {
  rows_.clear();
  later_.start();
  read_ = false;
  at_ = 0;
  repeated_ = 0;
}

std::uint64_t SetOperation::copies(const Counts& c) const {
  const auto [left, right] = c.of;
  if (set_.op == query::SetOperation::intersect) {
    if (!set_.all) return left > 0 && right > 0;
    return left < right ? left : right;
  }
  if (!set_.all) return left > 0 && right == 0;
  return left > right ? left - right : 0;
}

void SetOperation::count(std::size_t side, std::span<const types::Vector> columns, types::Selection rows,
                         std::span<const types::Vector> kept) {
  if (rows.count == 0) return;
  columns_.clear();
  for (const types::Vector& v : columns) columns_.push_back(&v);
  later_.count(rows.count);
  if (side == 0 && !later_.is_divided())
    rows_.find_or_insert(columns_, rows, records_.data(), [](std::byte*, std::uint32_t) {});
  else
    rows_.find(columns_, rows, records_.data());
  aside_.clear();
  aside_hashes_.clear();
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    if (records_[i] != nullptr) {
      ++reinterpret_cast<Counts*>(rows_.owner(records_[i]))->of[side];
      continue;
    }
    const std::uint64_t hash = rows_.hashes()[i];
    if (!later_.is_divided() || (side == 1 && !later_.has_rows_of(hash))) continue;
    aside_.push_back(static_cast<std::uint16_t>(rows[i]));
    aside_hashes_.push_back(hash);
  }
  if (!aside_.empty())
    later_.put_aside(kept, {aside_.data(), static_cast<std::uint32_t>(aside_.size())}, aside_hashes_.data());
  if (side == 0 && rows_.footprint() > state().context.hash_memory_bytes && state().spill.available())
    later_.divide(state().spill, kept_types_);
}

void SetOperation::read_children() {
  std::vector<types::Vector> kept;
  for (std::size_t side = 0; side < 2; ++side) {
    const types::Vector of_side = types::Vector::constant(batch_arena(), types::PhysicalType::boolean, types::Datum::of(side == 1));
    child(side).open();
    types::Batch batch;
    while (child(side).next(batch)) {
      kept.assign(batch.columns.begin(), batch.columns.end());
      kept.push_back(of_side);
      count(side, batch.columns, batch.rows, kept);
    }
  }
  later_.end_pass();
}

bool SetOperation::read_part() {
  const std::unique_ptr<SpillFile> file = later_.next();
  if (!file) return false;
  rows_.clear();
  at_ = 0;
  repeated_ = 0;
  SpillReader reader(*file);
  types::Batch batch;
  std::vector<std::uint16_t> of[2];
  while (reader.next(batch)) {
    state().check();
    for (auto& rows : of) rows.clear();
    for (std::uint32_t i = 0; i < batch.rows.count; ++i)
      of[batch.columns.back().get<bool>(batch.rows[i])].push_back(static_cast<std::uint16_t>(batch.rows[i]));
    for (std::size_t side = 0; side < 2; ++side)
      count(side, batch.columns.first(batch.columns.size() - 1), {of[side].data(), static_cast<std::uint32_t>(of[side].size())},
            batch.columns);
  }
  later_.end_pass();
  return true;
}

bool SetOperation::produce(types::Batch& raw) {
  if (!read_) {
    read_children();
    read_ = true;
  }
  std::uint32_t filled = 0;
  while (filled < types::kBatchRows) {
    if (at_ >= rows_.size()) {
      // What is to be returned lies in the rows at hand.
      if (filled > 0 || !read_part()) break;
      continue;
    }
    const auto* counts = reinterpret_cast<const Counts*>(rows_.owner(rows_.records()[at_]));
    if (repeated_ >= copies(*counts)) {
      ++at_;
      repeated_ = 0;
      continue;
    }
    records_[filled++] = rows_.records()[at_];
    ++repeated_;
  }
  if (filled == 0) return false;
  const std::span<std::byte* const> rows{records_.data(), filled};
  for (std::size_t c = 0; c < out_.size(); ++c) {
    out_[c].clear();
    rows_.layout().load(c, rows, out_[c]);
  }
  raw = {out_, {nullptr, filled}};
  return true;
}

}  // namespace operators
