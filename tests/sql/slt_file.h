// The sqllogictest dialect of tests/sql: what a file says (docs/testing.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace slt {

enum class Kind { statement_ok, statement_error, query, waits, connection, restart };
enum class SortMode { none, rows, values };

// One record; lines are kept so that a file can be written back with results filled in.
struct Record {
  Kind kind;
  int line = 0;                        // of its first line, from 1
  std::vector<std::string> header;     // comments and the directive line
  std::string sql;                     // as written, without the closing ----
  bool awaited = false;                // the outcome of the connection's statement that waits
  std::string sqlstate;                // statement error: 5 characters, or empty for any
  SortMode sort = SortMode::none;
  std::string connection;              // connection: its name
  std::string database;                // connection: opened anew to this database; or empty
  bool has_expected = false;
  std::vector<std::string> expected;   // query: a line per row; error: the message's lines
};

struct File {
  std::filesystem::path path;
  bool sextant_only = false;           // line 1: "# sextant-only: why"
  std::vector<Record> records;
  std::vector<std::string> trailer;    // comments behind the last record
};

// Throws std::runtime_error naming file and line when it cannot be read as such.
File read_file(const std::filesystem::path& path);
void write_file(const File& file);

}  // namespace slt
