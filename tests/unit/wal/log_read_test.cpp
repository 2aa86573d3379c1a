#include "wal/log_read.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "pagestore/storage_tier.h"
#include "wal/volume_errc.h"

namespace wal {
namespace {

using pagestore::FetchLog;
using pagestore::LogPart;
using pagestore::LogParts;
using pagestore::Refusal;
using pagestore::RefusalReason;

// A copy that answers so many requests for log and is lost then.
class Copy : public pagestore::NodeChannel {
 public:
  explicit Copy(std::string name) : name_(std::move(name)), zone_(name_.substr(0, 1)) {}
  const std::string& name() const override { return name_; }
  const std::string& zone() const override { return zone_; }
  void send(pagestore::Request request, Completion done) override {
    if (answers == 0) return done(Refusal{RefusalReason::stopped, {}, {}});
    --answers;
    LogParts found;
    for (const LogPart& part : parts) {
      if (part.begin >= std::get<FetchLog>(request).from) found.parts.push_back(part);
    }
    done(std::move(found));
  }
  int answers = 100;
  std::vector<LogPart> parts;

 private:
  std::string name_, zone_;
};

struct LogReadTest : ::testing::Test {
  std::array<Copy, 6> copies{Copy("a1"), Copy("a2"), Copy("b1"), Copy("b2"), Copy("c1"), Copy("c2")};
  pagestore::StorageTier tier{
      {&copies[0], &copies[1], &copies[2], &copies[3], &copies[4], &copies[5]}};
  std::vector<Lsn> ends;

  // One part on four of six; two of the other copies' and three of these are there.
  void SetUp() override {
    LogPart part{};
    part.group = {TimelineId{1}, GroupNo{0}};
    part.prev_part_end = part.begin = Lsn(10);
    part.end = Lsn(20);
    for (const int copy : {2, 3, 4, 5}) copies[copy].parts = {part};
    for (const int copy : {3, 4, 5}) copies[copy].answers = 0;
  }
  Result<void> read() {
    return read_log(tier, TimelineId{1}, GroupNo{0}, Lsn(10), Lsn(10), Lsn(20),
                    [this](const LogPart& part) { ends.push_back(part.end); });
  }
};

TEST_F(LogReadTest, ThreeCopiesKnowWhatIsDurable) {
  EXPECT_TRUE(read());
  EXPECT_EQ(ends, std::vector{Lsn(20)});
}

// Three that are full may have acknowledged it alone.
TEST_F(LogReadTest, TailsAloneDoNotKnowWhatIsDurable) {
  const pagestore::NodeSet six = pagestore::NodeSet::first(6);
  tier.set_placement(pagestore::Membership(six, six, {3, 4, 5}));
  const auto result = read();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), make_error_code(VolumeErrc::quorum_lost));
}

TEST_F(LogReadTest, ACopyThatIsLostOnTheWayHasToldNothing) {
  copies[2].answers = 1;
  const auto result = read();
  ASSERT_FALSE(result) << "the part is durable, and nobody who was heard has it";
  EXPECT_EQ(result.error(), make_error_code(VolumeErrc::quorum_lost));
}

}  // namespace
}  // namespace wal
