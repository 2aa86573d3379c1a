#include "conditional_nodes.h"

namespace eval {

const types::Vector& CaseNode::evaluate(Frame& frame, types::Selection rows) const {
  types::Vector& out = frame.scratch(slot_, physical());
  std::uint16_t* rest = frame.selection(slot_);
  std::uint16_t* matched = frame.selection(slot_ + 1);
  const types::Vector* outer_value = frame.case_value;
  const types::Vector* value = nullptr;
  if (argument_) value = &argument_->evaluate(frame, rows);
  types::Selection remaining = rows;
  for (const Arm& arm : arms_) {
    if (remaining.count == 0) break;
    if (value) frame.case_value = value;
    const types::Vector& condition = arm.condition->evaluate(frame, remaining);
    frame.case_value = outer_value;
    std::uint32_t matches = 0, others = 0;
    for (std::uint32_t i = 0; i < remaining.count; ++i) {
      const std::uint32_t row = remaining[i];
      const bool match = !condition.is_null(row) && condition.get<bool>(row);
      matched[matches] = static_cast<std::uint16_t>(row);
      rest[others] = static_cast<std::uint16_t>(row);
      matches += match;
      others += !match;
    }
    if (matches > 0) {
      const types::Selection selected{matched, matches};
      copy_rows(arm.result->evaluate(frame, selected), selected, out);
    }
    remaining = {rest, others};
  }
  if (remaining.count > 0) copy_rows(otherwise_->evaluate(frame, remaining), remaining, out);
  return out;
}

const types::Vector& CoalesceNode::evaluate(Frame& frame, types::Selection rows) const {
  types::Vector& out = frame.scratch(slot_, physical());
  std::uint16_t* rest = frame.selection(slot_);
  types::Selection remaining = rows;
  for (std::size_t a = 0; a < arguments_.size() && remaining.count > 0; ++a) {
    const types::Vector& value = arguments_[a]->evaluate(frame, remaining);
    if (a == 0 && !value.may_have_nulls()) return value;
    copy_rows(value, remaining, out);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < remaining.count; ++i) {
      const std::uint32_t row = remaining[i];
      if (value.is_null(row))
        rest[count++] = static_cast<std::uint16_t>(row);
      else
        out.set_not_null(row);
    }
    remaining = {rest, count};
  }
  return out;
}

const types::Vector& MinMaxNode::evaluate(Frame& frame, types::Selection rows) const {
  types::Vector& out = frame.scratch(slot_, physical());
  for (std::size_t a = 0; a < arguments_.size(); ++a) {
    const types::Vector& value = arguments_[a]->evaluate(frame, rows);
    if (a == 0) {
      copy_rows(value, rows, out);
      continue;
    }
    for (std::uint32_t i = 0; i < rows.count; ++i) {
      const std::uint32_t row = rows[i];
      if (value.is_null(row)) continue;
      const types::Datum candidate = value.datum(row);
      bool take = out.is_null(row);
      if (!take) {
        const int order = compare_(candidate, out.datum(row));
        take = greatest_ ? order > 0 : order < 0;
      }
      if (!take) continue;
      out.set_not_null(row);
      out.set_datum(row, candidate);
    }
  }
  return out;
}

}  // namespace eval
