// All databases of one server: pg_database, the volumes behind it, and who uses them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "database/database.h"
#include "database/storage.h"
#include "types/oid.h"

namespace database {

using types::Oid;

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

  // A clone of the template at this moment's last commit, whoever is connected to it. Returns the
  // new OID.
  Oid create(const CreateOptions& options);

  // 55006 when others use it, unless `force`, which ends their sessions first.
  void drop(const std::string& name, bool missing_ok, bool force);
  void rename(const std::string& name, const std::string& new_name);

  std::vector<DatabaseRow> list();

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

 private:
  friend class DatabaseUse;
  struct Entry;

  void bootstrap();
  void load_timelines();
  // What CREATE or DROP DATABASE left behind when the server stopped in the middle.
  void drop_orphans();
  std::vector<buffer::Ancestor> ancestry_of(wal::TimelineId timeline);
  std::shared_ptr<Entry> entry_for(Oid oid);
  // The open database behind an entry, opening it if need be.
  Database& open(Entry& entry);
  wal::TimelineId allocate_timeline();

  DatabaseEnvironment environment_;
  std::unique_ptr<Database> system_;

  std::mutex mutex_;   // guards what follows; never held while parked
  std::unordered_map<Oid, std::shared_ptr<Entry>> entries_;
  std::unordered_map<std::uint64_t, TimelineInfo> timelines_;
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
};

}  // namespace database
