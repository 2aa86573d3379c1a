// A subquery inside an expression, run by the operators through SubplanRunner.
#pragma once

#include <vector>

#include "eval/call_site.h"
#include "eval/node.h"
#include "query/expression.h"
#include "types/type_io.h"

namespace eval {

class SubplanNode final : public Node {
 public:
  // arguments: one per `parameters`, then the left-hand side of ANY and ALL.
  SubplanNode(types::TypeRef type, types::PhysicalType physical, std::uint32_t slot,
              query::SubqueryKind kind, int subplan, std::vector<int> parameters,
              std::vector<ResolvedCall> comparisons, std::vector<NodePtr> arguments)
      : Node(type, physical),
        kind(kind),
        subplan(subplan),
        parameters(std::move(parameters)),
        comparisons(std::move(comparisons)),
        slot_(slot),
        arguments_(std::move(arguments)) {}

  const types::Vector& evaluate(Frame& frame, types::Selection rows) const override;

  const query::SubqueryKind kind;
  const int subplan;                     // in Plan::subplans
  const std::vector<int> parameters;     // execution parameters to set from the arguments
  // any, all: one per column of the subquery, with (left-hand side, column).
  const std::vector<ResolvedCall> comparisons;
  // Columns are combined by OR (ROW <> ROW), not AND.
  bool combine_with_or = false;
  // Rows of several columns by < <= > >=: whether a column's values are equal, so that the next
  // one decides. Empty otherwise.
  std::vector<ResolvedCall> equalities;
  // = ANY and <> ALL: by what a column's two sides are hashed and compared, both in its physical type
  // (integers as bigint, real as double precision). Empty where they are not.
  std::vector<const types::TypeSupport*> hashed;
  types::Oid element_type = 0;           // array

 private:
  std::uint32_t slot_;
  std::vector<NodePtr> arguments_;
};

}  // namespace eval
