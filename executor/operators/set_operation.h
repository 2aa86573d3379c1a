// INTERSECT and EXCEPT [ALL]: counts equal rows of both sides. When the different rows of the left side outgrow their
// memory, further ones, and what may equal them, wait on disk (later_passes.h).
#pragma once

#include "later_passes.h"
#include "operator.h"
#include "row_set.h"

namespace operators {

class SetOperation final : public Operator {
 public:
  SetOperation(const planner::SetOperationNode& node, ExecutionState& state);
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  struct Counts {
    std::uint64_t of[2];
  };
  std::uint64_t copies(const Counts& c) const;
  void read_children();
  // Counts the rows of the next part that waited; false when there is none.
  bool read_part();
  // Rows of one side; left ones come first. `kept`: the columns as they wait.
  void count(std::size_t side, std::span<const types::Vector> columns, types::Selection rows,
             std::span<const types::Vector> kept);

  const planner::SetOperationNode& set_;
  RowSet rows_;
  LaterPasses later_;
  std::vector<types::PhysicalType> kept_types_;  // of a row and its side
  std::vector<const types::Vector*> columns_;
  std::vector<std::byte*> records_;
  std::vector<std::uint16_t> aside_;
  std::vector<std::uint64_t> aside_hashes_;
  types::Arena arena_;
  std::vector<types::Vector> out_;
  bool read_ = false;
  std::size_t at_ = 0;
  std::uint64_t repeated_ = 0;
};

}  // namespace operators
