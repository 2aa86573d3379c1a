// Nodes that compare one value with several, convert through text, check domains, run subqueries.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eval/call_site.h"
#include "eval/node.h"
#include "query/expression.h"
#include "types/type_io.h"

namespace eval {

// value op ANY/ALL (element, element, ...)
class ListNode final : public Node {
 public:
  ListNode(types::TypeRef type, std::uint32_t slot, bool use_or, ResolvedCall comparison,
           NodePtr argument, std::vector<NodePtr> elements)
      : Node(type, types::PhysicalType::boolean),
        slot_(slot),
        use_or_(use_or),
        comparison_(std::move(comparison)),
        argument_(std::move(argument)),
        elements_(std::move(elements)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;
  const ResolvedCall& comparison() const { return comparison_; }
  const Node& argument() const { return *argument_; }
  const std::vector<NodePtr>& elements() const { return elements_; }

 private:
  std::uint32_t slot_;
  bool use_or_;
  ResolvedCall comparison_;
  NodePtr argument_;
  std::vector<NodePtr> elements_;
};

// value = ANY (constants), or value <> ALL (constants), by hash.
class HashedListNode final : public Node {
 public:
  // `values` are not null; `has_null` tells of nulls left out.
  HashedListNode(types::TypeRef type, std::uint32_t slot, bool negated,
                 const types::TypeSupport& support, NodePtr argument,
                 const std::vector<types::Datum>& values, bool has_null);
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;
  const Node& argument() const { return *argument_; }

 private:
  bool contains(const types::Datum& value) const;

  std::uint32_t slot_;
  bool negated_, has_null_;
  const types::TypeSupport& support_;
  NodePtr argument_;
  types::Arena arena_;
  std::vector<types::Datum> buckets_;  // open addressing; null: empty
};

// (a, b) < (c, d)
class RowCompareNode final : public Node {
 public:
  struct Pair {
    NodePtr left, right;
    types::CompareFunction compare;
  };
  RowCompareNode(types::TypeRef type, std::uint32_t slot, query::RowCompareOp op,
                 std::vector<Pair> pairs)
      : Node(type, types::PhysicalType::boolean), slot_(slot), op_(op), pairs_(std::move(pairs)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  std::uint32_t slot_;
  query::RowCompareOp op_;
  std::vector<Pair> pairs_;
};

// A cast through the text forms. A null support: that side is text already.
class CoerceViaIoNode final : public Node {
 public:
  CoerceViaIoNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot,
                  const types::TypeSupport* source, const types::TypeSupport* target,
                  NodePtr argument)
      : Node(type, physical),
        slot_(slot),
        source_(source),
        target_(target),
        argument_(std::move(argument)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  std::uint32_t slot_;
  const types::TypeSupport* source_;
  const types::TypeSupport* target_;
  NodePtr argument_;
};

class DomainNode final : public Node {
 public:
  struct Check {
    std::string name;
    NodePtr condition;  // over CaseValue
  };
  // As messages call it, and as the catalogue does.
  struct Names {
    std::string display, schema, type;
  };
  DomainNode(types::TypeRef type, types::PhysicalType physical, Names names, bool not_null,
             std::vector<Check> checks, NodePtr argument)
      : Node(type, physical),
        names_(std::move(names)),
        not_null_(not_null),
        checks_(std::move(checks)),
        argument_(std::move(argument)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  Names names_;
  bool not_null_;
  std::vector<Check> checks_;
  NodePtr argument_;
};

// As DomainNode, by what the domain demands when it is asked: for programs that outlive a change of it.
class CurrentDomainNode final : public Node {
 public:
  CurrentDomainNode(types::TypeRef type, types::PhysicalType physical, NodePtr argument)
      : Node(type, physical), argument_(std::move(argument)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

 private:
  NodePtr argument_;
};

// The same bytes as a value of another physical type (CREATE CAST ... WITHOUT FUNCTION between types of one size).
class ReinterpretNode final : public Node {
 public:
  ReinterpretNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot, NodePtr argument)
      : Node(type, physical), slot_(slot), argument_(std::move(argument)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;
  const Node& argument() const { return *argument_; }

 private:
  std::uint32_t slot_;
  NodePtr argument_;
};

// Same value, another SQL type.
class RelabelNode final : public Node {
 public:
  RelabelNode(types::TypeRef type, NodePtr argument)
      : Node(type, argument->physical()), argument_(std::move(argument)) {}
  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override {
    return argument_->evaluate(frame, rows);
  }
  bool is_constant() const override { return argument_->is_constant(); }
  const Node& argument() const { return *argument_; }

 private:
  NodePtr argument_;
};

}  // namespace eval
