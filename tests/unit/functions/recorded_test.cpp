// Replays calls recorded from PostgreSQL 15 (cases/*.tsv, written by record_cases.py).
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "call.h"
#include "types/integer.h"
#include "types/sql_error.h"
#include "types/timezone.h"

namespace functions::test {
namespace {

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields;
  std::size_t start = 0;
  for (;;) {
    auto end = line.find(separator, start);
    fields.push_back(line.substr(start, end - start));
    if (end == std::string::npos) return fields;
    start = end + 1;
  }
}

std::optional<std::string> unescape(const std::string& field) {
  if (field == "\\N") return std::nullopt;
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    if (field[i] == '\\' && i + 1 < field.size()) {
      char c = field[++i];
      text += c == 'n' ? '\n' : c == 't' ? '\t' : c;
    } else {
      text += field[i];
    }
  }
  return text;
}

void apply_setting(Caller& caller, const std::string& name, const std::string& value);

class Recorded : public testing::TestWithParam<std::string> {};

TEST_P(Recorded, AnswersAsPostgres) {
  std::ifstream file(SEXTANT_CASES_DIR "/" + GetParam() + ".tsv");
  ASSERT_TRUE(file) << GetParam();
  Caller caller;
  std::string line;
  int count = 0;
  while (std::getline(file, line)) {
    auto fields = split(line, '\t');
    if (fields[0] == "@") {
      apply_setting(caller, fields[1], fields[2]);
      continue;
    }
    ++count;
    if (fields[0] == "::") {
      std::string actual;
      auto type = types::parse_oid(fields[1]);
      try {
        auto value = types::type_support(type).input(caller.ctx, *unescape(fields[3]),
                                                     types::parse_int32(fields[2]));
        actual = "=" + caller.write(type, value);
      } catch (const types::SqlError& error) {
        actual = "!" + error.sqlstate() + " " + error.message();
      }
      EXPECT_EQ(actual, unescape(fields.back()).value_or("\\N")) << line;
      continue;
    }
    std::vector<types::Oid> argument_types;
    if (!fields[2].empty())
      for (const auto& oid : split(fields[2], ',')) argument_types.push_back(types::parse_oid(oid));
    if (fields[0][0] == '!') {
      std::vector<std::vector<std::optional<std::string>>> rows;
      for (std::size_t i = 3; i + 1 < fields.size(); ++i) {
        auto& row = rows.emplace_back();
        for (const auto& value : split(fields[i], ';'))
          row.push_back(value == "NULL" ? std::nullopt : std::optional(value));
      }
      using Path = Caller::Path;
      for (Path path : {Path::rows, Path::one_group, Path::combined}) {
        // Summing floats in another order may round in another way.
        bool is_float = !argument_types.empty() && (argument_types[0] == 700 || argument_types[0] == 701);
        if (path == Path::combined && is_float) continue;
        std::string actual;
        try {
          auto value = caller.aggregate(types::parse_oid(fields[0].substr(1)),
                                        types::parse_oid(fields[1]), argument_types, rows, path);
          actual = value ? "=" + *value : "\\N";
        } catch (const types::SqlError& error) {
          actual = "!" + error.sqlstate() + " " + error.message();
        } catch (const std::exception& error) {
          actual = error.what();
        }
        EXPECT_EQ(actual, unescape(fields.back()).value_or("\\N"))
            << line << " path " << static_cast<int>(path);
      }
      continue;
    }
    std::vector<std::optional<std::string>> arguments;
    for (std::size_t i = 3; i + 1 < fields.size(); ++i) arguments.push_back(unescape(fields[i]));
    std::string actual;
    try {
      auto value = caller.call(fields[0], types::parse_oid(fields[1]), argument_types, arguments);
      actual = value ? "=" + *value : "\\N";
    } catch (const types::SqlError& error) {
      actual = "!" + error.sqlstate() + " " + error.message();
    } catch (const std::exception& error) {
      actual = error.what();
    }
    auto expected = unescape(fields.back());
    EXPECT_EQ(actual, expected.value_or("\\N")) << line;
  }
  EXPECT_GT(count, 0);
}

void apply_setting(Caller& caller, const std::string& name, const std::string& value) {
  using namespace types;
  auto lower = [](std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  };
  std::string key = lower(name), word = lower(value);
  FormatSettings& settings = caller.settings;
  if (key == "datestyle") {
    for (const auto& part : split(word, ',')) {
      if (part.find("iso") != part.npos) settings.date_style = DateStyle::iso;
      if (part.find("sql") != part.npos) settings.date_style = DateStyle::sql;
      if (part.find("postgres") != part.npos) settings.date_style = DateStyle::postgres;
      if (part.find("german") != part.npos) settings.date_style = DateStyle::german;
      if (part.find("mdy") != part.npos) settings.date_order = DateOrder::mdy;
      if (part.find("dmy") != part.npos) settings.date_order = DateOrder::dmy;
      if (part.find("ymd") != part.npos) settings.date_order = DateOrder::ymd;
    }
  } else if (key == "intervalstyle") {
    settings.interval_style = word == "postgres"           ? IntervalStyle::postgres
                              : word == "postgres_verbose" ? IntervalStyle::postgres_verbose
                              : word == "sql_standard"     ? IntervalStyle::sql_standard
                                                           : IntervalStyle::iso_8601;
  } else if (key == "timezone") {
    settings.time_zone = find_time_zone(value);
  } else if (key == "extra_float_digits") {
    settings.extra_float_digits = parse_int32(value);
  } else if (key == "bytea_output") {
    settings.bytea_output = word == "hex" ? ByteaOutput::hex : ByteaOutput::escape;
  } else {
    ADD_FAILURE() << "unknown setting " << name;
  }
}

std::vector<std::string> case_files() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(SEXTANT_CASES_DIR))
    if (entry.path().extension() == ".tsv") names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

INSTANTIATE_TEST_SUITE_P(Cases, Recorded, testing::ValuesIn(case_files()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace functions::test
