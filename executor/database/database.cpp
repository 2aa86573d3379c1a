#include "database/database.h"

#include <fmt/format.h>

#include "btree/space.h"
#include "btree/volume_header.h"
#include "buffer/buffer_pool.h"
#include "buffer/paged_volume.h"
#include "catalog/first_reads.h"
#include "transaction/manager.h"

namespace database {

StorageError::StorageError(const std::string& what, boost::system::error_code code)
    : std::runtime_error(fmt::format("{}: {}", what, code.message())), code_(code) {}

Database::Database(const DatabaseEnvironment& environment, wal::TimelineId timeline,
                   std::span<const buffer::Ancestor> ancestry, catalog::VolumeKind kind,
                   Start start)
    : timeline_(timeline) {
  auto volume = environment.storage.open(timeline);
  if (!volume)
    throw StorageError(fmt::format("could not open timeline {}", wal::raw(timeline)), volume.error());
  volume_ = std::move(*volume);
  pages_ = std::make_unique<buffer::PagedVolume>(environment.pool, *volume_, ancestry);
  if (start == Start::create) btree::format_volume(*pages_);
  space_ = std::make_unique<btree::Space>(*pages_);
  if (start == Start::create) transaction::TransactionManager::format(*space_);
  transaction::TransactionManager::Options options;
  options.timers = &environment.timers;
  options.purge = start != Start::past;
  transactions_ = std::make_unique<transaction::TransactionManager>(*space_, options);
  if (start == Start::create) catalog::Catalog::bootstrap(*transactions_, kind);
  catalog_ = std::make_unique<catalog::Catalog>(*transactions_, kind, environment.catalog_options);
  if (kind == catalog::VolumeKind::database) catalog::read_first(*catalog_);
}

Database::~Database() = default;

}  // namespace database
