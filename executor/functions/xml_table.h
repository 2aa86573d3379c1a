// XMLTABLE's rows.
#pragma once

#include "functions/set_function.h"

namespace functions {

// xml_table(row path, document, n, {prefix, URI} n times, columns, {name, flags, path, default} of each): the prefix of
// DEFAULT is null, flags are query::XmlColumnFlag. Rows are spread over FunctionCall::columns.
std::unique_ptr<SetFunctionRun> xml_table(types::EvalContext& ctx, const FunctionCall& call,
                                          std::span<const types::Datum> arguments);

}  // namespace functions
