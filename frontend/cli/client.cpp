#include "client.h"

#include <algorithm>
#include <cstdio>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>

#include "commands.h"
#include "libpq.h"

namespace cli {

void add_connect_options(CLI::App& command, ConnectOptions& options) {
  // -h is the host, as in psql.
  command.set_help_flag("--help", "Print this help message and exit");
  command.add_option("-h,--host", options.host, "Server host")->type_name("HOST")->envname("PGHOST")->capture_default_str();
  command.add_option("-p,--port", options.port, "Server port")->type_name("PORT")->envname("PGPORT")->capture_default_str();
  command.add_option("-U,--username", options.user, "User name")->type_name("NAME")->envname("PGUSER")->capture_default_str();
  command.add_option("-d,--dbname", options.database, "Database to connect to")->type_name("NAME")->capture_default_str();
}

void add_json_option(CLI::App& command, ConnectOptions& options) {
  command.add_flag("--json", options.json, "Print JSON");
}

void Rows::Clear::operator()(pg_result* result) const { libpq().clear(result); }
int Rows::size() const { return libpq().ntuples(result_.get()); }
int Rows::columns() const { return libpq().nfields(result_.get()); }
std::string Rows::name(int column) const { return libpq().fname(result_.get(), column); }
bool Rows::is_null(int row, int column) const { return libpq().getisnull(result_.get(), row, column) != 0; }
unsigned Rows::type(int column) const { return libpq().ftype(result_.get(), column); }
std::string Rows::text(int row, int column) const { return libpq().getvalue(result_.get(), row, column); }

void Client::Finish::operator()(pg_conn* connection) const { libpq().finish(connection); }

Client::Client(const ConnectOptions& options, const std::string& subcommand) {
  const std::string application = "sextant " + subcommand;
  const char* names[] = {"host", "port", "user", "dbname", "application_name", nullptr};
  const char* values[] = {options.host.c_str(), options.port.c_str(), options.user.c_str(),
                          options.database.c_str(), application.c_str(), nullptr};
  connection_.reset(libpq().connectdb_params(names, values, 0));
  if (libpq().status(connection_.get()) != CONNECTION_OK)
    throw ClientError(fmt::format("{}HINT: Start a server with `sextant start`, or say where it is "
                                  "with -h HOST -p PORT.\n", libpq().error_message(connection_.get())));
}

Rows Client::query(const std::string& sql, const std::vector<const char*>& parameters) {
  pg_result* result = libpq().exec_params(connection_.get(), sql.c_str(), static_cast<int>(parameters.size()),
                                   nullptr, parameters.data(), nullptr, nullptr, 0);
  Rows rows(result);
  auto status = libpq().result_status(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
    throw ClientError(libpq().result_error_message(result));
  return rows;
}

void print_table(const Rows& rows) {
  std::vector<std::size_t> widths;
  std::vector<bool> is_number;
  for (int c = 0; c < rows.columns(); ++c) {
    std::size_t width = rows.name(c).size();
    bool number = rows.size() > 0;
    for (int r = 0; r < rows.size(); ++r) {
      auto text = rows.text(r, c);
      width = std::max(width, text.size());
      number = number && text.find_first_not_of("0123456789") == text.npos;
    }
    widths.push_back(width);
    is_number.push_back(number);
  }
  auto line = [&](auto cell) {
    std::string out;
    for (int c = 0; c < rows.columns(); ++c) {
      auto i = static_cast<std::size_t>(c);
      out += is_number[i] ? fmt::format("  {:>{}}", cell(c), widths[i])
                          : fmt::format("  {:<{}}", cell(c), widths[i]);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    fmt::print("{}\n", out);
  };
  line([&](int c) { return rows.name(c); });
  for (int r = 0; r < rows.size(); ++r) line([&](int c) { return rows.text(r, c); });
}

namespace {

// As JSON has it: numbers and truth values as such, JSON as it is, everything else as text.
std::string json_value(const Rows& rows, int row, int column) {
  constexpr unsigned kBool = 16, kInt8 = 20, kInt2 = 21, kInt4 = 23, kOid = 26, kJson = 114, kJsonb = 3802;
  if (rows.is_null(row, column)) return "null";
  std::string text = rows.text(row, column);
  switch (rows.type(column)) {
    case kBool: return text == "t" ? "true" : "false";
    case kInt8: case kInt2: case kInt4: case kOid: case kJson: case kJsonb: return text;
    default: return boost::json::serialize(boost::json::string(text));
  }
}

}  // namespace

void print_json(const Rows& rows) {
  fmt::print("[");
  for (int r = 0; r < rows.size(); ++r) {
    fmt::print("{}\n  {{", r > 0 ? "," : "");
    for (int c = 0; c < rows.columns(); ++c)
      fmt::print("{}{}: {}", c > 0 ? ", " : "", boost::json::serialize(boost::json::string(rows.name(c))),
                 json_value(rows, r, c));
    fmt::print("}}");
  }
  fmt::print("\n]\n");
}

int run_client(const std::function<void()>& body) {
  try {
    body();
    return kSuccess;
  } catch (const ClientError& error) {
    std::string message = error.what();
    while (!message.empty() && message.back() == '\n') message.pop_back();
    fmt::print(stderr, "sextant: {}\n", message);
    return kFailure;
  }
}

}  // namespace cli
