#include "pagestore/group_sets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>

#include "pagestore/cluster_change.h"

namespace pagestore {
namespace {

// So many nodes in each zone, of which the last ones keep log alone.
ClusterRecord cluster(const std::array<unsigned, 3>& nodes, const std::array<unsigned, 3>& tails = {}) {
  ClusterRecord record{.id = {{1, 1}}, .generation = 1, .founded = true, .writer = "w", .members = {}};
  for (unsigned zone = 0; zone < 3; ++zone) {
    for (unsigned i = 1; i <= nodes[zone]; ++i) {
      const std::string name = std::string(1, static_cast<char>('a' + zone)) + std::to_string(i);
      record.members.push_back({name, name.substr(0, 1), "host-" + name});
      if (i > nodes[zone] - tails[zone]) record.members.back().kind = SegmentKind::tail;
    }
  }
  record.sets = spread(record.members);
  return record;
}

Placement placement(const ClusterRecord& record) {
  const auto made = placement_of(record, [&](const std::string& name) {
    const auto at = std::ranges::find(record.members, name, &ClusterMember::name);
    return static_cast<NodeIndex>(at - record.members.begin());
  });
  EXPECT_TRUE(made);
  return *made;
}

ClusterRecord made_of(const ChangedRecord& changed) {
  EXPECT_TRUE(std::holds_alternative<ClusterRecord>(changed)) << std::get<ChangeRefused>(changed).why;
  return std::get<ClusterRecord>(changed);
}

// Two in each zone, one of them with pages, before and after the change under way.
void check_sets(const ClusterRecord& record) {
  const Placement placed = placement(record);
  for (const Membership& members : placed.sets()) {
    for (const NodeSet set : {members.before(), members.after()}) {
      std::map<std::string, unsigned> count, full;
      for (const NodeIndex node : set) {
        ++count[record.members[node].zone];
        full[record.members[node].zone] += record.members[node].kind == SegmentKind::full;
      }
      for (const char* zone : {"a", "b", "c"}) {
        ASSERT_EQ(count[zone], 2u);
        ASSERT_GE(full[zone], 1u);
      }
    }
  }
  // And with who is to join, though it copies yet.
  for (const GroupSet& set : record.sets) {
    std::vector<std::string> nodes = set.nodes;
    if (!set.joins.empty()) std::ranges::replace(nodes, set.leaves, set.joins);
    std::map<std::string, unsigned> full;
    for (const ClusterMember& node : record.members) {
      if (std::ranges::count(nodes, node.name) > 0) full[node.zone] += node.kind == SegmentKind::full;
    }
    for (const char* zone : {"a", "b", "c"}) ASSERT_GE(full[zone], 1u);
  }
}

template <typename Look>
void for_each_cluster(unsigned nodes_max, Look look) {
  for (unsigned a = 2; a <= nodes_max; ++a) {
    for (unsigned b = 2; b <= nodes_max; ++b) {
      for (unsigned c = 2; c <= nodes_max; ++c) {
        for (const bool has_tails : {false, true}) {
          const std::array<unsigned, 3> nodes{a, b, c};
          const std::array<unsigned, 3> tails{a / 2, b / 2, c / 2};
          look(nodes, has_tails ? tails : std::array<unsigned, 3>{});
          if (::testing::Test::HasFatalFailure()) return;
        }
      }
    }
  }
}

TEST(GroupSets, SixNodesAreOneSetAsEver) { EXPECT_TRUE(cluster({2, 2, 2}).sets.empty()); }

TEST(GroupSets, NodesOfAZoneAreInEquallyManySets) {
  for_each_cluster(6, [](const auto& nodes, const auto& tails) {
    if (nodes[0] + nodes[1] + nodes[2] == kCopies) return;
    const ClusterRecord record = cluster(nodes, tails);
    ASSERT_FALSE(record.sets.empty());
    ASSERT_LE(record.sets.size(), 32u);
    check_sets(record);
    for (const char* zone : {"a", "b", "c"}) {
      std::set<std::size_t> loads;
      for (const ClusterMember& each : record.members) {
        if (each.zone == zone) loads.insert(sets_with(record, each.name));
      }
      ASSERT_LE(*loads.rbegin() - *loads.begin(), 1u) << nodes[0] << nodes[1] << nodes[2] << zone;
    }
  });
}

TEST(GroupSets, ANodeKnowsWhatItHolds) {
  ClusterRecord record = cluster({3, 3, 3});
  for (const ClusterMember& each : record.members) {
    const HeldSets held = held_by(record, each.name);
    for (std::uint32_t group = 0; group < 7; ++group) {
      const auto& nodes = record.sets[group % record.sets.size()].nodes;
      EXPECT_EQ(held.holds(wal::GroupNo{group}), std::ranges::count(nodes, each.name) == 1);
    }
  }
  EXPECT_EQ(held_by(record, "stranger").mask, 0u);
  record.sets.clear();
  EXPECT_EQ(held_by(record, "stranger"), HeldSets{}) << "with one set a spare has everything, too";
}

// In any cluster any node can leave, one set and one step after the other, and be taken away.
TEST(GroupSets, ANodeLeavesOneSetAfterTheOther) {
  for_each_cluster(4, [](const auto& nodes, const auto& tails) {
    if (nodes[0] + nodes[1] + nodes[2] == kCopies) return;
    const ClusterRecord founded = cluster(nodes, tails);
    for (const ClusterMember& leaver : founded.members) {
      const ChangedRecord begun = replace_member(founded, leaver.name, "");
      const std::size_t in_zone = nodes[static_cast<std::size_t>(leaver.zone[0] - 'a')];
      if (in_zone == 2) {
        ASSERT_TRUE(std::holds_alternative<ChangeRefused>(begun)) << "nobody is there for its place";
        continue;
      }
      if (std::holds_alternative<ChangeRefused>(begun)) continue;  // the zone's only other one with pages is in its set
      ClusterRecord record = std::get<ClusterRecord>(begun);
      std::set<std::string> newcomers;
      for (std::size_t steps = 0; const auto pair = replacement_of(record); ++steps) {
        ASSERT_LE(steps, 2 * founded.sets.size());
        ASSERT_EQ(pair->member, leaver.name);
        newcomers.insert(pair->newcomer);
        const Placement before = placement(record);
        record = pair->is_joining ? finish(record) : join(record);
        check_sets(record);
        // One set changes, by one step.
        const Placement after = placement(record);
        std::size_t changed = 0;
        for (std::size_t i = 0; i < before.size(); ++i) {
          const Membership& was = before.sets()[i];
          const Membership& is = after.sets()[i];
          if (was == is) continue;
          ++changed;
          ASSERT_TRUE(was.before() == is.before() || was.after() == is.after());
        }
        ASSERT_EQ(changed, 1u);
      }
      if (in_zone == 4 && tails[0] == 0 && sets_with(founded, leaver.name) > 1) {
        ASSERT_GT(newcomers.size(), 1u) << "several share its places";
      }
      ASSERT_EQ(sets_with(record, leaver.name), 0u);
      record = made_of(remove_spare(record, leaver.name));
      check_sets(record);
    }
  });
}

TEST(GroupSets, ANewNodeTakesThePlacesOfOneThatLeaves) {
  ClusterRecord record = cluster({2, 3, 2});
  EXPECT_TRUE(std::holds_alternative<ChangeRefused>(replace_member(record, "a1", "")));
  record = made_of(add_spare(record, "a3", "a", "host-a3"));
  const std::size_t places = sets_with(record, "a1");
  record = made_of(replace_member(record, "a1", "a3"));
  for (std::size_t left = places; left > 0; --left) {
    ASSERT_EQ(replacement_of(record)->newcomer, "a3");
    EXPECT_TRUE(std::holds_alternative<ChangeRefused>(remove_spare(record, "a3")));
    EXPECT_TRUE(std::holds_alternative<ChangeRefused>(replace_member(record, "b1", ""))) << "one after the other";
    record = finish(join(record));
  }
  EXPECT_FALSE(replacement_of(record));
  EXPECT_EQ(sets_with(record, "a3"), places);
  EXPECT_TRUE(std::ranges::all_of(record.members, [](const auto& each) { return each.replaces.empty(); }));
  record = made_of(remove_spare(record, "a1"));
  check_sets(record);
}

TEST(GroupSets, EachStepIsTakenBackAndWhatWasLeftStaysLeft) {
  const ClusterRecord founded = cluster({4, 3, 2});
  const ClusterRecord copying = made_of(replace_member(founded, "b2", ""));
  for (const ClusterRecord& step : {copying, join(copying)}) {
    const ClusterRecord back = made_of(cancel_replacement(step, "b2"));
    EXPECT_EQ(back.sets, founded.sets);
    EXPECT_EQ(back.members, founded.members);
  }
  const ClusterRecord one_left = made_of(cancel_replacement(finish(join(copying)), "b2"));
  EXPECT_EQ(sets_with(one_left, "b2") + 1, sets_with(founded, "b2"));
  EXPECT_FALSE(replacement_of(one_left));
  check_sets(one_left);
}

TEST(GroupSets, ARecordThatNoStepMakesIsImpossible) {
  const auto index = [](const std::string& name) {
    return static_cast<NodeIndex>((name[0] - 'a') * 8 + (name[1] - '0'));
  };
  const ClusterRecord good = cluster({3, 3, 3});
  ASSERT_TRUE(placement_of(good, index));
  auto bad = good;
  bad.sets[0].nodes.pop_back();
  EXPECT_FALSE(placement_of(bad, index));
  bad = good;
  bad.sets[0].nodes[0] = "x9";
  EXPECT_FALSE(placement_of(bad, index)) << "no node";
  bad = good;
  bad.sets[0].nodes[0] = bad.sets[0].nodes[1];
  EXPECT_FALSE(placement_of(bad, index));
  bad = good;
  bad.sets[0].leaves = bad.sets[0].nodes[0];
  EXPECT_FALSE(placement_of(bad, index)) << "and nobody joins";
  bad = good;
  bad.sets[0].leaves = bad.sets[0].nodes[0];
  bad.sets[0].joins = "x9";
  EXPECT_FALSE(placement_of(bad, index)) << "no node, though it copies yet";
  bad.sets[0].joins = bad.sets[0].nodes[1];
  EXPECT_FALSE(placement_of(bad, index)) << "there already";
  for (const ClusterMember& node : good.members) {
    if (node.zone != "a" && std::ranges::count(good.sets[0].nodes, node.name) == 0) bad.sets[0].joins = node.name;
  }
  bad.sets[0].leaves = *std::ranges::find_if(bad.sets[0].nodes, [](const std::string& name) { return name[0] == 'a'; });
  EXPECT_FALSE(placement_of(bad, index)) << "of another zone";
  bad = good;
  bad.sets[0].counts_both = true;
  EXPECT_FALSE(placement_of(bad, index));
}

// --- spreading over nodes that were added ---

// A cluster of `first` nodes a zone to which others have been added, up to `all`.
ClusterRecord grown(const std::array<unsigned, 3>& first, const std::array<unsigned, 3>& all, bool with_tails) {
  ClusterRecord record = cluster(first, with_tails ? std::array<unsigned, 3>{1, 1, 1} : std::array<unsigned, 3>{});
  for (unsigned zone = 0; zone < 3; ++zone) {
    for (unsigned i = first[zone] + 1; i <= all[zone]; ++i) {
      const std::string name = std::string(1, static_cast<char>('a' + zone)) + std::to_string(i);
      const auto kind = with_tails && i % 2 == 0 ? SegmentKind::tail : SegmentKind::full;
      record = made_of(add_spare(record, name, name.substr(0, 1), "host-" + name, kind));
    }
  }
  return record;
}

std::map<std::string, std::pair<std::size_t, std::size_t>> shares(const ClusterRecord& record) {
  std::map<std::string, std::pair<std::size_t, std::size_t>> zones;  // the fewest sets of a node, the most
  for (const ClusterMember& each : record.members) {
    const std::size_t sets = sets_with(record, each.name);
    const auto [at, is_new] = zones.try_emplace(each.zone, sets, sets);
    if (!is_new) at->second = {std::min(at->second.first, sets), std::max(at->second.second, sets)};
  }
  return zones;
}

TEST(GroupSets, MultiplyingThemMovesNothing) {
  for (const auto& nodes : {std::array{2u, 2u, 2u}, std::array{3u, 2u, 2u}, std::array{4u, 3u, 2u}}) {
    const ClusterRecord record = cluster(nodes);
    const std::size_t sets = std::max<std::size_t>(1, record.sets.size());
    for (std::size_t times = 1; sets * times <= 12; ++times) {
      ClusterRecord more = record;
      multiply_sets(more, sets * times);
      EXPECT_EQ(more.sets.size(), sets * times);
      for (std::uint32_t group = 0; group < 60; ++group) {
        EXPECT_EQ(placement(record).of(wal::GroupNo{group}), placement(more).of(wal::GroupNo{group}));
      }
    }
  }
}

// From any founding to any larger cluster: every step keeps the sets what they must be, the shares are equal at the
// end, and no move was one too many. Unoptimised, with every fifth of them, which takes as long as all do otherwise.
TEST(GroupSets, GroupsSpreadOverNodesThatWereAdded) {
#ifdef NDEBUG
  constexpr unsigned kStep = 1;
#else
  constexpr unsigned kStep = 5;
#endif
  for (const bool with_tails : {false, true}) {
    for (unsigned code = 0; code < 4 * 4 * 4 * 2; code += kStep) {
      const std::array<unsigned, 3> all{2 + code % 4, 2 + code / 4 % 4, 2 + code / 16 % 4};
      std::array<unsigned, 3> first{2, 2, 2};
      if (code / 64 == 1) first = {std::min(3u, all[0]), 2, std::min(3u, all[2])};
      const ClusterRecord before = grown(first, all, with_tails);
      const SpreadPlan plan = spread_plan(before);
      EXPECT_FALSE(plan.is_under_way);
      const ChangedRecord begun = spread_groups(before);
      if (first == all) {
        EXPECT_TRUE(std::holds_alternative<ChangeRefused>(begun));
        EXPECT_TRUE(plan.moves.empty());
        continue;
      }
      if (std::holds_alternative<ChangeRefused>(begun)) {  // they have been, or are as equal as can be
        for (const auto& [zone, share] : shares(before)) ASSERT_LE(share.second, share.first + 1);
        continue;
      }
      ClusterRecord record = std::get<ClusterRecord>(begun);
      ASSERT_EQ(record.sets.size(), plan.sets);
      std::size_t needed = 0;
      {
        ClusterRecord split = before;
        multiply_sets(split, plan.sets);
        for (const char* zone : {"a", "b", "c"}) {
          std::vector<std::size_t> loads;
          for (const ClusterMember& each : split.members) {
            if (each.zone == zone) loads.push_back(sets_with(split, each.name));
          }
          std::ranges::sort(loads, std::greater<>());
          const std::size_t places = 2 * plan.sets, floor = places / loads.size(), rest = places % loads.size();
          for (std::size_t i = 0; i < loads.size(); ++i) {
            const std::size_t share = floor + (i < rest);
            needed += loads[i] > share ? loads[i] - share : 0;
          }
        }
      }
      EXPECT_EQ(plan.moves.size(), needed) << all[0] << all[1] << all[2] << " from " << first[0] << first[1] << first[2];
      for (const GroupMove& move : plan.moves) {
        const auto pair = replacement_of(record);
        ASSERT_TRUE(pair);
        EXPECT_EQ((GroupMove{pair->set, pair->member, pair->newcomer}), move);
        const ClusterRecord joining = join(record);
        check_sets(joining);
        // Every quorum of one step meets those of the step beside it, for every group.
        for (std::size_t set = 0; set < record.sets.size(); ++set) {
          const auto differing = placement(record).sets()[set].all() - placement(joining).sets()[set].all();
          ASSERT_TRUE(differing.empty());
        }
        record = finish(joining);
      }
      check_sets(record);
      EXPECT_FALSE(replacement_of(record));
      for (const auto& [zone, share] : shares(record)) {
        ASSERT_LE(share.second, share.first + 1) << zone;
        ASSERT_GE(share.first, 1u) << zone;
      }
      EXPECT_TRUE(std::holds_alternative<ChangeRefused>(spread_groups(record))) << "there is nothing left to do";
    }
  }
}

TEST(GroupSets, ASpreadIsTakenBackAtAnyStepAndGoesOnFromThere) {
  const ClusterRecord before = grown({2, 2, 2}, {3, 3, 3}, true);
  const std::size_t all = spread_plan(before).moves.size();
  EXPECT_EQ(all, 6u);
  ClusterRecord record = made_of(spread_groups(before));
  for (std::size_t done = 0; done < all; ++done) {
    for (const ClusterRecord& at : {record, join(record)}) {
      const auto pair = replacement_of(at);
      EXPECT_TRUE(std::holds_alternative<ChangeRefused>(spread_groups(at)));
      EXPECT_TRUE(std::holds_alternative<ChangeRefused>(replace_member(at, "b1", "")));
      const ClusterRecord kept = made_of(cancel_replacement(at, done % 2 == 0 ? pair->member : pair->newcomer));
      EXPECT_FALSE(replacement_of(kept));
      EXPECT_FALSE(spread_plan(kept).is_under_way);
      EXPECT_EQ(spread_plan(kept).moves.size(), all - done);
      check_sets(kept);
      check_sets(made_of(spread_groups(kept)));
    }
    record = finish(join(record));
  }
  // What was spread can be drained like any other.
  ClusterRecord leaving = made_of(replace_member(record, "a1", ""));
  EXPECT_TRUE(std::holds_alternative<ChangeRefused>(spread_groups(leaving)));
  EXPECT_TRUE(spread_plan(leaving).moves.empty());
  while (replacement_of(leaving)) leaving = finish(join(leaving));
  EXPECT_EQ(sets_with(leaving, "a1"), 0u);
}

TEST(GroupSets, AZoneOfWhichAllNodesLeaveAsksForNoSets) {
  ClusterRecord record = cluster({3, 3, 3});
  for (ClusterMember& each : record.members) {
    if (each.zone == "a") each.role = MemberRole::leaving;
  }
  EXPECT_EQ(sets_wanted(record), record.sets.size());
}

TEST(GroupSets, TailsGetNoPlaceThatWouldLeaveAZoneWithoutPages) {
  ClusterRecord record = grown({2, 2, 2}, {2, 2, 2}, true);  // a1 full, a2 tail
  record = made_of(add_spare(record, "a3", "a", "host-a3", SegmentKind::tail));
  record = made_of(spread_groups(record));
  while (replacement_of(record)) {
    check_sets(record);
    record = finish(join(record));
  }
  EXPECT_EQ(sets_with(record, "a1"), record.sets.size()) << "the only one of its zone with pages";
  EXPECT_LE(sets_with(record, "a2"), sets_with(record, "a3") + 1);
}

TEST(GroupSets, MatesAreTheOthersOfEachSix) {
  ClusterRecord record = grown({2, 2, 2}, {3, 2, 2}, false);
  const auto number = [&](const std::string& name) -> std::optional<std::size_t> {
    return static_cast<std::size_t>(std::ranges::find(record.members, name, &ClusterMember::name) - record.members.begin());
  };
  EXPECT_EQ(mates_of(record, "a1", number), (SetMates{{1, 2, 3, 4, 5}}));
  EXPECT_TRUE(mates_of(record, "a3", number).empty()) << "a spare has promised nothing";
  record = made_of(spread_groups(record));
  EXPECT_EQ(mates_of(record, "a1", number), (SetMates{{1, 2, 3, 4, 5}})) << "three sets of the same six";
  EXPECT_TRUE(mates_of(record, "a3", number).empty()) << "it copies yet";
  record = join(record);
  EXPECT_EQ(mates_of(record, "a3", number).size(), 1u);
  EXPECT_EQ(mates_of(record, "b1", number).size(), 2u) << "of the six before, and of those after";
}

}  // namespace
}  // namespace pagestore
