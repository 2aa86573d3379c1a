#include "etcd_messages.h"

#include <gtest/gtest.h>

namespace pagestore {
namespace {

TEST(EtcdMessages, AValueIsReadWithItsRevision) {
  const auto value = parse_range_answer(
      R"({"header":{"revision":"7"},"kvs":[{"key":"eA==","mod_revision":"5","value":"AAEC/w=="}],"count":"1"})");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->mod_revision, 5);
  EXPECT_EQ(value->bytes, (std::vector<std::byte>{std::byte{0}, std::byte{1}, std::byte{2}, std::byte{255}}));
}

TEST(EtcdMessages, WhatIsNotThereHasRevisionZero) {
  const auto value = parse_range_answer(R"({"header":{"revision":"7"}})");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->mod_revision, 0);
}

TEST(EtcdMessages, WhatIsNoAnswerOfEtcdsIsAnError) {
  for (const char* text : {"", "{}", "[]", "not json", R"({"header":{},"kvs":{}})", R"({"header":{},"kvs":[1]})",
                           R"({"header":{},"kvs":[{"mod_revision":"x"}]})",
                           R"({"header":{},"kvs":[{"mod_revision":"2","value":"A"}]})"}) {
    EXPECT_FALSE(parse_range_answer(text)) << text;
  }
  EXPECT_FALSE(parse_swap_answer("{}"));
  EXPECT_FALSE(parse_swap_answer(R"({"header":{},"succeeded":"yes"})"));
}

TEST(EtcdMessages, ATransactionSaysWhetherItsConditionHeld) {
  EXPECT_TRUE(parse_swap_answer(R"({"header":{"revision":"7"},"succeeded":true})").value());
  EXPECT_FALSE(parse_swap_answer(R"({"header":{"revision":"7"}})").value());
}

}  // namespace
}  // namespace pagestore
