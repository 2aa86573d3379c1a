#include "pagestore/handshake.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "flat.h"
#include "pagestore/wire_errc.h"

namespace pagestore {
namespace {

ClusterRecord a_record() {
  return {.id = {{1, 2}}, .generation = 7, .founded = true, .writer = "w:5432",
          .membership = 4,
          .members = {{"a1", "a", "h:1"},
                      {"b1", "b", "h:2", MemberRole::leaving, {}},
                      {"b2", "b", "h:4", MemberRole::member, {}, SegmentKind::tail},
                      {"b3", "b", "h:3", MemberRole::spare, "b1", SegmentKind::tail}}};
}

ClusterRecord a_record_with_sets() {
  ClusterRecord record = a_record();
  record.sets = {{{"a1", "a2", "b1", "b2", "c1", "c2"}, {}, {}, false},
                 {{"a1", "a2", "b1", "b2", "c1", "c2"}, "b1", "b3", true}};
  return record;
}

TEST(Handshake, EveryMessageComesBackAsItWas) {
  const std::vector<Handshake> all = {
      Hello{1, 3, "writer"}, Welcome{1, "a1", "a", a_record(), SegmentKind::tail}, Adopt{a_record_with_sets(), {7, 3}}, Adopted{},
      Rejected{RejectReason::fenced, "a newer writer"}, Ping{}, Pong{}, Join{{{3, 4}}}};
  ASSERT_EQ(all.size(), std::variant_size_v<Handshake>);
  for (const Handshake& message : all) {
    const auto frame = flat(encode(message));
    const FrameHeader header = header_of(frame);
    EXPECT_TRUE(is_handshake(header.kind));
    const auto decoded = decode_handshake(header.kind, body_of(frame));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->index(), message.index());
    if (const auto* adopt = std::get_if<Adopt>(&*decoded)) {
      EXPECT_EQ(adopt->cluster, a_record_with_sets());
    }
    EXPECT_EQ(flat(encode(*decoded)), frame);
  }
}

TEST(Handshake, AStrangerIsToldApart) {
  auto frame = flat(encode(Hello{}));
  frame[kFrameHeaderBytes] ^= std::byte{1};
  EXPECT_EQ(decode_handshake(header_of(frame).kind, body_of(frame)).error(),
            make_error_code(WireErrc::not_sextant));
}

TEST(Handshake, ALaterVersionMaySayMoreInItsHello) {
  auto frame = flat(encode(Hello{1, 9, "from the future"}));
  frame.push_back(std::byte{1});
  const auto hello = decode_handshake(header_of(frame).kind, body_of(frame));
  ASSERT_TRUE(hello);
  EXPECT_EQ(std::get<Hello>(*hello).version_max, 9u);
}

TEST(Handshake, TheRecordIsKeptAsItIsSent) {
  const auto bytes = encode_record(a_record());
  EXPECT_EQ(decode_record(bytes).value(), a_record());
  EXPECT_FALSE(decode_record(std::span(bytes).first(bytes.size() - 1)));
}

TEST(Handshake, ARecordWithSetsIsOneWithoutThemAndMore) {
  const auto bytes = encode_record(a_record_with_sets());
  EXPECT_EQ(decode_record(bytes).value(), a_record_with_sets());
  const auto without = encode_record(a_record());
  ASSERT_LT(without.size(), bytes.size());
  EXPECT_TRUE(std::equal(without.begin(), without.end(), bytes.begin()));
  for (std::size_t size = without.size() + 1; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_record(std::span(bytes).first(size))) << size;
  }
  auto with_no_set = without;
  with_no_set.push_back(std::byte{0});
  EXPECT_FALSE(decode_record(with_no_set)) << "one record has one form";
}

TEST(Handshake, ARecordWithoutTailsIsWhatItWasBeforeThereWereAny) {
  ClusterRecord record{.id = {{1, 2}}, .generation = 7, .founded = true, .writer = "w",
                       .membership = 4, .members = {{"a", "z", "h", MemberRole::leaving, "b"}}};
  const auto bytes = encode_record(record);
  const unsigned char before[] = {1, 2, 7, 1, 1, 'w', 4, 1, 1, 'a', 1, 'z', 1, 'h', 3, 1, 'b'};
  EXPECT_TRUE(std::ranges::equal(bytes, std::as_bytes(std::span(before))));
  record.members[0].kind = SegmentKind::tail;
  auto with_tail = encode_record(record);
  EXPECT_EQ(decode_record(with_tail).value(), record);
  EXPECT_EQ(with_tail[14], std::byte{7});
  with_tail[14] = std::byte{8};
  EXPECT_FALSE(decode_record(with_tail));
}

}  // namespace
}  // namespace pagestore
