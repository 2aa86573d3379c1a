// Nodes without arguments.
#pragma once

#include <string>

#include "eval/node.h"
#include "query/expression.h"

namespace eval {

class ConstantNode final : public Node {
 public:
  ConstantNode(types::TypeRef type, types::PhysicalType physical, const types::Datum& value);
  const types::Vector& evaluate(Frame&, types::Selection) const override { return vector_; }
  bool is_constant() const override { return true; }
  const types::Vector& vector() const { return vector_; }

 private:
  types::Arena arena_;
  types::Vector vector_;
};

// $n
class ParameterNode final : public Node {
 public:
  ParameterNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot, int number)
      : Node(type, physical), slot_(slot), index_(static_cast<std::size_t>(number - 1)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection) const override;
  bool is_constant() const override { return true; }

 private:
  std::uint32_t slot_;
  std::size_t index_;
};

// A value from another part of the plan.
class ExecutionParameterNode final : public Node {
 public:
  ExecutionParameterNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot,
                         int number)
      : Node(type, physical), slot_(slot), number_(number) {}
  const types::Vector& evaluate(Frame& frame, types::Selection) const override;

 private:
  std::uint32_t slot_;
  int number_;
};

class ColumnNode final : public Node {
 public:
  ColumnNode(types::TypeRef type, types::PhysicalType physical, int column)
      : Node(type, physical), column_(static_cast<std::size_t>(column)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection) const override {
    return frame.input[column_];
  }
  std::size_t column() const { return column_; }

 private:
  std::size_t column_;
};

class CaseValueNode final : public Node {
 public:
  using Node::Node;
  const types::Vector& evaluate(Frame& frame, types::Selection) const override {
    return *frame.case_value;
  }
};

// CURRENT_DATE, CURRENT_USER, ...
class SqlValueNode final : public Node {
 public:
  SqlValueNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot,
               query::SqlValue value)
      : Node(type, physical), slot_(slot), value_(value) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  std::uint32_t slot_;
  query::SqlValue value_;
};

}  // namespace eval
