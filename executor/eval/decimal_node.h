// Sums, differences and products of numeric values, the whole expression at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "eval/call_site.h"
#include "eval/node.h"

namespace eval {

// Nearly all numeric values are small (types/numeric.h), and those of a column have one scale. Then
// a batch is calculated in 64-bit integers, and only the result is made a numeric again. A batch
// that is not so, or whose values outgrow 64 bits on the way, is left to the functions themselves.
class DecimalNode final : public Node {
 public:
  enum class Operation : std::uint8_t { add, subtract, multiply };
  // Which one a function is; nothing: none of them.
  static std::optional<Operation> operation_of(const ResolvedCall& function);

  // `left` and `right` may be DecimalNodes, which become parts of this one. `take_slots` as the
  // compiler's.
  template <typename TakeSlots>
  static NodePtr make(types::TypeRef type, Operation operation, ResolvedCall function, NodePtr left,
                      NodePtr right, TakeSlots&& take_slots) {
    auto node = std::unique_ptr<DecimalNode>(new DecimalNode(type));
    const std::int32_t a = node->absorb(std::move(left), take_slots);
    const std::int32_t b = node->absorb(std::move(right), take_slots);
    node->steps_.push_back({operation, a, b, std::move(function), take_slots(3)});
    return node;
  }

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

  // What is calculated with.
  struct Leaf {
    NodePtr node;
    std::uint32_t slot;  // its values as integers
  };
  const std::vector<Leaf>& leaves() const { return leaves_; }

 private:
  // An operand is the number of a step, or ~ that of a leaf.
  struct Step {
    Operation operation;
    std::int32_t left, right;
    ResolvedCall function;
    std::uint32_t slot;  // and two more: the result as numeric, as one constant, as integers
  };
  // The values of an operand for the rows of a batch, one behind the other.
  struct Integers {
    const std::int64_t* values = nullptr;  // null: `constant` is the value of every row
    std::int64_t constant = 0;
    int scale = 0;
  };

  explicit DecimalNode(types::TypeRef type) : Node(type, types::PhysicalType::varlen) {}
  template <typename TakeSlots>
  std::int32_t absorb(NodePtr node, TakeSlots&& take_slots) {
    auto* part = const_cast<DecimalNode*>(dynamic_cast<const DecimalNode*>(node.get()));
    if (part == nullptr) {
      leaves_.push_back({std::move(node), take_slots(1)});
      return ~static_cast<std::int32_t>(leaves_.size() - 1);
    }
    return absorb_part(*part);
  }
  std::int32_t absorb_part(DecimalNode& part);

  static bool load(const types::Vector& values, types::Selection rows, std::int64_t* out, Integers& result);
  static bool calculate(Operation operation, Integers left, Integers right, std::uint32_t count,
                        std::int64_t* out, Integers& result);
  bool evaluate_integers(Frame& frame, types::Selection rows, const types::Vector* const* leaves,
                         types::Vector& out) const;
  const types::Vector& evaluate_steps(Frame& frame, types::Selection rows,
                                      const types::Vector* const* leaves) const;

  std::vector<Leaf> leaves_;
  std::vector<Step> steps_;  // each behind those whose results it takes; the last one's is the node's
};

}  // namespace eval
