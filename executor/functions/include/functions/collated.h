// What functions do whose result depends on their input collation, where that is not bytewise. A call's
// kernel is chosen when its plan is made: under "C" it is the plain one of functions/function.h.
#pragma once

#include "functions/aggregate.h"
#include "functions/function.h"
#include "functions/set_function.h"

namespace functions {

struct CollatedFunction {
  std::string_view internal_name;
  // Under a collation that is not bytewise. Null: not built. What depends on the collation takes
  // types::Collator::number() for FunctionCall::collation.
  ScalarKernel deterministic, nondeterministic;
  // Under one that has Unicode's letters but orders bytes.
  ScalarKernel bytewise;
  // Where the arguments' collations conflict: raises 42P22. Null where they need not have any. Not for arrays of
  // elements without collations.
  ScalarKernel indeterminate;
};

// Null: the function does not depend on a collation.
const CollatedFunction* find_collated(std::string_view internal_name);

// One of find_collated() that returns a set: its call's collation is the Collator's number. Null: not built.
SetFunctionStart find_collated_set_function(std::string_view internal_name);

// An aggregate of strings under a collation that is not bytewise, with its Collator's number as its call's
// collation; null: as under "C".
const AggregateFunction* find_collated_aggregate(types::Oid aggregate);

// The same where the arguments' collations conflict: it raises 42P22 when it has two values to compare.
const AggregateFunction* find_undetermined_aggregate(types::Oid aggregate);

}  // namespace functions
