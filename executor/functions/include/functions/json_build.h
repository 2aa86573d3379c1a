// Values of any type as JSON.
#pragma once

#include <string>

#include "types/eval_context.h"
#include "types/datum.h"
#include "types/oid.h"

namespace functions {

// As to_json(): numbers and booleans bare, dates in ISO 8601, arrays as arrays, json as it is, all
// else as a string. A null is `null`.
void append_as_json(types::EvalContext& ctx, types::Oid type, const types::Datum& value,
                    std::string& out);
// Whether values of the type become arrays or objects: arrays and rows.
bool is_structured(types::EvalContext& ctx, types::Oid type);
// As a key of an object: scalars only, never null (SqlError 22023, 22004).
void append_as_json_key(types::EvalContext& ctx, types::Oid type, const types::Datum& value,
                        std::string& out);

}  // namespace functions
