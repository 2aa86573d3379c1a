#include "parser/parse.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "parser/ast_ddl.h"
#include "parser/ast_utility.h"
#include "types/sql_error.h"

namespace parser {
namespace {

template <typename T>
const T& only(const ParseTree& tree) {
  EXPECT_EQ(tree.statements().size(), 1u);
  const T* node = ast::try_as<T>(tree.statements().at(0).node);
  EXPECT_NE(node, nullptr);
  return *node;
}

types::SqlError error_of(std::string_view text) {
  try {
    parse(text);
  } catch (const types::SqlError& error) {
    return error;
  }
  ADD_FAILURE() << "parsed: " << text;
  return {"00000", ""};
}

TEST(Parse, SelectKeepsNamesLiteralsAndLocations) {
  ParseTree tree = parse("SELECT abalance FROM s.pgbench_accounts a WHERE aid = 42");
  const auto& select = only<ast::Select>(tree);
  ASSERT_EQ(select.targets.size(), 1u);
  const auto* target = ast::try_as<ast::ResultTarget>(select.targets[0]);
  const auto* column = ast::try_as<ast::ColumnRef>(target->value);
  ASSERT_NE(column, nullptr);
  EXPECT_EQ(column->names[0], "abalance");
  EXPECT_FALSE(column->star);
  EXPECT_EQ(column->location, 7);
  const auto* table = ast::try_as<ast::RangeVariable>(select.from[0]);
  EXPECT_EQ(table->schema, "s");
  EXPECT_EQ(table->alias->name, "a");
  EXPECT_TRUE(table->include_children);
  const auto* where = ast::try_as<ast::Operation>(select.where);
  EXPECT_EQ(where->operation, ast::OperationKind::op);
  EXPECT_EQ(where->name[0], "=");
  const auto* literal = ast::try_as<ast::Literal>(where->right);
  EXPECT_EQ(literal->kind_of, ast::LiteralKind::integer);
  EXPECT_EQ(literal->integer, 42);
}

TEST(Parse, TellsLiteralsApart) {
  ParseTree tree = parse("SELECT 1, 2147483648, 1.5, 'it''s', b'101', true, NULL, -7");
  const auto& select = only<ast::Select>(tree);
  auto literal = [&](std::size_t i) {
    return ast::try_as<ast::Literal>(ast::try_as<ast::ResultTarget>(select.targets[i])->value);
  };
  EXPECT_EQ(literal(0)->kind_of, ast::LiteralKind::integer);
  EXPECT_EQ(literal(1)->kind_of, ast::LiteralKind::number);
  EXPECT_EQ(literal(1)->text, "2147483648");
  EXPECT_EQ(literal(2)->text, "1.5");
  EXPECT_EQ(literal(3)->kind_of, ast::LiteralKind::string);
  EXPECT_EQ(literal(3)->text, "it's");
  EXPECT_EQ(literal(4)->kind_of, ast::LiteralKind::bit_string);
  EXPECT_TRUE(literal(5)->boolean);
  EXPECT_EQ(literal(6)->kind_of, ast::LiteralKind::null);
  EXPECT_EQ(literal(7)->integer, -7);
}

TEST(Parse, SplitsStatements) {
  std::string text = "SELECT 1;  -- one\n /* two */ UPDATE t SET a = 2 ;;";
  ParseTree tree = parse(text);
  ASSERT_EQ(tree.statements().size(), 2u);
  const Statement& first = tree.statements()[0];
  const Statement& second = tree.statements()[1];
  EXPECT_EQ(text.substr(first.location, first.length), "SELECT 1");
  EXPECT_EQ(text.substr(second.location, second.length), "UPDATE t SET a = 2");
  EXPECT_TRUE(parse("").statements().empty());
  EXPECT_TRUE(parse(" ; -- nothing").statements().empty());
}

TEST(Parse, DistinctForms) {
  EXPECT_FALSE(only<ast::Select>(parse("SELECT a FROM t")).distinct);
  ParseTree plain = parse("SELECT DISTINCT a FROM t");
  EXPECT_TRUE(only<ast::Select>(plain).distinct);
  EXPECT_TRUE(only<ast::Select>(plain).distinct_on.empty());
  ParseTree on = parse("SELECT DISTINCT ON (a, b) a FROM t");
  EXPECT_EQ(only<ast::Select>(on).distinct_on.size(), 2u);
}

TEST(Parse, WithTiesIsNotLimit) {
  ParseTree none = parse("SELECT a FROM t ORDER BY a");
  EXPECT_FALSE(only<ast::Select>(none).with_ties);
  ParseTree limit = parse("SELECT a FROM t ORDER BY a LIMIT 3");
  EXPECT_FALSE(only<ast::Select>(limit).with_ties);
  ASSERT_NE(only<ast::Select>(limit).limit, nullptr);
  ParseTree ties = parse("SELECT a FROM t ORDER BY a FETCH FIRST 3 ROWS WITH TIES");
  EXPECT_TRUE(only<ast::Select>(ties).with_ties);
}

TEST(Parse, DatabaseOptionsOfClones) {
  ParseTree tree = parse("CREATE DATABASE x TEMPLATE y AS_OF '2026-01-01' EXPIRES '1h'");
  const auto& create = only<ast::CreateDatabase>(tree);
  ASSERT_EQ(create.options.size(), 3u);
  const auto* as_of = ast::try_as<ast::DefinitionElement>(create.options[1]);
  EXPECT_EQ(as_of->name, "as_of");
  EXPECT_EQ(ast::try_as<ast::StringNode>(as_of->argument)->value, "2026-01-01");
  ParseTree set = parse("SET sextant.as_of = '5 min ago'");
  EXPECT_EQ(only<ast::SetVariable>(set).name, "sextant.as_of");
}

TEST(Parse, NamesWhatIsNotBuilt) {
  ParseTree tree = parse("CREATE ACCESS METHOD m TYPE INDEX HANDLER h");
  EXPECT_EQ(only<ast::Unsupported>(tree).command, "CREATE ACCESS METHOD");
}

TEST(ParseErrors, SyntaxErrorAtByteOffset) {
  types::SqlError error = error_of("SELECT 'é' FROM FROM t");
  EXPECT_EQ(error.sqlstate(), "42601");
  EXPECT_EQ(error.message(), "syntax error at or near \"FROM\"");
  EXPECT_EQ(error.position(), 17);  // the letter takes two bytes
}

TEST(ParseErrors, EndOfInput) {
  types::SqlError error = error_of("SELECT * FROM");
  EXPECT_EQ(error.message(), "syntax error at end of input");
  EXPECT_EQ(error.position(), 13);
}

TEST(ParseErrors, StatesAndHintsOfOtherMessages) {
  EXPECT_EQ(error_of("SELECT 1 FROM (SELECT 1)").hint(), "For example, FROM (SELECT ...) [AS] foo.");
  EXPECT_EQ(error_of("SELECT sum(a) OVER (ROWS UNBOUNDED FOLLOWING) FROM t").sqlstate(), "42P20");
  EXPECT_EQ(error_of("SELECT 12x").message(), "trailing junk after numeric literal at or near \"12x\"");
  EXPECT_EQ(error_of(std::string_view("SELECT '\0'", 10)).sqlstate(), "22021");
}

TEST(ParseErrors, ParserIsUsableAfterAnError) {
  error_of("SELEC 1");
  EXPECT_EQ(parse("SELECT 1").statements().size(), 1u);
}

TEST(ParseDepth, NestingIsRefusedNotFatal) {
  std::string chain = "SELECT 1";
  for (int i = 0; i < 200000; ++i) chain += "+1";
  EXPECT_EQ(error_of(chain).sqlstate(), "54001");
  EXPECT_EQ(parse("SELECT 1+1").statements().size(), 1u);
}

TEST(ParseDepth, WorksOnASmallStack) {
  std::string nested = "SELECT ";
  for (int i = 0; i < 1000; ++i) nested += "abs(";
  nested += "1";
  for (int i = 0; i < 1000; ++i) nested += ")";
  std::thread thread([&] { EXPECT_EQ(parse(nested).statements().size(), 1u); });
  thread.join();
}

}  // namespace
}  // namespace parser
