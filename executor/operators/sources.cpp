#include "sources.h"

#include <algorithm>

#include "execution_state.h"
#include "types/record.h"

namespace operators {

Values::Values(const planner::ValuesNode& node, ExecutionState& state)
    : Operator(node, state),
      arena_(node.batch_rows > 1 ? 65536 : 512),
      vectors_(make_vectors(arena_, node.raw_columns, node.batch_rows)) {
  rows_.reserve(node.value_rows.size());
  for (const eval::Program& program : node.value_rows) rows_.emplace_back(program, 1);
}

void Values::do_open() {
  next_ = 0;
  for (eval::Evaluator& row : rows_) bind(row);
}

bool Values::produce(types::Batch& raw) {
  if (next_ >= rows_.size()) return false;
  for (types::Vector& v : vectors_) v.clear();
  std::uint32_t count = 0;
  while (next_ < rows_.size() && count < node_.batch_rows) {
    eval::Evaluator& row = rows_[next_++];
    for (std::size_t c = 0; c < vectors_.size(); ++c) {
      const types::Datum value = row.value(c);
      if (value.is_null)
        vectors_[c].set_null(count);
      else
        vectors_[c].set_datum(count, value);
    }
    ++count;
  }
  raw = {vectors_, {nullptr, count}};
  return true;
}

SetCall::SetCall(const planner::SetFunctionCall& call,
                 std::span<const types::PhysicalType> columns, std::uint32_t argument_rows)
    : call_(call),
      arguments_(call.arguments, argument_rows),
      columns_(make_vectors(arena_, columns, types::kBatchRows)) {
  std::vector<types::PhysicalType> fields;
  for (const types::RecordField& field : call.row_fields) fields.push_back(field.physical);
  fields_ = make_vectors(arena_, fields, types::kBatchRows);
}

void SetCall::bind(eval::Environment& environment, types::EvalContext& context) {
  arguments_.bind(environment, context);
  run_context_ = context;
  run_context_.arena = &call_arena_;
}

void SetCall::start(const types::Batch& input, std::uint32_t row) {
  end();
  const auto one = static_cast<std::uint16_t>(row);
  const types::Selection selection{&one, 1};
  bool null = false;
  for (std::size_t i = 0; i < arguments_.size(); ++i) {
    const types::Vector& value = arguments_.evaluate(i, {input.columns, selection});
    values_.push_back(types::copy_datum(call_arena_, value.type(), value.datum(row)));
    null = null || values_.back().is_null;
  }
  scalar_left_ = call_.scalar;
  if (call_.scalar || (null && call_.strict)) return;
  run_ = call_.start(run_context_, call_.site.call, values_);
}

std::uint32_t SetCall::next(types::EvalContext& context, std::uint32_t capacity) {
  for (types::Vector& v : columns_) v.clear();
  if (call_.scalar) {
    if (!scalar_left_) return 0;
    scalar_left_ = false;
    if (call_.spread) {
      spread_row(context, values_[0]);
      return 1;
    }
    if (values_[0].is_null)
      columns_[0].set_null(0);
    else
      columns_[0].set_datum(0, values_[0]);
    return 1;
  }
  return run_ ? next_of_run(context, capacity) : 0;
}

std::uint32_t SetCall::next_of_run(types::EvalContext& context, std::uint32_t capacity) {
  if (fields_.empty()) return run_->next(context, columns_, capacity);
  for (types::Vector& field : fields_) field.clear();
  const std::uint32_t rows = run_->next(context, fields_, capacity);
  std::vector<types::Datum> values(fields_.size());
  for (std::uint32_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < fields_.size(); ++i) values[i] = fields_[i].datum(row);
    columns_[0].set_datum(row, types::make_record(*context.arena, call_.site.call.result.oid,
                                                  call_.row_fields, values));
  }
  return rows;
}

// A null row has null fields.
void SetCall::spread_row(types::EvalContext& context, const types::Datum& value) {
  if (value.is_null) {
    for (types::Vector& column : columns_) column.set_null(0);
    return;
  }
  const types::RecordView record(value);
  types::require_row_shape(context, record, call_.site.columns);
  std::uint32_t at = 0;
  for (types::RecordView::Cursor field(record); at < columns_.size() && field.next(); ++at) {
    if (field.value().is_null)
      columns_[at].set_null(0);
    else
      columns_[at].set_datum(0, field.value());
  }
  for (; at < columns_.size(); ++at) columns_[at].set_null(0);
}

