#include "sql_role.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "buffer/buffer_pool.h"
#include "commands.h"
#include "database/cluster.h"
#include "eval/index_expressions.h"
#include "pagestore/storage_tier.h"
#include "process.h"
#include "server/server.h"
#include "session/session.h"
#include "text_search/word_files.h"
#include "session/setting.h"
#include "transaction/timer_service.h"

namespace cli {
namespace {

// A commit that waits for a lost quorum would hold up the end for ever. Nobody was told that it is
// durable.
constexpr std::chrono::seconds kPatience{10};

std::string setting(const Configuration& configuration, const std::string& name) {
  if (auto found = configuration.find(name); found != configuration.end()) return found->second;
  return session::find_setting(name)->boot_value;
}

// Ends the process when its sessions do not end in time.
class Deadline {
 public:
  Deadline() : thread_([this](std::stop_token stop) { run(stop); }) {}

 private:
  void run(std::stop_token stop) {
    std::unique_lock lock(mutex_);
    over_.wait_for(lock, stop, kPatience, [] { return false; });
    if (stop.stop_requested()) return;
    spdlog::error("sessions still wait for storage: the outcome of their commits is unknown");
    std::_Exit(kFailure);
  }
  std::mutex mutex_;
  std::condition_variable_any over_;
  std::jthread thread_;
};

}  // namespace

void Ending::request(Reason reason) {
  {
    const std::scoped_lock lock(mutex_);
    if (!reason_) reason_ = std::move(reason);
  }
  requested_.notify_all();
}

Ending::Reason Ending::wait() {
  std::unique_lock lock(mutex_);
  requested_.wait(lock, [this] { return reason_.has_value(); });
  return *reason_;
}

Ending::Reason run_sql(pagestore::StorageTier& tier, const SqlRole& role, Ending& ending) {
  text_search::set_word_directory(setting(role.configuration, "text_search_directory"));
  auto storage = database::make_tier_storage(tier, role.writer);
  auto timers = transaction::make_thread_timer();
  buffer::BufferPool pool(std::stoull(setting(role.configuration, "shared_buffers")) * wal::kPageSize);
  database::Cluster cluster(
      {.storage = *storage, .pool = pool, .timers = *timers, .catalog_options = {eval::make_index_expressions},
       .backtrack_window =
           std::chrono::seconds(std::stoll(setting(role.configuration, "backtrack_window"))),
       .backup_retention_period =
           std::chrono::days(std::stoll(setting(role.configuration, "backup_retention_period"))),
       .backup_window = database::BackupWindow::parse(setting(role.configuration, "preferred_backup_window"))});
  role.initialised();
  role.serving();

  session::SessionEnvironment sessions{cluster, role.configuration, role.temp.string()};
  server::ServerOptions options;
  options.host = role.listen.host;
  options.port = role.listen.port;
  options.max_connections =
      static_cast<unsigned>(std::stoul(setting(role.configuration, "max_connections")));
  options.authentication_timeout = std::chrono::seconds(std::stol(setting(role.configuration, "authentication_timeout")));
  allow_descriptors(options.max_connections);
  if (setting(role.configuration, "ssl") == "on") {
    options.certificate_file = setting(role.configuration, "ssl_cert_file");
    options.private_key_file = setting(role.configuration, "ssl_key_file");
  }
  server::Server server(sessions, options);
  if (auto started = server.start(); !started)
    throw StartError(fmt::format("could not listen on {}: {}\nHINT: Is another server running on "
                                 "port {}? Choose another with --listen HOST:PORT.",
                                 show(role.listen), started.error().message(), role.listen.port));
  fmt::print("sextant: ready to accept connections on {}\n", show({role.listen.host, server.port()}));
  std::fflush(stdout);

  auto reason = ending.wait();
  const Deadline deadline;
  if (!reason.why.empty()) spdlog::error("{}", reason.why);
  server.stop(reason.why);
  return reason;
}

}  // namespace cli
