// Views that INSERT, UPDATE and DELETE go through to their one table.
#pragma once

#include "dml.h"

namespace analyzer {

// The view's table as the target, with the view's columns in reach under the view's names. Throws
// 55000 when the view is not automatically updatable.
Target open_view_target(Scope& scope, const catalog::RelationPtr& view, const ast::RangeVariable& name,
                        std::string_view command);

// The view's columns over another entry of its table ("excluded").
void show_view_columns(Target& target, NamespaceItem& item);

}  // namespace analyzer
