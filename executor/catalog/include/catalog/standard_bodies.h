// Bodies that routines of LANGUAGE sql have without quotes.
#pragma once

#include <string>

#include "catalog/session_catalog.h"

namespace catalog {

// RETURN .. or BEGIN ATOMIC .. END of a routine that has such a body, by the names that objects have now.
std::string standard_body(SessionCatalog& catalog, const FunctionInfo& routine);
// Its statements to be run: with every name qualified, and parameters by number.
std::string standard_statements(SessionCatalog& catalog, const FunctionInfo& routine);

}  // namespace catalog
