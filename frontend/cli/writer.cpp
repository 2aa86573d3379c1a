// sextant writer: databases and sessions over page-store nodes on other hosts.
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "commands.h"
#include "durations.h"
#include "locked_directory.h"
#include "pagestore/cluster_manager.h"
#include "pagestore/etcd_control.h"
#include "pagestore/remote_cluster.h"
#include "pagestore/storage_tier.h"
#include "process.h"
#include "sql_role.h"

namespace cli {
namespace {

namespace fs = std::filesystem;

// A writer that has lost its quorum waits: its nodes come back, or a newer writer fences it off.
constexpr std::chrono::hours kQuorumPatience{24 * 365};

struct WriterRoleOptions {
  std::string pagestore;
  std::string listen = "127.0.0.1:5432";
  std::string data, zone;
  std::vector<std::string> settings;
  pagestore::TlsFiles tls;
  std::string control;  // empty: the nodes themselves
  pagestore::TlsFiles control_tls;
  bool no_compression = false;
  std::uint64_t away_seconds = 3600;
  std::uint64_t away_log = std::uint64_t{8} << 30;
  // Small enough for a database to lie on all nodes, also those that are added; large enough for a transaction to
  // write to few groups.
  std::uint64_t group_size = std::uint64_t{1} << 30;
};

constexpr std::uint64_t kGroupStep = std::uint64_t{1} << 20;
constexpr std::uint64_t kGroupMax = std::uint64_t{64} << 30;

// "etcd://HOST:PORT,.../PREFIX"; the kind and the prefix may be left out.
pagestore::EtcdOptions parse_control(const WriterRoleOptions& options) {
  constexpr std::string_view kScheme = "etcd://";
  const auto wrong = [&](const char* why) {
    return CLI::ValidationError(
        "--control", fmt::format("\"{}\" is not etcd://HOST:PORT,.../PREFIX: {}", options.control, why));
  };
  const bool is_named = options.control.starts_with(kScheme);
  if (!is_named && options.control.find("://") != std::string::npos) throw wrong("etcd is the only kind there is");
  const std::string place = options.control.substr(is_named ? kScheme.size() : 0);
  const std::size_t slash = place.find('/');
  pagestore::EtcdOptions etcd;
  for (const HostPort& address : parse_host_ports("--control", place.substr(0, slash)))
    etcd.endpoints.push_back({address.host, std::to_string(address.port)});
  if (slash != place.npos) {
    etcd.prefix = place.substr(slash + 1);
    while (etcd.prefix.ends_with('/')) etcd.prefix.pop_back();
    if (etcd.prefix.empty()) throw wrong("the prefix is empty");
  }
  etcd.ca_file = options.control_tls.ca_file;
  etcd.certificate_file = options.control_tls.certificate_file;
  etcd.private_key_file = options.control_tls.private_key_file;
  if (etcd.certificate_file.empty() != etcd.private_key_file.empty())
    throw CLI::ValidationError("--control-cert and --control-key go together");
  if (!etcd.certificate_file.empty() && etcd.ca_file.empty())
    throw CLI::ValidationError("--control-cert needs --control-ca");
  return etcd;
}

// What of a writer is on its own disk: --data, or a directory that goes with the process.
class WriterDirectory {
 public:
  explicit WriterDirectory(const std::string& data) {
    if (!data.empty()) {
      kept_.emplace(data, "writer", std::vector<std::string_view>{"sextant.conf"});
      if (kept_->is_new()) kept_->mark_ours();
      temp_ = kept_->empty_subdirectory("temp");
      return;
    }
    std::string made = (fs::temp_directory_path() / "sextant-writer-XXXXXX").string();
    if (::mkdtemp(made.data()) == nullptr)
      throw StartError(fmt::format("could not create \"{}\"\nHINT: Choose a directory with --data.", made));
    temp_ = passing_ = made;
  }
  ~WriterDirectory() {
    std::error_code ignored;
    if (!passing_.empty()) fs::remove_all(passing_, ignored);
  }
  WriterDirectory(const WriterDirectory&) = delete;
  WriterDirectory& operator=(const WriterDirectory&) = delete;

  const fs::path& temp() const { return temp_; }

