// All databases of one server: pg_database, the volumes behind it, and who uses them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "database/database.h"
#include "database/past_database.h"
#include "database/storage.h"
#include "database/timeline.h"
#include "transaction/timer_service.h"
#include "types/oid.h"

namespace archive {
class ArchiveReader;
class ObjectStore;
struct ArchivedCommit;
struct Key;
struct Manifest;
}  // namespace archive

namespace database {

class ExpiryWatch;
class Transfer;
struct ClusterRecords;

inline constexpr Oid kTemplate1 = 1, kTemplate0 = 4, kPostgres = 5;

// A row of pg_database.
struct DatabaseRow {
  Oid oid = 0;
  std::string name;
  Oid owner = 0;
  bool is_template = false;
  bool allow_connections = true;
  std::int32_t connection_limit = -1;
};

// A row of pg_authid.
struct RoleRow {
  Oid oid = 0;
  std::string name;
  bool superuser = false, can_login = false, create_database = false;
  std::int32_t connection_limit = -1;
  std::string password_verifier;   // empty: none
};

struct CreateOptions {
  std::string name;
  std::string template_name = "template1";
  Oid owner = 0;
  std::optional<bool> is_template = std::nullopt, allow_connections = std::nullopt;
  std::optional<std::int32_t> connection_limit = std::nullopt;
  // The moment of the template that is cloned.
  AsOf at = {};
  // The template's settings (ALTER DATABASE .. SET) and grants are the new database's too.
  bool keep_settings = false;
  // When the database drops itself: Unix epoch, microseconds, or kAfterLastSession.
  std::optional<std::int64_t> expires_us = std::nullopt;
};

// What an export has made of a place.
struct ExportSummary {
  Moment from, to;                         // what the place holds now
  std::uint64_t objects = 0, bytes = 0;    // of that, without the manifest
  std::uint64_t added_objects = 0, added_bytes = 0;
};

// A session's hold on a database: counted, told to go when the database is dropped by force.
class DatabaseUse;

// Thread-safe; calls park and throw SqlError with PostgreSQL's wording, or StorageError.
class Cluster {
 public:
  // Opens the system volume, or makes the first databases when storage is empty.
  explicit Cluster(DatabaseEnvironment environment);
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  Database& system() const { return *system_; }
  transaction::TimerService& timers() const { return environment_.timers; }
  buffer::BufferPool& pool() const { return environment_.pool; }
  Storage& storage() const { return environment_.storage; }

  // Opens the database if it is not open and keeps it so while the use lives. `evict` is called,
  // from any thread, when DROP DATABASE .. WITH (FORCE) wants the session gone. 3D000, 55000 (not
  // accepting connections), 53300 (connection limit).
  std::unique_ptr<DatabaseUse> connect(const std::string& name, bool superuser,
                                       std::function<void()> evict);

  std::optional<RoleRow> find_role(const std::string& name);
  // For authentication: empty when there is no such role or it has no password.
  std::string password_verifier(const std::string& role);

  // "name=value", the weakest first: for everybody, of the database, of the role, of the role there.
  std::vector<std::string> settings_for(Oid database, Oid role);

  // A clone of the template as of a moment, by default its last commit, whoever is connected to
  // it. Returns the new OID.
  Oid create(const CreateOptions& options);

  // 55006 when others still use it after five seconds, unless `force`, which ends their sessions.
  void drop(const std::string& name, bool missing_ok, bool force);
  // The same wait and error; for ALTER DATABASE RENAME, which is otherwise the catalogue's work.
  void require_unused(const std::string& name);

  std::vector<DatabaseRow> list();

  // --- history (cluster_history.cpp) ---

  // The last commit at that moment of what was the database then: also before it was cloned or
  // rewound. 3D000; 22023 when it has not come yet or is older than what is kept.
  Moment resolve(const std::string& name, const AsOf& at, Reach reach = Reach::restore);
  // The database as it was then, as long as anybody holds it. Throws as resolve().
  std::shared_ptr<PastDatabase> open_past(const std::string& name, const AsOf& at);
  // Below this an OID of the past that is in the database's present, too, is the same object's: the others were
  // given out after a rewind that left the past's history. Parks.
  Oid common_oids(PastDatabase& past, const DatabaseUse& now);
  // The pages, ascending, that either history wrote to since both were one: all others are the same
  // in both. nullopt: they never were. Waits until what was in flight at the moments is rolled back.
  std::optional<std::vector<wal::PageNo>> differing_pages(const PastDatabase& a, const PastDatabase& b);
  BacktrackPreview preview_backtrack(const std::string& name, const AsOf& at);
  // Ends the database's sessions (57P01) and moves its head to a new timeline that branches off at
  // that moment. The old head is kept: going forward again is the same move. 55006 when the caller
  // is one of them is the caller's to check.
  Moment backtrack(const std::string& name, const AsOf& at);
  // Back to what the database was when it was cloned; nothing of the time since is kept. 55000
  // when it is no clone.
  void reset(const std::string& name);

