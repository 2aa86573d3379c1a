// Runs SQL/JSON paths (functions jsonb_path_*).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

struct PathCall {
  std::string_view target;   // jsonb
  std::string_view path;     // jsonpath
  std::string_view vars;     // jsonb; empty: none
  bool silent = false;
  bool use_time_zone = false;  // the _tz functions
};

// The sequence of items; nothing when an error was suppressed. Items live in the arena.
std::optional<std::vector<PathValue>> run_jsonpath(types::EvalContext& ctx, const PathCall& call);
// Whether the sequence is not empty; nothing: unknown (a suppressed error).
std::optional<bool> jsonpath_exists(types::EvalContext& ctx, const PathCall& call);
// As jsonb.
std::string_view path_value_text(types::EvalContext& ctx, const PathValue& value);

}  // namespace functions
