// Rows in order of arrival that several readers go through: the first ones in memory, the others,
// past the memory, on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "row_store.h"
#include "spill_file.h"

namespace operators {

class TupleStore {
 public:
  explicit TupleStore(std::span<const types::PhysicalType> columns)
      : columns_(columns.begin(), columns.end()), memory_(columns) {}

  // Empty again; past `memory_bytes` rows go to `space`, if that is available.
  void start(SpillSpace& space, std::size_t memory_bytes);
  void append(const types::Batch& batch);
  void clear();
  std::uint64_t rows() const { return memory_.size() + (file_ ? file_->rows() : 0); }

 private:
  friend class TupleReader;
  std::vector<types::PhysicalType> columns_;
  RowStore memory_;
  std::unique_ptr<SpillFile> file_;
  SpillSpace* space_ = nullptr;
  std::size_t memory_bytes_ = SIZE_MAX;
};

// Goes through a store from its first row; may go on when rows have been appended since.
class TupleReader {
 public:
  explicit TupleReader(std::span<const types::PhysicalType> columns)
      : arena_(65536), vectors_(make_vectors(arena_, columns, types::kBatchRows)) {}
  void rewind() {
    at_ = 0;
    disk_.reset();
  }
  // The batch is valid until the next call. False when there is nothing more now.
  bool next(TupleStore& store, types::Batch& out);

 private:
  types::Arena arena_;
  std::vector<types::Vector> vectors_;
  std::size_t at_ = 0;
  std::optional<SpillReader> disk_;
};

}  // namespace operators
