#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/rows.h"
#include "catalog/system_columns.h"
#include "catalog/writer.h"
#include "table/storage.h"
#include "types/sql_error.h"
#include "world.h"

namespace catalog {
namespace {

using testing::Cluster;
using testing::Session;

// Bootstrap once for all tests: they roll back or use names of their own.
Cluster& cluster() {
  static Cluster* made = new Cluster();
  return *made;
}

int count_rows(Session& session, Oid table) {
  RelationPtr relation = session.catalog.relation(table);
  transaction::View view = session.catalog.take_view(relation->shared);
  int count = 0;
  for (RowReader rows(view, *relation, 0, Key{}); rows.next();) ++count;
  return count;
}

TEST(Bootstrap, FillsTheCataloguesWithPostgresRows) {
  Session session(cluster());
  RelationPtr functions = session.catalog.relation(pg_proc::kOid);
  const Oid own = session.catalog.find_schema("sextant");
  ASSERT_NE(own, Oid{0});
  transaction::View view = session.catalog.take_view(functions->shared);
  int of_postgres = 0;
  for (RowReader rows(view, *functions, 0, Key{}); rows.next();)
    of_postgres += rows.row().oid(pg_proc::pronamespace) != own;
  EXPECT_EQ(of_postgres, 3245);
  EXPECT_EQ(count_rows(session, pg_type::kOid), 611);
  EXPECT_GT(count_rows(session, pg_attribute::kOid), 2500);
  EXPECT_EQ(count_rows(session, pg_authid::kOid), 13);
}

TEST(Bootstrap, CatalogueTablesAndTheirIndexesAgree) {
  Session session(cluster());
  for (Oid oid : {pg_class::kOid, pg_attribute::kOid, pg_proc::kOid, pg_type::kOid,
                  pg_index::kOid, pg_operator::kOid, pg_constraint::kOid, pg_authid::kOid}) {
    RelationPtr relation = session.catalog.relation(oid);
    ASSERT_NE(relation, nullptr);
    transaction::View view = session.catalog.take_view(relation->shared);
    EXPECT_EQ(table::check_table(view, *relation->storage), "") << relation->name;
  }
}

TEST(Bootstrap, RowsAreFoundByIndex) {
  Session session(cluster());
  RelationPtr classes = session.catalog.relation(pg_class::kOid);
  transaction::View view = session.catalog.take_view(false);
  RowReader rows(view, *classes, index::pg_class_relname_nsp_index,
                 {key_text("pg_proc"), key_oid(kPgCatalogSchema)});
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.row().oid(pg_class::oid), pg_proc::kOid);
  EXPECT_EQ(rows.row().letter(pg_class::relkind), 'r');
  EXPECT_FALSE(rows.next());
  RelationPtr indexes = session.catalog.relation(pg_index::kOid);
  RowReader index_rows(view, *indexes, 0, {key_oid(index::pg_class_relname_nsp_index)});
  ASSERT_TRUE(index_rows.next());
  EXPECT_THAT(index_rows.row().int2s(pg_index::indkey), ::testing::ElementsAre(2, 3));
}

TEST(SessionCatalog, FindsSystemRelationsAndViews) {
  Session session(cluster());
  EXPECT_EQ(session.catalog.find_relation({}, "pg_class"), pg_class::kOid);
  EXPECT_EQ(session.catalog.find_relation("information_schema", "nothing"), 0u);
  RelationPtr roles = session.catalog.open_relation({}, "pg_roles", RelationLock::access_share);
  EXPECT_EQ(roles->kind, RelationKind::view);
  EXPECT_THAT(roles->view_sql, ::testing::HasSubstr("pg_authid"));
  RelationPtr columns =
      session.catalog.open_relation("information_schema", "columns", RelationLock::access_share);
  EXPECT_GT(columns->columns.size(), 40u);
  EXPECT_THROW(session.catalog.open_relation({}, "nope", RelationLock::access_share),
               types::SqlError);
  EXPECT_EQ(session.catalog.role_name(10), "postgres");
  EXPECT_TRUE(session.catalog.is_superuser(session.catalog.find_role("postgres")));
}

// A schema by catalogue rows alone.
Oid make_schema(Session& session, const std::string& name) {
  Writer writer(session.catalog);
  Oid oid = writer.allocate_oid();
  RowBuilder row = writer.row(pg_namespace::kOid);
  row.set(pg_namespace::oid, oid);
  row.set(pg_namespace::nspname, name);
  row.set(pg_namespace::nspowner, kBootstrapRole);
  writer.insert(row);
  return oid;
}

TEST(SessionCatalog, OwnChangesAreSeenAtOnceByOthersAfterCommit) {
  Session one(cluster()), other(cluster());
  EXPECT_EQ(other.catalog.find_schema("private"), 0u);
  std::uint64_t before = other.catalog.version();
  Oid schema = make_schema(one, "private");
  EXPECT_EQ(one.catalog.find_schema("private"), schema);
  EXPECT_EQ(other.catalog.find_schema("private"), 0u);
  one.commit();
  EXPECT_EQ(other.catalog.find_schema("private"), schema);
  EXPECT_NE(other.catalog.version(), before);
  EXPECT_EQ(one.catalog.find_schema("private"), schema);
}

TEST(SessionCatalog, RollbackForgets) {
  Session session(cluster());
  make_schema(session, "gone");
  EXPECT_NE(session.catalog.find_schema("gone"), 0u);
  session.rollback();
  EXPECT_EQ(session.catalog.find_schema("gone"), 0u);
}

TEST(SessionCatalog, SearchPathFollowsNamesUserAndSchemas) {
  Session session(cluster());
  session.catalog.set_search_path({"$user", "later", "public"});
  EXPECT_THAT(session.catalog.search_schemas(),
              ::testing::ElementsAre(kPgCatalogSchema, kPublicSchema));
  EXPECT_EQ(session.catalog.creation_schema(), kPublicSchema);
  Oid later = make_schema(session, "later");
  EXPECT_THAT(session.catalog.search_schemas(),
              ::testing::ElementsAre(kPgCatalogSchema, later, kPublicSchema));
  EXPECT_EQ(session.catalog.creation_schema(), later);
  session.catalog.set_search_path({});
  EXPECT_THROW(session.catalog.creation_schema(), types::SqlError);
}

TEST(Catalog, OidsAreNotGivenTwiceAcrossRestarts) {
  Cluster fresh;
  Oid first = fresh.database.catalog->allocate_oid();
  EXPECT_EQ(first, types::kFirstNormalOid);
  Catalog again(*fresh.database.manager, VolumeKind::database);
  EXPECT_GT(again.allocate_oid(), first);
}

TEST(Writer, TheSameNameTwiceIsAUniqueViolation) {
  Session session(cluster());
  make_schema(session, "twice");
  try {
    make_schema(session, "twice");
    FAIL();
  } catch (const types::SqlError& error) {
    EXPECT_EQ(error.sqlstate(), "23505");
    EXPECT_EQ(error.constraint(), "pg_namespace_nspname_index");
  }
}

}  // namespace
}  // namespace catalog