  // 42710 when the name is taken.
  Snapshot create_snapshot(const std::string& database, const std::string& name, const AsOf& at);
  void drop_snapshot(const std::string& name, bool missing_ok);  // 42704
  // A new database as of the snapshot; options' template and moment are not looked at.
  Oid restore_snapshot(const std::string& name, const CreateOptions& options);
  std::vector<Snapshot> snapshots();

  // --- exports (cluster_export.cpp, cluster_restore.cpp): long, on a thread of the caller's ---

  // To an empty place the database's pages as of `since` (a moment of its history; now when left out),
  // and its log from there to now; to a place that has some of it, the log since, or all anew when
  // that log is not kept any more. 22023 when the place holds something else, or the log from `since`
  // on is not kept; 55006 when somebody else exports to it; StorageError; archive::ArchiveError.
  ExportSummary export_database(const std::string& name, const std::optional<Moment>& since,
                                archive::ObjectStore& store, const archive::Key* key, Transfer& transfer);
  // A new database as of a commit of the export; options' template and moment are not looked at.
  // It is there when everything is durable, or not at all.
  Oid restore_archive(archive::ArchiveReader& archive, const archive::ArchivedCommit& at,
                      const CreateOptions& options, const std::string& temp_directory, Transfer& transfer);

  // --- what is kept, and why (timeline_status.cpp) ---

  // Every timeline that is kept, by number.
  struct TimelineStatus {
    TimelineInfo info;
    // "database", "past" (of a rewound database), "snapshot", "reader" (sessions with
    // sextant.as_of), "system", or "ancestor": kept for the sake of others.
    std::string_view role;
    std::string name;         // of the database or snapshot
    std::string parent_name;
    std::int64_t branch_us = 0;   // the moment of the parent that it began at; 0: not known
    std::size_t children = 0;
    // Of log that was written on it, in bytes. What it keeps beyond its children and window is
    // from `horizon` on; kNoLsn: all of it.
    std::uint64_t own_bytes = 0;
    wal::Lsn horizon;
    std::vector<Pin> pins;    // by LSN
    // What pins other than the window keep beside it, and whose they are.
    std::uint64_t held_back_bytes = 0;
    std::vector<std::string> held_by;
  };
  std::vector<TimelineStatus> timelines();

  struct VolumeStatus {
    Oid oid;
    std::string name;
    wal::TimelineId timeline;
    bool open = false;
    int sessions = 0;
    wal::Lsn vdl, last_lsn;
  };
  // The system volume first (OID 0).
  std::vector<VolumeStatus> volumes();

  // Calls with an open database (0: the system volume); false, without a call, when it is not open.
  // Nobody opens or closes one meanwhile: be short.
  bool visit(Oid database, const std::function<void(const Database&)>& look);

 private:
  friend class DatabaseUse;
  friend class PastDatabase;
  struct Entry;
  class Export;

  void bootstrap();
  // The same for as long as the system lives, and no other's.
  std::uint64_t system_identifier();
  void load_timelines();
  // What CREATE or DROP DATABASE left behind when the server stopped in the middle: clones that are there
  // but for their timeline, timelines that are nobody's.
  void complete_clones();
  void drop_orphans();
  std::vector<buffer::Ancestor> ancestry_of(wal::TimelineId timeline);
  std::shared_ptr<Entry> entry_for(Oid oid);
  // Keeps the database open and where it is; not a session. 3D000 with `what` in the message.
  std::unique_ptr<DatabaseUse> hold(const std::string& name, const char* what);
  // Opens it if need be. 53300 when `limit` use it already.
  std::unique_ptr<DatabaseUse> add_use(const std::shared_ptr<Entry>& entry, const std::string& name,
                                       std::function<void()> evict, std::size_t limit);
  // Sends every session away and waits until the last has left; then nobody can open it.
  enum class Closing : std::uint8_t { drop, move };
  std::unique_ptr<Database> close(Entry& entry, Closing why);
  void require_unused(Entry& entry, const std::string& name, std::unique_lock<std::mutex>& lock);
  // As of now, or of a moment.
  Oid clone(const CreateOptions& options, DatabaseUse& source, const std::optional<Moment>& at);
  // Where it begins, from when on it is kept: at the end of the database's history, or at the moment. nullopt:
  // what can be read there is not the database's own, or may be gone, so the nodes have to be asked.
  std::optional<TimelineInfo> pin(const DatabaseUse& source, const std::optional<Moment>& at);
  Oid create_at(const CreateOptions& options, const Moment& moment);
  // 42P04 when the name is taken; else the row that a new database will have.
  DatabaseRow new_row(transaction::Transaction& transaction, const CreateOptions& options);
  // Names the timeline; drops it when that fails.
  Oid add_database(class SystemTransaction& transaction, const DatabaseRow& row,
                   wal::TimelineId timeline, std::int64_t branch_us, const CreateOptions& options);
  void require_in_window(const std::string& name, const Moment& moment, wal::Lsn end,
                         std::int64_t earliest_us, const char* limit);
  std::optional<TimelineInfo> known_timeline(wal::TimelineId timeline);
  std::shared_ptr<PastDatabase> open_past(const std::string& name, const Moment& moment);
  // A timeline of an ancestry, and up to where it belongs to it.
  struct Stretch {
    wal::TimelineId timeline;
    wal::Lsn through;
  };
  // The nearest that two timelines share; nullopt: none.
  std::optional<Stretch> common_ancestor(wal::TimelineId a, wal::TimelineId b);
  void switch_head(const std::string& name, const Moment& to, bool keep_past);
  void drop_timelines(const std::vector<wal::TimelineId>& timelines, const std::string& name);
  void close_past(const PastDatabase& past);
  void expire(Oid database);
  void watch_expiries();

