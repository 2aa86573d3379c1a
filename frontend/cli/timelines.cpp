// sextant timelines: the tree of histories, and what each is kept for.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "client.h"
#include "commands.h"

namespace cli {
namespace {

// Columns of the query below.
enum Column { kTimeline = 0, kParent = 1, kBranch = 2, kRole = 3, kName = 4, kOwn = 5, kHeld = 6, kHeldBy = 7 };
constexpr const char* kQuery =
    "SELECT timeline, parent, branch_lsn, role, name, pg_size_pretty(own_bytes), "
    "pg_size_pretty(held_back_bytes), held_by FROM sextant.timelines()";

class Tree {
 public:
  explicit Tree(const Rows& rows) : rows_(rows) {
    std::map<std::string, bool> known;
    for (int r = 0; r < rows.size(); ++r) known[rows.text(r, kTimeline)] = true;
    // A parent that is not listed any more: its child stands on its own.
    for (int r = 0; r < rows.size(); ++r)
      children_[known.contains(rows.text(r, kParent)) ? rows.text(r, kParent) : ""].push_back(r);
  }

  void print() const { print_children("", ""); }

 private:
  void print_children(const std::string& parent, const std::string& indent) const {
    auto found = children_.find(parent);
    if (found == children_.end()) return;
    for (std::size_t i = 0; i < found->second.size(); ++i) {
      int row = found->second[i];
      bool is_last = i + 1 == found->second.size();
      bool is_root = parent.empty();
      fmt::print("{}{}{}  {} {}{}, {} of log{}\n", indent, is_root ? "" : is_last ? "└─ " : "├─ ",
                 rows_.is_null(row, kName) ? "-" : rows_.text(row, kName), rows_.text(row, kRole),
                 rows_.text(row, kTimeline),
                 rows_.is_null(row, kParent) ? ""
                                             : fmt::format(", from {} at {}", rows_.text(row, kParent),
                                                           rows_.text(row, kBranch)),
                 rows_.text(row, kOwn),
                 rows_.is_null(row, kHeldBy) ? ""
                                             : fmt::format("; {} more kept for {}", rows_.text(row, kHeld),
                                                           rows_.text(row, kHeldBy)));
      print_children(rows_.text(row, kTimeline),
                     is_root ? "" : indent + (is_last ? "   " : "│  "));
    }
  }

  const Rows& rows_;
  std::map<std::string, std::vector<int>> children_;
};

}  // namespace

void add_timelines(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ConnectOptions>();
  auto* command = app.add_subcommand("timelines", "Draw the tree of databases, snapshots and their pasts");
  add_connect_options(*command, *options);
  add_json_option(*command, *options);
  command->callback([options, &exit_code] {
    exit_code = run_client([&] {
      auto rows = Client(*options, "timelines")
                      .query(options->json ? "SELECT * FROM sextant.timelines()" : kQuery);
      if (options->json) print_json(rows);
      else Tree(rows).print();
    });
  });
}

}  // namespace cli
