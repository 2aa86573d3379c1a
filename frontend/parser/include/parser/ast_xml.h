// SQL/XML. ast.h has the kinds; few look inside of them.
#pragma once

#include "parser/ast.h"

namespace parser::ast {

enum class XmlOperation : std::uint8_t { concat, element, forest, parse, pi, root, serialize, is_document };

struct XmlCall : XmlExpression {
  XmlOperation operation{};
  Name name;                 // XMLELEMENT, XMLPI
  NodeList named_arguments;  // of ResultTarget: attributes, or a forest's elements
  NodeList arguments;
  bool document = false;
};

struct XmlSerializeCall : XmlSerialize {
  bool document = false;
  const Node* argument = nullptr;
  const TypeName* type = nullptr;
};

struct XmlTableColumn {
  Name name;
  const TypeName* type = nullptr;
  bool for_ordinality = false, not_null = false;
  const Node* path = nullptr;
  const Node* otherwise = nullptr;
  int location = -1;
};
struct XmlTable : RangeTableFunction {
  const Node* document = nullptr;
  const Node* rows = nullptr;
  NodeList namespaces;  // of ResultTarget; without a name: DEFAULT
  std::span<const XmlTableColumn> columns;
  const Alias* alias = nullptr;
};

}  // namespace parser::ast