FunctionScan::FunctionScan(const planner::FunctionScanNode& node, ExecutionState& state)
    : Operator(node, state), scan_(node), columns_(node.raw_columns.size()) {
  std::size_t first = 0;
  for (const planner::SetFunctionCall& call : node.functions) {
    calls_.push_back(std::make_unique<SetCall>(
        call, std::span(node.raw_columns).subspan(first, call.column_count), 1));
    first += call.column_count;
  }
  ended_.resize(calls_.size());
  if (node.with_ordinality)
    columns_.back() = types::Vector::allocate(arena_, types::PhysicalType::int64, types::kBatchRows);
}

void FunctionScan::close() {
  Operator::close();
  for (auto& call : calls_) call->end();
}

void FunctionScan::do_open() {
  ordinality_ = 0;
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    calls_[i]->bind(environment(), context());
    calls_[i]->start({{}, {nullptr, 1}}, 0);
    ended_[i] = false;
  }
}

bool FunctionScan::produce(types::Batch& raw) {
  std::uint32_t longest = 0;
  std::vector<std::uint32_t> counts(calls_.size());
  // Several functions stay in step: each call gives full batches until it ends.
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    counts[i] = ended_[i] ? 0 : calls_[i]->next(context(), types::kBatchRows);
    ended_[i] = ended_[i] || counts[i] == 0;
    longest = std::max(longest, counts[i]);
  }
  if (longest == 0) return false;
  std::size_t at = 0;
  for (std::size_t i = 0; i < calls_.size(); ++i)
    for (types::Vector& column : calls_[i]->columns()) {
      if (ended_[i]) column.clear();
      for (std::uint32_t row = counts[i]; row < longest; ++row) column.set_null(row);
      columns_[at++] = column;
    }
  if (scan_.with_ordinality) {
    columns_.back().clear();
    for (std::uint32_t row = 0; row < longest; ++row)
      columns_.back().set<std::int64_t>(row, ++ordinality_);
  }
  raw = {columns_, {nullptr, longest}};
  return true;
}

ProjectSet::ProjectSet(const planner::ProjectSetNode& node, ExecutionState& state)
    : Operator(node, state), columns_(node.raw_columns.size()) {
  const std::size_t below = node.children[0]->columns.size();
  for (std::size_t i = 0; i < node.functions.size(); ++i)
    calls_.push_back(std::make_unique<SetCall>(
        node.functions[i], std::span(node.raw_columns).subspan(below + i, 1), types::kBatchRows));
  ended_.resize(calls_.size());
  own_ = make_vectors(arena_, std::span(node.raw_columns).first(below), 1);
}

void ProjectSet::close() {
  Operator::close();
  for (auto& call : calls_) call->end();
}

void ProjectSet::do_open() {
  child().open();
  for (auto& call : calls_) call->bind(environment(), context());
  input_ = {};
  at_ = 0;
  in_row_ = false;
}

bool ProjectSet::produce(types::Batch& raw) {
  for (;;) {
    if (!in_row_) {
      if (at_ >= input_.rows.count) {
        if (!child().next(input_)) return false;
        at_ = 0;
      }
      for (std::size_t i = 0; i < calls_.size(); ++i) {
        calls_[i]->start(input_, input_.rows[at_]);
        ended_[i] = false;
      }
      in_row_ = true;
    }
    std::uint32_t longest = 0;
    std::vector<std::uint32_t> counts(calls_.size());
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      counts[i] = ended_[i] ? 0 : calls_[i]->next(context(), types::kBatchRows);
      ended_[i] = ended_[i] || counts[i] == 0;
      longest = std::max(longest, counts[i]);
    }
    if (longest == 0) {
      in_row_ = false;
      ++at_;
      continue;
    }
    const std::size_t below = input_.columns.size();
    for (std::size_t c = 0; c < below; ++c) {
      columns_[c] = types::Vector::constant(batch_arena(), input_.columns[c].type(),
                                            input_.columns[c].datum(input_.rows[at_]));
      if (input_.columns[c].is_null(input_.rows[at_])) columns_[c].set_null(0);
    }
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      types::Vector& column = calls_[i]->columns()[0];
      if (counts[i] == 0) column.clear();
      for (std::uint32_t row = counts[i]; row < longest; ++row) column.set_null(row);
      columns_[below + i] = column;
    }
    raw = {columns_, {nullptr, longest}};
    return true;
  }
}

}  // namespace operators
