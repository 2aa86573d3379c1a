// The rows of its children, each in one order, in that order.
#pragma once

#include <optional>
#include <vector>

#include "append.h"

namespace operators {

class MergeAppend final : public Append {
 public:
  MergeAppend(const planner::AppendNode& node, ExecutionState& state);

  void set_bound(std::uint64_t rows) override {
    if (!node_.filter.empty()) return;
    for (OperatorPtr& c : children_) c->set_bound(rows);
  }
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  struct Input {
    std::size_t child;
    types::Batch batch;
    std::uint32_t at = 0;
    std::uint32_t row() const { return batch.rows[at]; }
  };
  bool refill(Input& input);
  // Whether a's row comes after b's; of equal ones those of earlier children come first.
  bool is_after(std::size_t a, std::size_t b) const;
  void push(std::size_t input);

  const std::vector<planner::SortColumn>& keys_;
  std::vector<Input> inputs_;
  std::vector<std::size_t> heap_;        // of inputs; the first one's row is next
  std::optional<std::size_t> drained_;   // its last rows have been lent
  types::Arena arena_{16384};
  std::vector<types::Vector> out_;
};

}  // namespace operators
