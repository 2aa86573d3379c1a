// sextant: a PostgreSQL-compatible database on shared, six-way replicated storage.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <cstdio>

#include "commands.h"

int main(int argc, char** argv) {
  CLI::App app{"Sextant: a PostgreSQL-compatible database on shared storage with six copies.\n"
               "Start with `sextant start`, then connect: psql -h 127.0.0.1 -U postgres\n"};
  app.name("sextant");
  app.set_version_flag("--version", "sextant 0.1.0 (PostgreSQL 15 protocol)");
  app.require_subcommand(1);
  int exit_code = cli::kSuccess;
  cli::add_start(app, exit_code);
  cli::add_pagestore(app, exit_code);
  cli::add_writer(app, exit_code);
  cli::add_status(app, exit_code);
  cli::add_nodes(app, exit_code);
  cli::add_clone(app, exit_code);
  cli::add_reset(app, exit_code);
  cli::add_backtrack(app, exit_code);
  cli::add_snapshot(app, exit_code);
  cli::add_export(app, exit_code);
  cli::add_restore(app, exit_code);
  cli::add_timelines(app, exit_code);
  // Without this an unknown word is reported as a missing subcommand.
  const auto is_named = [&](CLI::App* each) { return each->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(is_named).empty()) {
    std::fprintf(stderr, "sextant: unknown subcommand \"%s\"\nTry `sextant --help`.\n", argv[1]);
    return cli::kUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version end here, too.
    if (error.get_exit_code() == 0) return app.exit(error);
    const auto subcommands = app.get_subcommands();
    std::fprintf(stderr, "sextant: %s\nTry `sextant %s--help`.\n", error.what(),
                 subcommands.empty() ? "" : (subcommands.front()->get_name() + " ").c_str());
    return cli::kUsage;
  }
  return exit_code;
}
