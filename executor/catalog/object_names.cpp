#include "object_names.h"

#include "types/type_io.h"

namespace catalog {

std::string ObjectNames::type_name(const types::TypeRef& type) {
  return catalog_.format_type(type.oid, type.typmod);
}

std::string ObjectNames::function_name(Oid oid) {
  const FunctionInfo* f = catalog_.function(oid);
  if (f == nullptr) return "???";
  std::string name = quote_identifier(f->name);
  if (catalog_.function_is_visible(oid)) return name;
  return quote_identifier(catalog_.schema_name(f->schema)) + "." + name;
}

std::string ObjectNames::operator_name(Oid oid) {
  const OperatorInfo* o = catalog_.operator_(oid);
  if (o == nullptr) return "???";
  if (catalog_.operator_is_visible(oid)) return std::string(o->name);
  std::string text = "OPERATOR(";
  text += quote_identifier(catalog_.schema_name(o->schema));
  text += '.';
  text += o->name;
  return text + ")";
}

std::string ObjectNames::relation_name(Oid oid, bool qualify) {
  if (!qualify) return catalog_.relation_display_name(oid);
  RelationPtr relation = catalog_.relation(oid);
  return relation == nullptr
             ? std::string("???")
             : quote_identifier(relation->schema_name) + "." + quote_identifier(relation->name);
}

std::string ObjectNames::relation_own_name(Oid oid) {
  RelationPtr relation = catalog_.relation(oid);
  return relation == nullptr ? std::string("???") : relation->name;
}

std::vector<std::string> ObjectNames::relation_columns(Oid oid) {
  std::vector<std::string> names;
  if (RelationPtr relation = catalog_.relation(oid))
    for (const Column& column : relation->columns)
      names.push_back(column.dropped ? std::string() : column.name);
  return names;
}

std::string ObjectNames::collation_name(Oid oid) {
  const CollationInfo* c = catalog_.collation(oid);
  return c != nullptr ? quote_identifier(c->name) : std::string("\"\"");
}

std::string ObjectNames::field_name(Oid type, int field) {
  const TypeInfo* info = catalog_.type(catalog_.base_type(type));
  RelationPtr relation = info && info->relation ? catalog_.relation(info->relation) : nullptr;
  auto place = static_cast<std::size_t>(field);
  if (relation != nullptr && place < relation->columns.size())
    return relation->columns[place].name;
  return "f" + std::to_string(field + 1);
}

std::string ObjectNames::result_field_name(Oid function, int field) {
  const FunctionInfo* info = catalog_.function(function);
  if (info == nullptr) return {};
  int number = 0;
  for (std::size_t i = 0; i < info->argument_modes.size(); ++i) {
    const char mode = info->argument_modes[i];
    if ((mode != 'o' && mode != 'b' && mode != 't') || number++ != field) continue;
    if (i < info->argument_names.size() && !info->argument_names[i].empty()) return std::string(info->argument_names[i]);
    return "column" + std::to_string(number);
  }
  return {};
}

std::string ObjectNames::value_text(Oid type, const types::Datum& value) {
  if (type == types::oid::regclass) return catalog_.relation_display_name(value.as<Oid>());
  Oid base = catalog_.base_type(type);
  std::string text;
  if (const types::TypeSupport* support = catalog_.find_support(base)) {
    const types::FormatSettings defaults;
    types::Arena arena;
    types::EvalContext context;
    context.arena = &arena;
    context.format = format_ != nullptr ? format_ : &defaults;
    support->output(context, value, text);
    return text;
  }
  for (const EnumLabel& label : catalog_.enum_labels(base))
    if (label.oid == value.as<Oid>()) return label.label;
  return text;
}

Oid ObjectNames::column_collation(Oid type) {
  const TypeInfo* info = catalog_.type(type);
  return info ? info->collation : 0;
}

std::string ObjectNames::quote(const std::string& name) { return quote_identifier(name); }

}  // namespace catalog
