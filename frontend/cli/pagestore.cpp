// sextant pagestore: one page-store node, for writers on other hosts.
#include <cstdio>

#include <malloc.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "commands.h"
#include "durations.h"
#include "node_directory.h"
#include "pagestore/cluster_change.h"
#include "pagestore/group_sets.h"
#include "pagestore/local_node.h"
#include "pagestore/node_server.h"
#include "pagestore/peer_nodes.h"
#include "process.h"
#include "sql_role.h"

namespace cli {
namespace {

constexpr std::uint64_t kTicksPerSecond = std::chrono::seconds(1) / pagestore::StorageThread::kTick;

constexpr std::uint64_t kMemoryDefault = std::uint64_t{256} << 20;
constexpr std::uint64_t kMemoryMin = std::uint64_t{96} << 20;
// What the process takes with nothing in it (code, threads, tables of a few databases), and what the allocator wastes.
constexpr std::uint64_t kMemoryAtRest = std::uint64_t{48} << 20;

struct PagestoreOptions {
  std::string data, listen, zone, name;
  bool is_tail = false;
  std::uint64_t scrub_rate = 1280 << 10;  // bytes per second
  std::uint64_t scrub_pause = 600;        // seconds
  std::uint64_t memory = kMemoryDefault;
  pagestore::TlsFiles tls;
};

// The node behind the network, and its peers.
class Host final : public pagestore::NodeHost {
 public:
  Host(pagestore::Network& network, NodeDirectory& directory, const PagestoreOptions& chosen)
      : directory_(directory), chosen_(chosen), thread_("storage"), peers_(network, directory.name()) {
    if (std::string detail; !open(&detail)) throw StartError(detail);
    meet_peers();
  }
  ~Host() override { node_->set_peers({}); }

  pagestore::NodeChannel& node() override { return *node_; }
  pagestore::SegmentKind kind() const override { return directory_.kind(); }
  const pagestore::ClusterRecord& cluster() const override { return directory_.cluster(); }

  wal::Result<void> adopt(const pagestore::ClusterRecord& record, bool empty_first,
                          std::string* detail) override {
    try {
      if (empty_first) {
        node_->set_peers({});
        node_.reset();
        directory_.empty_store();
      }
      directory_.keep(record);
    } catch (const DataDirectoryError& error) {
      *detail = error.what();
    }
    if (node_ == nullptr && !open(detail)) {
      // Nothing can be answered without it; a start tells the same, or works.
      spdlog::critical("{}", *detail);
      std::_Exit(kFailure);
    }
    if (!detail->empty()) return pagestore::NodeErrc::io_error;
    meet_peers();
    return {};
  }
  void settled() override { node_->release(pagestore::kept_by(directory_.cluster(), directory_.name())); }

 private:
  bool open(std::string* detail) {
    pagestore::LocalNodeOptions options;
    options.directory = directory_.store().string();
    options.node.name = directory_.name();
    options.node.zone = directory_.zone();
    options.node.kind = directory_.kind();
    options.node.peers = 1;  // it is not alone
    options.node.held = pagestore::held_by(directory_.cluster(), directory_.name());
    // Shares, of which the last is what one connection may have under way: that is a writer's mostly, and comes once
    // more in the node's log while it is written. What is left is for peers, and what a checkpoint has not stored yet.
    const std::uint64_t share = (chosen_.memory - kMemoryAtRest) / 16;
    options.node.page_cache_bytes = 3 * share;
    options.node.index_cache_bytes = 5 * share;
    options.node.recent_log_bytes = share;
    options.node.scrub_bytes_per_tick = (chosen_.scrub_rate + kTicksPerSecond - 1) / kTicksPerSecond;
    options.node.scrub_pause_ticks = static_cast<unsigned>(chosen_.scrub_pause * kTicksPerSecond);
    auto opened = pagestore::LocalNode::open(options, thread_, detail);
    if (!opened) {
      if (detail->empty()) *detail = opened.error().message();
      return false;
    }
    node_ = std::move(*opened);
    return true;
  }

