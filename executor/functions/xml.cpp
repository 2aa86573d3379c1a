// Functions of xml, and those that SQL/XML's expressions are calls of (schema sextant, see query/xml_syntax.h).
#include <vector>

#include "function_table.h"
#include "functions/xml_values.h"
#include "kernel.h"
#include "types/array.h"
#include "types/session_services.h"
#include "types/type_io.h"
#include "types/sql_error.h"
#include "types/xml.h"
#include "xml/declaration.h"
#include "xml/path.h"
#include "xml/publish.h"

namespace functions {
namespace {

using std::string_view;
using types::SqlError;
using types::with_xml_errors;

Datum text_to_xml(EvalContext& ctx, Datum text) {
  const xml::Option option = types::xml_option(ctx);
  with_xml_errors([&] { xml::require_well_formed(text.as<string_view>(), option); });
  return text;
}
Datum xml_to_text(Datum value) { return value; }
std::string xml_comment(string_view text) {
  return with_xml_errors([&] { return xml::comment(text); });
}
std::optional<std::string> xml_concat_two(std::optional<string_view> a, std::optional<string_view> b) {
  if (!a || !b) {
    const auto one = a ? a : b;
    return one ? std::optional(std::string(*one)) : std::nullopt;
  }
  xml::Concatenation all;
  all.add(*a);
  all.add(*b);
  return std::move(all).finish();
}
bool xml_validate(string_view, string_view) { throw SqlError("0A000", "xmlvalidate is not implemented"); }

bool is_well_formed(EvalContext& ctx, string_view text) { return xml::is_well_formed(text, types::xml_option(ctx)); }
bool is_document_text(string_view text) { return xml::is_well_formed(text, xml::Option::document); }
bool is_content_text(string_view text) { return xml::is_well_formed(text, xml::Option::content); }

// An array of (prefix, URI) pairs.
std::vector<xml::Namespace> namespaces_of(const Datum& value) {
  std::vector<xml::Namespace> namespaces;
  const types::ArrayView array(value);
  if (array.dimensions() == 0) return namespaces;
  if (array.dimensions() != 2 || array.length(1) != 2)
    throw SqlError("22000", "invalid array for XML namespace mapping")
        .with_detail("The array must be two-dimensional with length of the second axis equal to 2.");
  const auto text = [](const Datum& d) { return d.is_null ? std::nullopt : std::optional(d.as<string_view>()); };
  for (types::ArrayView::Cursor c(array); c.next();) {
    xml::Namespace& one = namespaces.emplace_back();
    one.prefix = text(c.value());
    if (c.next()) one.uri = text(c.value());
  }
  return namespaces;
}

Datum xpath(EvalContext& ctx, string_view path, string_view document, Datum namespaces) {
  const auto found = with_xml_errors([&] { return xml::evaluate(path, document, namespaces_of(namespaces)); });
  types::ArrayBuilder builder(types::oid::xml, types::PhysicalType::varlen);
  const auto add = [&](string_view text) { builder.add(Datum::of(text)); };
  if (const auto* nodes = std::get_if<std::vector<std::string>>(&found)) {
    for (const std::string& node : *nodes) add(node);
  } else if (const auto* truth = std::get_if<bool>(&found)) {
    add(*truth ? "true" : "false");
  } else if (const auto* number = std::get_if<double>(&found)) {
    add(xml_value(ctx, types::oid::float8, Datum::of(*number), XmlText::escaped));
  } else {
    add(xml::escaped(std::get<std::string>(found)));
  }
  return builder.finish(*ctx.arena);
}
bool xpath_exists(string_view path, string_view document, Datum namespaces) {
  return with_xml_errors([&] { return xml::count(path, document, namespaces_of(namespaces)); }) > 0;
}
bool xml_exists(string_view path, string_view document) {
  return with_xml_errors([&] { return xml::count(path, document, {}); }) > 0;
}

// --- what expressions are calls of ---

using Columns = std::span<const Vector* const>;

// Analysis makes these calls well; whoever writes one by hand may not.
void require(bool well_made) {
  if (!well_made) throw SqlError("22023", "this is no call that an XML expression makes");
}
string_view constant_text(const FunctionCall& call, Columns a, std::size_t i, std::uint32_t row) {
  require(call.arguments[i].oid == types::oid::text && !a[i]->is_null(row));
  return a[i]->get<string_view>(row);
}

// Values are written by the session's settings (TimeZone, xmlbinary, ...), although PostgreSQL takes these expressions for
// immutable: a plan that is made without a session must not calculate them in advance.
void require_settings(EvalContext& ctx) { types::xml_binary_is_hexadecimal(ctx); }

// xml_element(name, number of attributes, {name, value} of each, contents ..)
void xml_element(EvalContext& ctx, const FunctionCall& call, Columns a, Selection rows, Vector& out) {
  require_settings(ctx);
  detail::for_each_row(rows, [&](std::uint32_t row) {
    require(!a[1]->is_null(row) && a[1]->get<std::int32_t>(row) >= 0);
    const auto attributes = static_cast<std::size_t>(a[1]->get<std::int32_t>(row));
    require(2 + 2 * attributes <= a.size());
    const string_view name = constant_text(call, a, 0, row);
    const std::size_t first_content = 2 + 2 * attributes;
    std::vector<std::string> values;
    values.reserve(attributes);
    std::vector<xml::Attribute> written;
    for (std::size_t i = 2; i < first_content; i += 2) {
      if (a[i + 1]->is_null(row)) continue;
      values.push_back(xml_value(ctx, call.arguments[i + 1].oid, a[i + 1]->datum(row), XmlText::as_it_is));
      written.push_back({constant_text(call, a, i, row), values.back()});
    }
    std::vector<std::string> contents;
    for (std::size_t i = first_content; i < a.size(); ++i)
      if (!a[i]->is_null(row))
        contents.push_back(xml_value(ctx, call.arguments[i].oid, a[i]->datum(row), XmlText::escaped));
    const std::string element =
        with_xml_errors([&] { return xml::element(name, written, contents); });
    out.set(row, ctx.arena->copy(element));
  });
}

// xml_forest({name, value} ..)
void xml_forest(EvalContext& ctx, const FunctionCall& call, Columns a, Selection rows, Vector& out) {
  require(a.size() % 2 == 0 && !call.variadic_array);
  require_settings(ctx);
  detail::for_each_row(rows, [&](std::uint32_t row) {
    std::string all;
    bool any = false;
    for (std::size_t i = 0; i + 1 < a.size(); i += 2) {
      if (a[i + 1]->is_null(row)) continue;
      any = true;
      const std::string name(constant_text(call, a, i, row));
      all += "<" + name + ">";
      all += xml_value(ctx, call.arguments[i + 1].oid, a[i + 1]->datum(row), XmlText::escaped);
      all += "</" + name + ">";
    }
    if (any) out.set(row, ctx.arena->copy(all));
    else out.set_null(row);
  });
}

// xml_concat(value ..)
void xml_concat(EvalContext& ctx, const FunctionCall& call, Columns a, Selection rows, Vector& out) {
  for (const types::TypeRef& type : call.arguments) require(type.oid == types::oid::xml);
  detail::for_each_row(rows, [&](std::uint32_t row) {
    xml::Concatenation all;
    bool any = false;
    for (const Vector* value : a) {
      if (value->is_null(row)) continue;
      any = true;
      all.add(value->get<string_view>(row));
    }
    if (any) out.set(row, ctx.arena->copy(std::move(all).finish()));
    else out.set_null(row);
  });
}

Datum xml_parse(Datum text, bool document, bool preserve) {
  with_xml_errors([&] {
    xml::require_well_formed(text.as<string_view>(), document ? xml::Option::document : xml::Option::content, preserve);
  });
  return text;
}

// xml_pi(target [, text])
void xml_pi(EvalContext& ctx, const FunctionCall& call, Columns a, Selection rows, Vector& out) {
  require(a.size() < 2 || call.arguments[1].oid == types::oid::text);
  detail::for_each_row(rows, [&](std::uint32_t row) {
    std::optional<string_view> text;
    bool null = false;
    if (a.size() > 1) {
      null = a[1]->is_null(row);
      text = null ? string_view() : a[1]->get<string_view>(row);
    }
    // A target that cannot be is an error whatever follows it.
    const std::string made = with_xml_errors([&] { return xml::processing_instruction(constant_text(call, a, 0, row), text); });
    if (null) out.set_null(row);
    else out.set(row, ctx.arena->copy(made));
  });
}

// xml_root(value, version, standalone): as the grammar numbers them, 0 yes, 1 no, 2 no value, 3 as it is.
std::optional<std::string> xml_root(std::optional<string_view> value, std::optional<string_view> version,
                                    std::optional<std::int32_t> standalone) {
  if (!value) return std::nullopt;
  std::optional<xml::Standalone> said;
  if (standalone == 0) said = xml::Standalone::yes;
  if (standalone == 1) said = xml::Standalone::no;
  if (standalone == 2) said = xml::Standalone::unsaid;
  return xml::with_root(*value, version, said);
}

// xml_serialize(value, document, type, type modifier): the last two are what the text is made then, outside of this.
Datum xml_serialize(Datum value, bool document, types::Oid, std::int32_t) {
  if (document && !xml::is_well_formed(value.as<string_view>(), xml::Option::document))
    throw SqlError("2200L", "not an XML document");
  return value;
}

// Those that read tables: the session does. What it answers is XML without being read again.
template <std::size_t N>
struct MappingName {
  char text[N];
  constexpr MappingName(const char (&s)[N]) { std::copy_n(s, N, text); }
};
void map_tables(string_view function, EvalContext& ctx, const FunctionCall& call, Columns a, Selection rows, Vector& out) {
  if (ctx.session == nullptr) throw SqlError::not_supported("this function without a session");
  std::vector<std::optional<std::string>> texts(a.size());
  detail::for_each_row(rows, [&](std::uint32_t row) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i]->is_null(row)) return out.set_null(row);
      const types::Oid type = call.arguments[i].oid;
      texts[i].emplace();
      types::type_support(ctx, type == types::oid::regclass ? types::oid::oid_ : type).output(ctx, a[i]->datum(row), *texts[i]);
    }
    const auto answer = ctx.session->catalog_text(function, texts);
    if (answer) out.set(row, ctx.arena->copy(*answer));
    else out.set_null(row);
  });
}
template <MappingName Function>
void mapping(EvalContext& ctx, const FunctionCall& call, Columns a, Selection rows, Vector& out) {
  map_tables({Function.text, sizeof Function.text - 1}, ctx, call, a, rows, out);
}
#define SEXTANT_XML_MAPPING(name) {name, &mapping<name>}

