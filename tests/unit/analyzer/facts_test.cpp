// What PostgreSQL 15 says about each statement of facts.txt: the names and types of its result
// columns, or the error with its state, hint and position. Recorded from a running server.
#include <fstream>

#include "fixture.h"

namespace analyzer::testing {
namespace {

TEST(Facts, EveryStatementIsDescribedAsPostgresDoes) {
  std::ifstream file(SEXTANT_FACTS_FILE);
  ASSERT_TRUE(file.is_open());
  Database db;
  std::string sql, expected;
  int count = 0;
  while (std::getline(file, sql) && std::getline(file, expected)) {
    ASSERT_TRUE(expected.starts_with("  -> ")) << expected;
    EXPECT_EQ(db.describe(sql), expected.substr(5)) << sql;
    ++count;
  }
  EXPECT_GT(count, 400);
}

}  // namespace
}  // namespace analyzer::testing
