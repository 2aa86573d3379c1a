// Arrays and rows: constructors, element access, comparison with every element.
#pragma once

#include "eval/compile.h"
#include "eval/node.h"

namespace eval {

NodePtr make_array_coerce(Compiler&, catalog::CatalogView&, const query::Expression&,
                          const query::ArrayCoerce&);
NodePtr make_array_comparison(Compiler&, catalog::CatalogView&, const query::Expression&,
                              const query::ScalarArrayOp&);
NodePtr make_array(Compiler&, catalog::CatalogView&, const query::Expression&,
                   const query::ArrayConstructor&);
NodePtr make_subscript(Compiler&, catalog::CatalogView&, const query::Expression&,
                       const query::Subscript&);

}  // namespace eval
