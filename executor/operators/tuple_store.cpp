#include "tuple_store.h"

#include <algorithm>

namespace operators {

void TupleStore::start(SpillSpace& space, std::size_t memory_bytes) {
  clear();
  space_ = &space;
  memory_bytes_ = memory_bytes;
}

void TupleStore::clear() {
  memory_.clear();
  file_.reset();
}

void TupleStore::append(const types::Batch& batch) {
  if (!file_) {
    if (space_ == nullptr || !space_->available() || memory_.footprint() < memory_bytes_) {
      memory_.append(batch);
      return;
    }
    file_ = std::make_unique<SpillFile>(*space_, columns_);
  }
  file_->append(batch.columns, batch.rows);
}

bool TupleReader::next(TupleStore& store, types::Batch& out) {
  if (at_ < store.memory_.size()) {
    const auto count = static_cast<std::uint32_t>(
        std::min<std::size_t>(types::kBatchRows, store.memory_.size() - at_));
    store.memory_.load(at_, count, vectors_);
    at_ += count;
    out = {vectors_, {nullptr, count}};
    return true;
  }
  if (!store.file_) return false;
  if (!disk_) disk_.emplace(*store.file_);
  return disk_->next(out);
}

}  // namespace operators
