// Type names as format_type() prints them, and identifiers as quote_ident() does.
#include <algorithm>
#include <array>

#include "catalog/catalog_view.h"

namespace catalog {
namespace {

// Keywords that quote_ident() quotes: every one that is not "unreserved".
constexpr std::array kQuotedKeywords = std::to_array<std::string_view>(
    {"all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric",
     "authorization", "between", "bigint", "binary", "bit", "boolean", "both", "case", "cast",
     "char", "character", "check", "coalesce", "collate", "collation", "column", "concurrently",
     "constraint", "create", "cross", "current_catalog", "current_date", "current_role",
     "current_schema", "current_time", "current_timestamp", "current_user", "dec", "decimal",
     "default", "deferrable", "desc", "distinct", "do", "else", "end", "except", "exists",
     "extract", "false", "fetch", "float", "for", "foreign", "freeze", "from", "full", "grant",
     "greatest", "group", "grouping", "having", "ilike", "in", "initially", "inner", "inout",
     "int", "integer", "intersect", "interval", "into", "is", "isnull", "join", "lateral",
     "leading", "least", "left", "like", "limit", "localtime", "localtimestamp", "national",
     "natural", "nchar", "none", "normalize", "not", "notnull", "null", "nullif", "numeric",
     "offset", "on", "only", "or", "order", "out", "outer", "overlaps", "overlay", "placing",
     "position", "precision", "primary", "real", "references", "returning", "right", "row",
     "select", "session_user", "setof", "similar", "smallint", "some", "substring", "symmetric",
     "table", "tablesample", "then", "time", "timestamp", "to", "trailing", "treat", "trim",
     "true", "union", "unique", "user", "using", "values", "varchar", "variadic", "verbose",
     "when", "where", "window", "with", "xmlattributes", "xmlconcat", "xmlelement", "xmlexists",
     "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot", "xmlserialize", "xmltable"});

std::string in_parentheses(std::int64_t number) {
  // Appended piecewise: GCC 12 sees a false overlap in chained operator+ here.
  std::string text = "(";
  text += std::to_string(number);
  text += ')';
  return text;
}

std::string interval_modifier(std::int32_t typmod) {
  // High half: which fields; low half: precision (0xffff: none).
  constexpr int kYear = 1 << 2, kMonth = 1 << 1, kDay = 1 << 3, kHour = 1 << 10,
                kMinute = 1 << 11, kSecond = 1 << 12;
  int fields = (typmod >> 16) & 0x7fff;
  int precision = typmod & 0xffff;
  std::string text;
  if (fields == kYear) text = " year";
  else if (fields == kMonth) text = " month";
  else if (fields == kDay) text = " day";
  else if (fields == kHour) text = " hour";
  else if (fields == kMinute) text = " minute";
  else if (fields == kSecond) text = " second";
  else if (fields == (kYear | kMonth)) text = " year to month";
  else if (fields == (kDay | kHour)) text = " day to hour";
  else if (fields == (kDay | kHour | kMinute)) text = " day to minute";
  else if (fields == (kDay | kHour | kMinute | kSecond)) text = " day to second";
  else if (fields == (kHour | kMinute)) text = " hour to minute";
  else if (fields == (kHour | kMinute | kSecond)) text = " hour to second";
  else if (fields == (kMinute | kSecond)) text = " minute to second";
  if (precision != 0xffff) text += in_parentheses(precision);
  return text;
}

// The SQL standard's name where format_type() uses it; empty otherwise.
std::string standard_name(Oid type, std::int32_t typmod) {
  using namespace types::oid;
  bool with = typmod >= 0;
  switch (type) {
    case types::oid::bit: return with ? "bit" + in_parentheses(typmod) : "\"bit\"";
    case bool_: return "boolean";
    case bpchar:
      return typmod >= 4 ? "character" + in_parentheses(typmod - 4) : (with ? "character" : "bpchar");
    case float4: return "real";
    case float8: return "double precision";
    case int2: return "smallint";
    case int4: return "integer";
    case int8: return "bigint";
    case numeric:
      if (typmod < 4) return "numeric";
      {
        std::int32_t packed = typmod - 4;
        int scale = ((packed & 0x7ff) ^ 1024) - 1024;
        std::string text = "numeric(" + std::to_string(packed >> 16);
        text += ',';
        text += std::to_string(scale);
        text += ')';
        return text;
      }
    case interval: return with ? "interval" + interval_modifier(typmod) : "interval";
    case types::oid::time:
      return (with ? "time" + in_parentheses(typmod) : std::string("time")) + " without time zone";
    case timetz:
      return (with ? "time" + in_parentheses(typmod) : std::string("time")) + " with time zone";
    case timestamp:
      return (with ? "timestamp" + in_parentheses(typmod) : std::string("timestamp")) +
             " without time zone";
    case timestamptz:
      return (with ? "timestamp" + in_parentheses(typmod) : std::string("timestamp")) +
             " with time zone";
    case varbit: return with ? "bit varying" + in_parentheses(typmod) : "bit varying";
    case varchar:
      return typmod >= 4 ? "character varying" + in_parentheses(typmod - 4) : "character varying";
    default: return {};
  }
}

}  // namespace

std::string quote_identifier(std::string_view name) {
  bool plain = !name.empty() && ((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_');
  for (char c : name)
    plain = plain && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
  if (plain && !std::binary_search(kQuotedKeywords.begin(), kQuotedKeywords.end(), name))
    return std::string(name);
  std::string quoted = "\"";
  for (char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string CatalogView::format_type(Oid oid, std::int32_t typmod) {
  if (oid == 0) return "-";
  const TypeInfo* info = type(oid);
  if (info == nullptr) return "???";
  if (info->is_true_array && info->element != 0 && info->storage != 'p')
    return format_type(info->element, typmod) + "[]";
  if (std::string standard = standard_name(oid, typmod); !standard.empty()) return standard;
  std::string name = quote_identifier(info->name);
  if (!type_is_visible(oid)) {
    std::string schema = quote_identifier(schema_name(info->schema));
    schema += '.';
    name = schema + name;
  }
  if (typmod >= 0 && info->typmod_out != 0) name += in_parentheses(typmod);
  return name;
}

}  // namespace catalog
