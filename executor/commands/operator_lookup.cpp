#include "operator_lookup.h"

#include "written_name.h"

namespace commands {

const catalog::OperatorInfo* find_operator(Ddl& ddl, Oid schema, std::string_view name, Oid left, Oid right) {
  const std::string written = schema == 0 ? std::string() : ddl.catalog().schema_name(schema);
  for (const catalog::OperatorInfo* op : ddl.catalog().find_operators(written, name))
    if (op->left == left && op->right == right) return op;
  return nullptr;
}

const catalog::OperatorInfo* find_operator(Ddl& ddl, const query::ObjectReference& object, bool missing_ok) {
  const Oid schema = object.schema.empty() ? 0 : ddl.catalog().schema_oid(object.schema);
  const Oid left = object.arguments.size() > 1 ? object.arguments[0] : 0;
  const Oid right = object.arguments.empty() ? 0 : object.arguments.back();
  const catalog::OperatorInfo* found = find_operator(ddl, schema, object.name, left, right);
  if (found != nullptr || missing_ok) return found;
  std::string text = left == 0 ? std::string() : ddl.catalog().format_type(left) + " ";
  text += written_name(object);
  if (right != 0) text += " " + ddl.catalog().format_type(right);
  throw SqlError("42883", "operator does not exist: " + text);
}

std::string operator_signature(Ddl& ddl, const catalog::OperatorInfo& op) {
  std::string text;
  if (!ddl.catalog().operator_is_visible(op.oid)) text += quote_identifier(ddl.catalog().schema_name(op.schema)) + ".";
  text += std::string(op.name) + "(";
  text += op.left == 0 ? "NONE" : ddl.catalog().format_type(op.left);
  return text + "," + ddl.catalog().format_type(op.right) + ")";
}

Oid find_cast(Ddl& ddl, Oid source, Oid target, bool missing_ok) {
  const catalog::CastInfo* found = ddl.catalog().cast(source, target);
  if (found != nullptr) return found->oid;
  if (!missing_ok)
    throw SqlError("42704", "cast from type " + ddl.catalog().format_type(source) + " to type " +
                                ddl.catalog().format_type(target) + " does not exist");
  return 0;
}

}  // namespace commands
