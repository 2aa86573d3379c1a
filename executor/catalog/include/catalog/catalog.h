// One open volume's catalogue: its tables, and a cache of committed descriptors.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "catalog/relation.h"
#include "table/schema.h"
#include "transaction/manager.h"
#include "wal/lsn.h"

namespace catalog {

class CatalogView;

enum class VolumeKind : std::uint8_t {
  database,  // everything but the shared catalogues
  system,    // pg_database, pg_authid, ...: one per cluster
};

// How keys that are expressions, and predicates, become something the table unit can call: set by
// the composition, since evaluation stands above this unit.
using IndexExpressionsFactory =
    std::function<std::shared_ptr<const table::IndexExpressions>(
        CatalogView&, const IndexDescriptor&, const RelationDescriptor&)>;

struct CatalogOptions {
  IndexExpressionsFactory index_expressions;  // null: such indexes raise 0A000 when used
};

struct CatalogCache;
struct OidSource;
class SystemRelations;

// Thread-safe. Outlives every SessionCatalog on it; the transaction manager outlives it.
class Catalog {
 public:
  // Makes and fills the catalogue tables of a fresh volume (space formatted, manager open, no
  // user) with PostgreSQL's rows, in a transaction of its own. Parks.
  static void bootstrap(transaction::TransactionManager& manager, VolumeKind kind);

  // Opens a bootstrapped volume; reads page 0. Parks.
  Catalog(transaction::TransactionManager& manager, VolumeKind kind, CatalogOptions options = {});
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  transaction::TransactionManager& manager() const { return manager_; }
  VolumeKind kind() const { return kind_; }

  // Rises whenever a commit that changed this catalogue has become durable. Whoever keeps something
  // derived from descriptors (a cached plan) compares it after taking its table locks. One load.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }

  // The newest commit that changed the catalogue, and is durable. (Or may never be, where its wait failed: who uses
  // descriptors answers not before it is, Transaction::note_seen; SessionCatalog does it.)
  wal::Lsn last_change() const { return wal::Lsn(last_change_.load(std::memory_order_acquire)); }

  // A new OID, unique in this volume, never given out again. Parks now and then.
  Oid allocate_oid();

  // Descriptor of a bootstrap catalogue or system view; null when `oid` is none, or lives in the
  // other kind of volume.
  std::shared_ptr<const RelationDescriptor> system_relation(Oid oid) const;

  // Drops every cached descriptor (a volume that was rewound, a reader that was told).
  void invalidate_all();

  const CatalogOptions& options() const { return options_; }
  CatalogCache& cache() const { return *cache_; }  // for SessionCatalog

 private:
  friend class CommitInvalidation;
  friend class WholeInvalidation;
  void note_change(wal::Lsn commit);

  transaction::TransactionManager& manager_;
  VolumeKind kind_;
  CatalogOptions options_;
  std::atomic<std::uint64_t> version_{1};
  std::atomic<std::uint64_t> last_change_{0};
  std::unique_ptr<CatalogCache> cache_;
  std::unique_ptr<SystemRelations> system_;
  std::unique_ptr<OidSource> oids_;
};

}  // namespace catalog
