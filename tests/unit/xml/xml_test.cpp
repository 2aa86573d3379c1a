#include <string>

#include <gtest/gtest.h>

#include "xml/declaration.h"
#include "xml/failure.h"
#include "xml/names.h"
#include "xml/parse.h"
#include "xml/path.h"
#include "xml/publish.h"

namespace xml {
namespace {

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(XmlNames, WhatNoNameMayHoldIsEscaped) {
  EXPECT_EQ(name_of_identifier("plain", Escaping::fully), "plain");
  EXPECT_EQ(name_of_identifier("a b", Escaping::partly), "a_x0020_b");
  EXPECT_EQ(name_of_identifier("1a", Escaping::partly), "_x0031_a");
  EXPECT_EQ(name_of_identifier("a:b", Escaping::partly), "a:b");
  EXPECT_EQ(name_of_identifier("a:b", Escaping::fully), "a_x003A_b");
  EXPECT_EQ(name_of_identifier("xmlish", Escaping::fully), "_x0078_mlish");
  EXPECT_EQ(name_of_identifier("a_xb", Escaping::fully), "a_x005F_xb");
  EXPECT_EQ(name_of_identifier("a.b", Escaping::fully_with_periods), "a_x002E_b");
}

TEST(XmlNames, ComeBack) {
  for (const std::string name : {"a b", "1", "a:b", "xml", "_x0041_", "\xc3\xa9 \xe2\x82\xac", ""})
    EXPECT_EQ(identifier_of_name(name_of_identifier(name, Escaping::fully)), name);
}

TEST(XmlValues, DepthEndsInAnErrorAndNotOnTheStack) {
  const std::string deep = repeated("<a>", 100000) + repeated("</a>", 100000);
  EXPECT_FALSE(is_well_formed(deep, Option::content));
  EXPECT_FALSE(is_well_formed(deep, Option::document));
  EXPECT_THROW(count("//a", deep, {}), Failure);
  EXPECT_THROW(count(repeated("(", 100000) + "1" + repeated(")", 100000), "<a/>", {}), Failure);
}

TEST(XmlValues, NothingOutsideIsRead) {
  const auto found = evaluate("string(/a)", "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>x&b;y</a>", {});
  EXPECT_EQ(std::get<std::string>(found), "xy");
}

TEST(XmlValues, AFailureTellsTheLineAndThePlace) {
  try {
    require_well_formed("<a>\n<b></a>", Option::content);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.sqlstate(), "2200N");
    EXPECT_NE(failure.detail().find("line 2: "), std::string::npos);
    EXPECT_NE(failure.detail().find("\n<b></a>\n"), std::string::npos);
  }
}

TEST(XmlValues, ADeclarationThatSaysNothingIsLeftOut) {
  EXPECT_EQ(output("<?xml version=\"1.0\" encoding=\"LATIN1\"?>\n<a/>"), "<a/>");
  EXPECT_EQ(output("<?xml version=\"1.1\"?><a/>"), "<?xml version=\"1.1\"?><a/>");
}

TEST(XmlRows, GoOnAfterAnErrorOfOneColumn) {
  const std::optional<std::string> columns[] = {std::string("b")};
  Rows rows("<a><r><b>1</b><b>2</b></r><r><b>3</b></r></a>", {}, "/a/r", columns);
  ASSERT_TRUE(rows.next());
  EXPECT_THROW(rows.value(0, Rows::Target::text), Failure);
  EXPECT_EQ(rows.value(0, Rows::Target::xml), "<b>1</b><b>2</b>");
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.value(0, Rows::Target::number), "3");
  EXPECT_FALSE(rows.next());
}

}  // namespace
}  // namespace xml
