#include "decimal_node.h"

#include <array>
#include <cstring>
#include <optional>

#include "functions/function.h"
#include "types/numeric.h"

namespace eval {

using types::NumericView;

namespace {

constexpr std::size_t kInlineOperands = 16;
// For fewer rows the functions are as quick.
constexpr std::uint32_t kFewRows = 8;

constexpr std::array<std::int64_t, types::kSmallNumericScale + 1> kPowers = [] {
  std::array<std::int64_t, types::kSmallNumericScale + 1> powers{};
  powers[0] = 1;
  for (std::size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

template <typename F>
bool for_each_pair(const std::int64_t* left, std::int64_t left_constant, const std::int64_t* right,
                   std::int64_t right_constant, std::uint32_t count, std::int64_t* out, F&& f) {
  bool bad = false;
  if (left == nullptr)
    for (std::uint32_t i = 0; i < count; ++i) bad |= f(left_constant, right[i], out + i);
  else if (right == nullptr)
    for (std::uint32_t i = 0; i < count; ++i) bad |= f(left[i], right_constant, out + i);
  else
    for (std::uint32_t i = 0; i < count; ++i) bad |= f(left[i], right[i], out + i);
  return !bad;
}

}  // namespace

std::optional<DecimalNode::Operation> DecimalNode::operation_of(const ResolvedCall& function) {
  static const functions::ScalarKernel kAdd = functions::find_scalar("numeric_add");
  static const functions::ScalarKernel kSubtract = functions::find_scalar("numeric_sub");
  static const functions::ScalarKernel kMultiply = functions::find_scalar("numeric_mul");
  if (function.kernel == kAdd) return Operation::add;
  if (function.kernel == kSubtract) return Operation::subtract;
  if (function.kernel == kMultiply) return Operation::multiply;
  return std::nullopt;
}

std::int32_t DecimalNode::absorb_part(DecimalNode& part) {
  const auto leaf_base = static_cast<std::int32_t>(leaves_.size());
  const auto step_base = static_cast<std::int32_t>(steps_.size());
  for (Leaf& leaf : part.leaves_) leaves_.push_back(std::move(leaf));
  const auto moved = [&](std::int32_t operand) {
    return operand < 0 ? ~(~operand + leaf_base) : operand + step_base;
  };
  for (Step& step : part.steps_) {
    step.left = moved(step.left);
    step.right = moved(step.right);
    steps_.push_back(std::move(step));
  }
  return static_cast<std::int32_t>(steps_.size()) - 1;
}

// False: they are no small numbers of one scale.
bool DecimalNode::load(const types::Vector& values, types::Selection rows, std::int64_t* out,
                       Integers& result) {
  if (values.is_constant()) {
    const auto value = values.get<NumericView>(0);
    if (!types::is_small_numeric(value)) return false;
    const auto [mantissa, scale] = types::small_numeric(value);
    result = {nullptr, mantissa, scale};
    return true;
  }
  const NumericView* const all = values.data<NumericView>();
  const bool nulls = values.may_have_nulls();
  int scale = -1;
  int difference = 0;
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    const std::uint32_t row = rows[i];
    if (nulls && values.is_null(row)) {
      out[i] = 0;
      continue;
    }
    const NumericView value = all[row];
    if (!types::is_small_numeric(value)) [[unlikely]] return false;
    const auto [mantissa, at_scale] = types::small_numeric(value);
    if (scale < 0) scale = at_scale;
    difference |= scale ^ at_scale;
    out[i] = mantissa;
  }
  result = {out, 0, scale < 0 ? 0 : scale};
  return difference == 0;
}

bool DecimalNode::calculate(Operation operation, Integers left, Integers right, std::uint32_t count,
                            std::int64_t* out, Integers& result) {
  if (operation == Operation::multiply) {
    result = {out, 0, left.scale + right.scale};
    if (result.scale > types::kSmallNumericScale) return false;
    return for_each_pair(left.values, left.constant, right.values, right.constant, count, out,
                         [](std::int64_t a, std::int64_t b, std::int64_t* to) { return __builtin_mul_overflow(a, b, to); });
  }
  const int scale = std::max(left.scale, right.scale);
  result = {out, 0, scale};
  const std::int64_t left_factor = kPowers[static_cast<std::size_t>(scale - left.scale)];
  const std::int64_t right_factor = kPowers[static_cast<std::size_t>(scale - right.scale)];
  if (left.values == nullptr && __builtin_mul_overflow(left.constant, left_factor, &left.constant)) return false;
  if (right.values == nullptr && __builtin_mul_overflow(right.constant, right_factor, &right.constant)) return false;
  const bool scaled = (left.values != nullptr && left_factor != 1) || (right.values != nullptr && right_factor != 1);
  const auto run = [&](auto&& combine) {
    if (!scaled)
      return for_each_pair(left.values, left.constant, right.values, right.constant, count, out, combine);
    const std::int64_t a_factor = left.values == nullptr ? 1 : left_factor;
    const std::int64_t b_factor = right.values == nullptr ? 1 : right_factor;
    return for_each_pair(left.values, left.constant, right.values, right.constant, count, out,
                         [&](std::int64_t a, std::int64_t b, std::int64_t* to) {
                           unsigned bad = __builtin_mul_overflow(a, a_factor, &a);
                           bad |= __builtin_mul_overflow(b, b_factor, &b);
                           bad |= combine(a, b, to);
                           return bad != 0;
                         });
  };
  if (operation == Operation::add)
    return run([](std::int64_t a, std::int64_t b, std::int64_t* to) { return __builtin_add_overflow(a, b, to); });
  return run([](std::int64_t a, std::int64_t b, std::int64_t* to) { return __builtin_sub_overflow(a, b, to); });
}

bool DecimalNode::evaluate_integers(Frame& frame, types::Selection rows, const types::Vector* const* leaves,
                                    types::Vector& out) const {
  std::array<Integers, 2 * kInlineOperands> operands;
  if (leaves_.size() > kInlineOperands || steps_.size() > kInlineOperands) return false;
  Integers* const of_leaves = operands.data();
  Integers* const of_steps = operands.data() + kInlineOperands;
  bool nulls = false;
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    const bool constant = leaves[i]->is_constant();
    if (constant && leaves[i]->is_null(0)) return false;
    nulls = nulls || leaves[i]->may_have_nulls();
    std::int64_t* const to =
        constant ? nullptr : frame.scratch(leaves_[i].slot, types::PhysicalType::int64).data<std::int64_t>();
    if (!load(*leaves[i], rows, to, of_leaves[i])) return false;
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const auto operand = [&](std::int32_t number) { return number < 0 ? of_leaves[~number] : of_steps[number]; };
    const Integers left = operand(step.left), right = operand(step.right);
    if (left.values == nullptr && right.values == nullptr) {
      // What is the same in every row ($1 * (1 - $2)) is calculated once.
      std::int64_t value = 0;
      const Integers one{&left.constant, 0, left.scale};
      if (!calculate(step.operation, one, right, 1, &value, of_steps[i])) return false;
      of_steps[i] = {nullptr, value, of_steps[i].scale};
      continue;
    }
    std::int64_t* const to = frame.scratch(step.slot + 2, types::PhysicalType::int64).data<std::int64_t>();
    if (!calculate(step.operation, left, right, rows.count, to, of_steps[i])) return false;
  }
  const Integers& result = of_steps[steps_.size() - 1];
  if (result.values == nullptr) return false;  // the functions give one constant for all rows
  auto* to = static_cast<char*>(frame.context->arena->allocate(types::kSmallNumericBytes * rows.count, 1));
  for (std::uint32_t i = 0; i < rows.count; ++i, to += types::kSmallNumericBytes) {
    const std::int64_t value = result.values[i];
    if (value < types::kSmallNumericLimit && value > -types::kSmallNumericLimit) [[likely]]
      out.set<NumericView>(rows[i], types::write_small_numeric(to, value, result.scale));
    else
      out.set<NumericView>(rows[i], types::make_numeric(*frame.context->arena, value, result.scale));
  }
  if (nulls)
    for (std::size_t leaf = 0; leaf < leaves_.size(); ++leaf)
      if (leaves[leaf]->may_have_nulls())
        for (std::uint32_t i = 0; i < rows.count; ++i)
          if (leaves[leaf]->is_null(rows[i])) out.set_null(rows[i]);
  return true;
}

// By the functions, one after the other.
const types::Vector& DecimalNode::evaluate_steps(Frame& frame, types::Selection rows,
                                                 const types::Vector* const* leaves) const {
  std::array<const types::Vector*, kInlineOperands> inline_results;
  std::vector<const types::Vector*> more;
  const types::Vector** results = inline_results.data();
  if (steps_.size() > inline_results.size()) {
    more.resize(steps_.size());
    results = more.data();
  }
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    const auto operand = [&](std::int32_t number) { return number < 0 ? leaves[~number] : results[number]; };
    const types::Vector* const arguments[2] = {operand(step.left), operand(step.right)};
    const bool constant = frame.capacity() > 1 && arguments[0]->is_constant() && arguments[1]->is_constant();
    types::Vector& out = constant ? frame.constant(step.slot + 1, physical()) : frame.scratch(step.slot, physical());
    if (constant && rows.count != 0) out.clear();
    if (rows.count != 0)
      step.function(*frame.context, arguments, constant ? types::Selection{nullptr, 1} : rows, out);
    results[i] = &out;
  }
  return *results[steps_.size() - 1];
}

const types::Vector& DecimalNode::evaluate(Frame& frame, types::Selection rows) const {
  std::array<const types::Vector*, kInlineOperands> inline_leaves;
  std::vector<const types::Vector*> more;
  const types::Vector** leaves = inline_leaves.data();
  if (leaves_.size() > inline_leaves.size()) {
    more.resize(leaves_.size());
    leaves = more.data();
  }
  for (std::size_t i = 0; i < leaves_.size(); ++i) leaves[i] = &leaves_[i].node->evaluate(frame, rows);
  if (rows.count >= kFewRows) {
    types::Vector& out = frame.scratch(steps_.back().slot, physical());
    if (evaluate_integers(frame, rows, leaves, out)) return out;
  }
  return evaluate_steps(frame, rows, leaves);
}

}  // namespace eval
