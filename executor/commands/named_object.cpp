#include "named_object.h"

#include <array>

#include "catalog/collators.h"
#include "types/collator.h"
#include "written_name.h"

namespace commands {
namespace {

using catalog::NamedCatalog;
using catalog::NamedKind;
using query::ObjectKind;

constexpr std::array kKinds = {
    std::pair{ObjectKind::collation, NamedKind::collation},
    std::pair{ObjectKind::text_search_parser, NamedKind::ts_parser},
    std::pair{ObjectKind::text_search_dictionary, NamedKind::ts_dictionary},
    std::pair{ObjectKind::text_search_template, NamedKind::ts_template},
    std::pair{ObjectKind::text_search_configuration, NamedKind::ts_configuration},
    std::pair{ObjectKind::conversion, NamedKind::conversion},
    std::pair{ObjectKind::statistics, NamedKind::statistics},
    std::pair{ObjectKind::operator_class, NamedKind::operator_class},
    std::pair{ObjectKind::operator_family, NamedKind::operator_family},
};

// Those of an access method are named with it.
std::string of_method(Ddl& ddl, const catalog::NamedObject& object) {
  return object.method == 0 ? std::string() : " for access method \"" + catalog::access_method_name(ddl.catalog(), object.method) + "\"";
}

void require_free(Ddl& ddl, const NamedCatalog& named, const catalog::NamedObject& object, Oid schema, const std::string& name) {
  const std::string& in = ddl.catalog().schema_name(schema);
  if (catalog::find_named(ddl.catalog(), named.kind, in, name, object.method) == 0) return;
  std::string text = std::string(named.words) + " \"" + name + "\"" + of_method(ddl, object);
  if (named.kind == NamedKind::collation) {
    const catalog::CollationInfo* other = ddl.catalog().find_collation(in, name);
    if (other != nullptr && other->encoding != -1) text += " for encoding \"UTF8\"";
  }
  throw SqlError("42710", text + " already exists in schema \"" + in + "\"");
}

}  // namespace

const NamedCatalog* named_catalog_of(ObjectKind kind) {
  for (const auto& [of, named] : kKinds)
    if (of == kind) return &catalog::named_catalog(named);
  return nullptr;
}

const NamedCatalog* named_catalog_of(Oid oid) {
  for (const auto& [of, named] : kKinds)
    if (catalog::named_catalog(named).catalog == oid) return &catalog::named_catalog(named);
  return nullptr;
}

std::optional<ObjectAddress> find_named(Ddl& ddl, const NamedCatalog& named, const std::string& schema,
                                        const std::string& name) {
  const Oid oid = catalog::find_named(ddl.catalog(), named.kind, schema, name);
  if (oid == 0) return std::nullopt;
  return ObjectAddress{named.catalog, oid, 0};
}

std::optional<ObjectAddress> find_named(Ddl& ddl, const NamedCatalog& named, const query::ObjectReference& object) {
  if (named.method < 0) return find_named(ddl, named, object.schema, object.name);
  const Oid method = catalog::find_access_method(ddl.catalog(), object.part);
  if (method == 0) throw SqlError("42704", "access method \"" + object.part + "\" does not exist");
  const Oid oid = catalog::find_named(ddl.catalog(), named.kind, object.schema, object.name, method);
  if (oid == 0) return std::nullopt;
  return ObjectAddress{named.catalog, oid, 0};
}

std::string named_missing(const NamedCatalog& named, const query::ObjectReference& object) {
  std::string text = std::string(named.words) + " \"" + written_name(object) + "\" does not exist";
  if (named.method >= 0) text += " for access method \"" + object.part + "\"";
  return text;
}

SqlError named_missing_error(const NamedCatalog& named, const query::ObjectReference& object) {
  if (named.kind == NamedKind::collation)
    return SqlError("42704", "collation \"" + written_name(object) + "\" for encoding \"UTF8\" does not exist");
  return SqlError("42704", named_missing(named, object));
}

query::ObjectReference reference_to(const query::ObjectName& name) {
  query::ObjectReference reference;
  reference.schema = name.schema;
  reference.name = name.name;
  return reference;
}

ObjectAddress require_named(Ddl& ddl, ObjectKind kind, const query::ObjectName& name) {
  const NamedCatalog& named = *named_catalog_of(kind);
  if (const auto found = find_named(ddl, named, name.schema, name.name)) return *found;
  throw named_missing_error(named, reference_to(name));
}

std::string describe_named(Ddl& ddl, const NamedCatalog& named, Oid oid) {
  const auto object = catalog::named_object(ddl.catalog(), named.kind, oid);
  if (!object) return std::string(named.words) + " " + std::to_string(oid);
  std::string text = std::string(named.words) + " " + catalog::named_display(ddl.catalog(), named.kind, *object);
  if (object->method != 0) text += " for access method " + catalog::access_method_name(ddl.catalog(), object->method);
  return text;
}

void rename_named(Ddl& ddl, const NamedCatalog& named, Oid oid, const std::string& name) {
  const auto object = catalog::named_object(ddl.catalog(), named.kind, oid);
  if (!object) return;
  require_free(ddl, named, *object, object->schema, name);
  RowBuilder row = ddl.writer().row(named.catalog);
  row.set(named.name, name);
  ddl.writer().update_one(0, {key_oid(oid)}, row);
}

void move_named(Ddl& ddl, const NamedCatalog& named, const ObjectAddress& address, Oid schema) {
  const auto object = catalog::named_object(ddl.catalog(), named.kind, address.oid);
  if (!object || object->schema == schema) return;
  require_free(ddl, named, *object, schema, object->name);
  RowBuilder row = ddl.writer().row(named.catalog);
  row.set(named.schema, schema);
  ddl.writer().update_one(0, {key_oid(address.oid)}, row);
  ddl.remove_dependencies(address, pg_namespace::kOid);
  ddl.depend(address, {pg_namespace::kOid, schema, 0}, Dependency::normal);
}

void require_byte_equality(Ddl& ddl, Oid collation, const char* what) {
  const types::Collator* collator = catalog::collator(ddl.catalog(), collation);
  if (collator == nullptr || collator->deterministic()) return;
  throw SqlError::not_supported(std::string(what) + " under collation \"" +
                                std::string(ddl.catalog().collation(collation)->name) + "\"");
}

}  // namespace commands
