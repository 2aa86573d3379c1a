#include "fixture.h"
#include "query/statements.h"

namespace analyzer::testing {
namespace {

template <typename T>
T take(Database& db, const std::string& sql) {
  Analyzed analyzed = db.analyze(sql);
  auto* statement = analyzed.statement();
  EXPECT_NE(statement, nullptr) << sql;
  EXPECT_TRUE(std::holds_alternative<T>(statement->node)) << sql;
  return std::move(std::get<T>(statement->node));
}

TEST(Statements, CreateTableSpreadsColumnConstraints) {
  Database db;
  auto create = take<query::CreateTable>(
      db, "CREATE TABLE orders (id bigserial PRIMARY KEY, who text NOT NULL DEFAULT 'x' || 'y', "
          "total numeric(8,2) CHECK (total > 0), ref int REFERENCES t (id) ON DELETE CASCADE, "
          "CONSTRAINT pair UNIQUE (who, total), twice int GENERATED ALWAYS AS (ref * 2) STORED)");
  ASSERT_EQ(create.columns.size(), 5u);
  EXPECT_EQ(create.columns[0].type.oid, types::oid::int8);
  EXPECT_TRUE(create.columns[0].not_null);
  ASSERT_TRUE(create.columns[0].sequence.has_value());
  EXPECT_EQ(create.columns[0].sequence->options.type, types::oid::int8);
  EXPECT_TRUE(create.columns[1].not_null);
  ASSERT_NE(create.columns[1].default_value, nullptr);
  EXPECT_EQ(create.columns[1].default_value->type.oid, types::oid::text);
  EXPECT_EQ(create.columns[2].type.typmod, ((8 << 16) | 2) + 4);
  EXPECT_TRUE(create.columns[4].generated_stored);
  ASSERT_EQ(create.constraints.size(), 4u);
  EXPECT_EQ(create.constraints[0].kind, query::Constraint::Kind::primary_key);
  EXPECT_EQ(create.constraints[0].columns, std::vector<std::string>{"id"});
  EXPECT_EQ(create.constraints[1].kind, query::Constraint::Kind::check);
  EXPECT_EQ(create.constraints[1].columns, std::vector<std::string>{"total"});
  EXPECT_EQ(create.constraints[2].kind, query::Constraint::Kind::foreign_key);
  EXPECT_EQ(create.constraints[2].on_delete, query::ForeignKeyAction::cascade);
  EXPECT_EQ(create.constraints[2].referenced_columns, std::vector<std::string>{"id"});
  EXPECT_EQ(create.constraints[3].name, "pair");
}

TEST(Statements, PgbenchInitialisation) {
  Database db;
  auto drop = take<query::Drop>(db, "drop table if exists pgbench_accounts, pgbench_branches");
  EXPECT_TRUE(drop.missing_ok);
  EXPECT_EQ(drop.objects.size(), 2u);
  take<query::Truncate>(db, "truncate table pgbench_accounts, t");
  auto copy = take<query::Copy>(db, "copy pgbench_accounts from stdin with (freeze on)");
  EXPECT_TRUE(copy.from);
  EXPECT_FALSE(copy.file.has_value());
  ASSERT_EQ(copy.options.size(), 1u);
  EXPECT_EQ(copy.options[0].name, "freeze");
  EXPECT_EQ(copy.options[0].value(), "on");
  auto vacuum = take<query::Vacuum>(db, "vacuum analyze pgbench_accounts");
  EXPECT_EQ(vacuum.targets[0].relation.name, "pgbench_accounts");
  auto alter = take<query::AlterTable>(db, "alter table u add primary key (id)");
  ASSERT_EQ(alter.actions.size(), 1u);
  EXPECT_EQ(std::get<query::AddConstraint>(alter.actions[0]).constraint.columns, std::vector<std::string>{"id"});
  auto create = take<query::CreateTable>(db, "create table pgbench_x(tid int not null,bid int) with (fillfactor=100)");
  EXPECT_EQ(create.options[0].value(), "100");
}

TEST(Statements, SettingsKeepPostgresTextForm) {
  Database db;
  EXPECT_EQ(take<query::SetVariable>(db, "SET search_path TO a, \"B\", 'c d'").value, "a, \"B\", \"c d\"");
  EXPECT_EQ(take<query::SetVariable>(db, "SET work_mem = '64MB'").value, "64MB");
  EXPECT_EQ(take<query::SetVariable>(db, "SET LOCAL statement_timeout = 500").value, "500");
  EXPECT_TRUE(take<query::SetVariable>(db, "SET LOCAL a.b = on").is_local);
  EXPECT_EQ(take<query::SetVariable>(db, "SET TIME ZONE 'UTC'").name, "timezone");
  EXPECT_EQ(db.describe("SET work_mem = 1, 2"), "ERROR 22023: SET work_mem takes only one argument");
  auto set = take<query::SetTransaction>(db, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
  EXPECT_EQ(set.modes.isolation, query::Isolation::repeatable_read);
  EXPECT_EQ(set.modes.read_only, true);
  auto begin = take<query::Transaction>(db, "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE");
  EXPECT_EQ(begin.modes.isolation, query::Isolation::serializable);
  EXPECT_EQ(begin.modes.read_only, false);
  EXPECT_EQ(take<query::Transaction>(db, "ROLLBACK TO SAVEPOINT s").name, "s");
}

TEST(Statements, PrepareKeepsTheTextBehindAs) {
  Database db;
  auto prepare = take<query::Prepare>(db, "PREPARE p (int, text) AS SELECT * FROM t WHERE a = $1 AND b = $2");
  EXPECT_EQ(prepare.text, " SELECT * FROM t WHERE a = $1 AND b = $2");
  EXPECT_EQ(prepare.parameter_types, (std::vector<Oid>{types::oid::int4, types::oid::text}));
  EXPECT_EQ(take<query::Prepare>(db, "PREPARE as_is AS DELETE FROM t").text, " DELETE FROM t");
}

TEST(Statements, CloneOptionsOfDatabases) {
  Database db;
  auto create = take<query::CreateDatabase>(db, "CREATE DATABASE x TEMPLATE y AS_OF '2026-01-01' EXPIRES '1h'");
  ASSERT_EQ(create.options.size(), 3u);
  EXPECT_EQ(create.options[0].name, "template");
  EXPECT_EQ(create.options[0].value(), "y");
  EXPECT_EQ(create.options[1].name, "as_of");
  EXPECT_EQ(create.options[1].value(), "2026-01-01");
}

TEST(Statements, AlterTableActions) {
  Database db;
  auto alter = take<query::AlterTable>(
      db, "ALTER TABLE t ADD COLUMN extra int DEFAULT 5 NOT NULL, ALTER a TYPE text, ALTER b SET DEFAULT upper('x'), "
          "DROP COLUMN IF EXISTS gone CASCADE, ADD CHECK (extra > 0)");
  ASSERT_EQ(alter.actions.size(), 5u);
  const auto& add = std::get<query::AddColumn>(alter.actions[0]);
  EXPECT_TRUE(add.column.not_null);
  ASSERT_NE(add.column.default_value, nullptr);
  const auto& type = std::get<query::AlterColumnType>(alter.actions[1]);
  EXPECT_EQ(type.using_->type.oid, types::oid::text);
  EXPECT_EQ(db.describe("ALTER TABLE t ALTER b TYPE int"),
            "ERROR 42804: column \"b\" cannot be cast automatically to type integer | You might need to specify "
            "\"USING b::integer\".");
}

}  // namespace
}  // namespace analyzer::testing
