// SQL/XML's expressions, as calls (query/xml_syntax.h).
#pragma once

#include "analysis.h"

namespace analyzer {

ExpressionPtr transform_xml(Scope& scope, const ast::XmlExpression& node);
ExpressionPtr transform_xml_serialize(Scope& scope, const ast::XmlSerialize& node);
// What a column of the expression is called; empty: nothing in particular.
std::string xml_figure_name(const ast::XmlExpression& node);

}  // namespace analyzer
