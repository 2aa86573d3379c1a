#include "fixture.h"

namespace analyzer::testing {
namespace {

TEST(Select, PgbenchSelect) {
  Database db;
  Analyzed analyzed = db.analyze("SELECT abalance FROM pgbench_accounts WHERE aid = 42");
  query::Query& query = *analyzed.query();
  EXPECT_EQ(query.command, query::CommandKind::select);
  ASSERT_EQ(query.range_table.size(), 1u);
  EXPECT_EQ(query.range_table[0].relation, 20020u);
  const auto& where = std::get<query::Call>(query.where->node);
  EXPECT_EQ(where.operator_, 96u);  // int4 = int4
  EXPECT_EQ(where.function, 65u);   // int4eq
  ASSERT_EQ(analyzed.columns.size(), 1u);
  EXPECT_EQ(analyzed.columns[0].name, "abalance");
  EXPECT_EQ(analyzed.columns[0].table, 20020u);
  EXPECT_EQ(analyzed.columns[0].column, 3);
}

}  // namespace
}  // namespace analyzer::testing
