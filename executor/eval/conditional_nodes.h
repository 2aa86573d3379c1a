// CASE, COALESCE, GREATEST and LEAST.
#pragma once

#include <vector>

#include "call_node.h"
#include "eval/node.h"
#include "types/type_io.h"

namespace eval {

class CaseNode final : public Node {
 public:
  struct Arm {
    NodePtr condition, result;
  };
  // Uses `slot` and `slot + 1`; `argument` may be null.
  CaseNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot,
           NodePtr argument, std::vector<Arm> arms, NodePtr otherwise)
      : Node(type, physical),
        slot_(slot),
        argument_(std::move(argument)),
        arms_(std::move(arms)),
        otherwise_(std::move(otherwise)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;
  const Node* argument() const { return argument_.get(); }
  const std::vector<Arm>& arms() const { return arms_; }
  const Node& otherwise() const { return *otherwise_; }

 private:
  std::uint32_t slot_;
  NodePtr argument_;
  std::vector<Arm> arms_;
  NodePtr otherwise_;
};

class CoalesceNode final : public Node {
 public:
  CoalesceNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot,
               std::vector<NodePtr> arguments)
      : Node(type, physical), slot_(slot), arguments_(std::move(arguments)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  std::uint32_t slot_;
  std::vector<NodePtr> arguments_;
};

class MinMaxNode final : public Node {
 public:
  MinMaxNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot, bool greatest,
             types::CompareFunction compare,
             std::vector<NodePtr> arguments)
      : Node(type, physical),
        slot_(slot),
        greatest_(greatest),
        compare_(compare),
        arguments_(std::move(arguments)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  std::uint32_t slot_;
  bool greatest_;
  types::CompareFunction compare_;
  std::vector<NodePtr> arguments_;
};

}  // namespace eval
