// sextant status: what a running server says about itself.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>

#include <cstdio>
#include <memory>

#include "commands.h"

namespace cli {
namespace {

struct ConnectOptions {
  std::string host = "127.0.0.1", port = "5432", user = "postgres", database = "postgres";
};

struct Closer {
  void operator()(PGconn* c) const { PQfinish(c); }
  void operator()(PGresult* r) const { PQclear(r); }
};
using Connection = std::unique_ptr<PGconn, Closer>;
using Result = std::unique_ptr<PGresult, Closer>;

// One table, columns as wide as they need.
void print_table(const char* title, const PGresult* result) {
  fmt::print("{}\n", title);
  int columns = PQnfields(result), rows = PQntuples(result);
  std::vector<std::size_t> widths;
  for (int c = 0; c < columns; ++c) {
    std::size_t width = std::strlen(PQfname(result, c));
    for (int r = 0; r < rows; ++r)
      width = std::max(width, static_cast<std::size_t>(PQgetlength(result, r, c)));
    widths.push_back(width);
  }
  auto line = [&](auto cell) {
    for (int c = 0; c < columns; ++c)
      fmt::print("  {:<{}}", cell(c), widths[static_cast<std::size_t>(c)]);
    fmt::print("\n");
  };
  line([&](int c) { return PQfname(result, c); });
  for (int r = 0; r < rows; ++r) line([&](int c) { return PQgetvalue(result, r, c); });
  fmt::print("\n");
}

int run(const ConnectOptions& options) {
  const char* names[] = {"host", "port", "user", "dbname", "application_name", nullptr};
  const char* values[] = {options.host.c_str(), options.port.c_str(), options.user.c_str(),
                          options.database.c_str(), "sextant status", nullptr};
  Connection connection(PQconnectdbParams(names, values, 0));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    fmt::print(stderr, "sextant: {}HINT: Start a server with `sextant start`, or say where it is "
                       "with -h HOST -p PORT.\n", PQerrorMessage(connection.get()));
    return kFailure;
  }
  struct Section {
    const char* title;
    const char* sql;
  };
  constexpr Section kSections[] = {{"Nodes", "SELECT * FROM sextant.nodes()"},
                                   {"Volumes", "SELECT * FROM sextant.volumes()"},
                                   {"Segments", "SELECT * FROM sextant.segments()"},
                                   {"Sessions", "SELECT name, sessions FROM sextant.volumes() WHERE sessions > 0"}};
  for (const auto& section : kSections) {
    Result result(PQexec(connection.get(), section.sql));
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
      fmt::print(stderr, "sextant: {}", PQresultErrorMessage(result.get()));
      return kFailure;
    }
    print_table(section.title, result.get());
  }
  return kSuccess;
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ConnectOptions>();
  auto* command = app.add_subcommand("status", "Show nodes, volumes and sessions of a running server");
  // -h is the host, as in psql.
  command->set_help_flag("--help", "Print this help message and exit");
  command->add_option("-h,--host", options->host, "Server host")->type_name("HOST")->capture_default_str();
  command->add_option("-p,--port", options->port, "Server port")->type_name("PORT")->capture_default_str();
  command->add_option("-U,--username", options->user, "User name")->type_name("NAME")->capture_default_str();
  command->add_option("-d,--dbname", options->database, "Database")->type_name("NAME")->capture_default_str();
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace cli
