// The different rows that a recursive UNION has made so far. What does not fit in memory is on disk, divided by hash,
// and looked up once a round for all rows of the round together.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "planner/plan_node.h"
#include "row_set.h"
#include "spill_file.h"
#include "types/vector.h"

namespace operators {

class SeenRows {
 public:
  SeenRows(std::span<const types::PhysicalType> columns, std::span<const planner::KeyColumn> keys);
  ~SeenRows();

  void start(SpillSpace& space, std::size_t memory_bytes);
  void clear();

  // The rows of the batch that are new, each once. Of others, which may be new, settle() will tell.
  types::Selection fresh(const types::Batch& batch);
  // At the end of a round: some of those that are new, each once; false when there are no more. The batch is valid until
  // the next call. fresh() is called again only after that.
  bool settle(types::Batch& out);

 private:
  struct Part;
  Part& part_of(std::uint64_t hash);
  bool begin_part();
  void divide(Part& part);
  std::size_t footprint_of(const Part& part) const;

  const std::vector<types::PhysicalType> columns_;
  SpillSpace* space_ = nullptr;
  std::size_t memory_bytes_ = SIZE_MAX, part_bytes_ = SIZE_MAX;
  RowSet rows_;                       // the first ones
  bool full_ = false;
  std::vector<std::unique_ptr<Part>> parts_;
  std::vector<Part*> touched_;
  std::vector<Part*> unsettled_;
  RowSet part_rows_;                  // of the part that is being settled
  Part* settling_ = nullptr;
  std::unique_ptr<SpillFile> waiting_;  // its rows
  std::unique_ptr<SpillReader> reader_;
  std::vector<const types::Vector*> vectors_;
  std::vector<std::byte*> records_;
  std::vector<std::uint16_t> selected_;
};

}  // namespace operators