constexpr ScalarFunction kXmlFunctions[] = {
    SEXTANT_XML_MAPPING("table_to_xml"),
    SEXTANT_XML_MAPPING("table_to_xmlschema"),
    SEXTANT_XML_MAPPING("table_to_xml_and_xmlschema"),
    SEXTANT_XML_MAPPING("query_to_xml"),
    SEXTANT_XML_MAPPING("query_to_xmlschema"),
    SEXTANT_XML_MAPPING("query_to_xml_and_xmlschema"),
    SEXTANT_XML_MAPPING("cursor_to_xml"),
    SEXTANT_XML_MAPPING("cursor_to_xmlschema"),
    SEXTANT_XML_MAPPING("schema_to_xml"),
    SEXTANT_XML_MAPPING("schema_to_xmlschema"),
    SEXTANT_XML_MAPPING("schema_to_xml_and_xmlschema"),
    SEXTANT_XML_MAPPING("database_to_xml"),
    SEXTANT_XML_MAPPING("database_to_xmlschema"),
    SEXTANT_XML_MAPPING("database_to_xml_and_xmlschema"),
    {"texttoxml", strict<&text_to_xml>},
    {"xmltotext", strict<&xml_to_text>},
    {"xmlcomment", strict<&xml_comment>},
    {"xmlconcat2", strict<&xml_concat_two>},
    {"xmlvalidate", strict<&xml_validate>},
    {"xml_is_well_formed", strict<&is_well_formed>},
    {"xml_is_well_formed_document", strict<&is_document_text>},
    {"xml_is_well_formed_content", strict<&is_content_text>},
    {"xpath", strict<&xpath>},
    {"xpath_exists", strict<&xpath_exists>},
    {"xmlexists", strict<&xml_exists>},
    {"sextant_xml_element", &xml_element},
    {"sextant_xml_forest", &xml_forest},
    {"sextant_xml_concat", &xml_concat},
    {"sextant_xml_parse", strict<&xml_parse>},
    {"sextant_xml_pi", &xml_pi},
    {"sextant_xml_root", strict<&xml_root>},
    {"sextant_xml_serialize", strict<&xml_serialize>},
    {"sextant_xml_is_document", strict<&is_document_text>},
};

}  // namespace

std::span<const ScalarFunction> xml_functions() { return kXmlFunctions; }

}  // namespace functions
