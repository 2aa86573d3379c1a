// Nodes about rows as values: ROW(...), (row).field, row IS NULL.
#pragma once

#include "eval/compile.h"

namespace eval {

NodePtr make_row(Compiler& compiler, catalog::CatalogView& catalog,
                 const query::Expression& expression, const query::RowConstructor& row);
NodePtr make_field_select(Compiler& compiler, catalog::CatalogView& catalog,
                          const query::Expression& expression, const query::FieldSelect& f);
NodePtr make_record_null_test(Compiler& compiler, types::TypeRef type, bool wants_null,
                              NodePtr argument);

}  // namespace eval
