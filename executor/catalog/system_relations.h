// The bootstrap catalogues themselves: their columns and indexes come from the data file, their
// trees' roots from the volume header.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "catalog/catalog.h"
#include "catalog/relation.h"

namespace catalog {

// What pg_class, pg_attribute and pg_index say about one of them; the same for every volume.
struct SystemRelationFacts {
  RelationDescriptor descriptor;  // without storage
  // Volume header slot of each tree: first the rows', then one per secondary index.
  std::vector<std::uint16_t> slots;

  bool has_storage() const { return descriptor.kind == RelationKind::table; }
};

// All of them, by OID; read once per process.
const boost::unordered_flat_map<Oid, SystemRelationFacts>& system_relation_facts();

// By name within its schema; 0 when there is none.
Oid find_system_relation(Oid schema, std::string_view name);

// True when a relation of this kind of sharedness lives in that kind of volume.
inline bool lives_in(VolumeKind kind, bool shared) {
  return shared == (kind == VolumeKind::system);
}

// Storage of one of them with its roots still open: bootstrap fills them.
table::TableSchema system_table_schema(const SystemRelationFacts& facts);

// One open volume's descriptors, made when first asked for.
class SystemRelations {
 public:
  SystemRelations(transaction::TransactionManager& manager, VolumeKind kind);

  std::shared_ptr<const RelationDescriptor> find(Oid oid) const;

 private:
  transaction::TransactionManager& manager_;
  VolumeKind kind_;
  std::vector<std::uint64_t> roots_;  // by slot
  mutable std::mutex mutex_;
  mutable boost::unordered_flat_map<Oid, std::shared_ptr<const RelationDescriptor>> made_;
};

// First of the volume header slots that hold catalogue roots.
inline constexpr std::uint16_t kFirstRootSlot = 128;

}  // namespace catalog
