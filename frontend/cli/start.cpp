// sextant start: writer and six page-store nodes in one process.
#include <deque>
#include <future>
#include <thread>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <spdlog/spdlog.h>

#include "commands.h"
#include "data_directory.h"
#include "pagestore/absent_node.h"
#include "pagestore/local_node.h"
#include "pagestore/storage_tier.h"
#include "process.h"
#include "sql_role.h"

namespace cli {
namespace {

// Where the cores are few, sessions go first: others wait for the rows they hold, while what storage is
// late with is shared by the commits that gather meanwhile.
constexpr int kStorageNiceness = 5;

struct OpenedNode {
  std::string name;
  std::string zone;
  wal::Result<std::unique_ptr<pagestore::LocalNode>> node;
  std::string detail;  // why not
};

OpenedNode open_node(const pagestore::LocalNodeOptions& options, pagestore::StorageThread& thread) {
  std::string detail;
  auto node = pagestore::LocalNode::open(options, thread, &detail);
  return {options.node.name, options.node.zone, std::move(node), std::move(detail)};
}

struct StartOptions {
  std::string data = "sextant-data";
  std::string listen = "127.0.0.1:5432";
  std::vector<std::string> settings;
  bool all_full = false;
};

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
  SqlRole role;
  role.listen = parse_host_port("--listen", options.listen);
  Ending ending;
  TerminationSignals signals;
  role.configuration = read_configuration(std::filesystem::path(options.data) / "sextant.conf",
                                          options.settings);
  DataDirectory directory(options.data, options.all_full);
  const bool is_new = directory.is_new();

  // A second thread only where it has a core to run on: each wake-up costs a commit more than six
  // appends behind one another do.
  std::deque<pagestore::StorageThread> threads;
  threads.emplace_back("storage 0", kStorageNiceness);
  if (std::thread::hardware_concurrency() > 2) threads.emplace_back("storage 1", kStorageNiceness);
  std::vector<std::unique_ptr<pagestore::NodeChannel>> nodes;
  std::vector<pagestore::NodeChannel*> channels;
  std::vector<pagestore::LocalNode*> local_nodes;
  std::size_t absent = 0;
  // Each reads the end of its log: all at a time.
  std::vector<std::future<OpenedNode>> opening;
  pagestore::NodeSet full;
  for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
    pagestore::LocalNodeOptions node;
    node.directory = (directory.path() / name).string();
    node.node.name = name;
    node.node.zone = std::string(1, name[0]);
    const bool is_tail = directory.has_tails() && name[1] == '2';
    if (is_tail) node.node.kind = pagestore::SegmentKind::tail;
    if (!is_tail) full.add(opening.size());
    node.node.peers = pagestore::kCopies - 1;
    opening.push_back(std::async(std::launch::async, open_node, std::move(node),
                                 std::ref(threads[opening.size() % threads.size()])));
  }
  for (auto& each : opening) {
    OpenedNode opened = each.get();
    if (opened.node) {
      local_nodes.push_back(opened.node->get());
      nodes.push_back(std::move(*opened.node));
    } else {
      // A disk that fails is what the other copies are for. The rest is a mistake to be mended.
      if (opened.detail.empty()) opened.detail = opened.node.error().message();
      if (is_new || opened.node.error() != pagestore::NodeErrc::io_error ||
          ++absent > pagestore::kCopies - pagestore::kWriteQuorum)
        throw StartError(opened.detail);
      spdlog::error("page-store node {} does not take part: {}", opened.name, opened.detail);
      nodes.push_back(std::make_unique<pagestore::AbsentNode>(opened.name, opened.zone, opened.detail));
    }
    channels.push_back(nodes.back().get());
  }
  const Acquaintance acquaintance(local_nodes, channels);
  const auto all = pagestore::NodeSet::first(pagestore::kCopies);
  pagestore::StorageTier tier(channels, pagestore::Membership(all, all, full));
  role.temp = directory.temp();
  role.initialised = [&] {
    if (is_new) directory.mark_initialised();
  };
  signals.on_signal([&] { ending.request({}); });
  run_sql(tier, role, ending);
}

}  // namespace

void add_start(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<StartOptions>();
  auto* command = app.add_subcommand(
      "start", "Start a server in the foreground: one writer and six page-store nodes in three zones");
  command->add_option("-D,--data", options->data, "Data directory, made when it does not exist")
      ->type_name("DIR")->capture_default_str();
  auto* listen = command->add_option("--listen", options->listen, "Where PostgreSQL clients connect")
                     ->type_name("HOST:PORT")->capture_default_str();
  command->add_option_function<std::uint16_t>(
             "-p,--port", [options](std::uint16_t port) { options->listen = fmt::format("127.0.0.1:{}", port); },
             "Short for --listen 127.0.0.1:PORT")
      ->type_name("PORT")->check(CLI::Range(1, 65535))->excludes(listen);
  command->add_flag("--all-full", options->all_full,
                    "A new data directory keeps pages on all six nodes, not on one per zone");
  add_settings_option(*command, options->settings);
  command->footer("The server is ready when it prints \"ready to accept connections\". SIGTERM stops it.\n"
                  "Connect: psql -h 127.0.0.1 -U postgres");
  command->callback([options, &exit_code] { run_role([&] { run(*options); }, exit_code); });
}

}  // namespace cli