 private:
  std::optional<LockedDirectory> kept_;
  fs::path temp_, passing_;
};

void run(const WriterRoleOptions& options, int& exit_code) {
  SqlRole role;
  role.listen = parse_host_port("--listen", options.listen);
  pagestore::RemoteClusterOptions remote;
  if (!options.pagestore.empty()) {
    for (const HostPort& address : parse_host_ports("--pagestore", options.pagestore))
      remote.nodes.push_back({address.host, std::to_string(address.port)});
  } else if (options.control.empty()) {
    throw CLI::RequiredError("--pagestore");
  }
  if (!options.pagestore.empty() && remote.nodes.size() < pagestore::kCopies)
    throw CLI::ValidationError("--pagestore",
                               fmt::format("six nodes are needed, two in each of three zones; {} {} named",
                                           remote.nodes.size(), remote.nodes.size() == 1 ? "is" : "are"));
  if (options.group_size < kGroupStep || options.group_size > kGroupMax || options.group_size % kGroupStep != 0)
    throw CLI::ValidationError("--group-size", "a protection group has 1MB to 64GB, whole megabytes");
  remote.writer = show(role.listen);
  remote.compress = !options.no_compression;
  check_tls(options.tls);
  std::unique_ptr<pagestore::ControlStore> control;
  if (!options.control.empty()) {
    control = pagestore::make_etcd_control(parse_control(options));
    remote.control = control.get();
  }

  Ending ending;
  std::stop_source stop;
  TerminationSignals signals;
  if (!options.data.empty()) {
    role.configuration = read_configuration(fs::path(options.data) / "sextant.conf", options.settings);
  } else {
    role.configuration = read_configuration({}, options.settings);
  }
  WriterDirectory directory(options.data);
  role.temp = directory.temp();
  role.writer.zone = options.zone;
  role.writer.quorum_timeout = kQuorumPatience;
  role.writer.away_limit = std::chrono::seconds(options.away_seconds);
  role.writer.away_log_bytes = options.away_log;
  role.writer.pages_per_group = options.group_size / wal::kPageSize;

  pagestore::Network network(options.tls);
  pagestore::RemoteCluster cluster(network, remote);
  signals.on_signal([&] {
    stop.request_stop();
    ending.request({});
  });
  const auto stopped = [&](const wal::Result<void>& result) {
    return !result && result.error() == pagestore::ClusterErrc::stopped;
  };
  std::string detail;
  const auto taken = cluster.take_over(stop.get_token(), &detail);
  if (stopped(taken)) return;
  if (!taken) throw StartError(detail.empty() ? taken.error().message() : detail);
  cluster.when_fenced([&](std::string why) { ending.request({true, std::move(why)}); });

  pagestore::StorageTier tier(cluster.nodes(), cluster.placement());
  std::optional<pagestore::ClusterManager> members;
  role.initialised = [&] {
    if (!cluster.is_new()) return;
    const auto founded = cluster.mark_founded(stop.get_token());
    if (!founded && !stopped(founded)) throw StartError(founded.error().message());
  };
  role.serving = [&] {
    members.emplace(cluster, tier);
    tier.set_control(&*members);
  };
  if (run_sql(tier, role, ending).failure) exit_code = kFailure;
}

}  // namespace

void add_writer(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<WriterRoleOptions>();
  auto* command = app.add_subcommand(
      "writer", "Start a writer in the foreground, over six page-store nodes (`sextant pagestore`)");
  command->add_option("--pagestore", options->pagestore,
                      "The six page-store nodes, two in each of three zones. A cluster that exists knows its\n"
                      "nodes: it is found when four of its members are among these, or all that keep\n"
                      "pages. Not needed when --control knows the cluster")
      ->type_name("HOST:PORT,...");
  command->add_option("--control", options->control,
                      "Where writers agree on who has the cluster and which nodes are its members: etcd, under\n"
                      "a prefix of the cluster's own (HOST:PORT alone: sextant) [the page-store nodes themselves]")
      ->type_name("etcd://HOST:PORT,.../PREFIX");
  command->add_option("--control-ca", options->control_tls.ca_file,
                      "Who must have signed etcd's certificate, PEM; etcd is then spoken to by TLS only")
      ->type_name("FILE");
  command->add_option("--control-cert", options->control_tls.certificate_file, "Certificate shown to etcd, PEM")
      ->type_name("FILE");
  command->add_option("--control-key", options->control_tls.private_key_file, "Its private key, PEM")
      ->type_name("FILE");
  command->add_option("--listen", options->listen, "Where PostgreSQL clients connect")
      ->type_name("HOST:PORT")->capture_default_str();
  command->add_option("-D,--data", options->data,
                      "Directory for sextant.conf and temporary files [a temporary directory]")
      ->type_name("DIR");
  command->add_option("--zone", options->zone, "The zone this host is in: pages are read there if possible")
      ->type_name("NAME");
  command->add_flag("--no-compression", options->no_compression,
                    "Send long batches of log as they are, not as zstd frames");
  command->add_option("--away-limit", options->away_seconds,
                      "How long log is kept for a node that is away; later it copies pages instead [1h]")
      ->transform(duration_in_seconds())->type_name("TIME")->check(CLI::Range(std::uint64_t{1}, kSecondsMax));
  command->add_option("--away-log", options->away_log,
                      "How much log of a database is kept for it at most [8GB]")
      ->transform(CLI::AsSizeValue(false))->type_name("SIZE");
  command->add_option("--group-size", options->group_size,
                      "Of a cluster that is founded: how much of a database is a protection group, which lies on\n"
                      "six nodes; where there are more, its groups lie on different ones [1GB]")
      ->transform(CLI::AsSizeValue(false))->type_name("SIZE");
  add_settings_option(*command, options->settings);
  add_tls_options(*command, options->tls);
  command->footer("The first writer makes the cluster of its nodes; a later one takes it over at once: the one\n"
                  "before can neither commit nor read a page any more, and ends. Nothing that was\n"
                  "acknowledged is lost. The writer is ready when it prints \"ready to accept connections\".\n"
                  "SIGTERM stops it.");
  command->callback([options, &exit_code] { run_role([&] { run(*options, exit_code); }, exit_code); });
}

}  // namespace cli
