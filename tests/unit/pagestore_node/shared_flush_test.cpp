#include "shared_flush.h"

#include <gtest/gtest.h>

namespace pagestore {
namespace {

using Writes = std::vector<int>;

TEST(SharedFlush, CoversWhatTheDiskHadTakenWhenItBegan) {
  SharedFlush<int> flush;
  const auto first = flush.submitted();
  EXPECT_EQ(flush.submitted(), first);
  flush.written(first, 1);
  EXPECT_FALSE(flush.start()) << "the other one is still on its way";
  // What comes now has a flush of its own: the first must not wait for ever.
  const auto second = flush.submitted();
  EXPECT_NE(second, first);
  flush.written(first, 2);
  ASSERT_TRUE(flush.start());
  EXPECT_EQ(flush.flushing(), (Writes{1, 2}));
  flush.written(second, 3);
  EXPECT_FALSE(flush.start()) << "one flush at a time";
  EXPECT_EQ(flush.flushed(), (Writes{1, 2}));
  ASSERT_TRUE(flush.start());
  EXPECT_EQ(flush.flushed(), Writes{3});
  EXPECT_FALSE(flush.start());
}

TEST(SharedFlush, BatchesThatCameDuringAFlushShareTheNext) {
  SharedFlush<int> flush;
  const auto first = flush.submitted();
  flush.written(first, 1);
  ASSERT_TRUE(flush.start());
  const auto second = flush.submitted();
  flush.written(second, 2);
  const auto third = flush.submitted();
  const auto fourth = third + 1;
  flush.written(third, 3);
  EXPECT_EQ(flush.submitted(), fourth);
  EXPECT_EQ(flush.flushed(), Writes{1});
  ASSERT_TRUE(flush.start());
  EXPECT_EQ(flush.flushed(), (Writes{2, 3}));
  EXPECT_FALSE(flush.start());
  flush.written(fourth, 4);
  EXPECT_TRUE(flush.start());
}

TEST(SharedFlush, AFailedWriteHoldsNobodyUp) {
  SharedFlush<int> flush;
  const auto batch = flush.submitted();
  flush.submitted();
  flush.failed(batch);
  EXPECT_FALSE(flush.start());
  flush.written(batch, 2);
  ASSERT_TRUE(flush.start());
  EXPECT_EQ(flush.flushed(), Writes{2});
  flush.failed(flush.submitted());
  EXPECT_FALSE(flush.start()) << "nothing was written";
}

}  // namespace
}  // namespace pagestore
