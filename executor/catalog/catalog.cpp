#include "catalog/catalog.h"

#include "btree/volume_header.h"
#include "catalog_cache.h"
#include "system_relations.h"
#include "wal/mini_transaction.h"

namespace catalog {

void VolumeChanges::forget_in(ObjectMaps& maps) const {
  for (Oid relation : relations) maps.relations.erase(relation);
  maps.relation_names.clear();
  if (types) {
    maps.types.clear();
    maps.type_names.clear();
    maps.enums.clear();
    maps.domains.clear();
  }
  if (functions) maps.functions.reset();
  if (schemas) maps.schemas.reset();
  if (roles) maps.roles.reset();
}

// OIDs are taken from the volume header some at a time.
struct OidSource {
  static constexpr Oid kAtATime = 32;
  std::mutex mutex;
  Oid next = 0;
  Oid limit = 0;
};

Catalog::Catalog(transaction::TransactionManager& manager, VolumeKind kind, CatalogOptions options)
    : manager_(manager), kind_(kind), options_(std::move(options)),
      cache_(std::make_unique<CatalogCache>()),
      system_(std::make_unique<SystemRelations>(manager, kind)),
      oids_(std::make_unique<OidSource>()) {}

Catalog::~Catalog() = default;

Oid Catalog::allocate_oid() {
  for (;;) {
    {
      std::lock_guard lock(oids_->mutex);
      if (oids_->next < oids_->limit) return oids_->next++;
    }
    // The page may have to be read: no mutex is held meanwhile.
    buffer::ExclusiveGuard header = manager_.pages().exclusive(btree::kVolumeHeaderPage);
    std::lock_guard lock(oids_->mutex);
    if (oids_->next < oids_->limit) {
      header.release_unchanged();
      return oids_->next++;
    }
    std::uint64_t limit = btree::slot_value(header.page(), btree::VolumeSlot::oid_limit);
    oids_->next = static_cast<Oid>(std::max<std::uint64_t>(limit, types::kFirstNormalOid));
    oids_->limit = oids_->next + OidSource::kAtATime;
    wal::MiniTransaction mtr(manager_.volume());
    btree::write_slot(mtr, header, btree::VolumeSlot::oid_limit, 0, oids_->limit);
    mtr.commit();
    return oids_->next++;
  }
}

std::shared_ptr<const RelationDescriptor> Catalog::system_relation(Oid oid) const {
  return system_->find(oid);
}

void Catalog::note_change(wal::Lsn commit) {
  std::uint64_t now = last_change_.load(std::memory_order_relaxed);
  while (now < commit.value() && !last_change_.compare_exchange_weak(now, commit.value())) {
  }
}

void Catalog::invalidate_all() {
  std::unique_lock lock(cache_->mutex);
  ++cache_->generation;
  cache_->maps = {};
  version_.fetch_add(1, std::memory_order_acq_rel);
}

}  // namespace catalog
