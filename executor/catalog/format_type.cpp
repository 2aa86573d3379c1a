// Type names as format_type() prints them, and identifiers as quote_ident() does.
#include "catalog/catalog_view.h"
#include "catalog/internal_functions.h"
#include "functions/quote.h"

namespace catalog {
namespace {

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

std::string quote_identifier(std::string_view name) { return functions::quote_identifier(name); }

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
  if (typmod >= 0 && info->typmod_out != 0) {
    // A user's type may have a built-in one's modifiers, which stand behind that one's name.
    const FunctionInfo* in = oid < types::kFirstNormalOid || info->typmod_in == 0 ? nullptr : function(info->typmod_in);
    const TypeInfo* like = in != nullptr ? type_of_typmod_function(in->source) : nullptr;
    const std::string modified = like != nullptr ? standard_name(like->oid, typmod) : std::string();
    const std::size_t open = modified.find('('), close = modified.find(')');
    name += open != std::string::npos && close != std::string::npos ? modified.substr(open, close + 1 - open) : in_parentheses(typmod);
  }
  return name;
}

std::string CatalogView::format_type(Oid oid) {
  if (oid == types::oid::bpchar) return "character";
  if (oid == types::oid::bit) return "bit";
  const TypeInfo* info = type(oid);
  const bool is_array = info != nullptr && info->is_true_array && info->element != 0 && info->storage != 'p';
  return is_array ? format_type(info->element) + "[]" : format_type(oid, -1);
}

}  // namespace catalog
