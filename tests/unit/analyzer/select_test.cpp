#include "fixture.h"

namespace analyzer::testing {
namespace {

namespace oid = types::oid;

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

TEST(Select, HiddenColumnsCarrySortKeysOutsideTheList) {
  Database db;
  Analyzed analyzed = db.analyze("SELECT a FROM t ORDER BY b DESC, a");
  query::Query& query = *analyzed.query();
  ASSERT_EQ(query.output.size(), 2u);
  EXPECT_TRUE(query.output[1].hidden);
  ASSERT_EQ(query.order_by.size(), 2u);
  EXPECT_EQ(query.order_by[0].output, 1);
  EXPECT_TRUE(query.order_by[0].descending);
  EXPECT_TRUE(query.order_by[0].nulls_first);
  EXPECT_EQ(query.order_by[1].output, 0);
  EXPECT_EQ(analyzed.columns.size(), 1u);
}

TEST(Select, NaturalFullJoinMergesColumns) {
  Database db;
  Analyzed analyzed = db.analyze("SELECT id FROM t FULL JOIN u USING (id)");
  EXPECT_TRUE(std::holds_alternative<query::Coalesce>(analyzed.query()->output[0].expression->node));
  Analyzed left = db.analyze("SELECT id FROM t LEFT JOIN u USING (id)");
  const auto& ref = std::get<query::ColumnReference>(left.query()->output[0].expression->node);
  EXPECT_EQ(ref.range_table_index, 0);
}

TEST(Select, CollationsComeFromColumnsAndClauses) {
  Database db;
  Analyzed analyzed = db.analyze("SELECT upper(b), upper(b COLLATE \"C\"), b < v FROM t");
  const auto& output = analyzed.query()->output;
  EXPECT_EQ(output[0].expression->type.collation, types::collation::default_);
  EXPECT_EQ(output[1].expression->type.collation, types::collation::c);
  EXPECT_EQ(std::get<query::Call>(output[1].expression->node).input_collation, types::collation::c);
  EXPECT_EQ(std::get<query::Call>(output[2].expression->node).input_collation, types::collation::default_);
  EXPECT_EQ(db.describe("SELECT b COLLATE \"C\" < b COLLATE \"POSIX\" FROM t"),
            "ERROR 42P21: collation mismatch between explicit collations \"C\" and \"POSIX\" @25");
}

TEST(Select, CorrelatedSubqueriesCountLevels) {
  Database db;
  Analyzed analyzed = db.analyze("SELECT (SELECT max(n) FROM u WHERE u.id = t.id) FROM t");
  const auto& sub = std::get<query::Subquery>(analyzed.query()->output[0].expression->node);
  const auto& where = std::get<query::Call>(sub.query->where->node);
  EXPECT_EQ(std::get<query::ColumnReference>(where.arguments[0]->node).levels_up, 0);
  EXPECT_EQ(std::get<query::ColumnReference>(where.arguments[1]->node).levels_up, 1);
  EXPECT_TRUE(sub.query->has_aggregates);
  EXPECT_FALSE(analyzed.query()->has_aggregates);
}

TEST(Select, RecursiveTablesReferToThemselves) {
  Database db;
  Analyzed analyzed =
      db.analyze("WITH RECURSIVE r(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM r WHERE n < 10) SELECT n FROM r");
  query::Query& query = *analyzed.query();
  ASSERT_EQ(query.with.size(), 1u);
  EXPECT_TRUE(query.with[0].recursive);
  EXPECT_EQ(query.range_table[0].cte_levels_up, 0);
  const auto& step = *query.with[0].query->set_operations->right->leaf;
  EXPECT_EQ(step.range_table[0].cte_name, "r");
  EXPECT_EQ(step.range_table[0].cte_levels_up, 2);
}

TEST(Select, SqlLanguageFunctionsAreReplacedByTheirBodies) {
  Database db;
  Analyzed analyzed = db.analyze("SELECT round(c), b || a FROM t");
  const auto& round = std::get<query::Call>(analyzed.query()->output[0].expression->node);
  EXPECT_EQ(round.function, 1707u);  // round(numeric, int4)
  const auto& concatenation = std::get<query::Call>(analyzed.query()->output[1].expression->node);
  EXPECT_EQ(concatenation.operator_, 654u);  // text || text
}

TEST(Parameters, AreInferredFromTheirUse) {
  Database db;
  Analyzed analyzed = db.analyze("SELECT a FROM t WHERE b = $2 AND id = $1 AND d > $3");
  EXPECT_EQ(analyzed.parameter_types, (std::vector<Oid>{oid::int4, oid::text, oid::timestamptz}));
  EXPECT_EQ(db.analyze("SELECT $1 + 1", {oid::int8}).parameter_types, std::vector<Oid>{oid::int8});
  EXPECT_EQ(db.describe("SELECT a FROM t WHERE id = $1 AND b = $1"),
            "ERROR 42883: operator does not exist: text = integer | No operator matches the given name and argument "
            "types. You might need to add explicit type casts. @36");
}

TEST(Parameters, LiftedLiteralsTakeTheTypeThatTheyWouldHaveHad) {
  Database db;
  const std::string sql = "SELECT a FROM t WHERE b = 'x' AND id = 5 AND 'y' IS NOT NULL";
  std::vector<LiftedLiteral> lifted{{static_cast<int>(sql.find("'x'")), 1, 0},
                                    {static_cast<int>(sql.find("5")), 2, oid::int4},
                                    {static_cast<int>(sql.find("'y'")), 3, 0}};
  Analyzed analyzed = db.analyze(sql, {}, lifted);
  EXPECT_EQ(analyzed.parameter_types, (std::vector<Oid>{oid::text, oid::int4, oid::text}));
  EXPECT_EQ(analyzed.query()->parameter_count, 3);
}

TEST(Depth, IsLimited) {
  Database db;
  std::string sql = "SELECT ";
  for (int i = 0; i < 20000; ++i) sql += "abs(";
  sql += "1";
  for (int i = 0; i < 20000; ++i) sql += ")";
  std::string answer = db.describe(sql);
  EXPECT_TRUE(answer.starts_with("ERROR 54001") || answer.starts_with("ERROR 53200")) << answer;
  std::string chain = "SELECT 1";
  for (int i = 0; i < 8000; ++i) chain += "+1";
  EXPECT_TRUE(db.describe(chain).starts_with("ERROR 54001"));
}

}  // namespace
}  // namespace analyzer::testing
