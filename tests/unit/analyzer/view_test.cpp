#include "fixture.h"

namespace analyzer::testing {
namespace {

// CREATE VIEW tv AS <sql>, with these column names.
void add_view(Database& db, Oid id, const std::string& name, const std::string& sql) {
  Analyzed analyzed = db.analyze(sql);
  auto view = std::make_shared<catalog::RelationDescriptor>();
  view->oid = id;
  view->name = name;
  view->schema = catalog::kPublicSchema;
  view->schema_name = "public";
  view->kind = catalog::RelationKind::view;
  for (const auto& output : analyzed.query()->output) {
    catalog::Column column;
    column.name = output.name;
    column.type = output.expression->type;
    view->columns.push_back(std::move(column));
  }
  view->view_query = std::shared_ptr<const query::Query>(
      std::move(std::get<std::unique_ptr<query::Query>>(analyzed.node)));
  db.catalog.add_relation(view);
}

TEST(Views, ExpandIntoSubqueries) {
  Database db;
  add_view(db, 30000, "tv", "SELECT id, a AS x, a + 1 AS y FROM t WHERE f");
  Analyzed analyzed = db.analyze("SELECT y FROM tv WHERE x > 3");
  const auto& entry = analyzed.query()->range_table.at(0);
  EXPECT_EQ(entry.kind, query::RangeTableEntry::Kind::subquery);
  EXPECT_EQ(entry.view, 30000u);
  ASSERT_NE(entry.subquery, nullptr);
  EXPECT_EQ(analyzed.columns[0].table, 30000u);
  EXPECT_EQ(db.describe("SELECT * FROM tv"), "id integer, x integer, y integer");
}

// What becomes of a change to a view is decided when it is planned, by the rules and triggers there are then.
TEST(Views, ChangesKeepTheViewAsTheirTarget) {
  Database db;
  add_view(db, 30000, "tv", "SELECT id, a AS x, a + 1 AS y FROM t WHERE f");
  Analyzed update = db.analyze("UPDATE tv SET x = x + 1 WHERE y = 5 RETURNING *");
  EXPECT_EQ(update.query()->range_table.at(static_cast<std::size_t>(update.query()->target)).relation, 30000u);
  ASSERT_EQ(update.query()->targets.size(), 1u);
  EXPECT_EQ(update.query()->targets[0].column, 1);  // tv.x
  EXPECT_EQ(update.columns.size(), 3u);

  EXPECT_EQ(db.describe("DELETE FROM tv WHERE x = 1 RETURNING id"), "id integer");
  EXPECT_EQ(db.describe("UPDATE tv SET nosuch = 1"),
            "ERROR 42703: column \"nosuch\" of relation \"tv\" does not exist @14");
}

}  // namespace
}  // namespace analyzer::testing
