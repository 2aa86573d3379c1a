#include "compound_nodes.h"

#include "eval/subplan_node.h"
#include "types/sql_error.h"
#include "types/user_type.h"

namespace eval {

const types::Vector& ListNode::evaluate(Frame& frame, types::Selection rows) const {
  types::Vector& out = frame.scratch(slot_, types::PhysicalType::boolean);
  const types::Vector* arguments[2] = {&argument_->evaluate(frame, rows), nullptr};
  std::uint16_t* open = frame.selection(slot_);
  for (std::uint32_t i = 0; i < rows.count; ++i) out.set<bool>(rows[i], !use_or_);
  types::Selection undecided = rows;
  for (const NodePtr& element : elements_) {
    if (undecided.count == 0) break;
    arguments[1] = &element->evaluate(frame, undecided);
    types::Vector& matches = frame.scratch(slot_ + 1, types::PhysicalType::boolean);
    comparison_(*frame.context, arguments, undecided, matches);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < undecided.count; ++i) {
      const std::uint32_t row = undecided[i];
      if (!matches.is_null(row) && matches.get<bool>(row) == use_or_) {
        out.set_not_null(row);
        out.set<bool>(row, use_or_);
        continue;
      }
      if (matches.is_null(row)) out.set_null(row);
      open[count++] = static_cast<std::uint16_t>(row);
    }
    undecided = {open, count};
  }
  return out;
}

HashedListNode::HashedListNode(types::TypeRef type, std::uint32_t slot, bool negated,
                               const types::TypeSupport& support, NodePtr argument,
                               const std::vector<types::Datum>& values, bool has_null)
    : Node(type, types::PhysicalType::boolean),
      slot_(slot),
      negated_(negated),
      has_null_(has_null),
      support_(support),
      argument_(std::move(argument)),
      arena_(256) {
  std::size_t size = 16;
  while (size < values.size() * 2) size *= 2;
  buckets_.resize(size);
  for (const types::Datum& value : values) {
    if (contains(value)) continue;
    std::size_t at = support_.hash(value) & (size - 1);
    while (!buckets_[at].is_null) at = (at + 1) & (size - 1);
    buckets_[at] = types::copy_datum(arena_, support_.physical, value);
  }
}

bool HashedListNode::contains(const types::Datum& value) const {
  const std::size_t mask = buckets_.size() - 1;
  for (std::size_t at = support_.hash(value) & mask; !buckets_[at].is_null; at = (at + 1) & mask)
    if (support_.compare(buckets_[at], value) == 0) return true;
  return false;
}

const types::Vector& HashedListNode::evaluate(Frame& frame, types::Selection rows) const {
  const types::Vector& value = argument_->evaluate(frame, rows);
  types::Vector& out = frame.scratch(slot_, types::PhysicalType::boolean);
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    if (value.is_null(row)) {
      out.set_null(row);
    } else if (contains(value.datum(row))) {
      out.set<bool>(row, !negated_);
    } else if (has_null_) {
      out.set_null(row);
    } else {
      out.set<bool>(row, negated_);
    }
  }
  return out;
}

const types::Vector& RowCompareNode::evaluate(Frame& frame, types::Selection rows) const {
  using query::RowCompareOp;
  types::Vector& out = frame.scratch(slot_, types::PhysicalType::boolean);
  std::uint16_t* open = frame.selection(slot_);
  const bool equality = op_ == RowCompareOp::eq || op_ == RowCompareOp::ne;
  types::Selection undecided = rows;
  for (const Pair& pair : pairs_) {
    if (undecided.count == 0) break;
    const types::Vector& left = pair.left->evaluate(frame, undecided);
    const types::Vector& right = pair.right->evaluate(frame, undecided);
    std::uint32_t count = 0;
    for (std::uint32_t i = 0; i < undecided.count; ++i) {
      const std::uint32_t row = undecided[i];
      if (left.is_null(row) || right.is_null(row)) {
        out.set_null(row);
        // A later column may still tell the rows apart for = and <>; order is unknown for good.
        if (equality) open[count++] = static_cast<std::uint16_t>(row);
        continue;
      }
      const int order = pair.compare(left.datum(row), right.datum(row));
      if (order == 0) {
        open[count++] = static_cast<std::uint16_t>(row);
        continue;
      }
      bool result = false;
      switch (op_) {
        case RowCompareOp::lt: case RowCompareOp::le: result = order < 0; break;
        case RowCompareOp::gt: case RowCompareOp::ge: result = order > 0; break;
        case RowCompareOp::ne: result = true; break;
        case RowCompareOp::eq: result = false; break;
      }
      out.set_not_null(row);
      out.set<bool>(row, result);
    }
    undecided = {open, count};
  }
  const bool when_equal =
      op_ == RowCompareOp::le || op_ == RowCompareOp::ge || op_ == RowCompareOp::eq;
  for (std::uint32_t i = 0; i < undecided.count; ++i)
    if (!out.is_null(undecided[i])) out.set<bool>(undecided[i], when_equal);
  return out;
}

