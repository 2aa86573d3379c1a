#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/builtin.h"
#include "catalog/catalog_view.h"

namespace catalog {
namespace {

const Builtins& facts() { return Builtins::get(); }

TEST(Builtins, KnowPostgresTypesByOidAndName) {
  const TypeInfo* int4 = facts().type(23);
  ASSERT_NE(int4, nullptr);
  EXPECT_EQ(int4->name, "int4");
  EXPECT_EQ(int4->category, 'N');
  EXPECT_EQ(int4->array, 1007u);
  EXPECT_EQ(facts().type_by_name(kPgCatalogSchema, "int4"), int4);
  EXPECT_EQ(facts().type(1007)->element, 23u);
  EXPECT_TRUE(facts().type(1007)->is_true_array);
  EXPECT_FALSE(facts().type(600)->is_true_array);  // point has elements but is no array
  EXPECT_EQ(facts().type(16000), nullptr);
  EXPECT_EQ(facts().type(99999), nullptr);
}

TEST(Builtins, FindFunctionCandidatesByName) {
  auto candidates = facts().functions_by_name("abs");
  EXPECT_EQ(candidates.size(), 6u);
  const FunctionInfo* lpad = facts().function(879);
  EXPECT_EQ(lpad->sql_body, "RETURN lpad($1, $2, ' '::text)");
  const FunctionInfo* format = facts().function(3539);
  EXPECT_EQ(format->name, "format");
  EXPECT_EQ(format->variadic, types::oid::any);
  EXPECT_EQ(format->argument_modes, "iv");
  EXPECT_EQ(facts().function(177)->source, "int4pl");
}

TEST(Builtins, FindOperatorsAndCasts) {
  const OperatorInfo* plus = facts().operator_(551);
  EXPECT_EQ(plus->name, "+");
  EXPECT_EQ(plus->function, 177u);
  const CastInfo* cast = facts().cast(23, 20);
  ASSERT_NE(cast, nullptr);
  EXPECT_EQ(cast->context, 'i');
  EXPECT_EQ(facts().cast(16, 600), nullptr);
}

TEST(Builtins, OrderingOperatorsLookThroughBinaryCoercion) {
  BuiltinCatalogView view;
  OrderingOperators of_int4 = view.ordering_operators(23);
  EXPECT_EQ(of_int4.less_than, 97u);
  EXPECT_EQ(of_int4.equal, 96u);
  EXPECT_EQ(of_int4.hash_equal, 96u);
  EXPECT_EQ(of_int4.compare_function, 351u);
  // varchar has no class of its own: text's.
  OrderingOperators of_varchar = view.ordering_operators(types::oid::varchar);
  EXPECT_EQ(of_varchar.less_than, 664u);
  OrderingOperators of_array = view.ordering_operators(1007);
  EXPECT_EQ(of_array.equal, 1070u);
  EXPECT_EQ(view.ordering_operators(types::oid::json).equal, 0u);
}

TEST(Builtins, KnowSettingsAndViews) {
  EXPECT_GT(facts().settings().size(), 300u);
  EXPECT_FALSE(facts().view_sql(0).size());
  const CatalogData* classes = catalog_data("pg_class");
  ASSERT_NE(classes, nullptr);
  EXPECT_EQ(classes->columns[1], "relname");
  EXPECT_EQ(catalog_data("pg_trigger"), nullptr);
}

TEST(FormatType, PrintsAsPostgres) {
  BuiltinCatalogView view;
  EXPECT_EQ(view.format_type(23), "integer");
  EXPECT_EQ(view.format_type(1043, 14), "character varying(10)");
  EXPECT_EQ(view.format_type(1042, 8), "character(4)");
  EXPECT_EQ(view.format_type(1042, -1), "bpchar");
  EXPECT_EQ(view.format_type(1700, ((10 << 16) | 2) + 4), "numeric(10,2)");
  EXPECT_EQ(view.format_type(1007), "integer[]");
  EXPECT_EQ(view.format_type(1184, 3), "timestamp(3) with time zone");
  EXPECT_EQ(view.format_type(18), "\"char\"");
  EXPECT_EQ(view.format_type(30), "oidvector");
  EXPECT_EQ(view.format_type(0), "-");
  EXPECT_EQ(view.format_type(424242), "???");
}

TEST(QuoteIdentifier, QuotesKeywordsAndCapitals) {
  EXPECT_EQ(quote_identifier("abc_1"), "abc_1");
  EXPECT_EQ(quote_identifier("Abc"), "\"Abc\"");
  EXPECT_EQ(quote_identifier("select"), "\"select\"");
  EXPECT_EQ(quote_identifier("name"), "name");
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace catalog
