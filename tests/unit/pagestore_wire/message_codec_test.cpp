#include "pagestore/message_codec.h"

#include <gtest/gtest.h>

#include "flat.h"
#include "pagestore/wire_errc.h"

namespace pagestore {
namespace {

SharedBytes some_bytes(std::size_t size, unsigned step = 1) {
  std::vector<std::byte> bytes(size);
  unsigned value = 7;
  for (std::byte& each : bytes) {
    each = static_cast<std::byte>(value);
    value += step;
  }
  return std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

std::shared_ptr<const wal::Page> some_page() {
  auto page = std::make_shared<wal::Page>();
  for (std::size_t i = 0; i < page->bytes.size(); ++i) page->bytes[i] = std::byte(i % 251);
  return page;
}

LogPart some_part(SharedBytes records) {
  return {.group = {TimelineId{77}, GroupNo{3}}, .epoch = Epoch{(5ull << 32) | 9},
          .prev_part_end = Lsn(100), .begin = Lsn(120), .end = Lsn(1ull << 40), .parts = 4,
          .vdl = Lsn(99), .records = std::move(records)};
}

std::vector<Request> every_request() {
  const GroupId group{TimelineId{~0ull}, GroupNo{0xffff'ffff}};
  return {
      AppendLog{some_part(some_bytes(100))},
      AppendLog{some_part(some_bytes(100'000))},
      ReadPage{group, PageNo{12}, Lsn(34), wal::kMaxLsn},
      Seal{TimelineId{1}, Epoch{~0ull}},
      Truncate{TimelineId{1}, Epoch{2}, Lsn(3), Lsn(4), {{Epoch{1}, Lsn(1), Lsn(2)}, {Epoch{2}, Lsn(3), Lsn(4)}}},
      FetchLog{group, Lsn(5), 1 << 20},
      CreateTimeline{TimelineId{2}, TimelineId{1}, Lsn(9), 128, true},
      DropTimeline{TimelineId{3}},
      GrantHorizon{TimelineId{4}, Epoch{5}, Lsn(6), {Lsn(1), Lsn(2), Lsn(3)}},
      RepairPage{group, Epoch{5}, PageNo{6}, Lsn(7), some_page()},
      GetStatus{},
      GetChanges{7, 8, {TimelineId{9}, TimelineId{10}}},
      FetchTruncations{TimelineId{11}},
      ReadSegment{group, Epoch{1}, Lsn(2), PageNo{3}, PageNo{4}, 5},
      FindChanges{group, Lsn(2), Lsn(3), TimelineId{4}, Lsn(5), PageNo{6}, PageNo{7}},
      GetPageSums{group, Epoch{1}, {{PageNo{2}, Lsn(3)}, {PageNo{4}, wal::kMaxLsn}}},
  };
}

std::vector<Response> every_response() {
  const GroupId group{TimelineId{8}, GroupNo{0}};
  const AncestorState ancestor{TimelineId{1}, Lsn(2), Lsn(3), {{Epoch{4}, Lsn(5), Lsn(6)}}, {{GroupNo{7}, Lsn(8)}}};
  return {
      AppendAck{group, Epoch{1}, Lsn(2)},
      PageContents{some_page()},
      PageContents{nullptr},
      SealAck{.timeline = TimelineId{8}, .epoch = Epoch{9}, .known = true,
              .truncated_after = Lsn(1), .truncated_to = Lsn(2),
              .segments = {{group, Lsn(3), {some_part(nullptr), some_part(nullptr)}, Lsn(4)}},
              .previous_epoch = Epoch{7}, .truncations = {{Epoch{1}, Lsn(2), Lsn(3)}},
              .parent = TimelineId{2}, .branch_lsn = Lsn(10), .pages_per_group = 1 << 20,
              .ancestors = {ancestor, ancestor}},
      LogParts{{some_part(some_bytes(10)), some_part(some_bytes(20'000)), some_part(some_bytes(3))}},
      LogParts{{}},
      Done{},
      NodeStatus{"a1", "a", "ok", 1, 2, {{.timeline = TimelineId{1}, .parent = TimelineId{}, .branch_lsn = Lsn(3), .epoch = Epoch{4}, .dropped = true, .horizon = Lsn(5), .scl = Lsn(6), .pages_per_group = 7}}, {}, SegmentKind::tail, {8, 9, 10, 11}},
      Refusal{RefusalReason::malformed, Epoch{3}, "why not"},
      Changes{1, 2, true, {{TimelineId{3}, false, TimelineId{4}, Lsn(5), 6, Epoch{7}, {{GroupNo{8}, Lsn(9), Lsn(10)}}}}},
      Truncations{TimelineId{1}, {{Epoch{2}, Lsn(3), Lsn(4)}}},
      SegmentPages{Lsn(1), Epoch{2}, {Lsn(3)}, Lsn(4), Lsn(5), {some_page(), some_page()}, PageNo{6}, true},
      ChangedPages{{PageNo{1}, PageNo{300}}, PageNo{301}, true},
      PageSums{Epoch{1}, Lsn(2), Lsn(4), {{true, Lsn(3), 4}, {false, Lsn(0), 0}, {true, Lsn(0), 0}}},
  };
}

auto decode_like(const Request&, std::uint32_t kind, std::span<const std::byte> body) {
  return decode_request(kind, body);
}
auto decode_like(const Response&, std::uint32_t kind, std::span<const std::byte> body) {
  return decode_response(kind, body);
}

template <typename Message>
void comes_back(const Message& message, BlobPacker* packer) {
  const auto frame = flat(encode(message, 42, packer).value());
  const FrameHeader header = header_of(frame);
  EXPECT_EQ(header.id, 42u);
  ASSERT_EQ(header.body_bytes, body_of(frame).size());
  ASSERT_TRUE(is_intact(header, body_of(frame)));
  const auto decoded = decode_like(message, header.kind, body_of(frame));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_EQ(decoded->index(), message.index());
  EXPECT_EQ(flat(encode(*decoded, 42).value()), flat(encode(message, 42).value()));
}

TEST(MessageCodec, EveryRequestComesBackAsItWas) {
  for (const Request& request : every_request()) comes_back(request, nullptr);
}

TEST(MessageCodec, EveryResponseComesBackAsItWas) {
  for (const Response& response : every_response()) comes_back(response, nullptr);
}

TEST(MessageCodec, NoKindOfMessageIsMissingHere) {
  std::vector<bool> requests(std::variant_size_v<Request>), responses(std::variant_size_v<Response>);
  for (const Request& request : every_request()) requests[request.index()] = true;
  for (const Response& response : every_response()) responses[response.index()] = true;
  EXPECT_EQ(std::ranges::count(requests, false), 0);
  EXPECT_EQ(std::ranges::count(responses, false), 0);
}

TEST(MessageCodec, LongRecordsAreCompressedOnceWhenThatIsWorthIt) {
  BlobPacker packer;
  const Request request = AppendLog{some_part(some_bytes(100'000))};
  comes_back(request, &packer);
  const WireBytes first = encode(request, 1, &packer).value();
  const WireBytes second = encode(request, 2, &packer).value();
  EXPECT_LT(first.size(), 50'000u);
  ASSERT_EQ(first.pieces.size(), second.pieces.size());
  for (std::size_t i = 0; i < first.pieces.size(); ++i) {
    EXPECT_EQ(first.pieces[i].bytes.data(), second.pieces[i].bytes.data());
  }
}

TEST(MessageCodec, RecordsAreSharedBetweenSendsNotCopied) {
  const auto records = some_bytes(100'000);
  const WireBytes frame = encode(Request(AppendLog{some_part(records)}), 1).value();
  ASSERT_EQ(frame.pieces.size(), 1u);
  EXPECT_EQ(frame.pieces[0].bytes.data(), records->data());
}

TEST(MessageCodec, WhatIsCutShortOrTooLongIsRefused) {
  for (const Response& response : every_response()) {
    auto frame = flat(encode(response, 1).value());
    const auto kind = header_of(frame).kind;
    const auto body = body_of(frame);
    for (std::size_t size = 0; size < std::min<std::size_t>(body.size(), 300); ++size) {
      EXPECT_FALSE(decode_response(kind, body.first(size)));
    }
    frame.push_back(std::byte{0});
    EXPECT_FALSE(decode_response(kind, body_of(frame)));
  }
}

TEST(MessageCodec, UnknownKindsAndReasonsAreRefused) {
  EXPECT_EQ(decode_request(99, {}).error(), make_error_code(WireErrc::unknown_kind));
  EXPECT_EQ(decode_response(32, {}).error(), make_error_code(WireErrc::unknown_kind));
  const auto frame = flat(encode(Response(Refusal{RefusalReason{100}, {}, ""}), 1).value());
  EXPECT_FALSE(decode_response(header_of(frame).kind, body_of(frame)));
}

TEST(MessageCodec, AMessageWithoutItsRecordsOrPageIsRefused) {
  const auto append = flat(encode(Request(AppendLog{some_part(nullptr)}), 1).value());
  EXPECT_FALSE(decode_request(header_of(append).kind, body_of(append)));
  const auto repair = flat(encode(Request(RepairPage{}), 1).value());
  EXPECT_FALSE(decode_request(header_of(repair).kind, body_of(repair)));
}

}  // namespace
}  // namespace pagestore