const types::Vector& CoerceViaIoNode::evaluate(Frame& frame, types::Selection rows) const {
  const types::Vector& values = argument_->evaluate(frame, rows);
  const bool constant = values.is_constant() && frame.capacity() > 1;
  types::Vector& out =
      constant ? frame.constant(slot_ + 1, physical()) : frame.scratch(slot_, physical());
  if (constant) {
    out.clear();
    rows.count = rows.count > 0 ? 1 : 0;
    rows.rows = nullptr;
  }
  types::EvalContext& context = *frame.context;
  std::string text;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    if (values.is_null(row)) {
      out.set_null(row);
      continue;
    }
    std::string_view form;
    if (source_ == nullptr) {
      form = values.get<std::string_view>(row);
    } else {
      text.clear();
      source_->output(context, values.datum(row), text);
      form = text;
    }
    if (target_ == nullptr)
      out.set<std::string_view>(row, source_ == nullptr ? form : context.arena->copy(form));
    else
      out.set_datum(row, target_->input(context, form, type().typmod));
  }
  return out;
}

const types::Vector& ReinterpretNode::evaluate(Frame& frame, types::Selection rows) const {
  const types::Vector& argument = argument_->evaluate(frame, rows);
  types::Vector& out = frame.scratch(slot_, physical());
  // A datum's bytes do not depend on its type.
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    if (argument.is_null(row)) out.set_null(row);
    else out.set_datum(row, argument.datum(row));
  }
  return out;
}

const types::Vector& DomainNode::evaluate(Frame& frame, types::Selection rows) const {
  const types::Vector& values = argument_->evaluate(frame, rows);
  if (not_null_ && values.may_have_nulls()) {
    for (std::uint32_t i = 0; i < rows.count; ++i)
      if (values.is_null(rows[i]))
        throw types::SqlError("23502", "domain " + names_.display + " does not allow null values")
            .on_table(names_.schema, {})  // the schema alone
            .on_type(names_.type);
  }
  const types::Vector* outer = frame.case_value;
  for (const Check& check : checks_) {
    frame.case_value = &values;
    const types::Vector& passed = check.condition->evaluate(frame, rows);
    for (std::uint32_t i = 0; i < rows.count; ++i)
      if (!passed.is_null(rows[i]) && !passed.get<bool>(rows[i]))
        throw types::SqlError("23514", "value for domain " + names_.display +
                                           " violates check constraint \"" + check.name + "\"")
            .on_table(names_.schema, {})
            .on_type(names_.type)
            .on_constraint(check.name);
  }
  frame.case_value = outer;
  return values;
}

const types::Vector& CurrentDomainNode::evaluate(Frame& frame, types::Selection rows) const {
  const types::Vector& values = argument_->evaluate(frame, rows);
  for (std::uint32_t i = 0; i < rows.count; ++i)
    types::check_domain(*frame.context, type().oid, values.is_null(rows[i]) ? types::Datum::null() : values.datum(rows[i]));
  return values;
}

const types::Vector& SubplanNode::evaluate(Frame& frame, types::Selection rows) const {
  std::vector<const types::Vector*> arguments;
  arguments.reserve(arguments_.size());
  for (const NodePtr& argument : arguments_) arguments.push_back(&argument->evaluate(frame, rows));
  types::Vector& out = frame.scratch(slot_, physical());
  if (rows.count > 0)
    frame.environment->subplans->run(*this, *frame.context, arguments, rows, out);
  return out;
}

}  // namespace eval
