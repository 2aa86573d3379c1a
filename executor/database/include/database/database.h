// One open database: its volume, transactions and catalogue.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "catalog/catalog.h"
#include "database/backup_window.h"
#include "database/storage.h"
#include "types/oid.h"
#include "wal/ids.h"

namespace buffer {
class BufferPool;
class PagedVolume;
struct Ancestor;
}  // namespace buffer
namespace transaction {
class TransactionManager;
class TimerService;
}  // namespace transaction

namespace database {

// What opening a database takes from its surroundings. Everything outlives it.
struct DatabaseEnvironment {
  Storage& storage;
  buffer::BufferPool& pool;
  transaction::TimerService& timers;
  catalog::CatalogOptions catalog_options;
  // How far back a database can be rewound, and how far back one can be restored from, unless its
  // own settings say otherwise (ALTER DATABASE .. SET).
  std::chrono::seconds backtrack_window{std::chrono::hours{24}};
  std::chrono::seconds backup_retention_period{std::chrono::hours{24}};
  // When automated snapshots are taken; nullopt: at a time of each database's own.
  std::optional<BackupWindow> backup_window = std::nullopt;
  // Between two of a database that changes.
  std::chrono::seconds snapshot_interval{std::chrono::hours{24}};
  // How long a database stays open that nobody uses.
  std::chrono::milliseconds idle_time{std::chrono::minutes{1}};
};

// Thread-safe, as its parts are. Made by Cluster.
class Database {
 public:
  // Opens the volume (recovery included). `create`: the timeline is empty and gets a bootstrapped
  // catalogue of that kind first. `past`: what was in flight is rolled back, but nothing else is
  // done to the pages. Throws StorageError. Parks.
  enum class Start : std::uint8_t { open, create, past };
  Database(const DatabaseEnvironment& environment, wal::TimelineId timeline,
           std::span<const buffer::Ancestor> ancestry, catalog::VolumeKind kind, Start start);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  wal::TimelineId timeline() const { return timeline_; }
  wal::Volume& volume() const { return *volume_; }
  buffer::PagedVolume& pages() const { return *pages_; }
  transaction::TransactionManager& transactions() const { return *transactions_; }
  catalog::Catalog& catalog() const { return *catalog_; }

  // True once, for whoever asks first since the database was opened: there is to remove what
  // sessions left behind in a crash.
  bool claim_first_session() { return !had_session_.exchange(true, std::memory_order_relaxed); }

 private:
  wal::TimelineId timeline_;
  std::unique_ptr<wal::Volume> volume_;
  std::unique_ptr<buffer::PagedVolume> pages_;
  std::unique_ptr<btree::Space> space_;
  std::unique_ptr<transaction::TransactionManager> transactions_;
  std::unique_ptr<catalog::Catalog> catalog_;
  std::atomic<bool> had_session_{false};
};

// The storage tier could not do what a database needs (quorum lost, fenced off, disk gone).
class StorageError : public std::runtime_error {
 public:
  StorageError(const std::string& what, boost::system::error_code code);
  boost::system::error_code code() const { return code_; }

 private:
  boost::system::error_code code_;
};

}  // namespace database
