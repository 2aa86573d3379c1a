// CREATE OPERATOR CLASS, CREATE and ALTER OPERATOR FAMILY: types are resolved here, members by the command.
#include "define.h"

namespace analyzer {
namespace {

query::ObjectReference member(State& state, Scope& scope, const ast::ObjectWithArguments& node) {
  query::ObjectReference result;
  const query::ObjectName name = object_name(state, node.name);
  result.schema = name.schema;
  result.name = name.name;
  result.has_arguments = !node.arguments_unspecified;
  for (const ast::Node* item : node.arguments) {
    const auto* type = ast::try_as<ast::TypeName>(item);
    result.arguments.push_back(type ? resolve_type(scope, *type).oid : 0);
  }
  return result;
}

std::vector<query::OperatorClassItem> items_of(State& state, Scope& scope, ast::NodeList nodes) {
  std::vector<query::OperatorClassItem> result;
  for (const ast::Node* node : nodes) {
    const auto& source = ast::as<ast::OperatorClassItem>(*node);
    query::OperatorClassItem& item = result.emplace_back();
    using Kind = query::OperatorClassItem::Kind;
    switch (source.item) {
      case ast::OperatorClassItem::Kind::operator_: item.kind = Kind::operator_; break;
      case ast::OperatorClassItem::Kind::function: item.kind = Kind::function; break;
      case ast::OperatorClassItem::Kind::storage: item.kind = Kind::storage; break;
    }
    item.number = source.number;
    if (source.object) item.object = member(state, scope, *source.object);
    for (const ast::Node* type : source.types) item.types.push_back(resolve_type(scope, ast::as<ast::TypeName>(*type)).oid);
    if (!source.sort_family.empty()) item.sort_family = object_name(state, source.sort_family);
    // ALTER OPERATOR FAMILY refuses STORAGE before it looks at the type.
    if (source.storage) item.storage = lookup_type(scope, *source.storage);
  }
  return result;
}

}  // namespace

query::CreateOperatorClass create_operator_class(State& state, const ast::CreateOperatorClass& node) {
  query::CreateOperatorClass result;
  query::Query query;
  Scope scope(state, nullptr, &query);
  result.name = object_name(state, node.name);
  if (!node.family.empty()) result.family = object_name(state, node.family);
  result.access_method = str(node.access_method);
  result.type = resolve_type(scope, *node.type).oid;
  result.is_default = node.is_default;
  result.items = items_of(state, scope, node.items);
  for (const ast::Node* item : node.items)
    if (const auto* storage = ast::as<ast::OperatorClassItem>(*item).storage) resolve_type(scope, *storage);
  return result;
}

query::CreateOperatorFamily create_operator_family(State& state, const ast::CreateOperatorFamily& node) {
  return {object_name(state, node.name), str(node.access_method)};
}

query::AlterOperatorFamily alter_operator_family(State& state, const ast::AlterOperatorFamily& node) {
  query::Query query;
  Scope scope(state, nullptr, &query);
  return {object_name(state, node.name), str(node.access_method), node.is_drop, items_of(state, scope, node.items)};
}

}  // namespace analyzer