  // Open databases that nobody uses (idle_databases.cpp).
  void became_idle(Entry& entry);      // under mutex_
  void no_longer_idle(Entry& entry);   // under mutex_
  void close_idle(Oid database);
  // The open database behind an entry, opening it if need be.
  Database& open(Entry& entry);
  wal::TimelineId allocate_timeline();

  // Horizons (horizons.cpp).
  void schedule_grants();
  void stop_grants();
  void grant_horizons();
  void grant(const Entry& entry, Database& database);   // under mutex_
  std::vector<wal::Lsn> pins_of(wal::TimelineId timeline) const;   // under mutex_
  // Creates a child so that no grant of its parent can pass it by.
  wal::Result<void> make_timeline(const TimelineInfo& info);
  void forget_timeline(wal::TimelineId timeline);

  // Windows (history.cpp).
  void watch_histories();
  void keep_history(Oid database);
  // Looks for the horizon of an open database and grants it.
  void search_horizon(Entry& entry, Database& database, const Retention& retention);
  // Lets the pasts go that were left before that time; false when younger ones remain.
  bool prune_pasts(Oid database, std::int64_t before_us);
  Retention retention_of(Oid database);
  // Automated snapshots (automated_snapshots.cpp): takes one that is due, lets those go that are
  // older than the period. False when there are any or may be one soon.
  bool keep_snapshots(Oid database, const Database& open, const Retention& retention);
  Snapshot make_snapshot(Snapshot snapshot, const AsOf& at);
  // Wall-clock time that does not step while the server runs.
  std::int64_t steady_now_us() const;

  DatabaseEnvironment environment_;
  std::unique_ptr<Database> system_;
  std::unique_ptr<ClusterRecords> records_;
  std::unique_ptr<ExpiryWatch> expiries_;
  std::unique_ptr<ExpiryWatch> idle_closer_;
  std::unique_ptr<ExpiryWatch> history_watch_;
  const std::int64_t started_us_;                          // Unix epoch
  const std::chrono::steady_clock::time_point started_;

  std::mutex mutex_;   // guards what follows; never held while parked
  std::unordered_map<Oid, std::shared_ptr<Entry>> entries_;
  std::unordered_map<std::uint64_t, TimelineInfo> timelines_;
  std::list<Oid> idle_;  // who became so last is last
  std::unordered_set<std::uint64_t> dropped_;   // of timelines_: others descend from them
  // By (timeline, LSN). An entry that has expired is about to be erased.
  struct Past {
    wal::TimelineId timeline;
    std::weak_ptr<PastDatabase> database;
  };
  std::map<std::pair<std::uint64_t, std::uint64_t>, Past> pasts_;
  std::unordered_map<std::uint64_t, std::multiset<wal::Lsn>> children_;  // where they branch off
  std::shared_ptr<Entry> system_entry_;   // for its horizon
  std::set<std::string> exporting_;   // places that exports are being made to
  transaction::TimerService::Id grant_timer_{};
  bool stopping_ = false;
};

class DatabaseUse {
 public:
  ~DatabaseUse();
  DatabaseUse(const DatabaseUse&) = delete;
  DatabaseUse& operator=(const DatabaseUse&) = delete;

  Database& database() const { return *database_; }
  Oid oid() const { return oid_; }
  const std::string& name() const { return name_; }

 private:
  friend class Cluster;
  DatabaseUse() = default;

  Cluster* cluster_ = nullptr;
  std::shared_ptr<Cluster::Entry> entry_;
  Database* database_ = nullptr;
  Oid oid_ = 0;
  std::string name_;
  std::uint64_t id_ = 0;
  bool is_session_ = true;
};

}  // namespace database
