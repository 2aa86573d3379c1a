#include "xml_mapping.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "cursor.h"
#include "functions/quote.h"
#include "functions/xml_values.h"
#include "inner_query.h"
#include "services.h"
#include "session_state.h"
#include "types/integer.h"
#include "types/xml.h"
#include "xml/names.h"

namespace session {
namespace {

using types::Oid;
using types::SqlError;

std::string xml_name(std::string_view identifier) {
  return xml::name_of_identifier(identifier, xml::Escaping::fully);
}
// A name that says where the thing is.
std::string xml_path_name(std::string_view kind, std::initializer_list<std::string_view> parts) {
  std::string out = xml::name_of_identifier(kind, xml::Escaping::fully_with_periods);
  for (const std::string_view part : parts) out += "." + xml::name_of_identifier(part, xml::Escaping::fully_with_periods);
  return out;
}

// What all of these functions are told.
struct XmlForm {
  bool nulls = false;        // an element for a null, too
  bool forest = false;       // a row is an element by itself
  std::string_view target;   // namespace; empty: none
};

struct XmlColumnOf {
  std::string name;
  types::TypeRef type;
};
using XmlColumns = std::vector<XmlColumnOf>;

struct XmlTableOf {
  Oid oid = 0;
  std::string name, quoted;  // as a query names it
  std::string schema;
};

class XmlMapping {
 public:
  XmlMapping(SessionState& session, XmlForm form) : session_(session), form_(form) {}

  // --- contents

  std::string rows_of_query(const std::string& sql, std::string_view table, std::string_view schema, bool outermost) {
    const std::string name = table.empty() ? "table" : xml_name(table);
    std::string out;
    if (!form_.forest) out += start_of(name, schema, outermost) + "\n";
    if (!schema.empty()) out += std::string(schema) + "\n\n";
    each_row(sql, [&](const XmlColumns& columns, std::span<const types::Datum> row) {
      append_row(out, columns, row, table, outermost);
    });
    if (!form_.forest) out += end_of(name);
    return out;
  }
  std::string rows_of_table(const XmlTableOf& table, std::string_view schema, bool outermost) {
    return rows_of_query("SELECT * FROM " + table.quoted, table.name, schema, outermost);
  }
  std::string rows_of_cursor(const std::string& name, std::int64_t count) {
    Portal& portal = cursor(name);
    std::string out;
    if (!form_.forest) out += start_of("table", {}, true) + "\n";
    const XmlColumns columns = columns_of(portal);
    struct Rows final : PlanRun::Sink {
      XmlMapping& mapping;
      const XmlColumns& columns;
      std::string& out;
      std::vector<types::Datum> values;
      Rows(XmlMapping& m, const XmlColumns& c, std::string& o) : mapping(m), columns(c), out(o) {}
      void row(types::EvalContext&, std::span<const types::Vector> vectors, std::uint32_t row) override {
        values.clear();
        for (const types::Vector& v : vectors.first(columns.size())) values.push_back(v.datum(row));
        mapping.append_row(out, columns, values, {}, true);
      }
    } sink(*this, columns, out);
    query::Fetch fetch;
    fetch.cursor = name;
    fetch.direction = query::Fetch::Direction::forward;
    fetch.count = count;
    portal.cursor->fetch(fetch, &sink);
    if (!form_.forest) out += end_of("table");
    return out;
  }
  std::string contents_of_schema(const std::string& schema, std::string_view description, bool outermost) {
    const std::string name = xml_name(schema);
    std::string out = start_of(name, description, outermost) + "\n";
    if (!description.empty()) out += std::string(description) + "\n\n";
    for (const XmlTableOf& table : tables_of(schema)) out += rows_of_table(table, {}, false) + "\n";
    return out + end_of(name);
  }
  std::string contents_of_database(std::string_view description) {
    const std::string name = xml_name(database());
    std::string out = start_of(name, description, true) + "\n";
    if (!description.empty()) out += std::string(description) + "\n\n";
    for (const std::string& schema : schemas()) out += contents_of_schema(schema, {}, false) + "\n";
    return out + end_of(name);
  }

  // --- their XML Schema

