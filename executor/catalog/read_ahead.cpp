#include "read_ahead.h"

#include "btree/read_ahead.h"
#include "catalog/first_reads.h"
#include "catalog/system_columns.h"
#include "wal/check.h"

namespace catalog {
namespace {

const table::IndexSchema& index_of(const RelationDescriptor& table, Oid index) {
  const table::TableSchema& schema = table.storage->schema();
  if (index == 0) return schema.clustered;
  const IndexDescriptor* const found = table.index(index);
  CHECK(found != nullptr);
  return schema.index(found->storage_index);
}

struct FirstRead {
  Oid table, index;
};
// Other trees than these are looked into when a statement needs them.
constexpr FirstRead kFirstReads[] = {
    {pg_namespace::kOid, 0},
    {pg_class::kOid, 0},
    {pg_class::kOid, index::pg_class_relname_nsp_index},
    {pg_attribute::kOid, 0},
    {pg_type::kOid, 0},
    {pg_index::kOid, 0},
    {pg_index::kOid, index::pg_index_indrelid_index},
    {pg_constraint::kOid, 0},
    {pg_constraint::kOid, index::pg_constraint_conrelid_contypid_conname_index},
    {pg_policy::kOid, index::pg_policy_polrelid_polname_index},
    {pg_statistic::kOid, 0},
    {pg_proc::kOid, 0},
    {pg_operator::kOid, 0},
    {pg_cast::kOid, 0},
    {pg_aggregate::kOid, 0},
    {pg_range::kOid, 0},
    {pg_collation::kOid, 0},
};

}  // namespace

void ReadAhead::add(Oid table, Oid index, const Key& key) {
  const auto relation = catalog_.system_relation(table);
  const table::IndexSchema& read = index_of(*relation, index);
  places_.push_back({read.root, table::make_range(relation->storage->schema(), read, key.values())});
}

void ReadAhead::add_from_oid(Oid table, Oid from) {
  const auto relation = catalog_.system_relation(table);
  const table::TableSchema& schema = relation->storage->schema();
  const table::Bound lower{key_oid(from), true};
  places_.push_back({schema.clustered.root, table::make_range(schema, schema.clustered, {}, &lower)});
}

void ReadAhead::read() const {
  std::vector<btree::LeafPlace> places;
  for (const Place& place : places_) places.push_back({place.root, btree::bytes_of(place.range.lower)});
  btree::read_ahead(catalog_.manager().pages(), places);
}

void read_first(const Catalog& catalog) {
  std::vector<wal::PageNo> roots;
  for (const auto& [table, index] : kFirstReads) {
    const auto relation = catalog.system_relation(table);
    if (relation && relation->storage) roots.push_back(index_of(*relation, index).root);
  }
  btree::read_ahead(catalog.manager().pages(), roots);
}

}  // namespace catalog
