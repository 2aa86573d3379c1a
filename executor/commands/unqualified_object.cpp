#include "unqualified_object.h"

#include "catalog/acl.h"
#include "catalog/object_columns.h"
#include "rights.h"

namespace commands {
namespace {

using query::ObjectKind;

struct UnqualifiedKind {
  ObjectKind kind;
  Oid catalog;
};
constexpr UnqualifiedKind kUnqualifiedKinds[] = {
    {ObjectKind::foreign_data_wrapper, catalog::pg_foreign_data_wrapper::kOid},
    {ObjectKind::foreign_server, catalog::pg_foreign_server::kOid},
    {ObjectKind::event_trigger, catalog::pg_event_trigger::kOid},
    {ObjectKind::publication, catalog::pg_publication::kOid},
    {ObjectKind::subscription, catalog::pg_subscription::kOid},
    {ObjectKind::language, catalog::pg_language::kOid},
};

bool publishes_all(Ddl& ddl, Oid publication) {
  RowReader rows = ddl.writer().read(catalog::pg_publication::kOid, 0, {key_oid(publication)});
  return rows.next() && rows.row().flag(catalog::pg_publication::puballtables);
}

}  // namespace

const catalog::UnqualifiedCatalog* unqualified_catalog_of(ObjectKind kind) {
  for (const UnqualifiedKind& known : kUnqualifiedKinds)
    if (known.kind == kind) return catalog::unqualified_catalog(known.catalog);
  return nullptr;
}

std::optional<ObjectAddress> find_unqualified(Ddl& ddl, const catalog::UnqualifiedCatalog& objects, const std::string& name) {
  const Oid oid = catalog::find_unqualified(ddl.catalog(), objects, name);
  if (oid == 0) return std::nullopt;
  return ObjectAddress{objects.catalog, oid, 0};
}

std::string unqualified_missing(const catalog::UnqualifiedCatalog& objects, const std::string& name) {
  return std::string(objects.words) + " \"" + name + "\" does not exist";
}

ObjectAddress owned_unqualified(Ddl& ddl, ObjectKind kind, const std::string& name) {
  const catalog::UnqualifiedCatalog& objects = *unqualified_catalog_of(kind);
  const auto found = find_unqualified(ddl, objects, name);
  if (!found) throw SqlError("42704", unqualified_missing(objects, name));
  query::ObjectReference reference;
  reference.name = name;
  require_ownership(ddl, kind, reference, *found);
  return *found;
}

void rename_unqualified(Ddl& ddl, const catalog::UnqualifiedCatalog& objects, Oid oid, const std::string& name) {
  if (catalog::find_unqualified(ddl.catalog(), objects, name) != 0)
    throw SqlError("42710", std::string(objects.words) + " \"" + name + "\" already exists");
  RowBuilder row = ddl.writer().row(objects.catalog);
  row.set(objects.name, name);
  ddl.writer().update_one(0, {key_oid(oid)}, row);
}

void require_may_own(Ddl& ddl, const ObjectAddress& object, Oid owner) {
  const catalog::UnqualifiedCatalog* objects = catalog::unqualified_catalog(object.catalog);
  if (objects == nullptr || ddl.catalog().is_superuser(owner)) return;
  const std::string name = catalog::unqualified_name(ddl.catalog(), *objects, object.oid);
  const std::string refused = "permission denied to change owner of " + std::string(objects->words) + " \"" + name + "\"";
  switch (object.catalog) {
    case catalog::pg_foreign_data_wrapper::kOid:
      throw SqlError("42501", refused).with_hint("The owner of a foreign-data wrapper must be a superuser.");
    case catalog::pg_event_trigger::kOid:
      throw SqlError("42501", refused).with_hint("The owner of an event trigger must be a superuser.");
    case catalog::pg_subscription::kOid:
      throw SqlError("42501", refused).with_hint("The owner of a subscription must be a superuser.");
    case catalog::pg_publication::kOid:
      if (!ddl.catalog().is_superuser(ddl.catalog().user()) && publishes_all(ddl, object.oid))
        throw SqlError("42501", refused).with_hint("The owner of a FOR ALL TABLES publication must be a superuser.");
      return;
    case catalog::pg_foreign_server::kOid: {
      if (ddl.catalog().is_superuser(ddl.catalog().user())) return;
      RowReader rows = ddl.writer().read(object.catalog, 0, {key_oid(object.oid)});
      if (!rows.next()) return;
      const Oid wrapper = rows.row().oid(catalog::pg_foreign_server::srvfdw);
      const auto held = catalog::held_on(ddl.catalog(), owner, catalog::pg_foreign_data_wrapper::kOid, wrapper);
      if (held && (held->privileges & types::privilege::usage) == 0)
        throw SqlError("42501", "permission denied for foreign-data wrapper " +
                                    catalog::unqualified_name(ddl.catalog(),
                                        *catalog::unqualified_catalog(catalog::pg_foreign_data_wrapper::kOid), wrapper));
      return;
    }
    default: return;
  }
}

const char* rights_words(ObjectKind kind) {
  return kind == ObjectKind::foreign_server ? "foreign server" : query::object_kind_name(kind);
}

}  // namespace commands
