#include "database/past_database.h"

#include <limits>

#include <fmt/format.h>

#include "btree/volume_header.h"
#include "buffer/paged_volume.h"
#include "cluster_impl.h"
#include "types/sql_error.h"
#include "wal/volume_errc.h"

namespace database {

using types::SqlError;

PastDatabase::~PastDatabase() {
  database_.reset();
  cluster_.close_past(*this);
}

std::shared_ptr<PastDatabase> Cluster::open_past(const std::string& name, const AsOf& at) {
  return open_past(name, resolve(name, at));
}

std::shared_ptr<PastDatabase> Cluster::open_past(const std::string& name, const Moment& moment) {
  const std::pair key{wal::raw(moment.timeline), moment.lsn.value()};
  {
    std::lock_guard lock(mutex_);
    if (auto found = pasts_.find(key); found != pasts_.end())
      if (auto past = found->second.database.lock()) return past;
  }
  const TimelineInfo info{allocate_timeline(), moment.timeline, moment.lsn};
  // The number is not given out again after a crash, whatever the nodes remember of it.
  auto made = system_->volume().wait_durable(system_->volume().last_lsn());
  if (made) made = make_timeline(info);
  if (!made) {
    if (made.error() == make_error_code(wal::VolumeErrc::below_horizon))
      throw SqlError("22023", fmt::format("that moment of database \"{}\" is not kept any more", name));
    throw StorageError(fmt::format("could not read the past of \"{}\"", name), made.error());
  }
  // From here on its destructor lets the timeline go.
  std::shared_ptr<PastDatabase> past(new PastDatabase(*this, moment, info.timeline));
  past->database_ = std::make_unique<Database>(environment_, info.timeline, ancestry_of(info.timeline),
                                               catalog::VolumeKind::database, Database::Start::past);
  std::lock_guard lock(mutex_);
  // Somebody may have opened the same moment meanwhile: two views of it do no harm.
  pasts_[key] = {info.timeline, past};
  return past;
}

// OIDs are given out in rising order along a history, from a limit that it logs ahead. Whoever took the other
// way where both were one began at the limit that was logged there.
Oid Cluster::common_oids(PastDatabase& past, const DatabaseUse& now) {
  const wal::TimelineId head = now.database().timeline();
  {
    const std::lock_guard lock(past.mutex_);
    if (past.common_oids_ && past.common_oids_->first == head) return past.common_oids_->second;
  }
  Oid common = 0;
  if (const auto shared = common_ancestor(past.timeline(), head)) {
    const bool is_all = shared->timeline == past.moment().timeline && shared->through >= past.moment().lsn;
    if (is_all) {
      common = std::numeric_limits<Oid>::max();
    } else {
      const auto parting = open_past(now.name(), Moment{shared->timeline, shared->through, 0});
      common = static_cast<Oid>(btree::read_slot(parting->database().pages(), btree::VolumeSlot::oid_limit, 0));
    }
  }
  const std::lock_guard lock(past.mutex_);
  past.common_oids_ = {head, common};
  return common;
}

void Cluster::close_past(const PastDatabase& past) {
  {
    std::lock_guard lock(mutex_);
    const auto found = pasts_.find({wal::raw(past.moment_.timeline), past.moment_.lsn.value()});
    if (found != pasts_.end() && found->second.database.expired()) pasts_.erase(found);
  }
  drop_timelines({past.timeline_}, "a view of the past");
}

}  // namespace database
