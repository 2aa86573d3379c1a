// The system columns that tell of a row's version, as columns of a relation beside those of query/expression.h, and
// the names of all of them.
#pragma once

#include <string_view>

#include "query/expression.h"

namespace query {

// xid: who made the version that is read, the lower half of the transaction's number.
inline constexpr int kXminColumn = -4;
// xid: who has deleted the row since or made a newer version, as yet unseen; 0: nobody. Row locks do not show.
inline constexpr int kXmaxColumn = -5;

constexpr bool is_version_column(int column) { return column == kXminColumn || column == kXmaxColumn; }

// Of a column number below 0; `*` for a whole row.
constexpr std::string_view system_column_name(int column) {
  switch (column) {
    case kTableOidColumn: return "tableoid";
    case kRowKeyColumn: return "ctid";
    case kXminColumn: return "xmin";
    case kXmaxColumn: return "xmax";
    default: return "*";
  }
}

}  // namespace query
