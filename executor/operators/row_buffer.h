// A batch with memory of its own, filled row by row.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "types/arena.h"
#include "types/vector.h"

namespace operators {

class RowBuffer {
 public:
  explicit RowBuffer(std::span<const types::PhysicalType> columns);

  // Copies selected rows of `batch` from the `first` one on, as many as there is room for, and
  // returns how many.
  std::uint32_t append(const types::Batch& batch, std::uint32_t first);

  bool full() const { return rows_ == types::kBatchRows; }
  bool empty() const { return rows_ == 0; }
  // Valid until clear().
  types::Batch batch() { return {columns_, {nullptr, rows_}}; }
  void clear();

 private:
  types::Arena arena_;
  types::Arena text_;  // varlen values
  std::vector<types::Vector> columns_;
  std::uint32_t rows_ = 0;
};

}  // namespace operators
