#include "parser/normalize.h"

#include <gtest/gtest.h>

namespace parser {
namespace {

std::string key(std::string_view text) {
  auto found = make_template(text);
  return found ? found->key : "none";
}

// Parameters in text order: their values, "=" in front of those that stay.
std::string lifted(std::string_view text) {
  auto found = make_template(text);
  if (!found) return "none";
  ParseTree tree = parse(text);
  LiftPlan plan = choose_literals(tree, *found);
  std::string result;
  for (std::size_t i = 0; i < plan.choices.size(); ++i) {
    if (i) result += ' ';
    result += plan.choices[i].parameter ? (plan.choices[i].negated ? "-" : "") : "=";
    result += found->literals[i].value;
  }
  return result;
}

TEST(Template, TextsThatDifferInLiteralsShareAKey) {
  EXPECT_EQ(key("SELECT a FROM t WHERE id = 1"), key("SELECT a FROM t WHERE id = 42"));
  EXPECT_NE(key("SELECT a FROM t WHERE id = 1"), key("SELECT b FROM t WHERE id = 1"));
  EXPECT_EQ(key("UPDATE t SET b = 'x' WHERE id = 1"), key("UPDATE t SET b = 'it''s' WHERE id = 1"));
}

TEST(Template, TypesArePartOfTheKey) {
  EXPECT_NE(key("SELECT 1 FROM t"), key("SELECT 2147483648 FROM t"));
  EXPECT_NE(key("SELECT 1 FROM t"), key("SELECT 1.0 FROM t"));
  EXPECT_NE(key("SELECT 1 FROM t"), key("SELECT '1' FROM t"));
  EXPECT_NE(key("SELECT 2147483648 FROM t"), key("SELECT 9223372036854775808 FROM t"));
}

TEST(Template, LexicalRules) {
  EXPECT_EQ(key("SELECT a1, \"b 2\" FROM t -- 3\n"), "SELECT a1, \"b 2\" FROM t -- 3\n");
  EXPECT_EQ(key("SELECT /* 'x' /* 1 */ 2 */ a FROM t"), "SELECT /* 'x' /* 1 */ 2 */ a FROM t");
  auto found = make_template("SELECT $q$it's$q$, 1e5, .5, 3. FROM t;");
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->literals.size(), 4u);
  EXPECT_EQ(found->literals[0].value, "it's");
  EXPECT_EQ(found->literals[1].type, LiteralType::numeric);
  EXPECT_EQ(found->literals[2].value, ".5");
  EXPECT_EQ(found->literals[3].value, "3.");
}

TEST(Template, RefusesWhatItDoesNotUnderstand) {
  for (const char* text : {"SELECT $1", "SELECT 1; SELECT 2", "SELECT E'\\n'", "SELECT U&'x'", "SELECT 'a'\n'b'",
                           "CREATE TABLE t (a int DEFAULT 5)", "SELECT 12ab", "SELECT 'open", "SELECT b'101'", "BEGIN",
                           "EXPLAIN SELECT 1", "SELECT /* open"})
    EXPECT_FALSE(make_template(text).has_value()) << text;
}

TEST(Lift, PgbenchStatements) {
  EXPECT_EQ(lifted("SELECT abalance FROM pgbench_accounts WHERE aid = 42;"), "42");
  EXPECT_EQ(lifted("UPDATE pgbench_accounts SET abalance = abalance + -1713 WHERE aid = 42;"), "-1713 42");
  EXPECT_EQ(lifted("INSERT INTO pgbench_history (tid, mtime) VALUES (7, CURRENT_TIMESTAMP);"), "7");
}

TEST(Lift, WhatMeansMoreThanItsValueStays) {
  EXPECT_EQ(lifted("SELECT a FROM t ORDER BY 1"), "=1");
  EXPECT_EQ(lifted("SELECT a + 1 FROM t GROUP BY a + 1"), "=1 =1");
  EXPECT_EQ(lifted("SELECT a + 1 FROM t WHERE a = 2 ORDER BY a + 1"), "=1 2 =1");
  EXPECT_EQ(lifted("SELECT DISTINCT 1 FROM t"), "=1");
  EXPECT_EQ(lifted("SELECT c::numeric(10,2) FROM t WHERE d > '2020-01-01'::date"), "=10 =2 =2020-01-01");
  EXPECT_EQ(lifted("SELECT 1 UNION SELECT 'x'"), "=1 =x");
  EXPECT_EQ(lifted("SELECT a FROM t WHERE b LIKE 'x%' AND a IN (1, 2)"), "=x% 1 2");
  EXPECT_EQ(lifted("SELECT nextval('s'), abs(-5) FROM t LIMIT 3 OFFSET 7"), "=s -5 =3 7");
  EXPECT_EQ(lifted("SELECT a FROM (VALUES (1, 'x')) v(a, b)"), "=1 =x");
  EXPECT_EQ(lifted("SELECT a FROM t WHERE d > interval '1 day'"), "=1 day");
}

TEST(Lift, AKeptPlanFitsOnlyItsOwnConstants) {
  auto first = make_template("SELECT a FROM t WHERE id = 1 ORDER BY 1");
  LiftPlan plan = choose_literals(parse("SELECT a FROM t WHERE id = 1 ORDER BY 1"), *first);
  EXPECT_TRUE(plan.fits(*make_template("SELECT a FROM t WHERE id = 9 ORDER BY 1")));
  EXPECT_FALSE(plan.fits(*make_template("SELECT a FROM t WHERE id = 9 ORDER BY 2")));
}

TEST(Lift, TheLeastIntegerHasAnotherTypeThanItsDigits) {
  auto first = make_template("SELECT -3000000000 FROM t");
  LiftPlan plan = choose_literals(parse("SELECT -3000000000 FROM t"), *first);
  EXPECT_EQ(plan.parameters, 1);
  EXPECT_FALSE(plan.fits(*make_template("SELECT -2147483648 FROM t")));
}

}  // namespace
}  // namespace parser
