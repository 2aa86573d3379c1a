// Choosing names for what the user did not name, and naming objects in messages.
#include <algorithm>

#include "commands/object_description.h"
#include "ddl.h"
#include "large_object.h"
#include "named_object.h"
#include "object_words.h"
#include "operator_class.h"
#include "operator_lookup.h"
#include "catalog/object_columns.h"
#include "foreign_objects.h"
#include "publication.h"
#include "unqualified_object.h"

namespace commands {
namespace {

constexpr std::size_t kMaxName = 63;

// Bytes of `name` cut to at most `limit` at a character of UTF-8.
std::string_view clip(std::string_view name, std::size_t limit) {
  if (name.size() <= limit) return name;
  while (limit > 0 && (static_cast<unsigned char>(name[limit]) & 0xc0) == 0x80) --limit;
  return name.substr(0, limit);
}

bool constraint_exists(Ddl& ddl, Oid schema, const std::string& name) {
  RowReader rows = ddl.writer().read(pg_constraint::kOid,
                                     catalog::index::pg_constraint_conname_nsp_index,
                                     {key_text(name), key_oid(schema)});
  return rows.next();
}

}  // namespace

std::string make_object_name(std::string_view name1, std::string_view name2,
                             std::string_view label) {
  std::size_t overhead = (label.empty() ? 0 : label.size() + 1) + (name2.empty() ? 0 : 1);
  std::size_t available = kMaxName - overhead;
  std::size_t size1 = name1.size(), size2 = name2.size();
  while (size1 + size2 > available) (size1 > size2 ? size1 : size2)--;
  std::string result(clip(name1, size1));
  if (!name2.empty()) {
    result += '_';
    result += clip(name2, size2);
  }
  if (!label.empty()) {
    result += '_';
    result += label;
  }
  return result;
}

std::string choose_relation_name(Ddl& ddl, std::string_view name1, std::string_view name2,
                                 std::string_view label, Oid schema) {
  std::string schema_name = ddl.catalog().schema_name(schema);
  for (int pass = 0;; ++pass) {
    std::string numbered(label);
    if (pass > 0) numbered += std::to_string(pass);
    std::string name = make_object_name(name1, name2, numbered);
    if (ddl.catalog().find_relation(schema_name, name) == 0) return name;
  }
}

std::string choose_constraint_name(Ddl& ddl, std::string_view name1, std::string_view name2,
                                   std::string_view label, Oid schema,
                                   std::span<const std::string> taken) {
  for (int pass = 0;; ++pass) {
    std::string numbered(label);
    if (pass > 0) numbered += std::to_string(pass);
    std::string name = make_object_name(name1, name2, numbered);
    if (std::find(taken.begin(), taken.end(), name) == taken.end() &&
        !constraint_exists(ddl, schema, name))
      return name;
  }
}

std::string_view kind_name(RelationKind kind) {
  switch (kind) {
    case RelationKind::index:
    case RelationKind::partitioned_index: return "index";
    case RelationKind::sequence: return "sequence";
    case RelationKind::view: return "view";
    case RelationKind::materialized_view: return "materialized view";
    case RelationKind::composite: return "type";
    case RelationKind::foreign_table: return "foreign table";
    default: return "table";
  }
}

std::string display_name(catalog::CatalogView& catalog, const RelationDescriptor& relation) {
  std::string name = quote_identifier(relation.name);
  if (catalog.find_relation({}, relation.name) == relation.oid) return name;
  return quote_identifier(relation.schema_name) + "." + name;
}

namespace {

std::string describe_relation(Ddl& ddl, Oid oid) {
  RelationPtr relation = ddl.catalog().relation(oid);
  if (relation == nullptr) return "relation " + std::to_string(oid);
  std::string text(relation->kind == RelationKind::composite ? "composite type" : kind_name(relation->kind));
  text += ' ';
  return text + display_name(ddl.catalog(), *relation);
}

std::string describe_constraint(Ddl& ddl, Oid oid) {
  RowReader rows = ddl.writer().read(pg_constraint::kOid, 0, {key_oid(oid)});
  if (!rows.next()) return "constraint " + std::to_string(oid);
  std::string text = "constraint " + rows.row().string(pg_constraint::conname);
  if (Oid table = rows.row().oid(pg_constraint::conrelid))
    return text + " on " + describe_relation(ddl, table);
  return text;
}

std::string describe_function(Ddl& ddl, Oid oid) {
  const catalog::FunctionInfo* f = ddl.catalog().function(oid);
  if (f == nullptr) return "function " + std::to_string(oid);
  std::string text = "function ";
  if (!ddl.catalog().function_is_visible(oid))
    text += quote_identifier(ddl.catalog().schema_name(f->schema)) + ".";
  text += quote_identifier(f->name);
  text += '(';
  for (std::size_t i = 0; i < f->arguments.size(); ++i) {
    if (i > 0) text += ',';
    text += ddl.catalog().format_type(f->arguments[i]);
  }
  return text + ')';
}

// What has no more than a name.
std::string describe_row(Ddl& ddl, const ObjectAddress& object, std::string_view words, int name) {
  RowReader rows = ddl.writer().read(object.catalog, 0, {key_oid(object.oid)});
  return std::string(words) + " " + (rows.next() ? rows.row().string(name) : std::to_string(object.oid));
}

std::string describe_default_acl(Ddl& ddl, Oid oid) {
  namespace columns = catalog::pg_default_acl;
  RowReader rows = ddl.writer().read(columns::kOid, 0, {key_oid(oid)});
  if (!rows.next()) return "default privileges";
  const char letter = rows.row().letter(columns::defaclobjtype);
  std::string text = "default privileges on new " + std::string(letter == 'r' ? "relations" : default_acl_objects(letter)) +
                     " belonging to role " + ddl.catalog().role_name(rows.row().oid(columns::defaclrole));
  if (const Oid schema = rows.row().oid(columns::defaclnamespace); schema != 0)
    text += " in schema " + ddl.catalog().schema_name(schema);
  return text;
}

}  // namespace

std::string describe(Ddl& ddl, const ObjectAddress& object) {
  switch (object.catalog) {
    case pg_class::kOid: {
      std::string text = describe_relation(ddl, object.oid);
      if (object.sub == 0) return text;
      RelationPtr relation = ddl.catalog().relation(object.oid);
      auto place = static_cast<std::size_t>(object.sub - 1);
      if (relation == nullptr || place >= relation->columns.size()) return text;
      return "column " + relation->columns[place].name + " of " + text;
    }
    case pg_constraint::kOid: return describe_constraint(ddl, object.oid);
    case pg_attrdef::kOid: {
      RowReader rows = ddl.writer().read(pg_attrdef::kOid, 0, {key_oid(object.oid)});
      if (!rows.next()) return "default value";
      return "default value for " +
             describe(ddl, relation_address(rows.row().oid(pg_attrdef::adrelid),
                                            rows.row().int2(pg_attrdef::adnum)));
    }
    case pg_type::kOid: return "type " + ddl.catalog().format_type(object.oid);
    case pg_namespace::kOid:
      return "schema " + ddl.catalog().schema_name(object.oid);
    case pg_proc::kOid: return describe_function(ddl, object.oid);
    case pg_rewrite::kOid: {
      RowReader rows = ddl.writer().read(pg_rewrite::kOid, 0, {key_oid(object.oid)});
      if (!rows.next()) return "rule";
      return "rule " + rows.row().string(pg_rewrite::rulename) + " on " +
             describe_relation(ddl, rows.row().oid(pg_rewrite::ev_class));
    }
    case pg_policy::kOid: {
      RowReader rows = ddl.writer().read(pg_policy::kOid, 0, {key_oid(object.oid)});
      if (!rows.next()) return "policy";
      return "policy " + rows.row().string(pg_policy::polname) + " on " +
             describe_relation(ddl, rows.row().oid(pg_policy::polrelid));
    }
    case pg_trigger::kOid: {
      RowReader rows = ddl.writer().read(pg_trigger::kOid, 0, {key_oid(object.oid)});
      if (!rows.next()) return "trigger";
      return "trigger " + rows.row().string(pg_trigger::tgname) + " on " +
             describe_relation(ddl, rows.row().oid(pg_trigger::tgrelid));
    }
    case catalog::pg_operator::kOid: {
      const catalog::OperatorInfo* op = ddl.catalog().operator_(object.oid);
      return op != nullptr ? "operator " + operator_signature(ddl, *op) : "operator " + std::to_string(object.oid);
    }
    case catalog::pg_extension::kOid: {
      RowReader rows = ddl.writer().read(catalog::pg_extension::kOid, 0, {key_oid(object.oid)});
      return rows.next() ? "extension " + rows.row().string(catalog::pg_extension::extname) : std::string("extension");
    }
    case catalog::pg_cast::kOid: {
      RowReader rows = ddl.writer().read(catalog::pg_cast::kOid, 0, {key_oid(object.oid)});
      if (!rows.next()) return "cast";
      return "cast from " + ddl.catalog().format_type(rows.row().oid(catalog::pg_cast::castsource)) + " to " +
             ddl.catalog().format_type(rows.row().oid(catalog::pg_cast::casttarget));
    }
    case kLargeObjects: return "large object " + std::to_string(object.oid);
    case catalog::pg_amop::kOid:
    case catalog::pg_amproc::kOid:
      if (auto text = describe_family_member(ddl, object)) return *text;
      return "object " + std::to_string(object.oid);
    case catalog::pg_user_mapping::kOid: return describe_user_mapping(ddl, object.oid);
    case catalog::pg_am::kOid: return describe_row(ddl, object, "access method", catalog::pg_am::amname);
    case catalog::pg_tablespace::kOid: return describe_row(ddl, object, "tablespace", catalog::pg_tablespace::spcname);
    case catalog::pg_language::kOid: return describe_row(ddl, object, "language", catalog::pg_language::lanname);
    case catalog::pg_parameter_acl::kOid: return describe_row(ddl, object, "parameter", catalog::pg_parameter_acl::parname);
    case catalog::pg_authid::kOid: return describe_row(ddl, object, "role", catalog::pg_authid::rolname);
    case catalog::pg_database::kOid: return describe_row(ddl, object, "database", catalog::pg_database::datname);
    case catalog::pg_default_acl::kOid: return describe_default_acl(ddl, object.oid);
    case catalog::pg_publication_rel::kOid:
    case catalog::pg_publication_namespace::kOid: return describe_published(ddl, object);
    default:
      if (const catalog::NamedCatalog* named = named_catalog_of(object.catalog)) return describe_named(ddl, *named, object.oid);
      if (const catalog::UnqualifiedCatalog* objects = catalog::unqualified_catalog(object.catalog)) {
        const std::string name = catalog::unqualified_name(ddl.catalog(), *objects, object.oid);
        return std::string(objects->words) + " " + (name.empty() ? std::to_string(object.oid) : name);
      }
      return "object " + std::to_string(object.oid);
  }
}

namespace {

bool exists(Ddl& ddl, const ObjectAddress& object) {
  auto& catalog = ddl.catalog();
  switch (object.catalog) {
    case pg_class::kOid: {
      const RelationPtr relation = catalog.relation(object.oid);
      if (relation == nullptr || object.sub == 0) return relation != nullptr;
      const auto column = static_cast<std::size_t>(object.sub - 1);
      return object.sub > 0 && column < relation->columns.size() && !relation->columns[column].dropped;
    }
    case pg_type::kOid: return catalog.type(object.oid) != nullptr;
    case pg_proc::kOid: return catalog.function(object.oid) != nullptr;
    case pg_namespace::kOid: return !catalog.schema_name(object.oid).empty();
    case catalog::pg_operator::kOid: return catalog.operator_(object.oid) != nullptr;
    case kLargeObjects: return ddl.writer().read(kLargeObjectMetadata, 0, {key_oid(object.oid)}).next();
    case catalog::pg_amop::kOid:
    case catalog::pg_amproc::kOid: return describe_family_member(ddl, object).has_value();
    case pg_constraint::kOid:
    case pg_attrdef::kOid:
    case pg_rewrite::kOid:
    case pg_policy::kOid:
    case pg_trigger::kOid:
    case catalog::pg_user_mapping::kOid:
    case catalog::pg_publication_rel::kOid:
    case catalog::pg_publication_namespace::kOid:
    case catalog::pg_am::kOid:
    case catalog::pg_tablespace::kOid:
    case catalog::pg_language::kOid:
    case catalog::pg_parameter_acl::kOid:
    case catalog::pg_authid::kOid:
    case catalog::pg_database::kOid:
    case catalog::pg_default_acl::kOid:
    case catalog::pg_extension::kOid:
    case catalog::pg_cast::kOid: return ddl.writer().read(object.catalog, 0, {key_oid(object.oid)}).next();
    default: {
      if (const catalog::UnqualifiedCatalog* objects = catalog::unqualified_catalog(object.catalog))
        return !catalog::unqualified_name(catalog, *objects, object.oid).empty();
      const catalog::NamedCatalog* named = named_catalog_of(object.catalog);
      if (named == nullptr) throw unrecognized_class(object.catalog);
      return catalog::named_object(catalog, named->kind, object.oid).has_value();
    }
  }
}

}  // namespace

std::optional<std::string> describe_object(Host& host, Oid catalog, Oid object, int column) {
  if (catalog == 0 && object == 0) return std::nullopt;
  Ddl ddl(host);
  const ObjectAddress address{catalog, object, column};
  return exists(ddl, address) ? std::optional(describe(ddl, address)) : std::nullopt;
}

}  // namespace commands
