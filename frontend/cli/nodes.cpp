// sextant nodes: the page-store nodes of a running server, and putting one in the place of another.
#include <unistd.h>

#include <chrono>
#include <memory>
#include <thread>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "client.h"
#include "commands.h"

namespace cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLook{500};

struct NodesOptions {
  ConnectOptions connect;
  std::string address, replace, node, to;
  bool wait = true;
};

struct NodeRow {
  std::string role;
  double disk_bytes = 0;
};

NodeRow find_node(Client& client, const std::string& name) {
  auto rows = client.query("SELECT role, disk_bytes FROM sextant.nodes() WHERE name = $1", {name.c_str()});
  if (rows.size() == 0) return {"gone", 0};
  return {rows.text(0, 0), std::stod(rows.text(0, 1))};
}

std::string show_bytes(double bytes) {
  for (const char* unit : {"B", "kB", "MB"}) {
    if (bytes < 1024) return fmt::format("{:.0f} {}", bytes, unit);
    bytes /= 1024;
  }
  return fmt::format("{:.1f} GB", bytes);
}

// Says how far the newcomer has come until it has the place, or the change was taken back.
void follow(Client& client, const std::string& node) {
  const auto began = Clock::now();
  std::string newcomer;
  double first = -1;
  for (;; std::this_thread::sleep_for(kLook)) {
    auto rows = client.query(
        "SELECT newcomer, phase, segments, segments_left, trouble FROM sextant.replacement() WHERE node = $1",
        {node.c_str()});
    if (rows.size() == 0) break;
    newcomer = rows.text(0, 0);
    const double has = find_node(client, newcomer).disk_bytes;
    const double wanted = find_node(client, node).disk_bytes;
    if (first < 0) first = has;
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const double rate = seconds > 0 ? (has - first) / seconds : 0;
    const long segments = std::stol(rows.text(0, 2)), left = std::stol(rows.text(0, 3));
    std::string line = fmt::format("{} for {}: {}, {} of {} segments, {}", newcomer, node, rows.text(0, 1),
                                   std::max(0L, segments - left), segments, show_bytes(has));
    if (rate > 0) line += fmt::format(" ({}/s)", show_bytes(rate));
    if (rate > 0 && wanted > has) line += fmt::format(", about {:.0f} s left", (wanted - has) / rate);
    if (!rows.is_null(0, 4)) line += "; " + rows.text(0, 4);
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }
  const std::string role = newcomer.empty() ? "" : find_node(client, newcomer).role;
  if (!newcomer.empty() && role != "member") {
    throw ClientError(fmt::format("node \"{}\" was kept: \"{}\" is a spare", node, newcomer));
  }
  const std::string left_as = find_node(client, node).role;
  if (left_as == "member") {
    throw ClientError(fmt::format("node \"{}\" was kept", node));
  }
  if (left_as == "leaving") {
    throw ClientError(fmt::format("node \"{}\" still holds copies, and no other node of its zone can take them: add one",
                                  node));
  }
  fmt::print("{} holds copies no more and is a spare\n", node);
}

void drain(Client& client, const std::string& node, const std::string& spare, bool wait) {
  client.query("SELECT sextant.drain_node($1, $2)", {node.c_str(), spare.empty() ? nullptr : spare.c_str()});
  if (wait) follow(client, node);
}

void add(const NodesOptions& options) {
  Client client(options.connect, "nodes");
  auto before = client.query("SELECT name FROM sextant.nodes()");
  client.query("SELECT sextant.add_node($1)", {options.address.c_str()});
  std::string name;
  auto after = client.query("SELECT name FROM sextant.nodes() WHERE role = 'spare'");
  for (int row = 0; row < after.size(); ++row) {
    bool is_new = true;
    for (int old = 0; old < before.size(); ++old) is_new = is_new && before.text(old, 0) != after.text(row, 0);
    if (is_new) name = after.text(row, 0);
  }
  fmt::print("{} is a spare of the cluster and copies what the others have\n", name);
  if (!options.replace.empty()) drain(client, options.replace, name, options.wait);
}

// What all of them end with.
CLI::App* change(CLI::App& nodes, const char* name, const char* help, std::shared_ptr<NodesOptions> options,
                 int& exit_code, std::function<void(const NodesOptions&)> run) {
  auto* command = nodes.add_subcommand(name, help);
  add_connect_options(*command, options->connect);
  command->callback([options, &exit_code, run = std::move(run)] {
    exit_code = run_client([&] { run(*options); });
  });
  return command;
}

}  // namespace

void add_nodes(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<NodesOptions>();
  auto* command = app.add_subcommand(
      "nodes", "Show the page-store nodes of a running server, add, drain and remove them");
  add_connect_options(*command, options->connect);
  add_json_option(*command, options->connect);
  command->require_subcommand(0, 1);
  command->footer("A node that the server cannot reach has the reason as its state.\n"
                  "To replace a node: start `sextant pagestore` in the same zone, then\n"
                  "`sextant nodes add HOST:PORT --replace NAME` and `sextant nodes remove NAME`. Commits go on.");
  auto* added = change(*command, "add", "Make a running node a spare of the cluster", options, exit_code, add);
  added->add_option("address", options->address, "Where it listens")->type_name("HOST:PORT")->required();
  added->add_option("--replace", options->replace, "Put it in the place of this node")->type_name("NAME");
  added->add_flag("!--no-wait", options->wait, "Do not wait until it has the place");
  auto* drained = change(*command, "drain", "Put others in the place of a node, which becomes a spare", options,
                         exit_code, [](const NodesOptions& chosen) {
                           Client client(chosen.connect, "nodes");
                           drain(client, chosen.node, chosen.to, chosen.wait);
                         });
  drained->add_option("node", options->node, "The node")->type_name("NAME")->required();
  drained->add_option("--to", options->to, "Which node [a spare of its zone; where groups are spread, those with the fewest]")->type_name("NAME");
  drained->add_flag("!--no-wait", options->wait, "Do not wait until they have its place");
  auto* kept = change(*command, "keep", "Take a replacement that is under way back", options, exit_code,
                      [](const NodesOptions& chosen) {
                        Client(chosen.connect, "nodes").query("SELECT sextant.keep_node($1)", {chosen.node.c_str()});
                        fmt::print("{} stays as it was\n", chosen.node);
                      });
  kept->add_option("node", options->node, "The node, or the one that was to take its place")->type_name("NAME")->required();
  auto* removed = change(*command, "remove", "Take a spare out of the cluster", options, exit_code,
                         [](const NodesOptions& chosen) {
                           Client(chosen.connect, "nodes").query("SELECT sextant.remove_node($1)", {chosen.node.c_str()});
                           fmt::print("{} is no node of the cluster any more\n", chosen.node);
                         });
  removed->add_option("node", options->node, "The spare")->type_name("NAME")->required();
  command->callback([command, options, &exit_code] {
    if (!command->get_subcommands().empty()) return;
    exit_code = run_client([&] {
      auto rows = Client(options->connect, "nodes").query("SELECT * FROM sextant.nodes()");
      if (options->connect.json) print_json(rows);
      else print_table(rows);
    });
  });
}

}  // namespace cli
