// Runs sqllogictest files through libpq, or fills in what a server answers.
//
//   slt_runner --url 'host=127.0.0.1 port=5432 user=postgres dbname=postgres'
//              [--server sextant|postgres] [--restart CMD] [--regenerate] FILE...
//
// Every file gets a database of its own. With --regenerate the expected results are replaced by
// the server's, which only PostgreSQL's are meant for. Ends with "N passed, N failed" (files).

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "slt_file.h"

namespace {

using slt::Kind;
using slt::Record;

struct Options {
  std::string url, server = "sextant", restart_command;
  bool regenerate = false;
  std::vector<std::string> files;
};

struct ConnectionCloser {
  void operator()(PGconn* c) const { PQfinish(c); }
};
struct ResultCloser {
  void operator()(PGresult* r) const { PQclear(r); }
};
using Connection = std::unique_ptr<PGconn, ConnectionCloser>;
using Result = std::unique_ptr<PGresult, ResultCloser>;

std::string one_line(std::string text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else out += c;
  }
  return out;
}

std::vector<std::string> rows_of(const PGresult* result, slt::SortMode sort) {
  std::vector<std::string> rows;
  for (int r = 0; r < PQntuples(result); ++r) {
    std::string line;
    for (int c = 0; c < PQnfields(result); ++c) {
      std::string value = PQgetisnull(result, r, c) ? "NULL" : one_line(PQgetvalue(result, r, c));
      if (value.empty()) value = "(empty)";
      if (sort == slt::SortMode::values) {
        rows.push_back(value);
        continue;
      }
      if (c > 0) line += '\t';
      line += value;
    }
    if (sort != slt::SortMode::values) {
      // A row that would read as a blank line or a comment cannot be told apart.
      if (PQnfields(result) == 0) line = "(no columns)";
      rows.push_back(line);
    }
  }
  if (sort != slt::SortMode::none) std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::string> message_of(const PGresult* result) {
  std::vector<std::string> lines;
  auto add = [&](const char* label, int field) {
    if (const char* text = PQresultErrorField(result, field))
      lines.push_back(fmt::format("{}{}", label, one_line(text)));
  };
  add("", PG_DIAG_MESSAGE_PRIMARY);
  add("DETAIL: ", PG_DIAG_MESSAGE_DETAIL);
  add("HINT: ", PG_DIAG_MESSAGE_HINT);
  add("POSITION: ", PG_DIAG_STATEMENT_POSITION);
  add("CONSTRAINT: ", PG_DIAG_CONSTRAINT_NAME);
  return lines;
}

// Errors of libpq itself have none.
const char* sqlstate_of(const PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state != nullptr ? state : "(none)";
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += "    " + line + "\n";
  return out;
}

class FileRun {
 public:
  FileRun(const Options& options, slt::File file) : options_(options), file_(std::move(file)) {}

  // Number of records that did not hold.
  int run() {
    database_ = "slt_" + file_.path.stem().string();
    for (char& c : database_)
      if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    {
      Connection admin = connect("postgres");
      exec_or_throw(admin.get(), "DROP DATABASE IF EXISTS " + database_);
      exec_or_throw(admin.get(), "CREATE DATABASE " + database_);
    }
    for (auto& record : file_.records) {
      try {
        step(record);
      } catch (const std::exception& e) {
        report(record, e.what());
        break;
      }
    }
    connections_.clear();
    control_.reset();
    if (failures_ == 0) {
      Connection admin = connect("postgres");
      exec_or_throw(admin.get(), "DROP DATABASE " + database_);
    }
    if (options_.regenerate) slt::write_file(file_);
    return failures_;
  }

 private:
  Connection connect(const std::string& database) {
    Connection c(PQconnectdb((options_.url + " options='-c statement_timeout=60s' dbname=" + database).c_str()));
    if (PQstatus(c.get()) != CONNECTION_OK)
      throw std::runtime_error(fmt::format("cannot connect: {}", PQerrorMessage(c.get())));
    PQsetNoticeProcessor(c.get(), [](void*, const char*) {}, nullptr);
    return c;
  }

  static void exec_or_throw(PGconn* c, const std::string& sql) {
    Result r(PQexec(c, sql.c_str()));
    if (PQresultStatus(r.get()) != PGRES_COMMAND_OK)
      throw std::runtime_error(fmt::format("{}: {}", sql, PQerrorMessage(c)));
  }

  PGconn* current() {
    auto& c = connections_[connection_name_];
    if (!c) c = connect(database_);
    return c.get();
  }

  void report(const Record& record, const std::string& why) {
    ++failures_;
    fmt::print("{}:{}: {}\n", file_.path.string(), record.line, why);
  }

  void step(Record& record) {
    switch (record.kind) {
      case Kind::connection:
        connection_name_ = record.connection;
        if (!record.database.empty()) connections_[connection_name_] = connect(record.database);
        return;
      case Kind::restart:
        connections_.clear();
        control_.reset();
        if (!options_.restart_command.empty() && std::system(options_.restart_command.c_str()) != 0)
          throw std::runtime_error("the restart command failed");
        return;
      default:
        break;
    }
    PGconn* c = current();
    if (record.kind == Kind::waits) {
      start_waiting(record, c);
      return;
    }
    Result result(record.awaited ? await(c) : PQexec(c, record.sql.c_str()));
    auto status = PQresultStatus(result.get());
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY;
    if (!ok && PQstatus(c) != CONNECTION_OK)
      throw std::runtime_error(fmt::format("connection lost: {}", PQerrorMessage(c)));
    if (record.kind == Kind::statement_error) {
      check_error(record, result.get(), ok);
      return;
    }
    if (!ok) {
      report(record, fmt::format("expected success, got {} {}",
                                 sqlstate_of(result.get()),
                                 PQresultErrorMessage(result.get())));
      return;
    }
    if (record.kind == Kind::query) compare(record, rows_of(result.get(), record.sort));
  }

  // Sends the statement and returns when it waits for another session.
  void start_waiting(const Record& record, PGconn* c) {
    if (!control_) control_ = connect(database_);
    if (PQsendQuery(c, record.sql.c_str()) == 0) throw std::runtime_error(PQerrorMessage(c));
    const std::string ask =
        fmt::format("SELECT pg_blocking_pids({}) <> '{{}}'", PQbackendPID(c));
    while (true) {
      Result answer(PQexec(control_.get(), ask.c_str()));
      if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK)
        throw std::runtime_error(PQerrorMessage(control_.get()));
      if (PQgetvalue(answer.get(), 0, 0)[0] == 't') return;
      PQconsumeInput(c);
      if (PQisBusy(c) == 0) {
        report(record, "expected the statement to wait, but it did not");
        return;
      }
    }
  }

  // The last result of what waited, as PQexec() gives it.
  static PGresult* await(PGconn* c) {
    PGresult* last = nullptr;
    while (PGresult* next = PQgetResult(c)) {
      PQclear(last);
      last = next;
    }
    return last;
  }

  void check_error(Record& record, const PGresult* result, bool ok) {
    if (ok) {
      report(record, "expected an error, got success");
      return;
    }
    const char* state = sqlstate_of(result);
    if (options_.regenerate) {
      record.header.back() =
          fmt::format("{}statement error {}", record.awaited ? "await " : "", state);
    } else if (!record.sqlstate.empty() && record.sqlstate != state) {
      report(record, fmt::format("expected SQLSTATE {}, got {}: {}", record.sqlstate, state,
                                 PQresultErrorMessage(result)));
      return;
    }
    if (record.has_expected || options_.regenerate) compare(record, message_of(result));
  }

  void compare(Record& record, std::vector<std::string> actual) {
    if (options_.regenerate) {
      record.has_expected = true;
      record.expected = std::move(actual);
    } else if (actual != record.expected) {
      report(record, fmt::format("{}\n  expected:\n{}  got:\n{}", record.sql, joined(record.expected),
                                 joined(actual)));
    }
  }

  const Options& options_;
  slt::File file_;
  std::string database_, connection_name_ = "default";
  std::map<std::string, Connection> connections_;
  Connection control_;  // asks who waits
  int failures_ = 0;
};

Options parse_arguments(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    auto value = [&] {
      if (++i >= argc) throw std::runtime_error(arg + " needs a value");
      return std::string(argv[i]);
    };
    if (arg == "--url") options.url = value();
    else if (arg == "--server") options.server = value();
    else if (arg == "--restart") options.restart_command = value();
    else if (arg == "--regenerate") options.regenerate = true;
    else if (arg.starts_with("--")) throw std::runtime_error("unknown option " + arg);
    else options.files.push_back(arg);
  }
  if (options.url.empty() || options.files.empty())
    throw std::runtime_error("usage: slt_runner --url URL [--server sextant|postgres] "
                             "[--restart CMD] [--regenerate] FILE...");
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  int passed = 0, failed = 0;
  try {
    Options options = parse_arguments(argc, argv);
    for (const auto& path : options.files) {
      int failures = 1;
      try {
        slt::File file = slt::read_file(path);
        if (file.sextant_only && options.server == "postgres") continue;
        failures = FileRun(options, std::move(file)).run();
      } catch (const std::exception& e) {
        fmt::print("{}: {}\n", path, e.what());
      }
      failures == 0 ? ++passed : ++failed;
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "slt_runner: {}\n", e.what());
    return 2;
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
