// A cluster of one system volume and one database in memory, with a session's catalogue.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "btree/space.h"
#include "btree/volume_header.h"
#include "buffer/buffer_pool.h"
#include "buffer/paged_volume.h"
#include "catalog/catalog.h"
#include "catalog/session_catalog.h"
#include "transaction/manager.h"
#include "wal/testing/memory_volume.h"

namespace catalog::testing {

struct Engine {
  Engine(wal::testing::MemoryVolume& volume, VolumeKind kind)
      : pool(64 << 20), pages(pool, volume), space((prepare(pages), pages)) {
    bool fresh = btree::read_slot(pages, btree::VolumeSlot::undo_head) == 0;
    if (fresh) transaction::TransactionManager::format(space);
    manager.emplace(space, transaction::TransactionManager::Options{.purge = false});
    if (fresh) Catalog::bootstrap(*manager, kind);
    catalog.emplace(*manager, kind);
  }
  static void prepare(buffer::PagedVolume& pages) {
    if (!btree::is_formatted(pages)) btree::format_volume(pages);
  }

  buffer::BufferPool pool;
  buffer::PagedVolume pages;
  btree::Space space;
  std::optional<transaction::TransactionManager> manager;
  std::optional<Catalog> catalog;
};

struct Cluster {
  wal::testing::MemoryVolume system_volume{wal::TimelineId{1}};
  wal::testing::MemoryVolume database_volume{wal::TimelineId{2}};
  Engine system{system_volume, VolumeKind::system};
  Engine database{database_volume, VolumeKind::database};
};

// One session: transactions begun when asked for.
struct Session : TransactionSource {
  explicit Session(Cluster& cluster)
      : cluster(cluster), catalog(*cluster.database.catalog, *cluster.system.catalog, *this) {}
  ~Session() override { rollback(); }

  transaction::Transaction& database_transaction() override {
    if (!database) database = cluster.database.manager->begin({}, waits);
    return *database;
  }
  transaction::Transaction& system_transaction() override {
    if (!system) system = cluster.system.manager->begin({}, waits);
    return *system;
  }

  void commit() {
    wal::Lsn on_database, on_system;
    {
      CommitInvalidation invalidation(catalog);
      if (database) on_database = database->commit();
      if (system) on_system = system->commit();
      invalidation.committed(on_database, on_system);
    }
    database.reset();
    system.reset();
    catalog.transaction_ended();
  }
  void rollback() {
    if (database) database->abort();
    if (system) system->abort();
    database.reset();
    system.reset();
    catalog.transaction_ended();
  }

  Cluster& cluster;
  transaction::WaitControl waits;
  transaction::TransactionPtr database, system;
  SessionCatalog catalog;
};

}  // namespace catalog::testing
