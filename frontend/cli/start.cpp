// sextant start: writer and six page-store nodes in one process.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include <cstdio>
#include <deque>
#include <thread>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include "buffer/buffer_pool.h"
#include "commands.h"
#include "configuration.h"
#include "data_directory.h"
#include "database/cluster.h"
#include "pagestore/absent_node.h"
#include "pagestore/local_node.h"
#include "pagestore/storage_tier.h"
#include "server/server.h"
#include "session/session.h"
#include "session/setting.h"
#include "transaction/timer_service.h"

namespace cli {
namespace {

struct StartOptions {
  std::string data = "sextant-data";
  std::string listen = "127.0.0.1:5432";
  std::vector<std::string> settings;
};

// A cause for not starting, in one or two lines.
struct StartError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct HostPort {
  std::string host;
  std::uint16_t port;
};

HostPort split_listen(const std::string& listen) {
  std::size_t colon = listen.rfind(':');
  std::string host = colon == listen.npos ? "" : listen.substr(0, colon);
  std::string port = colon == listen.npos ? listen : listen.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.empty()) host = "127.0.0.1";
  std::size_t used = 0;
  unsigned long number = 0;
  try {
    number = std::stoul(port, &used);
  } catch (const std::exception&) {
    used = 0;
  }
  if (port.empty() || used != port.size() || number > 65535)
    throw CLI::ValidationError("--listen", fmt::format("\"{}\" is not HOST:PORT", listen));
  return {host, static_cast<std::uint16_t>(number)};
}

std::string setting(const Configuration& configuration, const std::string& name) {
  if (auto found = configuration.find(name); found != configuration.end()) return found->second;
  return session::find_setting(name)->boot_value;
}

// The signals that end the server are taken by one thread's sigwait, by nobody's handler.
sigset_t block_termination_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

// A connection is a descriptor; volumes, logs and listeners fit in the margin.
void allow_descriptors(std::size_t connections) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = connections + 1000;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted)
    spdlog::warn("{} connections need {} file descriptors, of which the system allows {}", connections,
                 wanted, limit.rlim_cur);
}

// The nodes know each other while this lives.
class Acquaintance {
 public:
  Acquaintance(std::vector<pagestore::LocalNode*> nodes,
               const std::vector<pagestore::NodeChannel*>& all)
      : nodes_(std::move(nodes)) {
    for (pagestore::LocalNode* node : nodes_) {
      std::vector<pagestore::NodeChannel*> peers = all;
      std::erase(peers, node);
      node->set_peers(std::move(peers));
    }
  }
  ~Acquaintance() {
    for (pagestore::LocalNode* node : nodes_) node->set_peers({});
  }
  Acquaintance(const Acquaintance&) = delete;
  Acquaintance& operator=(const Acquaintance&) = delete;

 private:
  std::vector<pagestore::LocalNode*> nodes_;
};

