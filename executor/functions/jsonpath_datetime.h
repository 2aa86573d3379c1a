// Dates and times within SQL/JSON paths.
#pragma once

#include "jsonpath_exec.h"

namespace functions {

// Reads the text by one of the ISO forms, or by a to_timestamp() template whose patterns tell the
// type. Nullopt: not recognised (no template). SqlError with a template.
std::optional<PathValue> parse_path_datetime(types::EvalContext& ctx, std::string_view text,
                                             std::optional<std::string_view> format);
// As to_json() writes it, without quotes.
std::string path_datetime_text(types::EvalContext& ctx, const PathValue& value);
std::string_view path_datetime_type_name(types::Oid type);
// Nothing: not comparable. SqlError 0A000 where a time zone is needed and may not be used.
std::optional<int> compare_path_datetime(types::EvalContext& ctx, const PathValue& a,
                                         const PathValue& b, bool use_time_zone);

}  // namespace functions
