#include "pagestore/cluster_change.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace pagestore {
namespace {

ClusterRecord six() {
  ClusterRecord record{.id = {{1, 1}}, .generation = 1, .founded = true, .writer = "w", .members = {}};
  for (const char* name : {"a1", "a2", "b1", "b2", "c1", "c2"}) {
    record.members.push_back({name, std::string(1, name[0]), std::string("host-") + name});
  }
  return record;
}

ClusterRecord made(const ChangedRecord& changed) {
  EXPECT_TRUE(std::holds_alternative<ClusterRecord>(changed))
      << std::get<ChangeRefused>(changed).why;
  return std::get<ClusterRecord>(changed);
}

std::string refusal(const ChangedRecord& changed) {
  EXPECT_TRUE(std::holds_alternative<ChangeRefused>(changed));
  return std::get<ChangeRefused>(changed).why;
}

Membership members(const ClusterRecord& record) {
  const auto placement = placement_of(record, [&](const std::string& name) {
    const auto at = std::ranges::find(record.members, name, &ClusterMember::name);
    return static_cast<NodeIndex>(at - record.members.begin());
  });
  EXPECT_TRUE(placement);
  EXPECT_EQ(placement->size(), 1u);
  return placement->sets().front();
}

const NodeSet kOld{0, 1, 2, 3, 4, 5}, kNew{0, 1, 2, 3, 4, 6};

TEST(ClusterChange, ANodeIsReplacedInTwoSteps) {
  auto record = made(add_spare(six(), "c3", "c", "host-c3"));
  EXPECT_EQ(members(record), Membership(kOld));
  record = made(replace_member(record, "c2", ""));
  EXPECT_EQ(members(record), Membership(kOld)) << "it copies first";
  record = join(record);
  EXPECT_EQ(members(record), Membership(kOld, kNew));
  record = finish(record);
  EXPECT_EQ(members(record), Membership(kNew));
  EXPECT_FALSE(replacement_of(record));
  record = made(remove_spare(record, "c2"));
  EXPECT_EQ(record.members.size(), 6u);
  EXPECT_EQ(record.membership, 6u) << "one epoch per step";
}

TEST(ClusterChange, EachStepCanBeTakenBack) {
  const auto with_spare = made(add_spare(six(), "c3", "c", "host-c3"));
  const auto copying = made(replace_member(with_spare, "c2", "c3"));
  for (const ClusterRecord& before : {copying, join(copying)}) {
    const auto back = made(cancel_replacement(before, "c2"));
    EXPECT_EQ(back.members, with_spare.members);
    EXPECT_GT(back.membership, before.membership);
  }
  EXPECT_EQ(made(cancel_replacement(join(copying), "c3")).members, with_spare.members);
}

TEST(ClusterChange, WhatCannotBeIsRefusedInASentence) {
  auto record = six();
  EXPECT_EQ(refusal(add_spare(record, "c2", "c", "x")), "node \"c2\" already exists");
  EXPECT_EQ(refusal(replace_member(record, "x", "")), "node \"x\" does not exist");
  EXPECT_EQ(refusal(replace_member(record, "c2", "")), "zone \"c\" has no spare node");
  EXPECT_EQ(refusal(replace_member(record, "c2", "c1")), "node \"c1\" is no spare: it holds copies");
  EXPECT_EQ(refusal(remove_spare(record, "c2")), "node \"c2\" holds copies");
  EXPECT_EQ(refusal(cancel_replacement(record, "c2")), "node \"c2\" is not being replaced");
  record = made(add_spare(record, "b3", "b", "x"));
  EXPECT_EQ(refusal(replace_member(record, "c2", "b3")), "node \"b3\" is in zone \"b\", \"c2\" in zone \"c\"");
  EXPECT_EQ(refusal(replace_member(record, "b3", "")), "node \"b3\" holds no copies");
  record = made(replace_member(record, "b1", "b3"));
  EXPECT_EQ(refusal(replace_member(record, "c2", "")), "node \"b1\" is being replaced by \"b3\"");
  EXPECT_EQ(refusal(remove_spare(record, "b3")), "node \"b1\" is being replaced by \"b3\"");
}

// Of the members that count at a step, those with pages.
NodeSet with_pages(const ClusterRecord& record, NodeSet among) {
  NodeSet full;
  for (const NodeIndex node : among) {
    if (record.members[node].kind == SegmentKind::full) full.add(node);
  }
  return full;
}

// In both sets of a step: every write quorum, and what any zone and one more leave, has pages.
void expect_sound(const ClusterRecord& record) {
  const Membership step = members(record);
  for (const NodeSet set : {step.before(), step.after()}) {
    for (std::uint64_t bits = 0; bits < 1u << record.members.size(); ++bits) {
      NodeSet chosen;
      for (NodeIndex node = 0; node < record.members.size(); ++node) {
        if (bits >> node & 1) chosen.add(node);
      }
      EXPECT_TRUE((chosen & set).size() < kWriteQuorum || !with_pages(record, chosen & set).empty());
    }
    for (const char* zone : {"a", "b", "c"}) {
      NodeSet left = set;
      for (const NodeIndex node : set) {
        if (record.members[node].zone == zone) left.remove(node);
      }
      for (const NodeIndex one_more : left) {
        NodeSet rest = left;
        rest.remove(one_more);
        EXPECT_FALSE(with_pages(record, rest).empty()) << zone << " and " << one_more;
      }
    }
  }
}

// Every placement, every node replaced by a node of either kind, and taken back at every step.
TEST(ClusterChange, NoStepLeavesAZoneWithoutPages) {
  unsigned replaced = 0, refused = 0;
  for (unsigned tails = 0; tails < 1u << kCopies; ++tails) {
    ClusterRecord placed = six();
    for (std::size_t node = 0; node < kCopies; ++node) {
      if (tails >> node & 1) placed.members[node].kind = SegmentKind::tail;
    }
    if (zone_without_pages(placed.members)) continue;
    expect_sound(placed);
    for (std::size_t node = 0; node < kCopies; ++node) {
      const ClusterMember old = placed.members[node];
      for (const auto kind : {SegmentKind::full, SegmentKind::tail}) {
        const auto with_spare = made(add_spare(placed, "new", old.zone, "x", kind));
        const auto changed = replace_member(with_spare, old.name, "");
        if (const auto* no = std::get_if<ChangeRefused>(&changed)) {
          ++refused;
          EXPECT_EQ(old.kind, SegmentKind::full);
          EXPECT_EQ(kind, SegmentKind::tail);
          EXPECT_EQ(no->why, "with node \"new\" in the place of \"" + old.name + "\" no node of zone \"" +
                                 old.zone + "\" keeps pages");
          continue;
        }
        ++replaced;
        const auto joining = join(made(changed));
        for (const auto& step : {made(changed), joining, finish(joining), made(cancel_replacement(joining, "new"))}) {
          expect_sound(step);
        }
      }
    }
  }
  EXPECT_EQ(replaced, 27u * 6 * 2 - refused);
  EXPECT_GT(refused, 0u);
}

TEST(ClusterChange, ASpareOfTheSameKindIsPreferred) {
  ClusterRecord record = six();
  record.members[1].kind = SegmentKind::tail;
  record = made(add_spare(record, "a3", "a", "x", SegmentKind::full));
  record = made(add_spare(record, "a4", "a", "x", SegmentKind::tail));
  EXPECT_EQ(replacement_of(made(replace_member(record, "a1", "")))->newcomer, "a3");
  EXPECT_EQ(replacement_of(made(replace_member(record, "a2", "")))->newcomer, "a4");
  EXPECT_EQ(replacement_of(made(replace_member(record, "a2", "a3")))->newcomer, "a3") << "a tail turns full";
}

}  // namespace
}  // namespace pagestore
