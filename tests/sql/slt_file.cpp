#include "slt_file.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace slt {
namespace {

bool blank(const std::string& line) { return line.find_first_not_of(" \t\r") == line.npos; }

}  // namespace

File read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be opened", path.string()));
  File file;
  file.path = path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  file.sextant_only = !lines.empty() && lines[0].starts_with("# sextant-only:");

  std::vector<std::string> pending;  // comments and blank lines before a directive
  std::size_t i = 0;
  auto fail = [&](std::string_view why) {
    throw std::runtime_error(fmt::format("{}:{}: {}", path.string(), i + 1, why));
  };
  while (i < lines.size()) {
    const std::string& line = lines[i];
    if (blank(line) || line[0] == '#') {
      pending.push_back(line);
      ++i;
      continue;
    }
    Record record;
    record.line = static_cast<int>(i) + 1;
    record.header = std::move(pending);
    pending.clear();
    record.header.push_back(line);
    std::istringstream words(line);
    std::string directive, word;
    words >> directive;
    bool has_sql = true;
    if (directive == "await") {
      record.awaited = true;
      words >> directive;
    }
    if (directive == "statement") {
      words >> word;
      if (word == "ok")
        record.kind = Kind::statement_ok;
      else if (word == "error") {
        record.kind = Kind::statement_error;
        words >> record.sqlstate;
      } else
        fail("expected \"statement ok\" or \"statement error [SQLSTATE]\"");
    } else if (directive == "query") {
      record.kind = Kind::query;
      while (words >> word) {
        if (word == "rowsort")
          record.sort = SortMode::rows;
        else if (word == "valuesort")
          record.sort = SortMode::values;
        else if (word != "nosort")
          fail(fmt::format("unknown sort mode \"{}\"", word));
      }
    } else if (directive == "waits") {
      record.kind = Kind::waits;
    } else if (directive == "connection") {
      record.kind = Kind::connection;
      words >> record.connection >> record.database;
      has_sql = false;
    } else if (directive == "restart") {
      record.kind = Kind::restart;
      has_sql = false;
    } else {
      fail(fmt::format("unknown directive \"{}\"", directive));
    }
    ++i;
    if (has_sql) {
      while (i < lines.size() && !blank(lines[i]) && lines[i] != "----") {
        if (!record.sql.empty()) record.sql += '\n';
        record.sql += lines[i++];
      }
      if (record.sql.empty() != record.awaited) fail("no statement behind the directive");
      if (i < lines.size() && lines[i] == "----") {
        record.has_expected = true;
        ++i;
        while (i < lines.size() && !blank(lines[i])) record.expected.push_back(lines[i++]);
      }
    }
    file.records.push_back(std::move(record));
  }
  file.trailer = std::move(pending);
  return file;
}

void write_file(const File& file) {
  std::ofstream out(file.path, std::ios::trunc);
  for (const auto& record : file.records) {
    for (const auto& line : record.header) out << line << '\n';
    if (!record.sql.empty()) out << record.sql << '\n';
    if (record.has_expected) {
      out << "----\n";
      for (const auto& line : record.expected) out << line << '\n';
    }
  }
  for (const auto& line : file.trailer) out << line << '\n';
}

}  // namespace slt
