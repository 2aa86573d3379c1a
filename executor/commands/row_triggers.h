// Row triggers that no table below another one may have.
#pragma once

#include "catalog/relation.h"

namespace commands {

// One that sees transition tables; null: there is none.
inline const catalog::TriggerInfo* row_trigger_with_tables(const catalog::RelationDescriptor& relation) {
  for (const catalog::TriggerInfo& t : relation.triggers)
    if ((t.type & catalog::TriggerInfo::kRow) != 0 && !(t.old_table.empty() && t.new_table.empty())) return &t;
  return nullptr;
}

}  // namespace commands
