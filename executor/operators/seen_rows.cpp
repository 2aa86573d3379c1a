#include "seen_rows.h"

#include <algorithm>
#include <utility>

#include "wal/check.h"

namespace operators {

namespace {

constexpr std::size_t kParts = SpillPartitions::kCount;
// A part has files of its own: many small ones would be too many.
constexpr std::size_t kSmallestPartBytes = std::size_t{1} << 20;

std::size_t place_of(std::uint64_t hash, int level) { return (hash >> (60 - 4 * level)) & (kParts - 1); }

}  // namespace

struct SeenRows::Part {
  int level = 0;
  std::unique_ptr<SpillFile> seen, waiting;
  std::vector<std::unique_ptr<Part>> parts;  // empty: not divided
  std::vector<std::uint16_t> selected;       // while a batch is divided
};

SeenRows::SeenRows(std::span<const types::PhysicalType> columns, std::span<const planner::KeyColumn> keys)
    : columns_(columns.begin(), columns.end()),
      rows_(columns, keys, 0),
      part_rows_(columns, keys, 0),
      records_(types::kBatchRows),
      selected_(types::kBatchRows) {}

SeenRows::~SeenRows() = default;

void SeenRows::start(SpillSpace& space, std::size_t memory_bytes) {
  clear();
  space_ = &space;
  memory_bytes_ = memory_bytes;
  part_bytes_ = std::max(memory_bytes, kSmallestPartBytes);
}

void SeenRows::clear() {
  rows_.clear();
  full_ = false;
  reader_.reset();
  waiting_.reset();
  settling_ = nullptr;
  unsettled_.clear();
  parts_.clear();
  if (part_rows_.size() > 0) part_rows_.release();
}

SeenRows::Part& SeenRows::part_of(std::uint64_t hash) {
  std::vector<std::unique_ptr<Part>>* parts = &parts_;
  for (int level = 0;; ++level) {
    if (parts->empty()) parts->resize(kParts);
    std::unique_ptr<Part>& part = (*parts)[place_of(hash, level)];
    if (!part) {
      part = std::make_unique<Part>();
      part->level = level;
    }
    if (part->parts.empty()) return *part;
    parts = &part->parts;
  }
}

types::Selection SeenRows::fresh(const types::Batch& batch) {
  vectors_.clear();
  for (const types::Vector& v : batch.columns) vectors_.push_back(&v);
  std::uint32_t count = 0;
  if (!full_) {
    rows_.find_or_insert(vectors_, batch.rows, records_.data(),
                         [&](std::byte*, std::uint32_t row) { selected_[count++] = static_cast<std::uint16_t>(row); });
    full_ = rows_.footprint() > memory_bytes_ && space_ != nullptr && space_->available();
    return {selected_.data(), count};
  }
  rows_.find(vectors_, batch.rows, records_.data());
  touched_.clear();
  for (std::uint32_t i = 0; i < batch.rows.count; ++i) {
    if (records_[i] != nullptr) continue;
    Part& part = part_of(rows_.hashes()[i]);
    if (part.selected.empty()) touched_.push_back(&part);
    part.selected.push_back(static_cast<std::uint16_t>(batch.rows[i]));
  }
  for (Part* part : touched_) {
    if (!part->waiting) {
      part->waiting = std::make_unique<SpillFile>(*space_, columns_);
      unsettled_.push_back(part);
    }
    part->waiting->append(batch.columns, {part->selected.data(), static_cast<std::uint32_t>(part->selected.size())});
    part->selected.clear();
  }
  return {selected_.data(), 0};
}

std::size_t SeenRows::footprint_of(const Part& part) const {
  constexpr std::size_t kPlaces = 24;  // of a record, in the table
  std::size_t bytes = 0;
  for (const SpillFile* file : {part.seen.get(), part.waiting.get()})
    if (file != nullptr) bytes += file->end() + file->rows() * (part_rows_.layout().size() + kPlaces);
  return bytes;
}

// Its rows go to parts of their own, by further bits of the hash.
void SeenRows::divide(Part& part) {
  const std::unique_ptr<SpillFile> files[] = {std::move(part.seen), std::move(part.waiting)};
  const std::uint64_t rows = (files[0] ? files[0]->rows() : 0) + (files[1] ? files[1]->rows() : 0);
  part.parts.resize(kParts);
  for (auto& p : part.parts) {
    p = std::make_unique<Part>();
    p->level = part.level + 1;
  }
  for (std::size_t f = 0; f < 2; ++f) {
    if (!files[f]) continue;
    SpillReader reader(*files[f]);
    types::Batch batch;
    while (reader.next(batch)) {
      vectors_.clear();
      for (const types::Vector& v : batch.columns) vectors_.push_back(&v);
      part_rows_.clear();
      part_rows_.find(vectors_, batch.rows, records_.data());  // for the hashes
      for (std::uint32_t i = 0; i < batch.rows.count; ++i)
        part.parts[place_of(part_rows_.hashes()[i], part.level + 1)]->selected.push_back(static_cast<std::uint16_t>(batch.rows[i]));
      for (auto& p : part.parts) {
        if (p->selected.empty()) continue;
        std::unique_ptr<SpillFile>& file = f == 0 ? p->seen : p->waiting;
        if (!file) file = std::make_unique<SpillFile>(*space_, columns_);
        file->append(batch.columns, {p->selected.data(), static_cast<std::uint32_t>(p->selected.size())});
        p->selected.clear();
      }
    }
  }
  for (auto& p : part.parts) {
    // All of one hash, probably: dividing it again would not help.
    if ((p->seen ? p->seen->rows() : 0) + (p->waiting ? p->waiting->rows() : 0) == rows) p->level = SpillPartitions::kDeepest;
    if (p->waiting) unsettled_.push_back(p.get());
  }
}

bool SeenRows::begin_part() {
  while (!unsettled_.empty()) {
    Part& part = *unsettled_.back();
    unsettled_.pop_back();
    if (footprint_of(part) > part_bytes_ && part.level < SpillPartitions::kDeepest) {
      divide(part);
      continue;
    }
    part_rows_.clear();
    if (part.seen) {
      SpillReader reader(*part.seen);
      types::Batch batch;
      while (reader.next(batch)) {
        vectors_.clear();
        for (const types::Vector& v : batch.columns) vectors_.push_back(&v);
        part_rows_.find_or_insert(vectors_, batch.rows, records_.data(), [](std::byte*, std::uint32_t) {});
      }
    } else {
      part.seen = std::make_unique<SpillFile>(*space_, columns_);
    }
    settling_ = &part;
    waiting_ = std::move(part.waiting);
    reader_ = std::make_unique<SpillReader>(*waiting_);
    return true;
  }
  return false;
}

bool SeenRows::settle(types::Batch& out) {
  for (;;) {
    if (settling_ == nullptr && !begin_part()) return false;
    while (reader_->next(out)) {
      vectors_.clear();
      for (const types::Vector& v : out.columns) vectors_.push_back(&v);
      std::uint32_t count = 0;
      part_rows_.find_or_insert(vectors_, out.rows, records_.data(),
                                [&](std::byte*, std::uint32_t row) { selected_[count++] = static_cast<std::uint16_t>(row); });
      if (count == 0) continue;
      out.rows = {selected_.data(), count};
      settling_->seen->append(out.columns, out.rows);
      return true;
    }
    settling_ = nullptr;
    reader_.reset();
    waiting_.reset();
    part_rows_.clear();
  }
}

}  // namespace operators
