// The writer's half of a process: databases and sessions over a storage tier, wherever its nodes are.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "configuration.h"
#include "host_port.h"
#include "wal/writer_volume.h"

namespace pagestore {
class StorageTier;
}

namespace cli {

// Why a role ends; the first reason counts. Thread-safe.
class Ending {
 public:
  struct Reason {
    bool failure = false;
    std::string why;  // for sessions and the log; empty: the administrator wished it
  };
  void request(Reason reason);
  Reason wait();

 private:
  std::mutex mutex_;
  std::condition_variable requested_;
  std::optional<Reason> reason_;
};

struct SqlRole {
  Configuration configuration;
  HostPort listen;
  std::filesystem::path temp;
  wal::WriterOptions writer;
  // The first databases are durable.
  std::function<void()> initialised = [] {};
  // Databases are open; no client is served yet.
  std::function<void()> serving = [] {};
};

// Opens the databases (makes the first ones on an empty tier), serves until `ending` and ends the
// sessions. Throws StartError, or StorageError. Returns the reason.
Ending::Reason run_sql(pagestore::StorageTier& tier, const SqlRole& role, Ending& ending);

}  // namespace cli