void run(const StartOptions& options) {
  auto listen = split_listen(options.listen);
  auto signals = block_termination_signals();
  // Standard output is for the line that says the server is ready; who waits for it reads no more.
  spdlog::set_default_logger(spdlog::stderr_color_mt("sextant"));
  auto configuration = read_configuration(std::filesystem::path(options.data) / "sextant.conf",
                                          options.settings);
  DataDirectory directory(options.data);
  bool is_new = directory.is_new();

  // A second thread only where it has a core to run on: each wake-up costs a commit more than six
  // appends behind one another do.
  std::deque<pagestore::StorageThread> threads;
  threads.emplace_back("storage 0");
  if (std::thread::hardware_concurrency() > 2) threads.emplace_back("storage 1");
  std::vector<std::unique_ptr<pagestore::NodeChannel>> nodes;
  std::vector<pagestore::NodeChannel*> channels;
  std::vector<pagestore::LocalNode*> local_nodes;
  std::size_t absent = 0;
  for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
    pagestore::LocalNodeOptions node;
    node.directory = (directory.path() / name).string();
    node.node.name = name;
    node.node.zone = std::string(1, name[0]);
    node.node.peers = pagestore::StorageTier::kNodes - 1;
    std::string detail;
    auto opened = pagestore::LocalNode::open(node, threads[nodes.size() % threads.size()], &detail);
    if (opened) {
      local_nodes.push_back(opened->get());
      nodes.push_back(std::move(*opened));
    } else {
      // A disk that fails is what the other copies are for. The rest is a mistake to be mended.
      if (detail.empty()) detail = opened.error().message();
      if (is_new || opened.error() != pagestore::NodeErrc::io_error ||
          ++absent > pagestore::StorageTier::kNodes - pagestore::StorageTier::kWriteQuorum)
        throw StartError(detail);
      spdlog::error("page-store node {} does not take part: {}", name, detail);
      nodes.push_back(
          std::make_unique<pagestore::AbsentNode>(node.node.name, node.node.zone, detail));
    }
    channels.push_back(nodes.back().get());
  }
  const Acquaintance acquaintance(local_nodes, channels);
  pagestore::StorageTier tier(channels);
  auto storage = database::make_tier_storage(tier);
  auto timers = transaction::make_thread_timer();
  buffer::BufferPool pool(std::stoull(setting(configuration, "shared_buffers")) * wal::kPageSize);
  database::Cluster cluster(
      {.storage = *storage, .pool = pool, .timers = *timers, .catalog_options = {},
       .backtrack_window = std::chrono::seconds(std::stoll(setting(configuration, "backtrack_window"))),
       .backup_retention_period =
           std::chrono::days(std::stoll(setting(configuration, "backup_retention_period")))});
  if (is_new) directory.mark_initialised();

  session::SessionEnvironment sessions{cluster, configuration, directory.temp().string()};
  server::ServerOptions server_options;
  server_options.host = listen.host;
  server_options.port = listen.port;
  server_options.max_connections =
      static_cast<unsigned>(std::stoul(setting(configuration, "max_connections")));
  allow_descriptors(server_options.max_connections);
  if (setting(configuration, "ssl") == "on") {
    server_options.certificate_file = setting(configuration, "ssl_cert_file");
    server_options.private_key_file = setting(configuration, "ssl_key_file");
  }
  server::Server server(sessions, server_options);
  if (auto started = server.start(); !started)
    throw StartError(fmt::format("could not listen on {}: {}\nHINT: Is another server running on "
                                 "port {}? Choose another with --listen HOST:PORT.",
                                 options.listen, started.error().message(), listen.port));
  fmt::print("sextant: ready to accept connections on {}:{}\n", listen.host, server.port());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("received {}, shutting down", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  server.stop();
}

}  // namespace

void add_start(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<StartOptions>();
  auto* command = app.add_subcommand(
      "start", "Start a server in the foreground: one writer and six page-store nodes in three zones");
  command->add_option("--data", options->data, "Data directory, made when it does not exist")
      ->type_name("DIR")->capture_default_str();
  command->add_option("--listen", options->listen, "Where PostgreSQL clients connect")
      ->type_name("HOST:PORT")->capture_default_str();
  command->add_option("--set", options->settings,
                      "A setting by PostgreSQL's name, e.g. shared_buffers=1GB; may be repeated. "
                      "Also read from DIR/sextant.conf")
      ->type_name("NAME=VALUE")->take_all()->expected(1)->allow_extra_args(false);
  command->footer("The server is ready when it prints \"ready to accept connections\". SIGTERM stops it.\n"
                  "Connect: psql -h 127.0.0.1 -U postgres");
  command->callback([options, &exit_code] {
    try {
      run(*options);
    } catch (const ConfigurationError& error) {
      fmt::print(stderr, "sextant: {}\n", error.what());
      exit_code = kUsage;
    } catch (const CLI::Error&) {
      throw;
    } catch (const std::exception& error) {
      fmt::print(stderr, "sextant: {}\n", error.what());
      exit_code = kFailure;
    }
  });
}

}  // namespace cli
