// Plans made for the values of one execution, where one for all values could be a bad one: PostgreSQL's plan cache
// (plan_cache_mode; "Notes" of PREPARE in its documentation).
#pragma once

#include <cstdint>
#include <span>

#include "compiled_statement.h"
#include "query/query.h"
#include "types/datum.h"

namespace session {

// What a statement that is run again and again has run with. Its owner's, not thread-safe.
struct PlanChoice {
  std::uint64_t generic_plans = 0, custom_plans = 0;  // executions
  double custom_cost = 0;                             // of all custom plans, planning included
};

// Whether its next execution gets a plan of its own: the first five do, later ones while such plans cost less on average
// than the generic one is thought to.
bool wants_custom_plan(const SessionState& session, const PlanChoice& choice, const CompiledStatement& generic);

// What the statement, which is valid, is to run as with these values of its parameters: as it is, or with a plan made
// for them, good for this execution alone. Counts it. Throws SqlError as planning does.
CompiledPtr choose_plan(SessionState& session, PlanChoice& choice, const CompiledPtr& generic,
                        std::span<const types::Datum> parameters);

// Whether a plan is kept together with what it was made of, for wants_custom_plan().
bool may_want_custom_plan(const SessionState& session, const planner::Plan& generic);

// Puts constants in the places of parameters, but for those of types that users made.
void put_values(query::Query& query, std::span<const types::Datum> values);

}  // namespace session
