// The first start: the system volume, template1, and its clones template0 and postgres.
#include <array>

#include "buffer/paged_volume.h"
#include "catalog/builtin.h"
#include "database/cluster.h"
#include "cluster_records.h"
#include "database_rows.h"
#include "transaction/manager.h"

namespace database {

void Cluster::bootstrap() {
  auto create = [this](const TimelineInfo& info) {
    if (auto created = environment_.storage.create_timeline(info); !created)
      throw StorageError("could not make the first databases", created.error());
    timelines_[wal::raw(info.timeline)] = info;
  };
  create({wal::kSystemTimeline, wal::kNoTimeline, wal::kNoLsn});
  system_ = std::make_unique<Database>(environment_, wal::kSystemTimeline,
                                       std::span<const buffer::Ancestor>{},
                                       catalog::VolumeKind::system, Database::Start::create);
  records_ = std::make_unique<ClusterRecords>(*system_);

  auto template_timeline = allocate_timeline();
  create({template_timeline, wal::kNoTimeline, wal::kNoLsn});
  wal::Lsn branch;
  {
    Database template1(environment_, template_timeline, {}, catalog::VolumeKind::database,
                       Database::Start::create);
    branch = template1.volume().last_lsn();
    if (auto durable = template1.volume().wait_durable(branch); !durable)
      throw StorageError("could not make template1", durable.error());
  }

  struct First {
    Oid oid;
    const char* name;
    bool is_template, allow_connections;
  };
  constexpr std::array<First, 3> kFirst{{{kTemplate1, "template1", true, true},
                                         {kTemplate0, "template0", true, false},
                                         {kPostgres, "postgres", false, true}}};
  transaction::WaitControl control;
  auto transaction = system_->transactions().begin({}, control);
  for (const auto& first : kFirst) {
    auto timeline = template_timeline;
    if (first.oid != kTemplate1) {
      timeline = allocate_timeline();
      create({timeline, template_timeline, branch});
    }
    DatabaseRow row;
    row.oid = first.oid;
    row.name = first.name;
    row.owner = catalog::kBootstrapRole;
    row.is_template = first.is_template;
    row.allow_connections = first.allow_connections;
    insert_database(*system_, *transaction, row);
    records_->volumes.put(*transaction, first.oid, timeline);
  }
  auto lsn = transaction->commit();
  if (auto durable = system_->volume().wait_durable(lsn); !durable)
    throw StorageError("could not make the first databases", durable.error());
}

}  // namespace database
