// SQL/XML's expressions and XMLTABLE as SQL again.
#include "deparser.h"
#include "query/xml_syntax.h"
#include "xml/names.h"
#include "xml/table_column.h"

namespace query {
namespace {

std::string text_of(const Expression& e) {
  const auto* constant = std::get_if<Constant>(&e.node);
  return constant != nullptr && !constant->value.is_null ? std::string(constant->value.as<std::string_view>()) : std::string();
}
std::int32_t number_of(const Expression& e) {
  const auto* constant = std::get_if<Constant>(&e.node);
  return constant != nullptr && !constant->value.is_null ? constant->value.as<std::int32_t>() : -1;
}
bool truth_of(const Expression& e) {
  const auto* constant = std::get_if<Constant>(&e.node);
  return constant != nullptr && !constant->value.is_null && constant->value.as<bool>();
}
bool is_null_constant(const Expression& e) {
  const auto* constant = std::get_if<Constant>(&e.node);
  return constant != nullptr && constant->value.is_null;
}

}  // namespace

bool Deparser::xml_syntax(const Expression& e, const Call& c) {
  constexpr Oid kXmlExists = 2614;
  const auto& a = c.arguments;
  const auto name_of = [&](std::size_t i) { return names_.quote(xml::identifier_of_name(text_of(*a[i]))); };
  // {name, value} of each.
  const auto named = [&](std::size_t first, std::size_t end) {
    for (std::size_t i = first; i + 1 < end; i += 2) {
      if (i > first) out_ += ", ";
      expression(*a[i + 1], true);
      out_ += " AS " + name_of(i);
    }
  };
  const auto listed = [&](std::size_t first) {
    for (std::size_t i = first; i < a.size(); ++i) {
      if (i > first) out_ += ", ";
      expression(*a[i], true);
    }
  };
  switch (c.function) {
    case kXmlExists:
      out_ += "XMLEXISTS((";
      expression(*a[0], false);
      out_ += ") PASSING (";
      expression(*a[1], false);
      out_ += "))";
      return true;
    case kXmlConcat:
      out_ += "XMLCONCAT(";
      listed(0);
      break;
    case kXmlElement: {
      out_ += "XMLELEMENT(NAME " + name_of(0);
      const std::size_t end = 2 + 2 * static_cast<std::size_t>(number_of(*a[1]));
      if (end > 2) {
        out_ += ", XMLATTRIBUTES(";
        named(2, end);
        out_ += ')';
      }
      if (end < a.size()) {
        out_ += ", ";
        listed(end);
      }
      break;
    }
    case kXmlForest:
      out_ += "XMLFOREST(";
      named(0, a.size());
      break;
    case kXmlParse:
      out_ += truth_of(*a[1]) ? "XMLPARSE(DOCUMENT " : "XMLPARSE(CONTENT ";
      expression(*a[0], true);
      out_ += truth_of(*a[2]) ? " PRESERVE WHITESPACE" : " STRIP WHITESPACE";
      break;
    case kXmlPi:
      out_ += "XMLPI(NAME " + name_of(0);
      if (a.size() > 1) {
        out_ += ", ";
        listed(1);
      }
      break;
    case kXmlRoot:
      out_ += "XMLROOT(";
      expression(*a[0], true);
      out_ += ", VERSION ";
      if (is_null_constant(*a[1])) out_ += "NO VALUE";
      else expression(*a[1], false);
      switch (number_of(*a[2])) {
        case 0: out_ += ", STANDALONE YES"; break;
        case 1: out_ += ", STANDALONE NO"; break;
        case 2: out_ += ", STANDALONE NO VALUE"; break;
        default: break;
      }
      break;
    case kXmlSerialize: {
      out_ += truth_of(*a[1]) ? "XMLSERIALIZE(DOCUMENT " : "XMLSERIALIZE(CONTENT ";
      expression(*a[0], true);
      TypeRef type{static_cast<Oid>(number_of(*a[2])), number_of(*a[3])};
      out_ += " AS " + names_.type_name(type);
      break;
    }
    case kXmlIsDocument:
      open();
      argument(*a[0], &e, false);
      out_ += " IS DOCUMENT";
      close();
      return true;
    case kXmlTable: xml_table(c, {}); return true;
    default: return false;
  }
  out_ += ')';
  return true;
}

void Deparser::xml_table(const Call& c, std::span<const RangeColumn> columns) {
  const auto& a = c.arguments;
  out_ += "XMLTABLE(";
  std::size_t at = 2;
  if (const std::int32_t namespaces = number_of(*a[at++]); namespaces > 0) {
    const char* separator = "XMLNAMESPACES (";
    for (std::int32_t i = 0; i < namespaces; ++i, at += 2) {
      out_ += separator;
      separator = ", ";
      if (is_null_constant(*a[at])) {
        out_ += "DEFAULT ";
        expression(*a[at + 1]);
      } else {
        expression(*a[at + 1]);
        out_ += " AS " + names_.quote(text_of(*a[at]));
      }
    }
    out_ += "), ";
  }
  out_ += '(';
  expression(*a[0]);
  out_ += ") PASSING (";
  expression(*a[1]);
  out_ += ')';
  const char* separator = " COLUMNS ";
  const auto count = static_cast<std::size_t>(number_of(*a[at++]));
  for (std::size_t i = 0; i < count; ++i, at += 4) {
    out_ += separator;
    separator = ", ";
    out_ += names_.quote(text_of(*a[at]));
    const std::int32_t flags = number_of(*a[at + 1]);
    if ((flags & xml::kOrdinality) != 0) {
      out_ += " FOR ORDINALITY";
      continue;
    }
    out_ += " " + names_.type_name(columns.empty() ? a[at + 3]->type : columns[i].type);
    if ((flags & xml::kHasDefault) != 0) {
      out_ += " DEFAULT (";
      expression(*a[at + 3]);
      out_ += ')';
    }
    if ((flags & xml::kHasPath) != 0) {
      out_ += " PATH (";
      expression(*a[at + 2]);
      out_ += ')';
    }
    if ((flags & xml::kNotNull) != 0) out_ += " NOT NULL";
  }
  out_ += ')';
}

}  // namespace query
