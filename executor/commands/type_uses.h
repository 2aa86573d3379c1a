// Where a type is used, by pg_depend: in stored columns, also within arrays, domains, ranges and other
// row types, and in stored expressions. A type whose values would have to change is refused there.
#pragma once

#include <vector>

#include "ddl.h"

namespace commands {

struct StoredColumn {
  Oid relation = 0;
  int column = 0;  // from 0
};

// 0A000 when rows of the relation's row type are stored anywhere, or expressions of that type.
void require_row_type_unused(Ddl& ddl, const RelationDescriptor& relation);
// 42P16 when a field of the type would make rows of the row type hold such rows.
void require_no_cycle(Ddl& ddl, Oid row_type, Oid field_type);
// The columns of tables, materialized views and indexes that hold values made of the type.
std::vector<StoredColumn> columns_holding(Ddl& ddl, Oid type);
// The columns of the domain, or of domains over it. 0A000 where it is part of what is stored: such
// values cannot be looked into.
std::vector<StoredColumn> columns_of_domain(Ddl& ddl, Oid domain);

// A field of the row type is gone, so that rows which differed there are equal: the trees that are
// ordered by such rows are built anew.
void rebuild_orders_by(Ddl& ddl, Oid row_type);

}  // namespace commands
