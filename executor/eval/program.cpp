#include "eval/program.h"

namespace eval {

types::Selection Evaluator::filter(const types::Batch& input) {
  frame_.input = input.columns;
  types::Selection rows = input.rows;
  // One buffer serves all: each step writes at or before the place it reads.
  std::uint16_t* buffer = frame_.selection(program_->slots);
  for (const NodePtr& condition : program_->expressions) {
    if (rows.count == 0) break;
    rows = select_true(condition->evaluate(frame_, rows), rows, buffer);
  }
  return rows;
}

types::Datum Evaluator::value(std::size_t index) {
  frame_.input = {};
  return program_->expressions[index]->evaluate(frame_, {nullptr, 1}).datum(0);
}

}  // namespace eval
