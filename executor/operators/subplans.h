// Runs the subqueries in expressions.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "eval/subplan_node.h"
#include "execution_state.h"
#include "operator.h"
#include "row_set.h"

namespace operators {

// Results are kept while the parameters of the subquery stay the same: a subquery that reads
// nothing of the outer row runs once, a correlated one again only when the outer values change.
class Subplans final : public eval::SubplanRunner {
 public:
  explicit Subplans(ExecutionState& state);

  void run(const eval::SubplanNode& node, types::EvalContext& context,
           std::span<const types::Vector* const> arguments, types::Selection rows,
           types::Vector& out) override;
  void initialise(int parameter) override;

  // Forgets what a run left behind.
  void reset();
  const Operator* root(std::size_t index) const { return plans_[index].root.get(); }

 private:
  struct State {
    OperatorPtr root;
    types::Arena arena{512};          // parameters and result
    bool valid = false;               // the result belongs to the parameters
    std::vector<types::Datum> parameters;
    std::vector<std::uint64_t> versions;
    types::Datum result;              // scalar, exists, array
    std::unique_ptr<RowStore> rows;   // any, all: every row
    // Equalities are looked up: rows without nulls by the hash of their values, the others are compared.
    bool is_hashed = false;
    std::vector<std::uint64_t> hashes;        // by row
    std::vector<std::uint32_t> heads, nexts;  // of chains, by bucket and by row: a row's number + 1, or 0
    std::vector<const std::byte*> with_nulls;
  };

  State& state(int subplan);
  bool same_parameters(const eval::SubplanNode& node, State& s,
                       std::span<const types::Vector* const> arguments, std::uint32_t row);
  types::Datum compute(State& s, const planner::Subplan& plan);
  void fetch_rows(State& s, const planner::Subplan& plan);
  void hash_rows(const eval::SubplanNode& node, State& s);
  bool has_equal(const eval::SubplanNode& node, const State& s, std::span<const types::Vector* const> arguments,
                 std::uint32_t row) const;
  void look_up(const eval::SubplanNode& node, State& s, types::EvalContext& context,
               std::span<const types::Vector* const> arguments, std::uint32_t row, types::Vector& out);
  // With those of the subquery's rows.
  void compare(const eval::SubplanNode& node, State& s, types::EvalContext& context,
               std::span<const types::Vector* const> arguments, std::uint32_t row,
               std::span<const std::byte* const> among, types::Vector& out);

  ExecutionState& execution_;
  std::vector<State> plans_;
};

}  // namespace operators
