// What hashing does with the rows of groups that do not fit in memory: they wait on disk, divided by hash, and each
// part is a pass of its own, which may divide its rows again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "spill_file.h"

namespace operators {

// Per run: start(); for the input, then for every part that next() gives: count() all rows, divide() when the groups
// outgrow their memory, from then on put_aside() the rows of groups that are not there; end_pass().
class LaterPasses {
 public:
  void start();
  // Gives up what waits; what EXPLAIN tells stays.
  void drop() {
    parts_.reset();
    pending_.clear();
  }
  // Rows of this pass, whoever's.
  void count(std::uint64_t rows) { input_rows_ += rows; }
  // Rows of new groups wait from now on. False when dividing is of no use: the groups go on growing.
  bool divide(SpillSpace& space, std::span<const types::PhysicalType> columns);
  bool is_divided() const { return parts_ != nullptr; }
  // hashes[i]: of rows[i].
  void put_aside(std::span<const types::Vector> columns, types::Selection rows, const std::uint64_t* hashes);
  // Whether a row with that hash waits.
  bool has_rows_of(std::uint64_t hash) const { return parts_->rows(parts_->partition_of(hash)) > 0; }
  void end_pass();
  // The rows of the next pass, which has begun; null when there is none.
  std::unique_ptr<SpillFile> next();

  // What EXPLAIN ANALYZE tells: passes that were made, those at hand included, and the most bytes that waited on disk.
  std::uint64_t passes() const { return passes_; }
  std::uint64_t disk_bytes() const { return peak_bytes_; }

 private:
  struct Pending {
    std::unique_ptr<SpillFile> rows;
    int level;
  };

  std::unique_ptr<SpillPartitions> parts_;
  std::uint64_t input_rows_ = 0;
  int level_ = 0;
  std::vector<Pending> pending_;
  std::uint64_t passes_ = 1, peak_bytes_ = 0;
};

}  // namespace operators
