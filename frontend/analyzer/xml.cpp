#include "xml.h"

#include <fmt/format.h>

#include "collations.h"
#include "from.h"
#include "parser/ast_xml.h"
#include "query/xml_syntax.h"
#include "xml/names.h"
#include "xml/table_column.h"

namespace analyzer {
namespace {

using Operation = ast::XmlOperation;

ExpressionPtr xml_call(Oid function, TypeRef type, std::vector<ExpressionPtr> arguments, int location) {
  query::Call call;
  call.function = function;
  call.form = query::CallForm::sql_syntax;
  call.arguments = std::move(arguments);
  return make_expression(type, location, std::move(call));
}

ExpressionPtr oid_constant(Oid value) {
  return make_expression(TypeRef{oid::oid_, -1, 0}, -1, query::Constant(types::Datum::of(value)));
}

ExpressionPtr argument_of(Scope& scope, const ast::Node* node, Oid type, const char* construct) {
  return coerce_to_specific(scope, transform(scope, node), type_ref(scope, type), construct);
}

// {name, value} of each attribute, or of each element of a forest.
void add_named(Scope& scope, const ast::XmlCall& node, std::vector<ExpressionPtr>& arguments) {
  const bool attributes = node.operation == Operation::element;
  std::vector<std::string> seen;
  for (const ast::Node* item : node.named_arguments) {
    const auto& target = ast::as<ast::ResultTarget>(*item);
    auto value = transform(scope, target.value);
    std::string name;
    if (target.name.data() != nullptr) {
      name = xml::name_of_identifier(target.name, xml::Escaping::partly);
    } else if (target.value->kind == ast::NodeKind::column_ref) {
      name = xml::name_of_identifier(figure_name(target.value), xml::Escaping::fully);
    } else {
      throw SqlError("42601", attributes ? "unnamed XML attribute value must be a column reference"
                                         : "unnamed XML element value must be a column reference")
          .at(target.location);
    }
    if (attributes) {
      for (const std::string& other : seen)
        if (other == name)
          throw SqlError("42601", fmt::format("XML attribute name \"{}\" appears more than once", name)).at(target.location);
      seen.push_back(name);
    }
    arguments.push_back(text_constant(name));
    arguments.push_back(std::move(value));
  }
}

}  // namespace

std::string xml_figure_name(const ast::XmlExpression& node) {
  switch (static_cast<const ast::XmlCall&>(node).operation) {
    case Operation::concat: return "xmlconcat";
    case Operation::element: return "xmlelement";
    case Operation::forest: return "xmlforest";
    case Operation::parse: return "xmlparse";
    case Operation::pi: return "xmlpi";
    case Operation::root: return "xmlroot";
    case Operation::serialize: return "xmlserialize";
    case Operation::is_document: break;
  }
  return {};
}

ExpressionPtr transform_xml(Scope& scope, const ast::XmlExpression& expression) {
  const auto& node = static_cast<const ast::XmlCall&>(expression);
  const TypeRef xml_type{oid::xml, -1, 0};
  std::vector<ExpressionPtr> arguments;
  const auto make = [&](Oid function, TypeRef type) { return xml_call(function, type, std::move(arguments), node.location); };
  if (node.name.data() != nullptr)
    arguments.push_back(text_constant(xml::name_of_identifier(node.name, xml::Escaping::partly)));
  switch (node.operation) {
    case Operation::concat:
      for (const ast::Node* item : node.arguments) arguments.push_back(argument_of(scope, item, oid::xml, "XMLCONCAT"));
      return make(query::kXmlConcat, xml_type);
    case Operation::element:
      arguments.push_back(int4_constant(static_cast<std::int32_t>(node.named_arguments.size())));
      add_named(scope, node, arguments);
      for (const ast::Node* item : node.arguments) arguments.push_back(transform(scope, item));
      return make(query::kXmlElement, xml_type);
    case Operation::forest: add_named(scope, node, arguments); return make(query::kXmlForest, xml_type);
    case Operation::parse:
      arguments.push_back(argument_of(scope, node.arguments[0], oid::text, "XMLPARSE"));
      arguments.push_back(bool_constant(node.document));
      arguments.push_back(argument_of(scope, node.arguments[1], oid::bool_, "XMLPARSE"));
      return make(query::kXmlParse, xml_type);
    case Operation::pi:
      for (const ast::Node* item : node.arguments) arguments.push_back(argument_of(scope, item, oid::text, "XMLPI"));
      return make(query::kXmlPi, xml_type);
    case Operation::root:
      arguments.push_back(argument_of(scope, node.arguments[0], oid::xml, "XMLROOT"));
      arguments.push_back(argument_of(scope, node.arguments[1], oid::text, "XMLROOT"));
      arguments.push_back(argument_of(scope, node.arguments[2], oid::int4, "XMLROOT"));
      return make(query::kXmlRoot, xml_type);
    case Operation::is_document:
      arguments.push_back(argument_of(scope, node.arguments[0], oid::xml, "IS DOCUMENT"));
      return make(query::kXmlIsDocument, {oid::bool_, -1, 0});
    case Operation::serialize: break;  // a node of its own
  }
  throw SqlError::not_supported("this XML expression");
}

ExpressionPtr transform_xml_serialize(Scope& scope, const ast::XmlSerialize& expression) {
  const auto& node = static_cast<const ast::XmlSerializeCall&>(expression);
  auto value = argument_of(scope, node.argument, oid::xml, "XMLSERIALIZE");
  const TypeRef type = resolve_type(scope, *node.type);
  std::vector<ExpressionPtr> arguments;
  arguments.push_back(std::move(value));
  arguments.push_back(bool_constant(node.document));
  arguments.push_back(oid_constant(type.oid));
  arguments.push_back(int4_constant(type.typmod));
  auto text = xml_call(query::kXmlSerialize, type_ref(scope, oid::text), std::move(arguments), node.location);
  auto result = coerce_to_target(scope, std::move(text), type, Context::implicit, query::CallForm::implicit_cast, -1);
  if (!result)
    throw SqlError("42846", fmt::format("cannot cast XMLSERIALIZE result to {}", type_name(scope, type.oid)))
        .at(node.location);
  return result;
}

NamespaceItemPtr transform_xml_table(Scope& scope, const ast::RangeTableFunction& range) {
  const auto& node = static_cast<const ast::XmlTable&>(range);
  constexpr const char* kConstruct = "XMLTABLE";
  const bool before = scope.lateral_active;
  scope.lateral_active = true;
  query::RangeTableEntry entry;
  entry.kind = query::RangeTableEntry::Kind::function;
  std::vector<ExpressionPtr> arguments;
  {
    PlaceScope at(scope, Place::from_function);
    arguments.push_back(argument_of(scope, node.rows, oid::text, kConstruct));
    arguments.push_back(argument_of(scope, node.document, oid::xml, kConstruct));
    std::vector<ExpressionPtr> columns;
    bool has_ordinality = false;
    for (const ast::XmlTableColumn& column : node.columns) {
      std::int32_t flags = 0;
      TypeRef type{oid::int4, -1, 0};
      if (column.for_ordinality) {
        if (has_ordinality)
          throw SqlError("42601", "only one FOR ORDINALITY column is allowed").at(column.location);
        has_ordinality = true;
        flags |= xml::kOrdinality;
      } else {
        if (column.type->setof)
          throw SqlError("42P16", fmt::format("column \"{}\" cannot be declared SETOF", column.name)).at(column.location);
        type = resolve_type(scope, *column.type);
      }
      if (type_category(scope, type.oid) == 'N') flags |= xml::kIsNumber;
      if (column.not_null) flags |= xml::kNotNull;
      if (column.path != nullptr) flags |= xml::kHasPath;
      if (column.otherwise != nullptr) flags |= xml::kHasDefault;
      columns.push_back(text_constant(column.name));
      columns.push_back(int4_constant(flags));
      columns.push_back(column.path != nullptr ? argument_of(scope, column.path, oid::text, kConstruct)
                                               : null_constant(scope, type_ref(scope, oid::text)));
      columns.push_back(column.otherwise != nullptr
                            ? coerce_to_specific(scope, transform(scope, column.otherwise), type, kConstruct)
                            : null_constant(scope, type));
      for (const query::RangeColumn& other : entry.columns)
        if (other.name == column.name)
          throw SqlError("42601", fmt::format("column name \"{}\" is not unique", column.name)).at(column.location);
      entry.columns.push_back({str(column.name), type});
    }
    arguments.push_back(int4_constant(static_cast<std::int32_t>(node.namespaces.size())));
    std::vector<ast::Name> prefixes;
    bool has_default = false;
    for (const ast::Node* item : node.namespaces) {
      const auto& target = ast::as<ast::ResultTarget>(*item);
      auto uri = argument_of(scope, target.value, oid::text, kConstruct);
      if (target.name.data() != nullptr) {
        for (const ast::Name other : prefixes)
          if (other == target.name)
            throw SqlError("42601", fmt::format("namespace name \"{}\" is not unique", target.name)).at(target.location);
        prefixes.push_back(target.name);
        arguments.push_back(text_constant(target.name));
      } else {
        if (has_default) throw SqlError("42601", "only one default namespace is allowed").at(target.location);
        has_default = true;
        arguments.push_back(null_constant(scope, type_ref(scope, oid::text)));
      }
      arguments.push_back(std::move(uri));
    }
    arguments.push_back(int4_constant(static_cast<std::int32_t>(node.columns.size())));
    for (ExpressionPtr& column : columns) arguments.push_back(std::move(column));
  }
  scope.lateral_active = before;

  query::FunctionItem item;
  item.call = xml_call(query::kXmlTable, {oid::record, -1, 0}, std::move(arguments), node.location);
  std::get<query::Call>(item.call->node).returns_set = true;
  assign_collations(scope, *item.call);
  item.column_count = static_cast<int>(entry.columns.size());
  item.has_column_definitions = true;
  entry.lateral = node.lateral || refers_to_siblings(*item.call);
  entry.functions.push_back(std::move(item));
  entry.alias = node.alias != nullptr ? str(node.alias->name) : "xmltable";
  if (node.alias != nullptr && node.alias->columns.size() > entry.columns.size())
    throw SqlError("42P10", fmt::format("XMLTABLE function has {} columns available but {} columns specified", entry.columns.size(),
                                        node.alias->columns.size()));
  apply_alias(entry, node.alias, "table");
  return add_entry(scope, std::move(entry));
}

}  // namespace analyzer
