// sextant timelines: the tree of histories, and what each is kept for.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client.h"
#include "commands.h"

namespace cli {
namespace {

// Columns of the queries below.
enum Column { kTimeline = 0, kParent = 1, kParentName = 2, kBranch = 3, kTime = 4, kRole = 5, kName = 6, kOwn = 7 };
constexpr const char* kTimelines =
    "SELECT timeline, parent, parent_name, branch_lsn, branch_time, role, name, pg_size_pretty(own_bytes) "
    "FROM sextant.timelines()";
enum PinColumn { kPinned = 0, kKind = 1, kPinName = 2, kHeld = 3, kCount = 4 };
// Beyond the largest few of a timeline, one line says how many more there are.
constexpr const char* kPins =
    "WITH ranked AS (SELECT timeline, kind, name, held_back_bytes AS held, row_number() OVER "
    "(PARTITION BY timeline ORDER BY held_back_bytes DESC, lsn, name) AS place FROM sextant.pins()) "
    "SELECT timeline, kind, name, pg_size_pretty(held), 1 FROM ranked WHERE place <= 6 UNION ALL "
    "SELECT timeline, NULL, NULL, pg_size_pretty(max(held)), count(*) FROM ranked WHERE place > 6 GROUP BY timeline";

// Why the nodes' files are larger than what is kept: of each node that answers, and of all of them.
constexpr const char* kHasSpace = "SELECT 1 FROM pg_proc WHERE proname = 'log_space' AND pronamespace = 'sextant'::regnamespace";
constexpr const char* kSpace =
    "SELECT coalesce(s.node, 'all') AS node, pg_size_pretty(sum(disk_bytes)) AS files, pg_size_pretty(sum(needed_bytes)) AS needed, "
    "pg_size_pretty(sum(dead_bytes)) AS dead, pg_size_pretty(sum(leaving_bytes)) AS leaving, "
    "pg_size_pretty(sum(fresh_bytes)) AS fresh, pg_size_pretty(sum(free_bytes)) AS free "
    "FROM sextant.log_space() AS s GROUP BY ROLLUP (s.node) ORDER BY s.node NULLS LAST";
constexpr const char* kSpaceWords =
    "needed: pages and log that somebody may still read; dead: the rest of the same files, which stays until half of its\n"
    "file is dead; leaving: files given back with the next checkpoints; fresh: written since a collection last looked\n"
    "(one begins with every 64 MiB of log, or of what was dropped); free: room for log to come\n";

class Tree {
 public:
  Tree(const Rows& rows, const Rows& pins) : rows_(rows) {
    std::map<std::string, bool> known;
    for (int r = 0; r < rows.size(); ++r) known[rows.text(r, kTimeline)] = true;
    // A parent that is not listed any more: its child stands on its own.
    for (int r = 0; r < rows.size(); ++r)
      children_[known.contains(rows.text(r, kParent)) ? rows.text(r, kParent) : ""].push_back(r);
    for (int r = 0; r < pins.size(); ++r) pins_[pins.text(r, kPinned)].push_back(describe(pins, r));
  }

  void print() const { print_children("", ""); }

 private:
  static std::string describe(const Rows& pins, int row) {
    if (pins.is_null(row, kKind))
      return fmt::format("{} more (at most {} each)", pins.text(row, kCount), pins.text(row, kHeld));
    return fmt::format("{}{} ({})", pins.text(row, kKind),
                       pins.is_null(row, kPinName) ? "" : " " + pins.text(row, kPinName), pins.text(row, kHeld));
  }

  std::string origin(int row) const {
    if (rows_.is_null(row, kParent)) return "";
    return fmt::format(", from {} at {}{}", rows_.text(row, rows_.is_null(row, kParentName) ? kParent : kParentName),
                       rows_.text(row, kBranch), rows_.is_null(row, kTime) ? "" : ", " + rows_.text(row, kTime));
  }

  void print_children(const std::string& parent, const std::string& indent) const {
    auto found = children_.find(parent);
    if (found == children_.end()) return;
    for (std::size_t i = 0; i < found->second.size(); ++i) {
      int row = found->second[i];
      bool is_last = i + 1 == found->second.size();
      bool is_root = parent.empty();
      const std::string timeline = rows_.text(row, kTimeline);
      fmt::print("{}{}{}  {} {}{}; {} of log\n", indent, is_root ? "" : is_last ? "└─ " : "├─ ",
                 rows_.is_null(row, kName) ? "-" : rows_.text(row, kName), rows_.text(row, kRole), timeline,
                 origin(row), rows_.text(row, kOwn));
      const std::string below = is_root ? "" : indent + (is_last ? "   " : "│  ");
      if (auto pins = pins_.find(timeline); pins != pins_.end())
        fmt::print("{}{}   kept for {}\n", below, children_.contains(timeline) ? "│" : " ", fmt::join(pins->second, ", "));
      print_children(timeline, below);
    }
  }

  const Rows& rows_;
  std::map<std::string, std::vector<int>> children_;
  std::map<std::string, std::vector<std::string>> pins_;
};

}  // namespace

void add_timelines(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ConnectOptions>();
  auto* command = app.add_subcommand("timelines", "Draw the tree of databases, snapshots and their pasts");
  add_connect_options(*command, *options);
  add_json_option(*command, *options);
  command->callback([options, &exit_code] {
    exit_code = run_client([&] {
      Client client(*options, "timelines");
      if (options->json) {
        print_json(client.query("SELECT * FROM sextant.timelines()"));
      } else {
        const Rows rows = client.query(kTimelines), pins = client.query(kPins);
        Tree(rows, pins).print();
        if (client.query(kHasSpace).size() > 0) {
          fmt::print("\n");
          print_table(client.query(kSpace));
          fmt::print("{}", kSpaceWords);
        }
      }
    });
  });
}

}  // namespace cli
