#include "catalog/unqualified_objects.h"

#include "catalog/object_columns.h"
#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "types/sql_error.h"

namespace catalog {
namespace {

constexpr Oid kLanguageNameIndex = 2681;

constexpr UnqualifiedCatalog kUnqualified[] = {
    {pg_foreign_data_wrapper::kOid, pg_foreign_data_wrapper::kNameIndex, pg_foreign_data_wrapper::fdwname,
     pg_foreign_data_wrapper::fdwowner, "foreign-data wrapper"},
    {pg_foreign_server::kOid, pg_foreign_server::kNameIndex, pg_foreign_server::srvname, pg_foreign_server::srvowner,
     "server"},
    {pg_event_trigger::kOid, pg_event_trigger::kNameIndex, pg_event_trigger::evtname, pg_event_trigger::evtowner,
     "event trigger"},
    {pg_publication::kOid, pg_publication::kNameIndex, pg_publication::pubname, pg_publication::pubowner, "publication"},
    {pg_subscription::kOid, pg_subscription::kNameIndex, pg_subscription::subname, pg_subscription::subowner,
     "subscription"},
    {pg_language::kOid, kLanguageNameIndex, pg_language::lanname, pg_language::lanowner, "language"},
};

// Subscriptions of all databases are in one catalogue.
bool is_of_all_databases(const UnqualifiedCatalog& objects) { return objects.catalog == pg_subscription::kOid; }

Oid oid_in(SessionCatalog& catalog, Oid table, Oid key, int column) {
  const RelationPtr relation = catalog.relation(table);
  const transaction::View view = catalog.take_view(false);
  RowReader rows(view, *relation, 0, {key_oid(key)});
  return rows.next() ? rows.row().oid(column) : Oid{0};
}

}  // namespace

const UnqualifiedCatalog* unqualified_catalog(Oid catalog) {
  for (const UnqualifiedCatalog& objects : kUnqualified)
    if (objects.catalog == catalog) return &objects;
  return nullptr;
}

Oid find_unqualified(SessionCatalog& catalog, const UnqualifiedCatalog& objects, std::string_view name) {
  const RelationPtr table = catalog.relation(objects.catalog);
  const transaction::View view = catalog.take_view(is_of_all_databases(objects));
  RowReader rows(view, *table, objects.name_index,
                 is_of_all_databases(objects) ? Key{key_oid(catalog.database_oid()), key_text(name)} : Key{key_text(name)});
  return rows.next() ? rows.row().oid(0) : Oid{0};
}

std::string unqualified_name(SessionCatalog& catalog, const UnqualifiedCatalog& objects, Oid oid) {
  const RelationPtr table = catalog.relation(objects.catalog);
  const transaction::View view = catalog.take_view(is_of_all_databases(objects));
  RowReader rows(view, *table, 0, {key_oid(oid)});
  return rows.next() ? rows.row().string(objects.name) : std::string();
}

void refuse_foreign_table(CatalogView& view, const RelationDescriptor& foreign) {
  auto* catalog = dynamic_cast<SessionCatalog*>(&view);
  if (catalog == nullptr) throw types::SqlError::not_supported("reading \"" + foreign.name + "\"");
  const Oid server = oid_in(*catalog, pg_foreign_table::kOid, foreign.oid, pg_foreign_table::ftserver);
  const Oid wrapper = oid_in(*catalog, pg_foreign_server::kOid, server, pg_foreign_server::srvfdw);
  throw types::SqlError("55000", "foreign-data wrapper \"" +
                                     unqualified_name(*catalog, *unqualified_catalog(pg_foreign_data_wrapper::kOid), wrapper) +
                                     "\" has no handler");
}

}  // namespace catalog