  std::string description_of_rows(const XmlColumns& columns, const XmlTableOf* table) {
    const std::string name = table != nullptr ? xml_name(table->name) : form_.forest ? "row" : "table";
    const std::string table_type = table != nullptr ? xml_path_name("TableType", {database(), table->schema, table->name}) : "TableType";
    const std::string row_type = table != nullptr ? xml_path_name("RowType", {database(), table->schema, table->name}) : "RowType";
    std::string out = start_of_description() + types_of({columns});
    out += fmt::format("<xsd:complexType name=\"{}\">\n  <xsd:sequence>\n", row_type);
    for (const XmlColumnOf& column : columns)
      out += fmt::format("    <xsd:element name=\"{}\" type=\"{}\"{}></xsd:element>\n", xml_name(column.name),
                         type_name(column.type.oid, -1), form_.nulls ? " nillable=\"true\"" : " minOccurs=\"0\"");
    out += "  </xsd:sequence>\n</xsd:complexType>\n\n";
    if (!form_.forest)
      out += fmt::format(
          "<xsd:complexType name=\"{}\">\n  <xsd:sequence>\n    <xsd:element name=\"row\" type=\"{}\" minOccurs=\"0\" "
          "maxOccurs=\"unbounded\"/>\n  </xsd:sequence>\n</xsd:complexType>\n\n",
          table_type, row_type);
    out += fmt::format("<xsd:element name=\"{}\" type=\"{}\"/>\n\n", name, form_.forest ? row_type : table_type);
    return out + "</xsd:schema>";
  }
  std::string description_of_table(const XmlTableOf& table) { return description_of_rows(columns_of_table(table), &table); }
  std::string description_of_query(const std::string& sql) { return description_of_rows(columns_of_query(sql), nullptr); }
  std::string description_of_cursor(const std::string& name) { return description_of_rows(columns_of(cursor(name)), nullptr); }
  std::string description_of_schema(const std::string& schema) {
    const std::vector<XmlTableOf> tables = tables_of(schema);
    std::string out = start_of_description() + types_of(columns_of_tables(tables));
    const std::string type = xml_path_name("SchemaType", {database(), schema});
    const char* group = form_.forest ? "sequence" : "all";
    out += fmt::format("<xsd:complexType name=\"{}\">\n  <xsd:{}>\n", type, group);
    for (const XmlTableOf& table : tables)
      out += fmt::format("    <xsd:element name=\"{}\" type=\"{}\"{}/>\n", xml_name(table.name),
                         xml_path_name(form_.forest ? "RowType" : "TableType", {database(), schema, table.name}),
                         form_.forest ? " minOccurs=\"0\" maxOccurs=\"unbounded\"" : "");
    out += fmt::format("  </xsd:{}>\n</xsd:complexType>\n\n<xsd:element name=\"{}\" type=\"{}\"/>\n\n", group, xml_name(schema), type);
    return out + "</xsd:schema>";
  }
  std::string description_of_database() {
    const std::vector<std::string> all = schemas();
    std::vector<XmlColumns> columns;
    for (const std::string& schema : all)
      for (XmlColumns& table : columns_of_tables(tables_of(schema))) columns.push_back(std::move(table));
    std::string out = start_of_description() + types_of(columns);
    const std::string type = xml_path_name("CatalogType", {database()});
    out += fmt::format("<xsd:complexType name=\"{}\">\n  <xsd:all>\n", type);
    for (const std::string& schema : all)
      out += fmt::format("    <xsd:element name=\"{}\" type=\"{}\"/>\n", xml_name(schema),
                         xml_path_name("SchemaType", {database(), schema}));
    out += fmt::format("  </xsd:all>\n</xsd:complexType>\n\n<xsd:element name=\"{}\" type=\"{}\"/>\n\n", xml_name(database()), type);
    return out + "</xsd:schema>";
  }

  // --- what is there

  XmlTableOf table(Oid oid) {
    const auto relation = session_.catalog->open_relation(oid, catalog::RelationLock::access_share);
    if (relation == nullptr) throw SqlError("42P01", fmt::format("relation with OID {} does not exist", oid));
    return {oid, relation->name, session_.services->regclass_out(oid), session_.catalog->schema_name(relation->schema)};
  }
  void require_schema(std::string_view schema) {
    bool found = false;
    each_row(fmt::format("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = {}", functions::quote_literal(schema)),
             [&](const XmlColumns&, std::span<const types::Datum>) { found = true; });
    if (!found) throw SqlError("3F000", fmt::format("schema \"{}\" does not exist", schema));
  }

 private:
  std::string database() { return session_.services->current_database(); }

