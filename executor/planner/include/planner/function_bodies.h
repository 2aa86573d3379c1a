// What functions in SQL stand for, so that a plan can have their bodies in place of their calls.
#pragma once

#include <memory>
#include <span>

#include "query/query.h"
#include "types/oid.h"

namespace planner {

// The session implements it: it has the texts and the analyser. Not thread-safe.
class FunctionBodies {
 public:
  virtual ~FunctionBodies() = default;

  // The one SELECT that is the body of a function in SQL when it is called with arguments of these types; they stand
  // in it as query::Parameter, from 1. A scalar function's value is of type `result`.
  // Null: its body is something else, is wrong (the call will say so), or the user may not run all of it. Holds as long
  // as a plan would: for this version of the catalogue, this user and these settings.
  virtual std::shared_ptr<const query::Query> body(types::Oid function, std::span<const types::TypeRef> arguments,
                                                   types::TypeRef result) = 0;
};

}  // namespace planner
