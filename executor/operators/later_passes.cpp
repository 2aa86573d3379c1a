#include "later_passes.h"

#include <algorithm>
#include <utility>

namespace operators {

void LaterPasses::start() {
  drop();
  input_rows_ = 0;
  level_ = 0;
  passes_ = 1;
  peak_bytes_ = 0;
}

bool LaterPasses::divide(SpillSpace& space, std::span<const types::PhysicalType> columns) {
  if (parts_) return true;
  if (level_ >= SpillPartitions::kDeepest) return false;
  parts_ = std::make_unique<SpillPartitions>(space, columns, level_);
  return true;
}

void LaterPasses::put_aside(std::span<const types::Vector> columns, types::Selection rows, const std::uint64_t* hashes) {
  parts_->append(columns, rows, hashes);
}

void LaterPasses::end_pass() {
  if (!parts_) return;
  for (std::size_t p = 0; p < SpillPartitions::kCount; ++p)
    if (auto file = parts_->take(p)) {
      // All of one hash, probably: dividing it again would not help.
      const bool hopeless = file->rows() == input_rows_;
      pending_.push_back({std::move(file), hopeless ? SpillPartitions::kDeepest : level_ + 1});
    }
  parts_.reset();
  std::uint64_t bytes = 0;
  for (const Pending& pending : pending_) bytes += pending.rows->end();
  peak_bytes_ = std::max(peak_bytes_, bytes);
}

std::unique_ptr<SpillFile> LaterPasses::next() {
  if (pending_.empty()) return nullptr;
  Pending pending = std::move(pending_.back());
  pending_.pop_back();
  level_ = pending.level;
  input_rows_ = 0;
  ++passes_;
  return std::move(pending.rows);
}

}  // namespace operators
