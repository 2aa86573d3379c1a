// sextant snapshot: named moments, kept until they are dropped.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <memory>

#include "client.h"
#include "commands.h"

namespace cli {
namespace {

struct SnapshotOptions : ConnectOptions {
  std::string name, database, at;
};

}  // namespace

void add_snapshot(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<SnapshotOptions>();
  auto* command = app.add_subcommand("snapshot", "Make, list, drop and restore named snapshots");
  command->require_subcommand(1);

  auto add = [&](const char* name, const char* help, auto body) {
    auto* verb = command->add_subcommand(name, help);
    add_connect_options(*verb, *options);
    verb->callback([options, &exit_code, body] {
      exit_code = run_client([&] {
        Client client(*options, "snapshot");
        body(client, *options);
      });
    });
    return verb;
  };
  auto* create = add("create", "Keep what a database is now, or was at a moment", [](Client& client, const SnapshotOptions& o) {
    auto rows = client.query("SELECT sextant.create_snapshot($1, $2, $3)",
                             {o.database.c_str(), o.name.c_str(), o.at.empty() ? nullptr : o.at.c_str()});
    fmt::print("{} of {} at LSN {}\n", o.name, o.database, rows.text(0, 0));
  });
  create->add_option("DATABASE", options->database, "The database")->required();
  create->add_option("NAME", options->name, "The snapshot's name")->required();
  create->add_option("--at", options->at, "A moment: timestamp, LSN, or how long ago")->type_name("TIME|LSN");

  auto* list = add("list", "List snapshots", [](Client& client, const SnapshotOptions& o) {
    auto rows = client.query("SELECT * FROM sextant.snapshots() ORDER BY created, name");
    if (o.json) print_json(rows);
    else print_table(rows);
  });
  add_json_option(*list, *options);

  auto* drop = add("drop", "Drop a snapshot; databases restored from it stay", [](Client& client, const SnapshotOptions& o) {
    client.query("SELECT sextant.drop_snapshot($1)", {o.name.c_str()});
  });
  drop->add_option("NAME", options->name, "The snapshot")->required();

  auto* restore = add("restore", "Make a database as of a snapshot", [](Client& client, const SnapshotOptions& o) {
    client.query("SELECT sextant.restore_snapshot($1, $2)", {o.name.c_str(), o.database.c_str()});
    fmt::print("{}\n", o.database);
  });
  restore->add_option("NAME", options->name, "The snapshot")->required();
  restore->add_option("DATABASE", options->database, "The new database")->required();
}

}  // namespace cli
