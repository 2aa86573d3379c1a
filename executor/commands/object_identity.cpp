#include "commands/object_identity.h"

#include "catalog/acl.h"
#include "catalog/object_columns.h"
#include "catalog/system_attributes.h"
#include "commands/object_description.h"
#include "ddl.h"
#include "foreign_objects.h"
#include "large_object.h"
#include "named_object.h"
#include "object_words.h"
#include "unqualified_object.h"

namespace commands {
namespace {

// Temporary schemas are all one to who reads of them.
std::string schema_word(Ddl& ddl, Oid schema) {
  std::string name = ddl.catalog().schema_name(schema);
  return name.starts_with(kTemporarySchemaPrefix) ? std::string("pg_temp") : name;
}

std::string qualified(Ddl& ddl, Oid schema, std::string_view name) {
  return quote_identifier(schema_word(ddl, schema)) + "." + quote_identifier(name);
}

// As format_type() writes it, with the schema where the grammar has no word for the type.
std::string qualified_type(Ddl& ddl, Oid oid) {
  const catalog::TypeInfo* type = ddl.catalog().type(oid);
  std::string text = ddl.catalog().format_type(oid);
  if (type == nullptr) return text;
  const Oid element = ddl.catalog().element_type(oid);
  const catalog::TypeInfo* named = element != 0 && type->kind == 'b' ? ddl.catalog().type(element) : type;
  const std::string plain = quote_identifier(named->name);
  if (text == plain || text == plain + "[]") text = quote_identifier(schema_word(ddl, named->schema)) + "." + text;
  return text;
}

std::string_view relation_type(RelationKind kind) {
  if (kind == RelationKind::composite) return "composite type";
  if (kind == RelationKind::toast) return "toast table";
  return kind_name(kind);
}

constexpr Oid kTransforms = 3576;  // pg_transform

class Identifier {
 public:
  explicit Identifier(Ddl& ddl) : ddl_(ddl) {}

  std::optional<ObjectIdentity> run(const ObjectAddress& object) {
    switch (object.catalog) {
      case pg_class::kOid: return relation(object);
      case pg_type::kOid: return type(object.oid);
      case pg_proc::kOid: return routine(object.oid);
      case pg_namespace::kOid: {
        const std::string name = ddl_.catalog().schema_name(object.oid);
        if (name.empty()) return std::nullopt;
        return simple("schema", schema_word(ddl_, object.oid));
      }
      case pg_constraint::kOid: return constraint(object.oid);
      case pg_trigger::kOid: return part(object, "trigger", pg_trigger::tgname, pg_trigger::tgrelid);
      case pg_rewrite::kOid: return part(object, "rule", pg_rewrite::rulename, pg_rewrite::ev_class);
      case pg_policy::kOid: return part(object, "policy", pg_policy::polname, pg_policy::polrelid);
      case pg_attrdef::kOid: return column_default(object.oid);
      case catalog::pg_operator::kOid: return op(object.oid);
      case catalog::pg_cast::kOid: return cast(object.oid);
      case catalog::pg_extension::kOid: return named_row(object, "extension", catalog::pg_extension::extname);
      case catalog::pg_language::kOid: return named_row(object, "language", catalog::pg_language::lanname);
      case pg_authid::kOid: return named_row(object, "role", pg_authid::rolname);
      case pg_database::kOid: return named_row(object, "database", pg_database::datname);
      case catalog::pg_user_mapping::kOid: return user_mapping(object.oid);
      case catalog::pg_am::kOid: return named_row(object, "access method", catalog::pg_am::amname);
      case catalog::pg_tablespace::kOid: return named_row(object, "tablespace", catalog::pg_tablespace::spcname);
      case catalog::pg_amop::kOid:
      case catalog::pg_amproc::kOid: return family_member(object);
      case kLargeObjects: return large_object(object.oid);
      case catalog::pg_default_acl::kOid: return default_acl(object.oid);
      case catalog::pg_parameter_acl::kOid: return setting(object.oid);
      case catalog::pg_publication_rel::kOid: return published_table(object.oid);
      case catalog::pg_publication_namespace::kOid: return published_schema(object.oid);
      case kTransforms: return std::nullopt;  // there cannot be any
      default: break;
    }
    if (const catalog::UnqualifiedCatalog* objects = catalog::unqualified_catalog(object.catalog))
      return named_row(object, std::string(objects->words), objects->name);
    if (const catalog::NamedCatalog* named = named_catalog_of(object.catalog)) {
      const auto found = catalog::named_object(ddl_.catalog(), named->kind, object.oid);
      if (!found) return std::nullopt;
      ObjectIdentity result;
      result.type = named->words;
      set_schema(result, found->schema);
      result.identity = qualified(ddl_, found->schema, found->name);
      if (found->method != 0) {
        const std::string method = catalog::access_method_name(ddl_.catalog(), found->method);
        result.identity += " USING " + method;
        result.address_names = {method, *result.schema, found->name};
      } else {
        result.address_names = {*result.schema, found->name};
      }
      result.name = quote_identifier(found->name);
      return result;
    }
    throw unrecognized_class(object.catalog);
  }

