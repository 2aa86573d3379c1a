// What a frame keeps of an expression.
#pragma once

#include "frame.h"

namespace plpgsql {

struct Frame::PreparedExpression final : Prepared {
  std::shared_ptr<Query> query;
  TypeRef type;                        // of its value
  TypeRef target;                      // that it was prepared for
  struct Use {
    int variable;
    std::size_t place = 0;             // of a record's field: where it was found
  };
  std::vector<Use> uses;               // variables whose values it reads
  bool loads = false;                  // some are no scalars, and their values are put where expressions look
  std::vector<std::pair<int, ShapePtr>> shapes;  // of records that it was analysed with
  std::optional<eval::Evaluator> evaluator;      // simple
  std::optional<eval::Evaluator> parts;          // of Query::array_change
  ShapePtr row;                        // of INTO: what its rows are, once one has come
  int busy = 0;                        // running now
  std::unique_ptr<Prepared> before;    // replaced while it ran
};

}  // namespace plpgsql