  using TakeRow = std::function<void(const XmlColumns&, std::span<const types::Datum>)>;
  // Read only, in the caller's view.
  void each_row(const std::string& sql, const TakeRow& take) {
    const auto query = prepare(sql);
    struct Rows final : plpgsql::Sink {
      const XmlColumns columns;
      const TakeRow& take;
      std::vector<types::Datum> values;
      Rows(XmlColumns c, const TakeRow& t) : columns(std::move(c)), take(t) {}
      bool row(std::span<const types::Vector> vectors, std::uint32_t row) override {
        values.clear();
        for (const types::Vector& v : vectors.first(columns.size())) values.push_back(v.datum(row));
        take(columns, values);
        return true;
      }
    } rows(columns_of(*query), take);
    try {
      if (!query->is_select && query->returns_rows) refuse_in_read_only(*query);
      lock_inner(session_, *query);
      run_inner(session_, *query, {}, true, &rows, 0);  // refuses what changes something
    } catch (const SqlError& error) {
      throw_inner(error, sql);
    }
    if (!query->is_select) throw SqlError("22000", "invalid query");
  }
  std::shared_ptr<InnerQuery> prepare(const std::string& sql) {
    std::shared_ptr<InnerQuery> query;
    try {
      query = prepare_inner(session_, sql, {}, false);
    } catch (const SqlError& error) {
      throw_inner(error, sql);
    }
    return query;
  }
  // Where it stands is a place in that query, not in the client's.
  [[noreturn]] static void throw_inner(SqlError error, std::string_view sql) {
    if (error.position() >= 0 && !error.has_internal_query()) error.set_internal_query(sql);
    error.add_context(fmt::format("SQL statement \"{}\"", sql));
    throw error;
  }
  static XmlColumns columns_of(const InnerQuery& query) {
    XmlColumns columns;
    for (const auto& column : query.columns) columns.push_back({column.name, column.type});
    return columns;
  }
  XmlColumns columns_of_query(const std::string& sql) {
    const auto query = prepare(sql);
    if (!query->returns_rows) plpgsql::refuse_as_cursor(*query);
    try {
      if (!query->is_select) refuse_in_read_only(*query);
    } catch (const SqlError& error) {
      throw_inner(error, sql);
    }
    return columns_of(*query);
  }
  // With domains, which a query's columns do not show.
  XmlColumns columns_of_table(const XmlTableOf& table) {
    XmlColumns columns;
    for (const auto& column : session_.catalog->relation(table.oid)->columns)
      if (!column.dropped) columns.push_back({column.name, column.type});
    return columns;
  }
  std::vector<XmlColumns> columns_of_tables(const std::vector<XmlTableOf>& tables) {
    std::vector<XmlColumns> all;
    for (const XmlTableOf& table : tables) all.push_back(columns_of_table(table));
    return all;
  }
  static XmlColumns columns_of(const Portal& portal) {
    XmlColumns columns;
    for (const auto& column : portal.compiled->plan->columns) columns.push_back({column.name, column.type});
    return columns;
  }
  Portal& cursor(const std::string& name) {
    const auto found = session_.portals.find(name);
    if (found == session_.portals.end() || !found->second->cursor)
      throw SqlError("34000", fmt::format("cursor \"{}\" does not exist", name));
    return *found->second;
  }

  // Those whose rows the user may read, by name.
  std::vector<XmlTableOf> tables_of(const std::string& schema) {
    std::vector<Oid> oids;
    each_row(fmt::format("SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                         "WHERE n.nspname = {} AND c.relkind IN ('r', 'm', 'v') "
                         "AND pg_catalog.has_table_privilege(c.oid, 'SELECT') ORDER BY c.relname",
                         functions::quote_literal(schema)),
             [&](const XmlColumns&, std::span<const types::Datum> row) { oids.push_back(row[0].as<Oid>()); });
    std::vector<XmlTableOf> tables;
    for (const Oid oid : oids) tables.push_back(table(oid));
    return tables;
  }
  // Those of users.
  std::vector<std::string> schemas() {
    std::vector<std::string> names;
    each_row("SELECT nspname FROM pg_catalog.pg_namespace WHERE pg_catalog.has_schema_privilege(oid, 'USAGE') "
             "AND NOT (nspname ~ '^pg_' OR nspname IN ('information_schema', 'sextant')) ORDER BY nspname",
             [&](const XmlColumns&, std::span<const types::Datum> row) {
               names.emplace_back(row[0].as<std::string_view>());
             });
    return names;
  }

