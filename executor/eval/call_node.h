// Function and operator calls, and what is made of them.
#pragma once

#include <vector>

#include "eval/call_site.h"
#include "eval/node.h"

namespace eval {

class CallNode final : public Node {
 public:
  // Uses `slot` and `slot + 1`.
  CallNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot,
           ResolvedCall function, std::vector<NodePtr> arguments)
      : Node(type, physical),
        slot_(slot),
        function_(std::move(function)),
        arguments_(std::move(arguments)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;
  const std::vector<NodePtr>& arguments() const { return arguments_; }
  bool is_volatile() const { return function_.is_volatile; }

 private:
  std::uint32_t slot_;
  ResolvedCall function_;
  std::vector<NodePtr> arguments_;
};

// a = b ? null : a
class NullIfNode final : public Node {
 public:
  NullIfNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot,
             ResolvedCall equality, NodePtr left, NodePtr right)
      : Node(type, physical),
        slot_(slot),
        equality_(std::move(equality)),
        left_(std::move(left)),
        right_(std::move(right)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  std::uint32_t slot_;
  ResolvedCall equality_;
  NodePtr left_, right_;
};

// NOT (a = b), where nulls equal each other and nothing else.
class IsDistinctNode final : public Node {
 public:
  IsDistinctNode(types::TypeRef type, std::uint32_t slot, ResolvedCall equality, NodePtr left,
                 NodePtr right)
      : Node(type, types::PhysicalType::boolean),
        slot_(slot),
        equality_(std::move(equality)),
        left_(std::move(left)),
        right_(std::move(right)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  std::uint32_t slot_;
  ResolvedCall equality_;
  NodePtr left_, right_;
};

}  // namespace eval
