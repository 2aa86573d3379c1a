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
  bool dry_run = false, stop = false;
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

// --- groups are spread over nodes that were added ---

struct SpreadMove {
  std::string set, node, newcomer, phase, trouble;
  double bytes = 0;  // about
  long segments = 0, segments_left = 0;

  bool is_under_way() const { return phase != "planned"; }
  double bytes_done() const {
    return segments == 0 ? 0 : bytes * static_cast<double>(segments - std::min(segments, segments_left)) /
                                   static_cast<double>(segments);
  }
};

std::vector<SpreadMove> spread_plan(Client& client) {
  auto rows = client.query(
      "SELECT set, node, newcomer, phase, bytes, coalesce(segments, 0), coalesce(segments_left, 0), "
      "coalesce(trouble, '') FROM sextant.spread_plan() ORDER BY step");
  std::vector<SpreadMove> moves;
  for (int row = 0; row < rows.size(); ++row) {
    moves.push_back({rows.text(row, 0), rows.text(row, 1), rows.text(row, 2), rows.text(row, 3), rows.text(row, 7),
                     std::stod(rows.text(row, 4)), std::stol(rows.text(row, 5)), std::stol(rows.text(row, 6))});
  }
  return moves;
}

double bytes_of(const std::vector<SpreadMove>& moves) {
  double bytes = 0;
  for (const SpreadMove& move : moves) bytes += move.bytes;
  return bytes;
}

std::string show_moves(std::size_t count) { return fmt::format("{} {}", count, count == 1 ? "move" : "moves"); }

// Why there is nothing to spread.
void say_even(Client& client) {
  auto other = client.query("SELECT node, newcomer FROM sextant.replacement()");
  if (other.size() > 0) {
    throw ClientError(fmt::format("node \"{}\" is being replaced by \"{}\"\nHINT: One node is replaced at a time: "
                                  "wait, or cancel it.", other.text(0, 0), other.text(0, 1)));
  }
  fmt::print("the nodes of each zone have equal shares of the protection groups already\n");
}

void show_spread(Client& client) {
  const auto moves = spread_plan(client);
  if (moves.empty()) return say_even(client);
  const bool under_way = moves.front().is_under_way();
  fmt::print("{} of copies, about {},{} give the nodes of each zone equal shares:\n", show_moves(moves.size()),
             show_bytes(bytes_of(moves)), under_way ? " under way," : "");
  for (const SpreadMove& move : moves) {
    fmt::print("  set {}: from {} to {}, about {}{}\n", move.set, move.node, move.newcomer, show_bytes(move.bytes),
               under_way ? ", " + move.phase : "");
  }
}

// Says how far it has come until the nodes have equal shares, or somebody ended it.
void follow_spread(Client& client) {
  const auto began = Clock::now();
  double all = 0, left_at_first = -1;
  std::size_t count = 0;
  for (;; std::this_thread::sleep_for(kLook)) {
    const auto moves = spread_plan(client);
    if (moves.empty()) break;
    const SpreadMove& now = moves.front();
    if (!now.is_under_way()) {
      throw ClientError(fmt::format("the spread was ended: {} left\nHINT: `sextant nodes spread` goes on.",
                                    show_moves(moves.size())));
    }
    count = std::max(count, moves.size());
    const double left = bytes_of(moves) - now.bytes_done();
    all = std::max(all, left);
    if (left_at_first < 0) left_at_first = left;
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    const double rate = seconds > 0 ? std::max(0.0, left_at_first - left) / seconds : 0;
    std::string line = fmt::format("{} of {}: set {} from {} to {}, {}, {} of {} segments; {} of about {}",
                                   count - moves.size() + 1, show_moves(count), now.set, now.node, now.newcomer,
                                   now.phase, now.segments - std::min(now.segments, now.segments_left), now.segments,
                                   show_bytes(all - left), show_bytes(all));
    if (rate > 0) line += fmt::format(" ({}/s), about {:.0f} s left", show_bytes(rate), left / rate);
    if (!now.trouble.empty()) line += "; waits: " + now.trouble;
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }
  // (Another change may have come between.)
  say_even(client);
}

// The move under way is taken back. It may just have become the next one.
void stop_spread(Client& client) {
  constexpr int kAttempts = 10;
  for (int attempt = 1;; ++attempt) {
    const auto moves = spread_plan(client);
    if (moves.empty() || !moves.front().is_under_way()) throw ClientError("no protection groups are being spread");
    try {
      client.query("SELECT sextant.keep_node($1)", {moves.front().node.c_str()});
      break;
    } catch (const ClientError&) {
      if (attempt == kAttempts) throw;
    }
  }
  fmt::print("{} left; what was moved stays where it is\n", show_moves(spread_plan(client).size()));
}

void spread(const NodesOptions& options) {
  Client client(options.connect, "nodes");
  if (options.stop) return stop_spread(client);
  if (options.dry_run) return show_spread(client);
  const auto moves = spread_plan(client);
  const bool under_way = !moves.empty() && moves.front().is_under_way();
  // (In the meantime somebody else may have begun it: then the server says so.)
  if (!under_way) client.query("SELECT sextant.spread_nodes()");
  if (options.wait) return follow_spread(client);
  fmt::print("{} under way\n", show_moves(std::max<std::size_t>(1, spread_plan(client).size())));
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
      "nodes", "Show the page-store nodes of a running server, add, drain, spread and remove them");
  add_connect_options(*command, options->connect);
  add_json_option(*command, options->connect);
  command->require_subcommand(0, 1);
  command->footer("A node that the server cannot reach has the reason as its state.\n"
                  "To replace a node: start `sextant pagestore` in the same zone, then\n"
                  "`sextant nodes add HOST:PORT --replace NAME` and `sextant nodes remove NAME`. Commits go on.\n"
                  "To have more nodes share the work: add them, in each zone one, then `sextant nodes spread`.");
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
  auto* spreads = change(*command, "spread", "Move copies until the nodes of each zone have equal shares, also those added",
                         options, exit_code, spread);
  spreads->add_flag("--dry-run", options->dry_run, "Say what would be moved, or what is left of it, and do nothing");
  spreads->add_flag("!--no-wait", options->wait, "Do not wait until all is moved");
  spreads->add_flag("--stop", options->stop, "End what is under way: what was moved stays")->excludes("--dry-run");
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
