#include "cancel_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(CancelRegistry, CancelsWhomTheSecretIsOf) {
  CancelRegistry registry;
  int cancelled = 0;
  const auto key = registry.add({.cancel = [&] { ++cancelled; }, .shut_down = [](const std::string&) {}});
  registry.cancel(key.process_id, key.secret ^ 1);
  registry.cancel(key.process_id + 1, key.secret);
  EXPECT_EQ(cancelled, 0);
  registry.cancel(key.process_id, key.secret);
  EXPECT_EQ(cancelled, 1);
  registry.remove(key.process_id);
  registry.cancel(key.process_id, key.secret);
  EXPECT_EQ(cancelled, 1);
}

// A connection that was being authenticated when all were told to end must not stay behind.
TEST(CancelRegistry, TellsThoseToEndThatComeAfterwards) {
  CancelRegistry registry;
  std::vector<std::string> told;
  const auto listen = [&](std::string name) {
    return CancelRegistry::Actions{.cancel = [] {},
                                   .shut_down = [&told, name](const std::string& why) { told.push_back(name + ": " + why); }};
  };
  const auto first = registry.add(listen("first"));
  EXPECT_THAT(told, IsEmpty());
  registry.shut_down_all("the end");
  EXPECT_THAT(told, ElementsAre("first: the end"));
  const auto late = registry.add(listen("late"));
  EXPECT_THAT(told, ElementsAre("first: the end", "late: the end"));
  registry.remove(first.process_id);
  registry.remove(late.process_id);
}

}  // namespace
}  // namespace server
