// What the subcommands share that talk to a running server.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/App.hpp>

struct pg_conn;
struct pg_result;

namespace cli {

// -h, -p, -U and -d, as psql has them.
struct ConnectOptions {
  std::string host = "127.0.0.1", port = "5432", user = "postgres", database = "postgres";
  bool json = false;
};

// Adds them to a subcommand. --help stays; -h is the host.
void add_connect_options(CLI::App& command, ConnectOptions& options);
void add_json_option(CLI::App& command, ConnectOptions& options);

// The server said no, or is not there: the message for the user.
class ClientError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Rows {
 public:
  explicit Rows(pg_result* result) : result_(result) {}
  int size() const;
  int columns() const;
  std::string name(int column) const;
  unsigned type(int column) const;   // its OID
  bool is_null(int row, int column) const;
  std::string text(int row, int column) const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

class Client {
 public:
  // Throws ClientError with a hint how to start a server.
  Client(const ConnectOptions& options, const std::string& subcommand);

  // $1, $2, ... are texts; nullptr is null. Throws ClientError.
  Rows query(const std::string& sql, const std::vector<const char*>& parameters = {});

 private:
  struct Finish {
    void operator()(pg_conn* connection) const;
  };
  std::unique_ptr<pg_conn, Finish> connection_;
};

// Columns as wide as they need, numbers to the right.
void print_table(const Rows& rows);
// An array of objects: numbers, truth values and JSON as such, every other value a string or null.
void print_json(const Rows& rows);

// Runs `body`, prints what it throws and returns the exit code.
int run_client(const std::function<void()>& body);

}  // namespace cli
