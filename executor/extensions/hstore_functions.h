// The functions of hstore, by family.
#pragma once

#include "extensions/extension.h"

namespace extensions {

std::span<const functions::ScalarFunction> hstore_functions();
std::span<const SetFunction> hstore_set_functions();

// Made from, or into, rows and JSON.
types::Datum hstore_from_record(types::EvalContext& ctx, const functions::FunctionCall& call,
                                std::optional<types::Datum> record);
std::optional<types::Datum> hstore_populate_record(types::EvalContext& ctx, const functions::FunctionCall& call,
                                                   std::optional<types::Datum> record,
                                                   std::optional<std::string_view> hstore);
std::string hstore_to_json(std::string_view hstore);
std::string hstore_to_json_loose(std::string_view hstore);
types::Datum hstore_to_jsonb(types::EvalContext& ctx, std::string_view hstore);
types::Datum hstore_to_jsonb_loose(types::EvalContext& ctx, std::string_view hstore);

}  // namespace extensions
