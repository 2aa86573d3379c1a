#include "tuple_store.h"

#include <algorithm>

#include "wal/check.h"

namespace operators {

namespace {

// A place is noted when that many rows or bytes have come since the one before.
constexpr std::uint64_t kRowsBetween = types::kBatchRows;
constexpr std::uint64_t kBytesBetween = 65536;
// Fewer rows than these are collected before they make a block.
constexpr std::uint32_t kWorthABlock = 256;

}  // namespace

void TupleStore::start(SpillSpace& space, std::size_t memory_bytes) {
  clear();
  // What is kept for the next rows must leave room for them.
  if (memory_.footprint() > memory_bytes / 2) memory_.release();
  space_ = &space;
  memory_bytes_ = memory_bytes;
}

void TupleStore::clear() {
  memory_.clear();
  tail_.clear();
  index_.clear();
  file_.reset();
}

void TupleStore::release() {
  clear();
  memory_.release();
  tail_.release();
  index_ = {};
}

void TupleStore::append(const types::Batch& batch) {
  if (!file_) {
    if (!is_full()) return memory_.append(batch);
    file_ = std::make_unique<SpillFile>(*space_, columns_);
  }
  if (batch.rows.count >= kWorthABlock) {
    write_tail();
    return write(batch.columns, batch.rows);
  }
  tail_.append(batch);
  if (tail_.size() + kWorthABlock > types::kBatchRows || tail_.footprint() >= kBytesBetween) write_tail();
}

void TupleStore::append_row(std::span<const types::Datum> values) {
  if (!file_) {
    if (!is_full()) return memory_.append_row(values);
    file_ = std::make_unique<SpillFile>(*space_, columns_);
  }
  tail_.append_row(values);
  if (tail_.size() + kWorthABlock > types::kBatchRows || tail_.footprint() >= kBytesBetween) write_tail();
}

void TupleStore::write(std::span<const types::Vector> columns, types::Selection rows) {
  const Place here{file_->rows(), file_->end()};
  if (index_.empty() || here.row - index_.back().row >= kRowsBetween || here.offset - index_.back().offset >= kBytesBetween)
    index_.push_back(here);
  file_->append(columns, rows);
}

void TupleStore::write_tail() {
  if (tail_.size() == 0) return;
  if (tail_columns_.empty()) tail_columns_ = make_vectors(tail_arena_, columns_, types::kBatchRows);
  const auto count = static_cast<std::uint32_t>(tail_.size());
  CHECK(count <= types::kBatchRows);
  tail_.load(0, count, tail_columns_);
  write(tail_columns_, {nullptr, count});
  tail_.clear();
  if (tail_.footprint() >= kBytesBetween) tail_.release();
}

bool TupleReader::next(TupleStore& store, types::Batch& out) {
  const std::uint64_t in_memory = store.memory_.size();
  if (at_ >= in_memory) return next_on_disk(store, out);
  if (vectors_.empty()) vectors_ = make_vectors(arena_, columns_, types::kBatchRows);
  const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(types::kBatchRows, in_memory - at_));
  store.memory_.load(at_, count, vectors_);
  at_ += count;
  out = {vectors_, {nullptr, count}};
  return true;
}

bool TupleReader::next_on_disk(TupleStore& store, types::Batch& out) {
  if (!store.file_) return false;
  // Blocks alone stay as they are while rows are appended.
  store.write_tail();
  const std::uint64_t wanted = at_ - store.memory_.size();
  if (!disk_) {
    if (wanted >= store.file_->rows()) return false;
    const auto behind = std::upper_bound(store.index_.begin(), store.index_.end(), wanted,
                                         [](std::uint64_t row, const TupleStore::Place& place) { return row < place.row; });
    const TupleStore::Place& place = *(behind - 1);
    disk_.emplace(*store.file_, place.offset, UINT64_MAX);
    disk_row_ = place.row;
  }
  while (disk_->next(out)) {
    const std::uint64_t first = disk_row_;
    disk_row_ += out.rows.count;
    if (disk_row_ <= wanted) continue;
    const auto skipped = static_cast<std::uint32_t>(wanted - first);
    out.rows = part_of(out.rows, skipped, out.rows.count - skipped);
    at_ += out.rows.count;
    return true;
  }
  return false;
}

const std::byte* TupleCursor::record_on_disk(std::uint64_t row) {
  if (!disk_) disk_ = std::make_unique<OnDisk>(columns_);
  OnDisk& disk = *disk_;
  if (row < disk.first || row >= disk.first + disk.rows.size()) {
    // Whole blocks: neighbours on either side are likely to be asked for.
    disk.reader.seek(row);
    types::Batch batch;
    disk.rows.clear();
    CHECK(disk.reader.next(store_, batch));
    const std::uint32_t before = batch.rows.rows != nullptr ? batch.rows[0] : 0;
    disk.rows.append({batch.columns, {nullptr, before + batch.rows.count}});
    disk.first = row - before;
  }
  return disk.rows.rows()[row - disk.first];
}

}  // namespace operators
