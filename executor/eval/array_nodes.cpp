#include "array_nodes.h"

#include "types/sql_error.h"

namespace eval {

NodePtr make_array_coerce(Compiler&, catalog::CatalogView&, const query::Expression&,
                          const query::ArrayCoerce&) {
  throw types::SqlError::not_supported("a cast of an array");
}
NodePtr make_array_comparison(Compiler&, catalog::CatalogView&, const query::Expression&,
                              const query::ScalarArrayOp&) {
  throw types::SqlError::not_supported("a comparison with the elements of an array");
}
NodePtr make_row(Compiler&, catalog::CatalogView&, const query::Expression&,
                 const query::RowConstructor&) {
  throw types::SqlError::not_supported("a row constructor in this place");
}
NodePtr make_array(Compiler&, catalog::CatalogView&, const query::Expression&,
                   const query::ArrayConstructor&) {
  throw types::SqlError::not_supported("an array constructor");
}
NodePtr make_field_select(Compiler&, catalog::CatalogView&, const query::Expression&,
                          const query::FieldSelect&) {
  throw types::SqlError::not_supported("selecting a field of a row");
}
NodePtr make_subscript(Compiler&, catalog::CatalogView&, const query::Expression&,
                       const query::Subscript&) {
  throw types::SqlError::not_supported("subscripting");
}

}  // namespace eval
