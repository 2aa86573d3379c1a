// Rows that outlive what made them: a cursor's, those of a call of a function that returns a set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "operators/spill_space.h"
#include "types/datum.h"
#include "types/vector.h"

namespace operators {

// In order of arrival, numbered from 0 on. Past `memory_bytes` they are on disk. Not thread-safe.
class KeptRows {
 public:
  // `space` outlives them.
  KeptRows(std::span<const types::PhysicalType> columns, SpillSpace& space, std::size_t memory_bytes);
  ~KeptRows();
  KeptRows(const KeptRows&) = delete;
  KeptRows& operator=(const KeptRows&) = delete;

  // A value for each column; copied. Throws SqlError 53100, 53400 and the like.
  void append(std::span<const types::Datum> values);
  std::uint64_t rows() const;
  std::size_t columns() const;
  // The first values of a row that is there, valid until another one is read.
  void read(std::uint64_t row, std::span<types::Datum> values);
  // The first columns of the rows from `first` on: `capacity` of them (at most types::kBatchRows), or all that are left;
  // returns how many. Valid until the next call.
  std::uint32_t read(std::uint64_t first, std::span<types::Vector> columns, std::uint32_t capacity);
  // Of what is in memory, in bytes.
  std::size_t footprint() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace operators
