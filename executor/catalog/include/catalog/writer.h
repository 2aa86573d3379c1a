// Changing catalogue rows on behalf of a session's transaction.
#pragma once

#include <string_view>

#include "catalog/rows.h"
#include "catalog/session_catalog.h"
#include "types/oid.h"

namespace catalog {

// Every change is a step of its own that what follows sees (PostgreSQL's
// CommandCounterIncrement), and is noted in the session's catalogue, so that caches follow.
// Throws 23505 when a system index holds the key already (two sessions made the same name at
// once), as PostgreSQL does.
class Writer {
 public:
  explicit Writer(SessionCatalog& session) : session_(session) {}

  SessionCatalog& session() const { return session_; }

  // Descriptor of a bootstrap catalogue, by OID: pg_class::kOid, ...
  const RelationDescriptor& table(Oid catalog) const;
  RowBuilder row(Oid catalog) const { return RowBuilder(table(catalog)); }

  void insert(const RowBuilder& row);
  // The columns set in `changes`; `at` names the row (Row::key()) and is copied.
  void update(const Row& at, const RowBuilder& changes);
  void remove(Oid catalog, const Row& at);

  // Rows that an index leads to, with the transaction's own changes.
  RowReader read(Oid catalog, Oid index, Key key) const;
  // The first of them is changed or removed; false when there is none.
  bool update_one(Oid index, Key key, const RowBuilder& changes);
  // All of them are removed; how many.
  int remove_all(Oid catalog, Oid index, Key key);

  Oid allocate_oid(bool shared = false) const;

 private:
  void note(const RelationDescriptor& table, std::span<const types::Datum> row);

  SessionCatalog& session_;
};

}  // namespace catalog
