// Operators that make rows out of expressions: VALUES, functions in FROM, sets in the SELECT list.
#pragma once

#include "functions/set_function.h"
#include "operator.h"
#include "row_store.h"

namespace operators {

class Values final : public Operator {
 public:
  Values(const planner::ValuesNode& node, ExecutionState& state);

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  std::vector<eval::Evaluator> rows_;
  types::Arena arena_;
  std::vector<types::Vector> vectors_;
  std::size_t next_ = 0;
};

// One call of a set-returning function, or of a function of one value.
class SetCall {
 public:
  SetCall(const planner::SetFunctionCall& call, std::span<const types::PhysicalType> columns,
          std::uint32_t argument_rows);
  void bind(eval::Environment& environment, types::EvalContext& context);
  // Starts over with the arguments' values in a row of `input`.
  void start(const types::Batch& input, std::uint32_t row);
  // Up to `capacity` rows into columns(); 0 at the end.
  std::uint32_t next(types::EvalContext& context, std::uint32_t capacity);
  std::span<types::Vector> columns() { return columns_; }
  // Drops what the call holds.
  void end() {
    run_.reset();
    values_.clear();
    call_arena_.reset();
  }

 private:
  std::uint32_t next_of_run(types::EvalContext& context, std::uint32_t capacity);
  void spread_row(types::EvalContext& context, const types::Datum& value);

  const planner::SetFunctionCall& call_;
  eval::Evaluator arguments_;
  types::Arena arena_;       // vectors
  types::Arena call_arena_;  // arguments and what the run keeps
  types::EvalContext run_context_;
  std::vector<types::Vector> columns_;
  std::vector<types::Vector> fields_;  // of rows that become one value each
  std::vector<types::Datum> values_;
  std::unique_ptr<functions::SetFunctionRun> run_;
  bool scalar_left_ = false;
};

class FunctionScan final : public Operator {
 public:
  FunctionScan(const planner::FunctionScanNode& node, ExecutionState& state);
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  const planner::FunctionScanNode& scan_;
  std::vector<std::unique_ptr<SetCall>> calls_;
  std::vector<bool> ended_;
  types::Arena arena_;
  std::vector<types::Vector> columns_;
  std::int64_t ordinality_ = 0;
};

class ProjectSet final : public Operator {
 public:
  ProjectSet(const planner::ProjectSetNode& node, ExecutionState& state);
  void close() override;

 protected:
  void do_open() override;
  bool produce(types::Batch& raw) override;

 private:
  std::vector<std::unique_ptr<SetCall>> calls_;
  std::vector<bool> ended_;
  types::Arena arena_;
  types::Batch input_;
  std::uint32_t at_ = 0;
  bool in_row_ = false;
  std::vector<types::Vector> columns_, own_;
};

}  // namespace operators
