// AND, OR, NOT and the IS tests.
#pragma once

#include <vector>

#include "eval/node.h"
#include "query/expression.h"

namespace eval {

// AND and OR with three-valued logic. An argument is evaluated only for rows that the ones
// before it have not decided.
class AndOrNode final : public Node {
 public:
  AndOrNode(types::TypeRef type, std::uint32_t slot, bool is_and, std::vector<NodePtr> arguments)
      : Node(type, types::PhysicalType::boolean),
        slot_(slot),
        is_and_(is_and),
        arguments_(std::move(arguments)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;
  const std::vector<NodePtr>& arguments() const { return arguments_; }

 private:
  std::uint32_t slot_;
  bool is_and_;
  std::vector<NodePtr> arguments_;
};

class NotNode final : public Node {
 public:
  NotNode(types::TypeRef type, std::uint32_t slot, NodePtr argument)
      : Node(type, types::PhysicalType::boolean), slot_(slot), argument_(std::move(argument)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;
  const Node& argument() const { return *argument_; }

 private:
  std::uint32_t slot_;
  NodePtr argument_;
};

class TestNode final : public Node {
 public:
  TestNode(types::TypeRef type, std::uint32_t slot, query::TestKind kind, NodePtr argument)
      : Node(type, types::PhysicalType::boolean),
        slot_(slot),
        kind_(kind),
        argument_(std::move(argument)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;
  const Node& argument() const { return *argument_; }

 private:
  std::uint32_t slot_;
  query::TestKind kind_;
  NodePtr argument_;
};

// ROW(a, b) IS [NOT] NULL: every field is (not) null.
class RowNullTestNode final : public Node {
 public:
  RowNullTestNode(types::TypeRef type, std::uint32_t slot, bool want_null,
                  std::vector<NodePtr> fields)
      : Node(type, types::PhysicalType::boolean),
        slot_(slot),
        want_null_(want_null),
        fields_(std::move(fields)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  std::uint32_t slot_;
  bool want_null_;
  std::vector<NodePtr> fields_;
};

}  // namespace eval
