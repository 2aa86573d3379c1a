#include "pagestore/frame.h"

#include <gtest/gtest.h>

#include "flat.h"
#include "pagestore/message_codec.h"
#include "pagestore/wire_errc.h"

namespace pagestore {
namespace {

std::vector<std::byte> a_frame() {
  return flat(encode(Response(Refusal{RefusalReason::stopped, {}, "gone"}), 5).value());
}

TEST(Frame, AnyFlippedBitIsSeen) {
  const auto good = a_frame();
  for (std::size_t bit = 32; bit < good.size() * 8; ++bit) {  // the length is judged by its limit
    auto bad = good;
    bad[bit / 8] ^= std::byte(1 << (bit % 8));
    EXPECT_FALSE(is_intact(header_of(bad), body_of(bad))) << "bit " << bit;
  }
}

TEST(Frame, AFlippedLengthIsSeenWhateverItNamesNow) {
  auto bad = a_frame();
  bad[0] ^= std::byte{1};
  bad.push_back(std::byte{0});
  const FrameHeader header = header_of(bad);
  EXPECT_FALSE(is_intact(header, body_of(bad).first(header.body_bytes)));
}

TEST(Frame, AHeaderThatIsNotThereYetIsNoError) {
  const auto frame = a_frame();
  for (std::size_t size = 0; size < kFrameHeaderBytes; ++size) {
    const auto header = read_frame_header(std::span(frame).first(size), kFrameBodyMax);
    ASSERT_TRUE(header);
    EXPECT_FALSE(*header);
  }
}

TEST(Frame, ALengthAboveTheLimitIsRefusedBeforeAnythingIsAllocated) {
  const std::vector<std::byte> bytes(kFrameHeaderBytes, std::byte{0xff});
  EXPECT_EQ(read_frame_header(bytes, kFrameBodyMax).error(), make_error_code(WireErrc::too_long));
}

TEST(Frame, AMessageTooLongForAFrameIsNotSent) {
  NodeStatus status;
  status.state.resize(kFrameBodyMax);
  EXPECT_EQ(encode(Response(status), 1).error(), make_error_code(WireErrc::too_long));
}

}  // namespace
}  // namespace pagestore
