#include <gtest/gtest.h>

#include <algorithm>

#include "query/serialize.h"
#include "types/sql_error.h"

namespace query {
namespace {

ExpressionPtr make(TypeRef type, decltype(Expression::node) node) {
  auto e = std::make_unique<Expression>();
  e->type = type;
  e->node = std::move(node);
  return e;
}

ExpressionPtr sample() {
  Call call;
  call.function = 177;
  call.operator_ = 551;
  call.form = CallForm::operator_;
  call.arguments.push_back(make({23, -1, 0}, ColumnReference{0, 2}));
  call.arguments.push_back(make({23, -1, 0}, Constant(types::Datum::of<std::int32_t>(-7))));
  Case choice;
  Case::When when;
  when.condition = make({16, -1, 0}, Test{TestKind::is_null, make({23, -1, 0}, std::move(call))});
  when.result = make({25, -1, 100}, Constant::varlen(std::string("a\0b 'ü'", 9)));
  choice.whens.push_back(std::move(when));
  choice.otherwise = make({25, -1, 100}, Constant{});
  return make({25, -1, 100}, std::move(choice));
}

TEST(Serialize, ExpressionsSurviveARoundTrip) {
  ExpressionPtr original = sample();
  ExpressionPtr copy = deserialize_expression(serialize(*original));
  EXPECT_TRUE(equal(*original, *copy));
}

Query sample_query() {
  Query q;
  q.where = sample();
  RangeTableEntry entry{};
  entry.kind = RangeTableEntry::Kind::relation;
  entry.alias = "some table";
  entry.columns.push_back({"c 1", {23, -1, 0}});
  entry.relation = 16400;
  q.range_table.push_back(std::move(entry));
  auto tree = std::make_unique<JoinTree>();
  tree->node = JoinLeaf{0};
  q.from.push_back(std::move(tree));
  q.output.push_back({sample(), "x", false, 16400, 1});
  return q;
}

TEST(Serialize, QueriesSurviveARoundTrip) {
  const Query q = sample_query();
  std::string text = serialize(q);
  auto copy = deserialize_query(text);
  EXPECT_EQ(serialize(*copy), text);
  EXPECT_EQ(copy->range_table[0].alias, "some table");
}

TEST(Serialize, QueriesOfTheVersionBeforeSamplesAreRead) {
  Query q = sample_query();
  const std::string text = serialize(q);
  q.range_table[0].security.push_back(sample());
  // Where the number of conditions stands, which that version does not have.
  const std::string sampled = serialize(q);
  const std::string_view none = "0[";
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(text, sampled).in1 - text.begin());
  ASSERT_EQ(text.substr(at, none.size()), none);
  ASSERT_EQ(text.substr(0, 5), "SXT3 ");
  const std::string older = "SXT2 " + text.substr(5, at - 5) + text.substr(at + none.size());
  EXPECT_EQ(serialize(*deserialize_query(older)), text);
  EXPECT_EQ(deserialize_query(sampled)->range_table[0].security.size(), 1U);
}

TEST(Serialize, DamagedTextIsAnErrorNotACrash) {
  std::string text = serialize(*sample());
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    EXPECT_THROW(deserialize_expression(text.substr(0, cut)), types::SqlError);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = '9';
    try {
      deserialize_expression(changed);
    } catch (const types::SqlError&) {
    }
  }
}

}  // namespace
}  // namespace query
