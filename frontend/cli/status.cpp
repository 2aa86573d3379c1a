// sextant status, sextant nodes: what a running server says about itself.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include <memory>

#include "client.h"
#include "commands.h"

namespace cli {
namespace {

void run(const ConnectOptions& options) {
  struct Section {
    const char* title;
    const char* sql;
  };
  constexpr Section kSections[] = {{"Nodes", "SELECT * FROM sextant.nodes()"},
                                   {"Volumes", "SELECT * FROM sextant.volumes()"},
                                   {"Segments", "SELECT * FROM sextant.segments()"},
                                   {"Sessions", "SELECT name, sessions FROM sextant.volumes() WHERE sessions > 0"}};
  Client client(options, "status");
  for (const auto& section : kSections) {
    auto rows = client.query(section.sql);
    fmt::print("{}\n", section.title);
    print_table(rows);
    fmt::print("\n");
  }
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ConnectOptions>();
  auto* command = app.add_subcommand("status", "Show nodes, volumes and sessions of a running server");
  add_connect_options(*command, *options);
  command->callback([options, &exit_code] { exit_code = run_client([&] { run(*options); }); });
}

}  // namespace cli
