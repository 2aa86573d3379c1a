// TABLESAMPLE in FROM.
#pragma once

#include "analysis.h"

namespace analyzer {

// A table of which only a part is read.
NamespaceItemPtr transform_table_sample(Scope& scope, const ast::RangeTableSample& node);

}  // namespace analyzer
