// A group of expressions over one input that are evaluated together: the filter of a scan, the
// columns of a projection, the keys of a join.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "eval/node.h"

namespace eval {

// Immutable; shared by concurrent executions.
struct Program {
  std::vector<NodePtr> expressions;
  std::uint32_t slots = 0;

  bool empty() const { return expressions.empty(); }
};

// One execution's evaluation of a program. Cheap to keep, not cheap to make: operators make it
// once and use it for every batch and every run.
class Evaluator {
 public:
  Evaluator(const Program& program, std::uint32_t capacity)
      : program_(&program), frame_(program.slots + 1, capacity) {}

  // Before evaluating; both outlive the evaluations.
  void bind(Environment& environment, types::EvalContext& context) {
    frame_.environment = &environment;
    frame_.context = &context;
  }

  // Valid until the next call for the same expression.
  const types::Vector& evaluate(std::size_t index, const types::Batch& input) {
    frame_.input = input.columns;
    return program_->expressions[index]->evaluate(frame_, input.rows);
  }

  // The rows for which every expression of the program is true; later ones are evaluated only
  // for rows that passed the earlier ones. Valid until the next call.
  types::Selection filter(const types::Batch& input);

  // The single value of an expression that needs no input row.
  types::Datum value(std::size_t index);

  std::size_t size() const { return program_->expressions.size(); }
  const Program& program() const { return *program_; }

 private:
  const Program* program_;
  Frame frame_;
};

}  // namespace eval