 private:
  void set_schema(ObjectIdentity& of, Oid schema) {
    of.schema_oid = schema;
    of.schema = schema_word(ddl_, schema);
  }

  static ObjectIdentity simple(std::string type, const std::string& name) {
    ObjectIdentity result;
    result.type = std::move(type);
    result.name = result.identity = quote_identifier(name);
    result.address_names = {name};
    return result;
  }

  std::optional<ObjectIdentity> named_row(const ObjectAddress& object, std::string type, int name) {
    RowReader rows = ddl_.writer().read(object.catalog, 0, {key_oid(object.oid)});
    if (!rows.next()) return std::nullopt;
    return simple(std::move(type), rows.row().string(name));
  }

  std::optional<ObjectIdentity> relation(const ObjectAddress& object) {
    const RelationPtr found = ddl_.catalog().relation(object.oid);
    if (found == nullptr) return std::nullopt;
    ObjectIdentity result;
    result.type = relation_type(found->kind);
    set_schema(result, found->schema);
    result.identity = qualified(ddl_, found->schema, found->name);
    result.address_names = {*result.schema, found->name};
    if (object.sub == 0) {
      result.name = quote_identifier(found->name);
      return result;
    }
    if (object.sub < 0) {
      const std::string_view column = catalog::system_column(object.sub);
      if (column.empty()) return std::nullopt;
      result.type += " column";
      result.identity += "." + std::string(column);
      result.address_names.emplace_back(column);
      return result;
    }
    const auto place = static_cast<std::size_t>(object.sub - 1);
    if (place >= found->columns.size() || found->columns[place].dropped) return std::nullopt;
    result.type += " column";
    result.identity += "." + quote_identifier(found->columns[place].name);
    result.address_names.push_back(found->columns[place].name);
    return result;
  }

  std::optional<ObjectIdentity> type(Oid oid) {
    const catalog::TypeInfo* info = ddl_.catalog().type(oid);
    if (info == nullptr) return std::nullopt;
    ObjectIdentity result;
    result.type = "type";
    set_schema(result, info->schema);
    result.identity = qualified_type(ddl_, oid);
    result.name = quote_identifier(info->name);
    result.address_names = {result.identity};
    return result;
  }

  std::optional<ObjectIdentity> routine(Oid oid) {
    const catalog::FunctionInfo* f = ddl_.catalog().function(oid);
    if (f == nullptr) return std::nullopt;
    ObjectIdentity result;
    result.type = f->kind == 'a' ? "aggregate" : f->kind == 'p' ? "procedure" : "function";
    set_schema(result, f->schema);
    result.identity = qualified(ddl_, f->schema, f->name) + "(";
    for (std::size_t i = 0; i < f->arguments.size(); ++i) {
      const std::string argument = qualified_type(ddl_, f->arguments[i]);
      result.identity += (i > 0 ? "," : "") + argument;
      result.address_arguments.push_back(argument);
    }
    result.identity += ")";
    result.address_names = {*result.schema, std::string(f->name)};
    return result;
  }

