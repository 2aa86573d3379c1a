#include "functions/registry.h"

#include <fstream>
#include <set>

#include <gtest/gtest.h>

#include "functions/function.h"

namespace functions {
namespace {

// Every pg_proc.prosrc of PostgreSQL 15 (language internal).
std::set<std::string, std::less<>> postgres_names() {
  std::ifstream file(SEXTANT_PROSRC_LIST);
  std::set<std::string, std::less<>> names;
  for (std::string line; std::getline(file, line);) names.insert(line);
  return names;
}

TEST(Registry, EveryNameIsOneOfPostgres) {
  auto known = postgres_names();
  ASSERT_GT(known.size(), 2000U);
  for (auto name : scalar_names())
    // "sql:<oid>" stands for a function that is written in SQL there.
    // Schema sextant's are ours.
    EXPECT_TRUE(known.contains(name) || name.starts_with("sql:") || name.starts_with("sextant_"))
        << name;
}

TEST(Registry, NoNameTwice) {
  std::set<std::string_view> seen;
  for (auto name : scalar_names()) EXPECT_TRUE(seen.insert(name).second) << name;
}

TEST(Registry, FindsByNameAndKnowsWhatItDoesNotHave) {
  EXPECT_NE(find_scalar("int4pl"), nullptr);
  EXPECT_EQ(find_scalar("int4plus"), nullptr);
}

}  // namespace
}  // namespace functions
