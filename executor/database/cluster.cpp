#include "database/cluster.h"

#include <unordered_set>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "btree/volume_header.h"
#include "buffer/paged_volume.h"
#include "database_rows.h"
#include "transaction/manager.h"
#include "types/sql_error.h"
#include "wal/mini_transaction.h"
#include "wal/parker.h"

namespace database {
namespace {

using types::SqlError;

constexpr std::size_t kTimelineCounterIndex = 1;

// A transaction of the cluster's own in the system volume: aborted unless committed.
class SystemTransaction {
 public:
  explicit SystemTransaction(Database& system)
      : system_(system), transaction_(system.transactions().begin({}, control_)) {}
  ~SystemTransaction() {
    if (transaction_) transaction_->abort();
  }
  transaction::Transaction& operator*() { return *transaction_; }

  // Returns when it is durable.
  void commit() {
    auto lsn = transaction_->commit();
    transaction_.reset();
    auto durable = system_.volume().wait_durable(lsn);
    if (!durable) throw StorageError("could not commit to the system volume", durable.error());
  }

 private:
  Database& system_;
  transaction::WaitControl control_;
  transaction::TransactionPtr transaction_;
};

}  // namespace

// An entry exists from the first connection to a database until it is dropped.
struct Cluster::Entry {
  Oid oid = 0;
  wal::TimelineId timeline = wal::kNoTimeline;
  enum class State : std::uint8_t { closed, opening, open, dropping, dropped } state = State::closed;
  std::unique_ptr<Database> database;
  std::vector<wal::Parker*> waiting;      // for opening, or for the last session to leave
  std::unordered_map<std::uint64_t, std::function<void()>> uses;  // what evicts each session
  std::uint64_t next_use = 1;