  std::optional<ObjectIdentity> constraint(Oid oid) {
    RowReader rows = ddl_.writer().read(pg_constraint::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    const std::string name = rows.row().string(pg_constraint::conname);
    ObjectIdentity result;
    if (const Oid table = rows.row().oid(pg_constraint::conrelid)) {
      const auto of = run(relation_address(table));
      if (!of) return std::nullopt;
      result.type = "table constraint";
      result.schema = of->schema;
      result.schema_oid = of->schema_oid;
      result.identity = quote_identifier(name) + " on " + of->identity;
      result.address_names = of->address_names;
      result.address_names.push_back(name);
      return result;
    }
    const auto of = type(rows.row().oid(pg_constraint::contypid));
    if (!of) return std::nullopt;
    result.type = "domain constraint";
    result.schema = of->schema;
    result.schema_oid = of->schema_oid;
    result.identity = quote_identifier(name) + " on " + of->identity;
    result.address_names = {of->identity};
    result.address_arguments = {name};
    return result;
  }

  // What has its name on a relation.
  std::optional<ObjectIdentity> part(const ObjectAddress& object, std::string type, int name, int table) {
    RowReader rows = ddl_.writer().read(object.catalog, 0, {key_oid(object.oid)});
    if (!rows.next()) return std::nullopt;
    const auto of = run(relation_address(rows.row().oid(table)));
    if (!of) return std::nullopt;
    ObjectIdentity result;
    result.type = std::move(type);
    result.identity = quote_identifier(rows.row().text(name)) + " on " + of->identity;
    result.address_names = of->address_names;
    result.address_names.push_back(rows.row().string(name));
    return result;
  }

  std::optional<ObjectIdentity> column_default(Oid oid) {
    RowReader rows = ddl_.writer().read(pg_attrdef::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    const auto of = run(relation_address(rows.row().oid(pg_attrdef::adrelid), rows.row().int2(pg_attrdef::adnum)));
    if (!of) return std::nullopt;
    ObjectIdentity result;
    result.type = "default value";
    result.identity = "for " + of->identity;
    result.address_names = of->address_names;
    return result;
  }

  std::optional<ObjectIdentity> op(Oid oid) {
    const catalog::OperatorInfo* info = ddl_.catalog().operator_(oid);
    if (info == nullptr) return std::nullopt;
    ObjectIdentity result;
    result.type = "operator";
    set_schema(result, info->schema);
    auto side = [&](Oid type) { return type == 0 ? std::string("NONE") : qualified_type(ddl_, type); };
    result.address_arguments = {side(info->left), side(info->right)};
    result.identity = quote_identifier(*result.schema) + "." + std::string(info->name) + "(" + result.address_arguments[0] +
                      "," + result.address_arguments[1] + ")";
    result.address_names = {*result.schema, std::string(info->name)};
    return result;
  }

  std::optional<ObjectIdentity> cast(Oid oid) {
    RowReader rows = ddl_.writer().read(catalog::pg_cast::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    const std::string from = qualified_type(ddl_, rows.row().oid(catalog::pg_cast::castsource));
    const std::string to = qualified_type(ddl_, rows.row().oid(catalog::pg_cast::casttarget));
    ObjectIdentity result;
    result.type = "cast";
    result.identity = "(" + from + " AS " + to + ")";
    result.address_names = {from};
    result.address_arguments = {to};
    return result;
  }

  std::optional<ObjectIdentity> user_mapping(Oid oid) {
    namespace mappings = catalog::pg_user_mapping;
    RowReader rows = ddl_.writer().read(mappings::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    const Oid user = rows.row().oid(mappings::umuser);
    const std::string name = user == 0 ? "public" : ddl_.catalog().role_name(user);
    const std::string server = catalog::unqualified_name(
        ddl_.catalog(), *catalog::unqualified_catalog(catalog::pg_foreign_server::kOid), rows.row().oid(mappings::umserver));
    ObjectIdentity result;
    result.type = "user mapping";
    result.identity = quote_identifier(name) + " on server " + server;
    result.address_names = {name};
    result.address_arguments = {server};
    return result;
  }

  // Operators and functions of families: both rows begin with oid, family, left type, right type, number.
  std::optional<ObjectIdentity> family_member(const ObjectAddress& object) {
    RowReader rows = ddl_.writer().read(object.catalog, 0, {key_oid(object.oid)});
    if (!rows.next()) return std::nullopt;
    const Row& row = rows.row();
    const auto family = run({catalog::pg_opfamily::kOid, row.oid(catalog::pg_amop::amopfamily), 0});
    if (!family) return std::nullopt;
    const std::string number = std::to_string(row.int2(catalog::pg_amop::amopstrategy));
    ObjectIdentity result;
    const bool is_function = object.catalog == catalog::pg_amproc::kOid;
    result.type = is_function ? "function of access method" : "operator of access method";
    result.address_arguments = {qualified_type(ddl_, row.oid(catalog::pg_amop::amoplefttype)),
                                qualified_type(ddl_, row.oid(catalog::pg_amop::amoprighttype))};
    result.identity = (is_function ? "function " : "operator ") + number + " (" + result.address_arguments[0] + ", " +
                      result.address_arguments[1] + ") of " + family->identity;
    result.address_names = family->address_names;
    result.address_names.push_back(number);
    return result;
  }

  std::optional<ObjectIdentity> large_object(Oid oid) {
    if (!ddl_.writer().read(kLargeObjectMetadata, 0, {key_oid(oid)}).next()) return std::nullopt;
    ObjectIdentity result;
    result.type = "large object";
    result.identity = std::to_string(oid);
    result.address_names = {result.identity};
    return result;
  }

  std::optional<ObjectIdentity> default_acl(Oid oid) {
    namespace columns = catalog::pg_default_acl;
    RowReader rows = ddl_.writer().read(columns::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    const std::string role = ddl_.catalog().role_name(rows.row().oid(columns::defaclrole));
    const char letter = rows.row().letter(columns::defaclobjtype);
    ObjectIdentity result;
    result.type = "default acl";
    result.identity = "for role " + quote_identifier(role);
    result.address_names = {role};
    if (const Oid schema = rows.row().oid(columns::defaclnamespace); schema != 0) {
      const std::string name = ddl_.catalog().schema_name(schema);
      result.identity += " in schema " + quote_identifier(name);
      result.address_names.push_back(name);
    }
    result.identity += " on " + std::string(default_acl_objects(letter));
    result.address_arguments = {std::string(1, letter)};
    return result;
  }

  std::optional<ObjectIdentity> setting(Oid oid) {
    RowReader rows = ddl_.writer().read(catalog::pg_parameter_acl::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    ObjectIdentity result;
    result.type = "parameter ACL";
    result.identity = rows.row().string(catalog::pg_parameter_acl::parname);
    result.address_names = {result.identity};
    return result;
  }

  std::string publication(Oid oid) {
    return catalog::unqualified_name(ddl_.catalog(), *catalog::unqualified_catalog(catalog::pg_publication::kOid), oid);
  }

  std::optional<ObjectIdentity> published_table(Oid oid) {
    namespace columns = catalog::pg_publication_rel;
    RowReader rows = ddl_.writer().read(columns::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    const auto table = relation(relation_address(rows.row().oid(columns::prrelid)));
    if (!table) return std::nullopt;
    ObjectIdentity result;
    result.type = "publication relation";
    result.address_arguments = {publication(rows.row().oid(columns::prpubid))};
    result.identity = table->identity + " in publication " + result.address_arguments[0];
    result.address_names = table->address_names;
    return result;
  }

  std::optional<ObjectIdentity> published_schema(Oid oid) {
    namespace columns = catalog::pg_publication_namespace;
    RowReader rows = ddl_.writer().read(columns::kOid, 0, {key_oid(oid)});
    if (!rows.next()) return std::nullopt;
    ObjectIdentity result;
    result.type = "publication namespace";
    result.address_names = {ddl_.catalog().schema_name(rows.row().oid(columns::pnnspid))};
    result.address_arguments = {publication(rows.row().oid(columns::pnpubid))};
    result.identity = result.address_names[0] + " in publication " + result.address_arguments[0];
    return result;
  }

  Ddl& ddl_;
};

}  // namespace

std::optional<ObjectIdentity> identify_object(Host& host, Oid catalog, Oid object, int column) {
  Ddl ddl(host);
  return Identifier(ddl).run({catalog, object, column});
}

std::string missing_object_type(Host& host, Oid catalog, Oid object, int column) {
  switch (catalog) {
    case pg_class::kOid: {
      const RelationPtr relation = host.catalog().relation(object);
      return std::string(relation == nullptr ? "relation" : relation_type(relation->kind)) + (column != 0 ? " column" : "");
    }
    case pg_constraint::kOid: return "constraint";
    case pg_proc::kOid: return "routine";
    case pg_type::kOid: return "type";
    case pg_namespace::kOid: return "schema";
    case pg_trigger::kOid: return "trigger";
    case pg_rewrite::kOid: return "rule";
    case pg_policy::kOid: return "policy";
    case pg_attrdef::kOid: return "default value";
    case pg_authid::kOid: return "role";
    case pg_database::kOid: return "database";
    case kLargeObjects: return "large object";
    case kTransforms: return "transform";
    case catalog::pg_operator::kOid: return "operator";
    case catalog::pg_cast::kOid: return "cast";
    case catalog::pg_extension::kOid: return "extension";
    case catalog::pg_language::kOid: return "language";
    case catalog::pg_user_mapping::kOid: return "user mapping";
    case catalog::pg_am::kOid: return "access method";
    case catalog::pg_tablespace::kOid: return "tablespace";
    case catalog::pg_amop::kOid: return "operator of access method";
    case catalog::pg_amproc::kOid: return "function of access method";
    case catalog::pg_default_acl::kOid: return "default acl";
    case catalog::pg_parameter_acl::kOid: return "parameter ACL";
    case catalog::pg_publication_rel::kOid: return "publication relation";
    case catalog::pg_publication_namespace::kOid: return "publication namespace";
    default: break;
  }
  if (const catalog::UnqualifiedCatalog* objects = catalog::unqualified_catalog(catalog)) return std::string(objects->words);
  if (const catalog::NamedCatalog* named = named_catalog_of(catalog)) return std::string(named->words);
  throw unrecognized_class(catalog);
}

}  // namespace commands
