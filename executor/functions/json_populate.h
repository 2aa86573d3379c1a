// json(b)_populate_record and json(b)_populate_recordset: JSON objects as rows of a given type.
#pragma once

#include <optional>

#include "functions/set_function.h"

namespace functions {

std::optional<types::Datum> populate_record(types::EvalContext&, const FunctionCall&,
                                            std::optional<types::Datum> base,
                                            std::optional<std::string_view> json);
// The third argument is ignored, as in PostgreSQL.
std::optional<types::Datum> json_populate_record(types::EvalContext&, const FunctionCall&,
                                                 std::optional<types::Datum> base,
                                                 std::optional<std::string_view> json,
                                                 std::optional<bool> as_text);

// json(b)_to_record(set) AS (a int, ..): the planner puts a row of such columns, null ones, in front;
// elsewhere there is none, and an error.
void json_to_record(types::EvalContext&, const FunctionCall&, std::span<const types::Vector* const> arguments,
                    types::Selection rows, types::Vector& out);
void jsonb_to_record(types::EvalContext&, const FunctionCall&, std::span<const types::Vector* const> arguments,
                     types::Selection rows, types::Vector& out);
std::unique_ptr<SetFunctionRun> json_to_recordset(types::EvalContext&, const FunctionCall&,
                                                  std::span<const types::Datum> arguments);
std::unique_ptr<SetFunctionRun> jsonb_to_recordset(types::EvalContext&, const FunctionCall&,
                                                   std::span<const types::Datum> arguments);
std::unique_ptr<SetFunctionRun> json_populate_recordset(types::EvalContext&, const FunctionCall&,
                                                        std::span<const types::Datum> arguments);
std::unique_ptr<SetFunctionRun> jsonb_populate_recordset(types::EvalContext&, const FunctionCall&,
                                                         std::span<const types::Datum> arguments);

}  // namespace functions
