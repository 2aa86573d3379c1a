#include "database/cluster.h"

#include <unordered_set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "buffer/paged_volume.h"
#include "cluster_impl.h"
#include "database_rows.h"
#include "sequences.h"
#include "transaction/manager.h"
#include "transaction/timer_service.h"
#include "types/sql_error.h"
#include "wal/parker.h"

namespace database {
namespace {

using types::SqlError;

// Of a server that starts.
constexpr std::chrono::seconds kNodesPatience{10};

}  // namespace

Cluster::Cluster(DatabaseEnvironment environment)
    : environment_(std::move(environment)),
      started_us_(now_us()),
      started_(std::chrono::steady_clock::now()),
      system_entry_(std::make_shared<Entry>()) {
  load_timelines();
  if (timelines_.empty()) {
    bootstrap();
  } else {
    system_ = std::make_unique<Database>(environment_, wal::kSystemTimeline,
                                         std::span<const buffer::Ancestor>{},
                                         catalog::VolumeKind::system, Database::Start::open);
    records_ = std::make_unique<ClusterRecords>(*system_);
    complete_clones();
    drop_orphans();
  }
  expiries_ = std::make_unique<ExpiryWatch>([this](Oid database) { expire(database); });
  idle_closer_ = std::make_unique<ExpiryWatch>([this](Oid database) { close_idle(database); });
  history_watch_ = std::make_unique<ExpiryWatch>([this](Oid database) { keep_history(database); });
  watch_expiries();
  watch_histories();
  schedule_grants();
}

// Nothing was granted or dropped meanwhile that would have gone by such a clone: its history is there.
void Cluster::complete_clones() {
  SystemTransaction transaction(*system_);
  for (const TimelineInfo& origin : records_->origins.list(*transaction)) {
    const auto known = known_timeline(origin.timeline);
    if (known && (known->is_held || known->dropped)) continue;
    spdlog::info("timeline {} is on too few nodes (making it was interrupted): it is made now",
                 wal::raw(origin.timeline));
    const auto made = known ? environment_.storage.create_timeline(origin) : make_timeline(origin);
    if (!made) spdlog::error("timeline {} could not be made: {}", wal::raw(origin.timeline), made.error().message());
  }
}

void Cluster::drop_orphans() {
  SystemTransaction transaction(*system_);
  std::unordered_set<std::uint64_t> used{wal::raw(wal::kSystemTimeline)};
  for (const auto& [oid, timeline] : records_->volumes.list(*transaction))
    used.insert(wal::raw(timeline));
  for (const auto& head : records_->heads.list(*transaction)) used.insert(wal::raw(head.timeline));
  for (const auto& snapshot : records_->snapshots.list(*transaction))
    used.insert(wal::raw(snapshot.pin));
  std::vector<wal::TimelineId> orphans;
  for (const auto& [number, info] : timelines_) {
    if (used.contains(number) || info.dropped) continue;
    spdlog::info("timeline {} belongs to no database or snapshot (making or dropping one was "
                 "interrupted): dropping it", number);
    if (auto dropped = environment_.storage.drop_timeline(info.timeline); !dropped)
      spdlog::warn("timeline {} could not be dropped: {}", number, dropped.error().message());
    orphans.push_back(info.timeline);
  }
  for (auto orphan : orphans) forget_timeline(orphan);
}

Cluster::~Cluster() {
  stop_grants();
  if (expiries_) expiries_->stop();
  if (history_watch_) history_watch_->stop();
  if (idle_closer_) idle_closer_->stop();
  entries_.clear();
  system_.reset();
}

void Cluster::load_timelines() {
  auto known = environment_.storage.timelines(kNodesPatience);
  if (!known) throw StorageError("could not read the list of timelines", known.error());
  for (const auto& info : *known) {
    timelines_[wal::raw(info.timeline)] = info;
    children_[wal::raw(info.parent)].insert(info.branch_lsn);
    if (info.dropped) dropped_.insert(wal::raw(info.timeline));
  }
}

std::vector<buffer::Ancestor> Cluster::ancestry_of(wal::TimelineId timeline) {
  std::vector<buffer::Ancestor> ancestry;
  std::lock_guard lock(mutex_);
  for (auto found = timelines_.find(wal::raw(timeline));
       found != timelines_.end() && found->second.parent != wal::kNoTimeline;
       found = timelines_.find(wal::raw(found->second.parent)))
    ancestry.push_back({found->second.parent, found->second.branch_lsn});
  return ancestry;
}

std::optional<RoleRow> Cluster::find_role(const std::string& name) {
  SystemTransaction transaction(*system_);
  return database::find_role(*system_, *transaction, name);
}

std::vector<std::string> Cluster::settings_for(Oid database, Oid role) {
  SystemTransaction transaction(*system_);
  std::vector<std::string> all;
  for (auto [of, by] : {std::pair<Oid, Oid>{0, 0}, {database, 0}, {0, role}, {database, role}})
    for (auto& setting : stored_settings(*system_, *transaction, of, by)) all.push_back(std::move(setting));
  return all;
}

std::string Cluster::password_verifier(const std::string& role) {
  auto row = find_role(role);
  return row ? row->password_verifier : std::string();
}

std::shared_ptr<Cluster::Entry> Cluster::entry_for(Oid oid) {
  {
    std::lock_guard lock(mutex_);
    if (auto found = entries_.find(oid); found != entries_.end()) return found->second;
  }
  SystemTransaction transaction(*system_);
  auto timeline = records_->volumes.find(*transaction, oid);
  if (!timeline) return nullptr;
  std::lock_guard lock(mutex_);
  auto& entry = entries_[oid];
  if (!entry) {
    entry = std::make_shared<Entry>();
    entry->oid = oid;
    entry->timeline = *timeline;
  }
  return entry;
}

Database& Cluster::open(Entry& entry) {
  std::unique_lock lock(mutex_);
  while (true) {
    switch (entry.state) {
      case Entry::State::open:
        return *entry.database;
      case Entry::State::dropping:
      case Entry::State::dropped:
        throw SqlError("3D000", "database is being dropped");
      case Entry::State::moving:
      case Entry::State::closing:
      case Entry::State::opening: {
        auto& parker = wal::Parker::current();
        entry.waiting.push_back(&parker);
        lock.unlock();
        parker.park();
        lock.lock();
        std::erase(entry.waiting, &parker);
        continue;
      }
      case Entry::State::closed:
        break;
    }
    entry.state = Entry::State::opening;
    lock.unlock();
    std::unique_ptr<Database> database;
    try {
      database = std::make_unique<Database>(environment_, entry.timeline, ancestry_of(entry.timeline),
                                            catalog::VolumeKind::database, Database::Start::open);
    } catch (...) {
      lock.lock();
      entry.state = Entry::State::closed;
      entry.wake_all();
      throw;
    }
    lock.lock();
    entry.database = std::move(database);
    entry.state = Entry::State::open;
    entry.is_settled = false;
    history_watch_->set(entry.oid, 0);
    entry.wake_all();
  }
}

std::unique_ptr<DatabaseUse> Cluster::connect(const std::string& name, bool superuser,
                                              std::function<void()> evict) {
  std::optional<DatabaseRow> row;
  {
    SystemTransaction transaction(*system_);
    row = find_database(*system_, *transaction, name);
  }
  auto entry = row ? entry_for(row->oid) : nullptr;
  if (!entry) throw SqlError("3D000", fmt::format("database \"{}\" does not exist", name));
  if (!row->allow_connections)
    throw SqlError("55000", fmt::format("database \"{}\" is not currently accepting connections", name));
  const bool limited = !superuser && row->connection_limit >= 0;
  return add_use(entry, name, std::move(evict),
                 limited ? static_cast<std::size_t>(row->connection_limit) : SIZE_MAX);
}

std::unique_ptr<DatabaseUse> Cluster::hold(const std::string& name, const char* what) {
  std::optional<DatabaseRow> row;
  {
    SystemTransaction transaction(*system_);
    row = find_database(*system_, *transaction, name);
  }
  auto entry = row ? entry_for(row->oid) : nullptr;
  if (!entry) throw SqlError("3D000", fmt::format("{} \"{}\" does not exist", what, name));
  {
    // Who moves it waits for its sessions to leave, and the caller may be one of them.
    std::lock_guard lock(mutex_);
    if (entry->state == Entry::State::moving)
      throw SqlError("55006", fmt::format("database \"{}\" is being rewound", name));
  }
  auto use = add_use(entry, name, [] {}, SIZE_MAX);
  use->is_session_ = false;
  return use;
}

std::unique_ptr<DatabaseUse> Cluster::add_use(const std::shared_ptr<Entry>& entry,
                                              const std::string& name,
                                              std::function<void()> evict,
                                              std::size_t limit) {
  std::unique_ptr<DatabaseUse> use(new DatabaseUse);
  std::unique_lock lock(mutex_);
  // It may have been closed again, because nobody used it.
  while (entry->state != Entry::State::open) {
    lock.unlock();
    open(*entry);
    lock.lock();
  }
  if (entry->uses.size() >= limit)
    throw SqlError("53300", fmt::format("too many connections for database \"{}\"", name));
  no_longer_idle(*entry);
  use->cluster_ = this;
  use->database_ = entry->database.get();
  use->oid_ = entry->oid;
  use->name_ = name;
  use->id_ = entry->next_use++;
  entry->uses.emplace(use->id_, std::move(evict));
  use->entry_ = entry;
  return use;
}

DatabaseUse::~DatabaseUse() {
  if (!entry_) return;
  std::lock_guard lock(cluster_->mutex_);
  entry_->uses.erase(id_);
  entry_->had_session = entry_->had_session || is_session_;
  if (!entry_->uses.empty()) return;
  entry_->wake_all();
  cluster_->became_idle(*entry_);
  if (entry_->expires_after_last_session && entry_->had_session) cluster_->expiries_->set(oid_, 0);
}

wal::TimelineId Cluster::allocate_timeline() { return records_->numbers.next(); }

Oid Cluster::create(const CreateOptions& options) {
  auto source = hold(options.template_name, "template database");
  std::optional<Moment> at;
  if (options.at.time_us || options.at.lsn) at = resolve(options.template_name, options.at);
  return clone(options, *source, at);
}

DatabaseRow Cluster::new_row(transaction::Transaction& transaction, const CreateOptions& options) {
  if (find_database(*system_, transaction, options.name))
    throw SqlError("42P04", fmt::format("database \"{}\" already exists", options.name));
  DatabaseRow row;
  row.oid = system_->catalog().allocate_oid();
  row.name = options.name;
  row.owner = options.owner;
  row.is_template = options.is_template.value_or(false);
  row.allow_connections = options.allow_connections.value_or(true);
  row.connection_limit = options.connection_limit.value_or(-1);
  return row;
}

std::optional<TimelineInfo> Cluster::pin(const DatabaseUse& source, const std::optional<Moment>& at) {
  const Database& database = source.database();
  TimelineInfo info{allocate_timeline(), database.timeline(), wal::kNoLsn};
  // Grants are made under this mutex. None was above the VDL; all after this name the branch point.
  const std::lock_guard lock(mutex_);
  if (at) {
    const auto known = timelines_.find(wal::raw(at->timeline));
    const wal::Lsn granted = std::max(source.entry_->horizon, known == timelines_.end() ? wal::kMaxLsn : known->second.horizon);
    if (at->timeline != info.parent || at->lsn < granted) return std::nullopt;
    info.branch_lsn = at->lsn;
  } else {
    // Every commit that was acknowledged is at or below it.
    info.branch_lsn = database.volume().vdl();
  }
  timelines_[wal::raw(info.timeline)] = info;
  children_[wal::raw(info.parent)].insert(info.branch_lsn);
  return info;
}

// One wait for the nodes' disks: the timeline is sent beside the commit, which makes durable on them what
// comes before it. The rows say where the timeline begins, so that a start can make it when they are all
// there is; and a drop of the source waits until its uses end.
Oid Cluster::clone(const CreateOptions& options, DatabaseUse& source, const std::optional<Moment>& at) {
  auto& database = source.database();
  auto fail = [&](boost::system::error_code error) {
    throw StorageError(fmt::format("could not clone \"{}\"", options.template_name), error);
  };
  if (!at) {
    transaction::WaitControl control;
    const auto reader = database.transactions().begin({.read_only = true}, control);
    const wal::Lsn settled = settle_sequences(database, reader->take_view());
    if (settled != wal::kNoLsn) {
      if (auto durable = database.volume().wait_durable(settled); !durable) fail(durable.error());
    }
  }
  const std::optional<TimelineInfo> info = pin(source, at);
  if (!info) return create_at(options, *at);
  std::optional<SystemTransaction> transaction;
  DatabaseRow row;
  try {
    transaction.emplace(*system_);
    row = new_row(**transaction, options);
    records_->origins.insert(**transaction, *info);
  } catch (...) {
    forget_timeline(info->timeline);
    throw;
  }
  auto pending = environment_.storage.begin_timeline(*info);
  const Oid oid = add_database(*transaction, row, info->timeline,
                               at && at->time_us != 0 ? at->time_us : now_us(), options);
  if (auto made = pending.wait(); !made) {
    try {
      drop(options.name, true, true);
    } catch (const std::exception& error) {
      spdlog::warn("database \"{}\" could not be made, and is left to the next start: {}", options.name, error.what());
    }
    fail(made.error());
  }
  return oid;
}

Oid Cluster::create_at(const CreateOptions& options, const Moment& moment) {
  SystemTransaction transaction(*system_);
  const DatabaseRow row = new_row(*transaction, options);
  const TimelineInfo info{allocate_timeline(), moment.timeline, moment.lsn};
  if (auto created = make_timeline(info); !created)
    throw StorageError(fmt::format("could not clone \"{}\"", options.template_name), created.error());
  return add_database(transaction, row, info.timeline, moment.time_us != 0 ? moment.time_us : now_us(), options);
}

Oid Cluster::add_database(SystemTransaction& transaction, const DatabaseRow& row,
                          wal::TimelineId timeline, std::int64_t branch_us, const CreateOptions& options) {
  {
    // Before the commit: whoever sees the row finds this entry and makes no other.
    const std::lock_guard lock(mutex_);
    auto& entry = entries_[row.oid];
    entry = std::make_shared<Entry>();
    entry->oid = row.oid;
    entry->timeline = timeline;
    entry->expires_after_last_session = options.expires_us == kAfterLastSession;
  }
  try {
    insert_database(*system_, *transaction, row);
    if (options.keep_settings) {
      auto source_row = find_database(*system_, *transaction, options.template_name);
      (*transaction).next_command();
      if (source_row) copy_settings(*system_, *transaction, source_row->oid, row.oid);
    }
    records_->volumes.put(*transaction, row.oid, timeline);
    records_->branch_times.put(*transaction, timeline, branch_us);
    if (options.expires_us) records_->expiries.put(*transaction, {row.oid, *options.expires_us});
    transaction.commit();
  } catch (...) {
    {
      const std::lock_guard lock(mutex_);
      entries_.erase(row.oid);
    }
    drop_timelines({timeline}, options.name);
    throw;
  }
  if (options.expires_us && *options.expires_us != kAfterLastSession)
    expiries_->set(row.oid, *options.expires_us);
  return row.oid;
}

void Cluster::drop_timelines(const std::vector<wal::TimelineId>& timelines,
                             const std::string& name) {
  for (auto timeline : timelines) {
    if (auto dropped = environment_.storage.drop_timeline(timeline); !dropped)
      spdlog::warn("space of timeline {} (\"{}\") is not freed yet: {}", wal::raw(timeline), name,
                   dropped.error().message());
    forget_timeline(timeline);
  }
}

std::unique_ptr<Database> Cluster::close(Entry& entry, Closing why) {
  std::unique_lock lock(mutex_);
  auto& parker = wal::Parker::current();
  auto wait = [&] {
    entry.waiting.push_back(&parker);
    lock.unlock();
    parker.park();
    lock.lock();
    std::erase(entry.waiting, &parker);
  };
  while (entry.state == Entry::State::opening || entry.state == Entry::State::moving ||
         entry.state == Entry::State::closing)
    wait();
  if (entry.state == Entry::State::dropping || entry.state == Entry::State::dropped)
    throw SqlError("3D000", "database is being dropped");
  entry.state = why == Closing::drop ? Entry::State::dropping : Entry::State::moving;
  no_longer_idle(entry);
  for (auto& [id, evict] : entry.uses) evict();
  while (!entry.uses.empty()) wait();
  return std::move(entry.database);
}

// Whoever has just hung up may not have left yet; PostgreSQL gives them as long.
void Cluster::require_unused(Entry& entry, const std::string& name, std::unique_lock<std::mutex>& lock) {
  if (entry.uses.empty()) return;
  const auto give_up = transaction::Clock::now() + std::chrono::seconds(5);
  auto& parker = wal::Parker::current();
  const auto timer = timers().call_at(give_up, [&parker] { parker.unpark(); });
  while (!entry.uses.empty() && transaction::Clock::now() < give_up) {
    entry.waiting.push_back(&parker);
    lock.unlock();
    parker.park();
    lock.lock();
    std::erase(entry.waiting, &parker);
  }
  lock.unlock();
  timers().cancel(timer);
  lock.lock();
  if (const std::size_t count = entry.uses.size(); count != 0) {
    throw SqlError("55006", fmt::format("database \"{}\" is being accessed by other users", name))
        .with_detail(count == 1 ? "There is 1 other session using the database."
                                : fmt::format("There are {} other sessions using the database.", count));
  }
}

void Cluster::drop(const std::string& name, bool missing_ok, bool force) {
  SystemTransaction transaction(*system_);
  auto row = find_database(*system_, *transaction, name);
  auto entry = row ? entry_for(row->oid) : nullptr;
  if (!entry) {
    if (missing_ok) return;
    throw SqlError("3D000", fmt::format("database \"{}\" does not exist", name));
  }
  if (row->is_template)
    throw SqlError("42809", "cannot drop a template database");
  {
    std::unique_lock lock(mutex_);
    if (!force) require_unused(*entry, name, lock);
  }
  close(*entry, Closing::drop).reset();
  std::vector<wal::TimelineId> timelines{entry->timeline};
  try {
    remove_database(*system_, *transaction, row->oid);
    records_->volumes.remove(*transaction, row->oid);
    records_->expiries.remove(*transaction, row->oid);
    for (const auto& head : records_->heads.of(*transaction, row->oid)) {
      records_->heads.remove(*transaction, head);
      if (head.timeline != entry->timeline) timelines.push_back(head.timeline);
    }
    // Automated snapshots go with their database; those that somebody named do not.
    for (const auto& snapshot : records_->snapshots.list(*transaction)) {
      if (!snapshot.automated || snapshot.database != row->oid) continue;
      records_->snapshots.remove(*transaction, snapshot.name);
      timelines.push_back(snapshot.pin);
    }
    for (auto timeline : timelines) records_->forget(*transaction, timeline);
    transaction.commit();
  } catch (...) {
    std::lock_guard lock(mutex_);
    entry->state = Entry::State::closed;
    entry->wake_all();
    throw;
  }
  expiries_->forget(row->oid);
  history_watch_->forget(row->oid);
  {
    std::lock_guard lock(mutex_);
    entry->state = Entry::State::dropped;
    entry->wake_all();
    entries_.erase(row->oid);
  }
  // The name is gone for good; what is left of the data is the storage's to free.
  drop_timelines(timelines, name);
}

void Cluster::require_unused(const std::string& name) {
  std::optional<DatabaseRow> row;
  {
    SystemTransaction transaction(*system_);
    row = find_database(*system_, *transaction, name);
  }
  if (const auto entry = row ? entry_for(row->oid) : nullptr) {
    std::unique_lock lock(mutex_);
    require_unused(*entry, name, lock);
  }
}

std::vector<DatabaseRow> Cluster::list() {
  SystemTransaction transaction(*system_);
  return list_databases(*system_, *transaction);
}

bool Cluster::visit(Oid database, const std::function<void(const Database&)>& look) {
  if (database == 0) {
    look(*system_);
    return true;
  }
  std::lock_guard lock(mutex_);
  const auto found = entries_.find(database);
  if (found == entries_.end() || found->second->state != Entry::State::open) return false;
  look(*found->second->database);
  return true;
}

std::vector<Cluster::VolumeStatus> Cluster::volumes() {
  std::vector<VolumeStatus> out;
  out.push_back({0, "(system)", wal::kSystemTimeline, true, 0, system_->volume().vdl(),
                 system_->volume().last_lsn()});
  SystemTransaction transaction(*system_);
  std::unordered_map<Oid, wal::TimelineId> directory;
  for (const auto& [oid, timeline] : records_->volumes.list(*transaction)) directory.emplace(oid, timeline);
  for (const auto& row : list_databases(*system_, *transaction)) {
    VolumeStatus status{row.oid, row.name, wal::kNoTimeline, false, 0, {}, {}};
    if (const auto at = directory.find(row.oid); at != directory.end()) status.timeline = at->second;
    std::lock_guard lock(mutex_);
    if (auto found = entries_.find(row.oid);
        found != entries_.end() && found->second->state == Entry::State::open) {
      status.open = true;
      status.sessions = static_cast<int>(found->second->uses.size());
      status.vdl = found->second->database->volume().vdl();
      status.last_lsn = found->second->database->volume().last_lsn();
    }
    out.push_back(std::move(status));
  }
  return out;
}

}  // namespace database
