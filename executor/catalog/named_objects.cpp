#include "catalog/named_objects.h"

#include "catalog/acl.h"
#include "catalog/catalog_functions.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "catalog/text_search_columns.h"
#include "named_functions.h"
#include "types/sql_error.h"

namespace catalog {
namespace {

constexpr NamedCatalog kCatalogs[] = {
    {NamedKind::ts_parser, pg_ts_parser::kOid, 3606, pg_ts_parser::prsname, pg_ts_parser::prsnamespace, -1,
     "text search parser"},
    {NamedKind::ts_dictionary, pg_ts_dict::kOid, 3604, pg_ts_dict::dictname, pg_ts_dict::dictnamespace,
     pg_ts_dict::dictowner, "text search dictionary"},
    {NamedKind::ts_template, pg_ts_template::kOid, 3766, pg_ts_template::tmplname, pg_ts_template::tmplnamespace, -1,
     "text search template"},
    {NamedKind::ts_configuration, pg_ts_config::kOid, 3608, pg_ts_config::cfgname, pg_ts_config::cfgnamespace,
     pg_ts_config::cfgowner, "text search configuration"},
    {NamedKind::collation, pg_collation::kOid, 3164, pg_collation::collname, pg_collation::collnamespace,
     pg_collation::collowner, "collation"},
    {NamedKind::conversion, pg_conversion::kOid, 2669, pg_conversion::conname, pg_conversion::connamespace,
     pg_conversion::conowner, "conversion"},
    {NamedKind::statistics, pg_statistic_ext::kOid, 3997, pg_statistic_ext::stxname, pg_statistic_ext::stxnamespace,
     pg_statistic_ext::stxowner, "statistics object"},
    {NamedKind::operator_class, pg_opclass::kOid, 2686, pg_opclass::opcname, pg_opclass::opcnamespace,
     pg_opclass::opcowner, "operator class", pg_opclass::opcmethod},
    {NamedKind::operator_family, pg_opfamily::kOid, 2754, pg_opfamily::opfname, pg_opfamily::opfnamespace,
     pg_opfamily::opfowner, "operator family", pg_opfamily::opfmethod},
};
constexpr std::int32_t kUtf8 = 6;

// A schema that a statement names.
void require_usage(SessionCatalog& catalog, Oid schema, std::string_view name) {
  if (schema == 0 || schema == catalog.temporary_schema() || catalog.is_superuser(catalog.user())) return;
  const std::optional<Held> held = held_on(catalog, catalog.user(), pg_namespace::kOid, schema);
  if (!held || (held->privileges & types::privilege::usage) == 0)
    throw types::SqlError("42501", "permission denied for schema " + std::string(name));
}

Oid find_in(SessionCatalog& catalog, const NamedCatalog& named, Oid schema, std::string_view name, Oid method) {
  RelationPtr table = catalog.relation(named.catalog);
  const transaction::View view = catalog.take_view(false);
  RowReader rows(view, *table, named.name_index,
                 named.method >= 0 ? Key{key_oid(method), key_text(name)} : Key{key_text(name)});
  while (rows.next()) {
    if (rows.row().oid(named.schema) != schema) continue;
    if (named.kind == NamedKind::collation) {
      const std::int32_t encoding = rows.row().int4(pg_collation::collencoding);
      if (encoding != -1 && encoding != kUtf8) continue;
    }
    return rows.row().oid(0);
  }
  return 0;
}

}  // namespace

const NamedCatalog& named_catalog(NamedKind kind) { return kCatalogs[static_cast<std::size_t>(kind)]; }

Oid find_named(SessionCatalog& catalog, NamedKind kind, std::string_view schema, std::string_view name, Oid method) {
  const NamedCatalog& named = named_catalog(kind);
  if (!schema.empty()) {
    const Oid in = catalog.find_schema(schema);
    require_usage(catalog, in, schema);
    return in == 0 ? 0 : find_in(catalog, named, in, name, method);
  }
  // What is temporary has no such objects.
  for (const Oid in : catalog.search_schemas())
    if (const Oid oid = find_in(catalog, named, in, name, method)) return oid;
  return 0;
}

std::optional<NamedObject> named_object(SessionCatalog& catalog, NamedKind kind, Oid oid) {
  const NamedCatalog& named = named_catalog(kind);
  RelationPtr table = catalog.relation(named.catalog);
  const transaction::View view = catalog.take_view(false);
  RowReader rows(view, *table, 0, {key_oid(oid)});
  if (!rows.next()) return std::nullopt;
  return NamedObject{oid, rows.row().oid(named.schema), named.owner < 0 ? kBootstrapRole : rows.row().oid(named.owner),
                     rows.row().string(named.name), named.method < 0 ? 0 : rows.row().oid(named.method)};
}

bool named_is_visible(SessionCatalog& catalog, NamedKind kind, const NamedObject& object) {
  return find_named(catalog, kind, {}, object.name, object.method) == object.oid;
}

std::string named_display(SessionCatalog& catalog, NamedKind kind, const NamedObject& object) {
  std::string name = quote_identifier(object.name);
  if (named_is_visible(catalog, kind, object)) return name;
  return quote_identifier(catalog.schema_name(object.schema)) + "." + name;
}

Oid find_access_method(SessionCatalog& catalog, std::string_view name) {
  RelationPtr table = catalog.relation(pg_am::kOid);
  const transaction::View view = catalog.take_view(false);
  for (RowReader rows(view, *table, 0, Key{}); rows.next();)
    if (rows.row().text(pg_am::amname) == name) return rows.row().oid(pg_am::oid);
  return 0;
}

std::string access_method_name(SessionCatalog& catalog, Oid method) {
  RelationPtr table = catalog.relation(pg_am::kOid);
  const transaction::View view = catalog.take_view(false);
  RowReader rows(view, *table, 0, {key_oid(method)});
  return rows.next() ? rows.row().string(pg_am::amname) : std::string();
}

Oid named_by_text(SessionCatalog& catalog, NamedKind kind, std::string_view text) {
  const std::vector<std::string> parts = split_identifiers(text);
  std::string shown;
  for (const std::string& part : parts) shown += (shown.empty() ? "" : ".") + part;
  const auto [schema, name] = qualified_name(catalog, parts, NameOf::other);
  if (!schema.empty()) (void)catalog.schema_oid(schema);
  const Oid oid = find_named(catalog, kind, schema, name);
  if (oid != 0) return oid;
  if (kind == NamedKind::collation)
    throw types::SqlError("42704", "collation \"" + shown + "\" for encoding \"UTF8\" does not exist");
  throw types::SqlError("42704", std::string(named_catalog(kind).words) + " \"" + shown + "\" does not exist");
}

// ---- functions of pg_catalog about them

namespace {

Oid oid_of(const CatalogArguments& a) {
  return a.empty() || !a[0] ? 0 : static_cast<Oid>(std::strtoul(a[0]->c_str(), nullptr, 10));
}

}  // namespace

bool call_named_function(SessionCatalog& catalog, std::string_view function, const CatalogArguments& arguments,
                         std::optional<std::string>& result) {
  enum class What { input, output, visible, to_reg };
  struct Entry {
    std::string_view name;
    NamedKind kind;
    What what;
  };
  static constexpr Entry kFunctions[] = {
      {"regconfigin", NamedKind::ts_configuration, What::input},
      {"regconfigout", NamedKind::ts_configuration, What::output},
      {"regdictionaryin", NamedKind::ts_dictionary, What::input},
      {"regdictionaryout", NamedKind::ts_dictionary, What::output},
      {"regcollationin", NamedKind::collation, What::input},
      {"regcollationout", NamedKind::collation, What::output},
      {"regparserin", NamedKind::ts_parser, What::input},
      {"to_regcollation", NamedKind::collation, What::to_reg},
      {"pg_ts_config_is_visible", NamedKind::ts_configuration, What::visible},
      {"pg_ts_dict_is_visible", NamedKind::ts_dictionary, What::visible},
      {"pg_ts_parser_is_visible", NamedKind::ts_parser, What::visible},
      {"pg_ts_template_is_visible", NamedKind::ts_template, What::visible},
      {"pg_collation_is_visible", NamedKind::collation, What::visible},
      {"pg_conversion_is_visible", NamedKind::conversion, What::visible},
      {"pg_statistics_obj_is_visible", NamedKind::statistics, What::visible},
      {"pg_opclass_is_visible", NamedKind::operator_class, What::visible},
      {"pg_opfamily_is_visible", NamedKind::operator_family, What::visible},
  };
  for (const Entry& entry : kFunctions) {
    if (entry.name != function) continue;
    result.reset();
    switch (entry.what) {
      case What::input:
        result = std::to_string(named_by_text(catalog, entry.kind, arguments.at(0).value_or("")));
        break;
      case What::to_reg:
        try {
          result = std::to_string(named_by_text(catalog, entry.kind, arguments.at(0).value_or("")));
        } catch (const types::SqlError& error) {
          if (error.sqlstate() != "42704" && error.sqlstate() != "3F000") throw;
        }
        break;
      case What::output:
        if (auto object = named_object(catalog, entry.kind, oid_of(arguments)))
          result = named_display(catalog, entry.kind, *object);
        break;
      case What::visible:
        if (auto object = named_object(catalog, entry.kind, oid_of(arguments)))
          result = named_is_visible(catalog, entry.kind, *object) ? "t" : "f";
        break;
    }
    return true;
  }
  return false;
}

}  // namespace catalog