  // Those that the cluster's record names.
  void meet_peers() {
    const auto gone = peers_.meet(directory_.cluster());
    node_->set_peers(peers_.channels());
    node_->set_held(pagestore::held_by(directory_.cluster(), directory_.name()),
                    pagestore::mates_of(directory_.cluster(), directory_.name(),
                                        [this](const std::string& peer) { return peers_.place_of(peer); }));
  }

  NodeDirectory& directory_;
  const PagestoreOptions& chosen_;
  pagestore::StorageThread thread_;
  pagestore::PeerNodes peers_;
  std::unique_ptr<pagestore::LocalNode> node_;
};

void run(const PagestoreOptions& options) {
  const HostPort listen = parse_host_port("--listen", options.listen);
  check_name("--zone", options.zone);
  if (!options.name.empty()) check_name("--name", options.name);
  check_tls(options.tls);
  if (options.memory < kMemoryMin)
    throw CLI::ValidationError("--memory", fmt::format("a node needs {} MB at least", kMemoryMin >> 20));
  // What one thread takes and another gives back lies in one arena, and goes back to the system: --memory is a promise.
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
  Ending ending;
  TerminationSignals signals;
  NodeDirectory directory(options.data, options.name, options.listen, options.zone,
                          options.is_tail);
  pagestore::Network network(options.tls);
  Host host(network, directory, options);
  pagestore::NodeServer server(network, host,
                               {.host = listen.host,
                                .port = listen.port,
                                .connection_bytes_max = (options.memory - kMemoryAtRest) / 8});
  if (auto started = server.start(); !started)
    throw StartError(fmt::format("could not listen on {}: {}\nHINT: Is another node running on port {}? "
                                 "Choose another with --listen HOST:PORT.",
                                 show(listen), started.error().message(), listen.port));
  fmt::print("sextant: page-store node {} of zone {} is ready on {}\n", directory.name(), directory.zone(),
             show({listen.host, server.port()}));
  std::fflush(stdout);
  signals.on_signal([&] { ending.request({}); });
  ending.wait();
}

}  // namespace

void add_pagestore(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<PagestoreOptions>();
  auto* command = app.add_subcommand(
      "pagestore", "Start one page-store node in the foreground; `sextant writer` uses six of them");
  command->add_option("-D,--data", options->data, "The node's data directory, made when it does not exist")
      ->type_name("DIR")->required();
  command->add_option("--listen", options->listen, "Where writers connect")
      ->type_name("HOST:PORT")->required();
  command->add_option("--zone", options->zone, "The failure zone it is in; two nodes in each of three")
      ->type_name("NAME")->required();
  command->add_option("--name", options->name,
                      "The node's name, its own in the cluster [what --listen says; kept in DIR]")
      ->type_name("NAME");
  command->add_flag("--tail", options->is_tail,
                    "A new node keeps log alone and no pages; in each zone one keeps pages");
  command->add_option("--memory", options->memory,
                      "What the process may take: pages and index kept ready, what is under way, and 48 MB\n"
                      "for itself [256MB]")
      ->transform(CLI::AsSizeValue(false))->type_name("SIZE");
  command->add_option("--scrub-rate", options->scrub_rate,
                      "What the scrub reads of the disk per second at most; 0: there is none [1280KB]")
      ->transform(CLI::AsSizeValue(false))->type_name("SIZE");
  command->add_option("--scrub-pause", options->scrub_pause, "How long it rests between two rounds [10min]")
      ->transform(duration_in_seconds())->type_name("TIME")->check(CLI::Range(std::uint64_t{1}, kSecondsMax));
  add_tls_options(*command, options->tls);
  command->footer("The node is ready when it prints \"is ready on HOST:PORT\". SIGTERM stops it. A node\n"
                  "belongs to the cluster of the first writer that uses it, and refuses writers of others.\n"
                  "Without --tls-cert anybody who reaches --listen can read and write: keep it in a\n"
                  "private network.");
  command->callback([options, &exit_code] { run_role([&] { run(*options); }, exit_code); });
}

}  // namespace cli