  void wake_all() {
    for (auto* parker : waiting) parker->unpark();
    waiting.clear();
  }
};

Cluster::Cluster(DatabaseEnvironment environment) : environment_(std::move(environment)) {
  load_timelines();
  if (timelines_.empty()) {
    bootstrap();
  } else {
    system_ = std::make_unique<Database>(environment_, wal::kSystemTimeline,
                                         std::span<const buffer::Ancestor>{},
                                         catalog::VolumeKind::system, Database::Start::open);
    drop_orphans();
  }
}

void Cluster::drop_orphans() {
  SystemTransaction transaction(*system_);
  std::unordered_set<std::uint64_t> used{wal::raw(wal::kSystemTimeline)};
  for (const auto& [oid, timeline] : VolumeDirectory(*system_).list(*transaction))
    used.insert(wal::raw(timeline));
  for (const auto& [number, info] : timelines_) {
    if (used.contains(number)) continue;
    spdlog::info("timeline {} belongs to no database (a CREATE or DROP DATABASE was interrupted): "
                 "dropping it", number);
    if (auto dropped = environment_.storage.drop_timeline(info.timeline); !dropped)
      spdlog::warn("timeline {} could not be dropped: {}", number, dropped.error().message());
  }
}

Cluster::~Cluster() {
  entries_.clear();
  system_.reset();
}

void Cluster::load_timelines() {
  auto known = environment_.storage.timelines();
  if (!known) throw StorageError("could not read the list of timelines", known.error());
  for (const auto& info : *known) timelines_[wal::raw(info.timeline)] = info;
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
  auto timeline = VolumeDirectory(*system_).find(*transaction, oid);
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
  auto& database = open(*entry);
  std::unique_ptr<DatabaseUse> use(new DatabaseUse);
  std::lock_guard lock(mutex_);
  if (entry->state != Entry::State::open)
    throw SqlError("3D000", fmt::format("database \"{}\" does not exist", name));
  if (!superuser && row->connection_limit >= 0 &&
      entry->uses.size() >= static_cast<std::size_t>(row->connection_limit))
    throw SqlError("53300", fmt::format("too many connections for database \"{}\"", name));
  use->cluster_ = this;
  use->entry_ = entry;
  use->database_ = &database;
  use->oid_ = row->oid;
  use->name_ = name;
  use->id_ = entry->next_use++;
  entry->uses.emplace(use->id_, std::move(evict));
  return use;
}

DatabaseUse::~DatabaseUse() {
  if (!entry_) return;
  std::lock_guard lock(cluster_->mutex_);
  entry_->uses.erase(id_);
  if (entry_->uses.empty()) entry_->wake_all();
}

wal::TimelineId Cluster::allocate_timeline() {
  auto header = system_->pages().exclusive(btree::kVolumeHeaderPage);
  auto next = btree::slot_value(header.page(), btree::VolumeSlot::other_first, kTimelineCounterIndex);
  // The system volume's own comes first.
  if (next <= wal::raw(wal::kSystemTimeline)) next = wal::raw(wal::kSystemTimeline) + 1;
  wal::MiniTransaction mtr(system_->volume());
  btree::write_slot(mtr, header, btree::VolumeSlot::other_first, kTimelineCounterIndex, next + 1);
  mtr.commit();
  return wal::TimelineId{next};
}

Oid Cluster::create(const CreateOptions& options) {
  SystemTransaction transaction(*system_);
  if (find_database(*system_, *transaction, options.name))
    throw SqlError("42P04", fmt::format("database \"{}\" already exists", options.name));
  auto source = find_database(*system_, *transaction, options.template_name);
  auto source_entry = source ? entry_for(source->oid) : nullptr;
  if (!source_entry)
    throw SqlError("3D000",
                   fmt::format("template database \"{}\" does not exist", options.template_name));
  auto& source_database = open(*source_entry);

  DatabaseRow row;
  row.oid = system_->catalog().allocate_oid();
  row.name = options.name;
  row.owner = options.owner;
  row.is_template = options.is_template.value_or(false);
  row.allow_connections = options.allow_connections.value_or(true);
  row.connection_limit = options.connection_limit.value_or(-1);

  auto timeline = allocate_timeline();
  TimelineInfo info{timeline, source_entry->timeline, wal::kNoLsn};
  {
    // While this view lives, the source grants no horizon past it: history at the branch point
    // stays until the child's pin is durable.
    transaction::WaitControl control;
    auto guard = source_database.transactions().begin({}, control);
    auto view = guard->take_view();
    info.branch_lsn = source_database.volume().last_lsn();
    auto durable = source_database.volume().wait_durable(info.branch_lsn);
    if (!durable)
      throw StorageError(fmt::format("could not clone \"{}\"", options.template_name), durable.error());
    auto created = environment_.storage.create_timeline(info);
    if (!created)
      throw StorageError(fmt::format("could not clone \"{}\"", options.template_name), created.error());
  }
  try {
    insert_database(*system_, *transaction, row);
    VolumeDirectory(*system_).insert(*transaction, row.oid, timeline);
    transaction.commit();
  } catch (...) {
    if (auto dropped = environment_.storage.drop_timeline(timeline); !dropped)
      spdlog::warn("timeline {} of a database that was not created is left over: {}",
                   wal::raw(timeline), dropped.error().message());
    throw;
  }
  std::lock_guard lock(mutex_);
  timelines_[wal::raw(timeline)] = info;
  return row.oid;
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
  std::unique_ptr<Database> closed;
  {
    std::unique_lock lock(mutex_);
    if (!entry->uses.empty() && !force) {
      auto count = entry->uses.size();
      throw SqlError("55006", fmt::format("database \"{}\" is being accessed by other users", name))
          .with_detail(count == 1 ? "There is 1 other session using the database."
                                  : fmt::format("There are {} other sessions using the database.", count));
    }
    entry->state = Entry::State::dropping;
    for (auto& [id, evict] : entry->uses) evict();
    auto& parker = wal::Parker::current();
    while (!entry->uses.empty()) {
      entry->waiting.push_back(&parker);
      lock.unlock();
      parker.park();
      lock.lock();
      std::erase(entry->waiting, &parker);
    }
    closed = std::move(entry->database);
  }
  closed.reset();
  try {
    remove_database(*system_, *transaction, row->oid);
    VolumeDirectory(*system_).remove(*transaction, row->oid);
    transaction.commit();
  } catch (...) {
    std::lock_guard lock(mutex_);
    entry->state = Entry::State::closed;
    throw;
  }
  {
    std::lock_guard lock(mutex_);
    entry->state = Entry::State::dropped;
    entries_.erase(row->oid);
  }
  // The name is gone for good; what is left of the data is the storage's to free.
  if (auto dropped = environment_.storage.drop_timeline(entry->timeline); !dropped)
    spdlog::warn("space of dropped database \"{}\" is not freed yet: {}", name,
                 dropped.error().message());
}

void Cluster::rename(const std::string& name, const std::string& new_name) {
  SystemTransaction transaction(*system_);
  auto row = find_database(*system_, *transaction, name);
  if (!row) throw SqlError("3D000", fmt::format("database \"{}\" does not exist", name));
  if (find_database(*system_, *transaction, new_name))
    throw SqlError("42P04", fmt::format("database \"{}\" already exists", new_name));
  rename_database(*system_, *transaction, row->oid, new_name);
  transaction.commit();
}

std::vector<DatabaseRow> Cluster::list() {
  SystemTransaction transaction(*system_);
  return list_databases(*system_, *transaction);
}

std::vector<Cluster::VolumeStatus> Cluster::volumes() {
  std::vector<VolumeStatus> out;
  out.push_back({0, "(system)", wal::kSystemTimeline, true, 0, system_->volume().vdl(),
                 system_->volume().last_lsn()});
  SystemTransaction transaction(*system_);
  auto directory = VolumeDirectory(*system_).list(*transaction);
  for (const auto& row : list_databases(*system_, *transaction)) {
    VolumeStatus status{row.oid, row.name, wal::kNoTimeline, false, 0, {}, {}};
    for (const auto& [oid, timeline] : directory)
      if (oid == row.oid) status.timeline = timeline;
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
