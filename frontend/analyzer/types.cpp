// Type names: lookup, arrays, and modifiers such as varchar(10) or numeric(8,2).
#include <fmt/format.h>

#include <charconv>

#include "analysis.h"
#include "catalog/internal_functions.h"

namespace analyzer {
namespace {

// The modifiers as their input functions see them: texts.
std::vector<std::string> modifier_texts(const ast::TypeName& name) {
  std::vector<std::string> result;
  for (const ast::Node* node : name.modifiers) {
    if (const auto* literal = ast::try_as<ast::Literal>(node)) {
      if (literal->kind_of == ast::LiteralKind::integer) {
        result.push_back(std::to_string(literal->integer));
        continue;
      }
      if (literal->kind_of == ast::LiteralKind::number ||
          literal->kind_of == ast::LiteralKind::string) {
        result.push_back(str(literal->text));
        continue;
      }
    } else if (const auto* column = ast::try_as<ast::ColumnRef>(node);
               column && !column->star && column->names.size() == 1) {
      result.push_back(str(column->names[0]));
      continue;
    }
    throw SqlError("42601", "type modifiers must be simple constants or identifiers")
        .at(name.location);
  }
  return result;
}

int to_int(const std::string& text) {
  int value = 0;
  auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size())
    throw SqlError("22P02", fmt::format("invalid input syntax for type {}: \"{}\"", "integer", text));
  return value;
}

std::int32_t char_typmod(const std::vector<int>& n, const char* type) {
  if (n.size() != 1) throw SqlError("22023", "invalid type modifier");
  if (n[0] < 1)
    throw SqlError("22023", fmt::format("length for type {} must be at least 1", type));
  if (n[0] > 10485760)
    throw SqlError("22023", fmt::format("length for type {} cannot exceed {}", type, 10485760));
  return n[0] + 4;
}

std::int32_t bit_typmod(const std::vector<int>& n, const char* type) {
  if (n.size() != 1) throw SqlError("22023", "invalid type modifier");
  if (n[0] < 1)
    throw SqlError("22023", fmt::format("length for type {} must be at least 1", type));
  if (n[0] > 83886080)
    throw SqlError("22023", fmt::format("length for type {} cannot exceed {}", type, 83886080));
  return n[0];
}

std::int32_t numeric_typmod(const std::vector<int>& n) {
  if (n.empty() || n.size() > 2) throw SqlError("22023", "invalid NUMERIC type modifier");
  if (n[0] < 1 || n[0] > 1000)
    throw SqlError("22023", fmt::format("NUMERIC precision {} must be between 1 and 1000", n[0]));
  int scale = n.size() == 2 ? n[1] : 0;
  if (scale < -1000 || scale > 1000)
    throw SqlError("22023", fmt::format("NUMERIC scale {} must be between -1000 and 1000", scale));
  return ((n[0] << 16) | (scale & 0x7ff)) + 4;
}

std::int32_t time_typmod(const std::vector<int>& n, const char* type, const char* zone) {
  if (n.size() != 1) throw SqlError("22023", "invalid type modifier");
  if (n[0] < 0)
    throw SqlError("22023", fmt::format("{}({}){} precision must not be negative", type, n[0], zone));
  return std::min(n[0], 6);
}

std::int32_t interval_typmod(const std::vector<int>& n) {
  constexpr int kFullPrecision = 0xffff;
  int range = n.empty() ? 0x7fff : n[0];
  int precision = kFullPrecision;
  if (n.size() == 2) {
    if (n[1] < 0)
      throw SqlError("22023", fmt::format("INTERVAL({}) precision must not be negative", n[1]));
    precision = std::min(n[1], 6);
  } else if (n.size() == 1) {
    if (range == 0x7fff) return -1;
  } else {
    throw SqlError("22023", "invalid INTERVAL type modifier");
  }
  return ((range & 0x7fff) << 16) | precision;
}

std::int32_t resolve_typmod(Scope& scope, const ast::TypeName& name, const catalog::TypeInfo& info) {
  if (name.modifiers.empty()) return -1;
  if (!info.typmod_in)
    throw SqlError("42601", fmt::format("type modifier is not allowed for type \"{}\"",
                                        type_name(scope, info.oid)))
        .at(name.location);
  try {
    std::vector<int> numbers;
    for (const std::string& text : modifier_texts(name)) numbers.push_back(to_int(text));
    // A user's type may have a built-in one's modifiers.
    const auto* function = info.oid < types::kFirstNormalOid ? nullptr : scope.catalog().function(info.typmod_in);
    const auto* like = function ? catalog::type_of_typmod_function(function->source) : &info;
    switch (like ? like->oid : Oid{0}) {
      case oid::varchar: return char_typmod(numbers, "varchar");
      case oid::bpchar: return char_typmod(numbers, "char");
      case oid::bit: return bit_typmod(numbers, "bit");
      case oid::varbit: return bit_typmod(numbers, "varbit");
      case oid::numeric: return numeric_typmod(numbers);
      case oid::time: return time_typmod(numbers, "TIME", "");
      case oid::timetz: return time_typmod(numbers, "TIME", " WITH TIME ZONE");
      case oid::timestamp: return time_typmod(numbers, "TIMESTAMP", "");
      case oid::timestamptz: return time_typmod(numbers, "TIMESTAMP", " WITH TIME ZONE");
      case oid::interval: return interval_typmod(numbers);
      default: throw SqlError::not_supported("modifiers of type " + type_name(scope, info.oid));
    }
  } catch (SqlError& error) {
    error.set_position_if_none(name.location);
    throw;
  }
}

const catalog::TypeInfo* find_type_info(Scope& scope, const ast::TypeName& name) {
  auto& catalog = scope.catalog();
  if (name.percent_type) throw SqlError::not_supported("%TYPE");
  std::string_view schema;
  switch (name.names.size()) {
    case 1: break;
    case 2: schema = name.names[0]; break;
    case 3:
      if (name.names[0] != scope.state.context.database)
        throw SqlError("0A000", fmt::format("cross-database references are not implemented: {}", join_names(name.names)));
      schema = name.names[1];
      break;
    default:
      throw SqlError("42601", fmt::format("improper qualified name (too many dotted names): {}", join_names(name.names)));
  }
  if (!schema.empty() && schema != "pg_catalog" && !catalog.find_schema(schema))
    throw SqlError("3F000", fmt::format("schema \"{}\" does not exist", schema)).at(name.location);
  const auto* info = catalog.find_type(schema, name.names.back());
  if (info && !name.array_bounds.empty()) {
    if (!info->array) return nullptr;
    return catalog.type(info->array);
  }
  return info;
}

}  // namespace

