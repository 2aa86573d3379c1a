#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog_functions.h"
#include "types/sql_error.h"
#include "world.h"

namespace catalog {
namespace {

using testing::Cluster;
using testing::Session;

std::optional<std::string> call(Session& session, std::string_view function,
                                CatalogArguments arguments) {
  std::optional<std::string> result;
  EXPECT_TRUE(call_catalog_function(session.catalog, function, arguments, result)) << function;
  return result;
}

TEST(CatalogFunctions, AnswerAboutSystemObjects) {
  Cluster cluster;
  Session session(cluster);
  EXPECT_EQ(call(session, "pg_get_userbyid", {"10"}), "postgres");
  EXPECT_EQ(call(session, "pg_get_userbyid", {"99"}), "unknown (OID=99)");
  EXPECT_EQ(call(session, "pg_table_is_visible", {"1259"}), "t");
  EXPECT_EQ(call(session, "pg_table_is_visible", {"424242"}), std::nullopt);
  EXPECT_EQ(call(session, "pg_get_indexdef", {"2663"}),
            "CREATE UNIQUE INDEX pg_class_relname_nsp_index ON pg_catalog.pg_class USING btree "
            "(relname, relnamespace)");
  EXPECT_EQ(call(session, "pg_get_indexdef_ext", {"2663", "2", "t"}), "relnamespace");
  EXPECT_EQ(call(session, "sql:1215", {"1247", "pg_class"}), std::nullopt);
  EXPECT_EQ(call(session, "sql:1215", {"177", "pg_proc"}), "implementation of + operator");
  EXPECT_EQ(call(session, "to_regclass", {"pg_catalog.\"pg_class\""}), "1259");
  EXPECT_EQ(call(session, "to_regclass", {"nothing"}), std::nullopt);
  EXPECT_EQ(call(session, "has_table_privilege_id", {"1259", "SELECT"}), "t");
  EXPECT_EQ(call(session, "pg_get_function_arguments", {"3539"}), "text, VARIADIC \"any\"");
  std::optional<std::string> untouched = "as it was";
  EXPECT_FALSE(call_catalog_function(session.catalog, "int4pl", {}, untouched));
  EXPECT_EQ(untouched, "as it was");
}

TEST(SplitIdentifiers, FoldsWhatIsNotQuoted) {
  EXPECT_THAT(split_identifiers("Abc.\"D\"\"e\""), ::testing::ElementsAre("abc", "D\"e"));
  EXPECT_THROW(split_identifiers("a..b"), types::SqlError);
  EXPECT_THROW(split_identifiers("\"a"), types::SqlError);
  EXPECT_THROW(split_identifiers(""), types::SqlError);
}

}  // namespace
}  // namespace catalog
