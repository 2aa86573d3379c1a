// SQL values as XML (ISO/IEC 9075-14, 9.8).
#pragma once

#include <string>
#include <string_view>

#include "types/datum.h"
#include "types/eval_context.h"

namespace functions {

// Text that is put into an element has its special characters escaped; an attribute's is escaped by whoever writes it.
enum class XmlText : bool { as_it_is, escaped };

// Requires a value that is not null. Throws 22008 for an infinite date.
std::string xml_value(types::EvalContext& ctx, types::Oid type, const types::Datum& value, XmlText text);

}  // namespace functions