  std::string start_of(std::string_view name, std::string_view description, bool outermost) const {
    std::string out = fmt::format("<{}", name);
    if (outermost) {
      out += " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
      if (!form_.target.empty()) out += fmt::format(" xmlns=\"{}\"", form_.target);
    }
    if (!description.empty()) {
      if (!form_.target.empty()) out += fmt::format(" xsi:schemaLocation=\"{} #\"", form_.target);
      else out += " xsi:noNamespaceSchemaLocation=\"#\"";
    }
    return out + ">\n";
  }
  static std::string end_of(std::string_view name) { return fmt::format("</{}>\n", name); }

  void append_row(std::string& out, const XmlColumns& columns, std::span<const types::Datum> row, std::string_view table,
                  bool outermost) {
    const std::string name = !table.empty() ? xml_name(table) : form_.forest ? "row" : "table";
    out += form_.forest ? start_of(name, {}, outermost) : "<row>\n";
    types::Arena arena;
    types::EvalContext context = session_.eval_context(&arena);
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string column = xml_name(columns[i].name);
      if (!row[i].is_null)
        out += fmt::format("  <{}>{}</{}>\n", column,
                           functions::xml_value(context, columns[i].type.oid, row[i], functions::XmlText::escaped), column);
      else if (form_.nulls)
        out += fmt::format("  <{} xsi:nil=\"true\"/>\n", column);
    }
    out += form_.forest ? end_of(name) + "\n" : "</row>\n\n";
  }

  std::string start_of_description() const {
    std::string out = "<xsd:schema\n    xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\"";
    if (!form_.target.empty())
      out += fmt::format("\n    targetNamespace=\"{}\"\n    elementFormDefault=\"qualified\"", form_.target);
    return out + ">\n\n";
  }

  // Every type once, those that domains are over behind them.
  std::string types_of(const std::vector<XmlColumns>& tables) {
    std::vector<Oid> types;
    const auto add = [&](Oid type) {
      if (std::ranges::find(types, type) == types.end()) types.push_back(type);
    };
    for (const XmlColumns& columns : tables)
      for (const XmlColumnOf& column : columns) add(column.type.oid);
    for (std::size_t i = 0, written = types.size(); i < written; ++i) add(session_.catalog->base_type(types[i]));
    std::string out;
    for (const Oid type : types) out += type_description(type) + "\n";
    return out;
  }

  std::string type_name(Oid type, std::int32_t modifier) {
    namespace oid = types::oid;
    const auto precise = [&](std::string_view name) {
      return modifier < 0 ? std::string(name) : fmt::format("{}_{}", name, modifier);
    };
    const auto sized = [&](std::string_view name) {
      return modifier < 0 ? std::string(name) : fmt::format("{}_{}", name, modifier - 4);
    };
    switch (type) {
      case oid::bpchar: return sized("CHAR");
      case oid::varchar: return sized("VARCHAR");
      case oid::numeric:
        if (modifier < 0) return "NUMERIC";
        return fmt::format("NUMERIC_{}_{}", ((modifier - 4) >> 16) & 0xffff, (modifier - 4) & 0xffff);
      case oid::int4: return "INTEGER";
      case oid::int2: return "SMALLINT";
      case oid::int8: return "BIGINT";
      case oid::float4: return "REAL";
      case oid::float8: return "DOUBLE";
      case oid::bool_: return "BOOLEAN";
      case oid::time: return precise("TIME");
      case oid::timetz: return precise("TIME_WTZ");
      case oid::timestamp: return precise("TIMESTAMP");
      case oid::timestamptz: return precise("TIMESTAMP_WTZ");
      case oid::date: return "DATE";
      case oid::xml: return "XML";
      default: break;
    }
    const catalog::TypeInfo* info = session_.catalog->type(type);
    if (info == nullptr) throw SqlError("XX000", fmt::format("cache lookup failed for type {}", type));
    return xml_path_name(info->kind == 'd' ? "Domain" : "UDT", {database(), session_.catalog->schema_name(info->schema), info->name});
  }