std::string type_name_text(const ast::TypeName& name) {
  std::string text = join_names(name.names);
  if (!name.array_bounds.empty()) text += "[]";
  return text;
}

namespace {

// table.column%TYPE
TypeRef column_type(Scope& scope, const ast::TypeName& name) {
  const auto& names = name.names;
  if (names.size() < 2 || names.size() > 4)
    throw SqlError("42601", fmt::format("improper %TYPE reference (too {} dotted names): {}",
                                        names.size() < 2 ? "few" : "many", join_names(names)))
        .at(name.location);
  const std::string_view schema = names.size() > 2 ? names[names.size() - 3] : std::string_view();
  auto relation = scope.catalog().open_relation(schema, names[names.size() - 2], catalog::RelationLock::access_share);
  for (const auto& column : relation->columns)
    if (!column.dropped && column.name == names.back()) {
      TypeRef type = column.type;
      type.typmod = -1;
      return type;
    }
  throw SqlError("42703", fmt::format("column \"{}\" of relation \"{}\" does not exist", names.back(), relation->name))
      .at(name.location);
}

}  // namespace

Oid lookup_type(Scope& scope, const ast::TypeName& name) {
  const auto* info = find_type_info(scope, name);
  return info ? info->oid : 0;
}

TypeRef resolve_type(Scope& scope, const ast::TypeName& name) {
  if (name.percent_type) return column_type(scope, name);
  const auto* info = find_type_info(scope, name);
  if (!info)
    throw SqlError("42704", fmt::format("type \"{}\" does not exist", type_name_text(name)))
        .at(name.location);
  if (!info->defined)
    throw SqlError("42704", fmt::format("type \"{}\" is only a shell", type_name_text(name)))
        .at(name.location);
  const auto* of = info;
  if (!name.array_bounds.empty()) of = scope.catalog().type(info->element);
  return type_ref(scope, info->oid, resolve_typmod(scope, name, *of));
}

Oid resolve_collation(Scope& scope, ast::Names name, int location) {
  std::string_view schema;
  if (name.size() == 2) schema = name[0];
  if (name.size() > 2)
    throw SqlError("42601", fmt::format("improper qualified name (too many dotted names): {}",
                                        join_names(name)))
        .at(location);
  const auto* found = scope.catalog().find_collation(schema, name.back());
  if (!found)
    throw SqlError("42704", fmt::format("collation \"{}\" for encoding \"{}\" does not exist",
                                        join_names(name), "UTF8"))
        .at(location);
  return found->oid;
}

}  // namespace analyzer
