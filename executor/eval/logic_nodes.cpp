#include "logic_nodes.h"

namespace eval {

const types::Vector& AndOrNode::evaluate(Frame& frame, types::Selection rows) const {
  types::Vector& out = frame.scratch(slot_, types::PhysicalType::boolean);
  std::uint16_t* open = frame.selection(slot_);
  // AND is decided by a false, OR by a true.
  const bool deciding = !is_and_;
  types::Selection undecided = rows;
  for (std::uint32_t i = 0; i < rows.count; ++i) out.set<bool>(rows[i], is_and_);
  for (const NodePtr& argument : arguments_) {
    if (undecided.count == 0) break;
    const types::Vector& value = argument->evaluate(frame, undecided);
    std::uint32_t count = 0;
    if (!value.may_have_nulls() && !out.may_have_nulls()) {
      for (std::uint32_t i = 0; i < undecided.count; ++i) {
        const std::uint32_t row = undecided[i];
        const bool v = value.get<bool>(row);
        if (v == deciding) out.set<bool>(row, deciding);
        open[count] = static_cast<std::uint16_t>(row);
        count += v != deciding;
      }
    } else {
      for (std::uint32_t i = 0; i < undecided.count; ++i) {
        const std::uint32_t row = undecided[i];
        if (value.is_null(row)) {
          out.set_null(row);
          open[count++] = static_cast<std::uint16_t>(row);
        } else if (value.get<bool>(row) == deciding) {
          out.set<bool>(row, deciding);
          out.set_not_null(row);
        } else {
          open[count++] = static_cast<std::uint16_t>(row);
        }
      }
    }
    undecided = {open, count};
  }
  return out;
}

const types::Vector& NotNode::evaluate(Frame& frame, types::Selection rows) const {
  const types::Vector& value = argument_->evaluate(frame, rows);
  types::Vector& out = frame.scratch(slot_, types::PhysicalType::boolean);
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    if (value.is_null(row))
      out.set_null(row);
    else
      out.set<bool>(row, !value.get<bool>(row));
  }
  return out;
}

const types::Vector& TestNode::evaluate(Frame& frame, types::Selection rows) const {
  using query::TestKind;
  const types::Vector& value = argument_->evaluate(frame, rows);
  types::Vector& out = frame.scratch(slot_, types::PhysicalType::boolean);
  const bool null_test = kind_ == TestKind::is_null || kind_ == TestKind::is_unknown ||
                         kind_ == TestKind::is_not_null || kind_ == TestKind::is_not_unknown;
  const bool negated = kind_ == TestKind::is_not_null || kind_ == TestKind::is_not_unknown ||
                       kind_ == TestKind::is_not_true || kind_ == TestKind::is_not_false;
  if (null_test) {
    for (std::uint32_t i = 0; i < rows.count; ++i)
      out.set<bool>(rows[i], value.is_null(rows[i]) != negated);
    return out;
  }
  const bool wanted = kind_ == TestKind::is_true || kind_ == TestKind::is_not_true;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    const bool matches = !value.is_null(row) && value.get<bool>(row) == wanted;
    out.set<bool>(row, matches != negated);
  }
  return out;
}

const types::Vector& RowNullTestNode::evaluate(Frame& frame, types::Selection rows) const {
  types::Vector& out = frame.scratch(slot_, types::PhysicalType::boolean);
  for (std::uint32_t i = 0; i < rows.count; ++i) out.set<bool>(rows[i], true);
  for (const NodePtr& field : fields_) {
    const types::Vector& value = field->evaluate(frame, rows);
    for (std::uint32_t i = 0; i < rows.count; ++i)
      if (value.is_null(rows[i]) != want_null_) out.set<bool>(rows[i], false);
  }
  return out;
}

}  // namespace eval
