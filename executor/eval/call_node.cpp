#include "call_node.h"

#include "wal/check.h"

namespace eval {

namespace {
constexpr std::size_t kInlineArguments = 8;
}

const types::Vector& CallNode::evaluate(Frame& frame, types::Selection rows) const {
  const types::Vector* inline_arguments[kInlineArguments];
  std::vector<const types::Vector*> more;
  const types::Vector** arguments = inline_arguments;
  const std::size_t count = arguments_.size();
  if (count > kInlineArguments) {
    more.resize(count);
    arguments = more.data();
  }
  bool constant = !function_.is_volatile;
  for (std::size_t i = 0; i < count; ++i) {
    arguments[i] = &arguments_[i]->evaluate(frame, rows);
    constant = constant && arguments[i]->is_constant();
  }
  if (constant && frame.capacity() > 1) {
    types::Vector& out = frame.constant(slot_ + 1, physical());
    if (rows.count == 0) return out;
    out.clear();
    function_(*frame.context, {arguments, count}, {nullptr, 1}, out);
    return out;
  }
  types::Vector& out = frame.scratch(slot_, physical());
  if (rows.count != 0)
    function_(*frame.context, {arguments, count}, rows, out);
  return out;
}

const types::Vector& NullIfNode::evaluate(Frame& frame, types::Selection rows) const {
  const types::Vector* arguments[2] = {&left_->evaluate(frame, rows),
                                       &right_->evaluate(frame, rows)};
  types::Vector& equal = frame.scratch(slot_, types::PhysicalType::boolean);
  types::Vector& out = frame.scratch(slot_ + 1, physical());
  if (rows.count == 0) return out;
  equality_(*frame.context, arguments, rows, equal);
  copy_rows(*arguments[0], rows, out);
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    if (!equal.is_null(row) && equal.get<bool>(row)) out.set_null(row);
  }
  return out;
}

const types::Vector& IsDistinctNode::evaluate(Frame& frame, types::Selection rows) const {
  const types::Vector* arguments[2] = {&left_->evaluate(frame, rows),
                                       &right_->evaluate(frame, rows)};
  types::Vector& out = frame.scratch(slot_, types::PhysicalType::boolean);
  if (rows.count == 0) return out;
  types::Vector& equal = frame.scratch(slot_ + 1, types::PhysicalType::boolean);
  std::uint16_t* buffer = frame.selection(slot_);
  std::uint32_t both = 0;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    const bool left_null = arguments[0]->is_null(row), right_null = arguments[1]->is_null(row);
    if (left_null || right_null)
      out.set<bool>(row, left_null != right_null);
    else
      buffer[both++] = static_cast<std::uint16_t>(row);
  }
  if (both > 0) {
    const types::Selection compared{buffer, both};
    equality_(*frame.context, arguments, compared, equal);
    for (std::uint32_t i = 0; i < both; ++i) out.set<bool>(buffer[i], !equal.get<bool>(buffer[i]));
  }
  return out;
}

}  // namespace eval