  std::string type_description(Oid type) {
    namespace oid = types::oid;
    if (type == oid::xml)
      return "<xsd:complexType mixed=\"true\">\n  <xsd:sequence>\n    <xsd:any name=\"element\" minOccurs=\"0\" "
             "maxOccurs=\"unbounded\" processContents=\"skip\"/>\n  </xsd:sequence>\n</xsd:complexType>\n";
    const auto restricted = [](std::string_view base, std::string_view inside) {
      return fmt::format("  <xsd:restriction base=\"xsd:{}\">\n{}  </xsd:restriction>\n", base, inside);
    };
    const auto plain = [](std::string_view base) {
      return fmt::format("  <xsd:restriction base=\"xsd:{}\"></xsd:restriction>\n", base);
    };
    const auto between = [&](std::string_view base, std::int64_t low, std::int64_t high) {
      return restricted(base, fmt::format("    <xsd:maxInclusive value=\"{}\"/>\n    <xsd:minInclusive value=\"{}\"/>\n", high, low));
    };
    const auto pattern = [&](std::string_view base, std::string_view date, bool clock, bool zone) {
      return restricted(base, fmt::format("    <xsd:pattern value=\"{}{}{}\"/>\n", date,
                                          clock ? "\\p{Nd}{2}:\\p{Nd}{2}:\\p{Nd}{2}(.\\p{Nd}+)?" : "",
                                          zone ? "(\\+|-)\\p{Nd}{2}:\\p{Nd}{2}" : ""));
    };
    constexpr std::string_view kDay = "\\p{Nd}{4}-\\p{Nd}{2}-\\p{Nd}{2}", kMoment = "\\p{Nd}{4}-\\p{Nd}{2}-\\p{Nd}{2}T";
    std::string body;
    switch (type) {
      case oid::bpchar:
      case oid::varchar:
      case oid::text: body = restricted("string", ""); break;
      case oid::bytea: {
        types::Arena arena;
        types::EvalContext context = session_.eval_context(&arena);
        body = restricted(types::xml_binary_is_hexadecimal(context) ? "hexBinary" : "base64Binary", "");
        break;
      }
      case oid::numeric: break;
      case oid::int2: body = between("short", INT16_MIN, INT16_MAX); break;
      case oid::int4: body = between("int", INT32_MIN, INT32_MAX); break;
      case oid::int8: body = between("long", INT64_MIN, INT64_MAX); break;
      case oid::float4: body = plain("float"); break;
      case oid::float8: body = plain("double"); break;
      case oid::bool_: body = plain("boolean"); break;
      case oid::time: body = pattern("time", "", true, false); break;
      case oid::timetz: body = pattern("time", "", true, true); break;
      case oid::timestamp: body = pattern("dateTime", kMoment, true, false); break;
      case oid::timestamptz: body = pattern("dateTime", kMoment, true, true); break;
      case oid::date: body = pattern("date", kDay, false, false); break;
      default: {
        std::int32_t modifier = -1;
        const Oid base = session_.catalog->base_type(type, &modifier);
        if (base != type) body = fmt::format("  <xsd:restriction base=\"{}\"/>\n", type_name(base, modifier));
      }
    }
    return fmt::format("<xsd:simpleType name=\"{}\">\n{}</xsd:simpleType>\n", type_name(type, -1), body);
  }

  SessionState& session_;
  XmlForm form_;
};

}  // namespace

bool call_xml_mapping(SessionState& session, std::string_view function,
                      const std::vector<std::optional<std::string>>& arguments, std::optional<std::string>& answer) {
  const std::size_t to = function.find("_to_xml");
  if (to == function.npos) return false;
  const std::string_view what = function.substr(0, to), made = function.substr(to + 4);
  const bool contents = made != "xmlschema", description = made != "xml";
  const std::size_t n = arguments.size();
  const XmlForm form{*arguments.at(n - 3) == "t", *arguments.at(n - 2) == "t", *arguments.at(n - 1)};
  XmlMapping mapping(session, form);
  if (what == "table") {
    const XmlTableOf table = mapping.table(types::parse_oid(*arguments[0]));
    const std::string schema = description ? mapping.description_of_table(table) : std::string();
    answer = contents ? mapping.rows_of_table(table, schema, true) : schema;
  } else if (what == "query") {
    const std::string schema = description ? mapping.description_of_query(*arguments[0]) : std::string();
    answer = contents ? mapping.rows_of_query(*arguments[0], {}, schema, true) : schema;
  } else if (what == "cursor") {
    if (contents) answer = mapping.rows_of_cursor(*arguments[0], types::parse_int32(*arguments[1]));
    else answer = mapping.description_of_cursor(*arguments[0]);
  } else if (what == "schema") {
    mapping.require_schema(*arguments[0]);
    const std::string schema = description ? mapping.description_of_schema(*arguments[0]) : std::string();
    answer = contents ? mapping.contents_of_schema(*arguments[0], schema, true) : schema;
  } else if (what == "database") {
    const std::string schema = description ? mapping.description_of_database() : std::string();
    answer = contents ? mapping.contents_of_database(schema) : schema;
  } else {
    return false;
  }
  return true;
}

}  // namespace session
