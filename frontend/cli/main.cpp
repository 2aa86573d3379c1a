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
  cli::add_status(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version end here, too.
    if (error.get_exit_code() == 0) return app.exit(error);
    app.exit(error);
    std::fprintf(stderr, "Try `sextant --help` or `sextant <subcommand> --help`.\n");
    return cli::kUsage;
  }
  return exit_code;
}
