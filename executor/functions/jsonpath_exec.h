// Runs SQL/JSON paths (functions jsonb_path_*).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/container/small_vector.hpp>

#include "types/datum.h"
#include "types/eval_context.h"
#include "types/json.h"
#include "types/jsonpath.h"

namespace functions {

// One SQL/JSON item: JSON, or what .datetime() made.
struct PathValue {
  const types::JsonNode* node = nullptr;  // null: a date or time
  types::Oid type = 0;                    // date, time, timetz, timestamp, timestamptz
  types::Datum datum;
  std::int32_t zone_east_seconds = 0;     // of a timestamptz: the zone it was written in
};

// Most sequences have one item, so they need no heap.
using PathValues = boost::container::small_vector<PathValue, 2>;

// `path` and `vars` are read once for many calls.
struct PathCall {
  std::string_view target;   // jsonb
  const types::JsonPath* path = nullptr;
  const types::JsonNode* vars = nullptr;  // of path_variables(); null: none
  bool silent = false;
  bool use_time_zone = false;  // the _tz functions
};

// The variables of a path, in the arena. SqlError 22023 where `vars` (jsonb) is no object.
const types::JsonNode& path_variables(types::Arena& arena, std::string_view vars);

// The sequence of items; when an error was suppressed those found before it. Items live in the arena, or are part of
// the target.
PathValues run_jsonpath(types::EvalContext& ctx, const PathCall& call);
// Whether the sequence is not empty; nothing: unknown (a suppressed error).
std::optional<bool> jsonpath_exists(types::EvalContext& ctx, const PathCall& call);
// As jsonb.
std::string_view path_value_text(types::EvalContext& ctx, const PathValue& value);

}  // namespace functions
