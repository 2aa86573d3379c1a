// ORDER BY of rows that come in the order of its leading keys already: sorted group by group, so that the first rows
// are there before the last ones are read.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operator.h"
#include "planner/plan_node.h"
#include "row_sorter.h"

namespace operators {

// A group is what is equal in the presorted keys; small ones are sorted together.
class IncrementalSort final : public Operator {
 public:
  IncrementalSort(const planner::SortNode& node, ExecutionState& state);
  void close() override;
  void set_bound(std::uint64_t rows) override {
    if (node_.filter.empty()) bound_ = rows;
  }
  void expect(std::uint64_t rows) override;

  // What EXPLAIN ANALYZE tells, of all groups since the first opening.
  std::vector<std::string> methods() const { return {methods_.begin(), methods_.end()}; }
  std::uint64_t groups() const { return groups_; }
  bool on_disk() const { return spilled_peak_ > 0; }
  std::uint64_t peak_bytes() const { return on_disk() ? spilled_peak_ : memory_peak_; }
  std::uint64_t average_bytes() const { return groups_ == 0 ? 0 : (on_disk() ? spilled_sum_ : memory_sum_) / groups_; }

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  // Reads one group, or several small ones, and sorts. False: there were no rows left.
  bool fill();
  bool in_group(std::uint32_t row) const;
  void remember(std::uint32_t row);

  const planner::SortNode& sort_;
  RowSorter sorter_;
  std::optional<std::uint64_t> bound_;  // rows wanted in all
  std::uint64_t given_ = 0;
  types::Batch batch_{};                // of the child: rows from at_ on are not sorted yet
  std::uint32_t at_ = 0;
  bool has_batch_ = false, ended_ = false, filled_ = false;
  std::vector<types::Datum> last_;      // presorted keys of the last row read
  types::Arena last_arena_;
  std::vector<std::uint16_t> rows_;     // 0, 1, 2, ...
  std::set<std::string> methods_;
  std::uint64_t groups_ = 0, memory_sum_ = 0, memory_peak_ = 0, spilled_sum_ = 0, spilled_peak_ = 0;
};

}  // namespace operators
