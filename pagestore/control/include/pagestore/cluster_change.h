// A cluster's record and how it changes, one reversible step at a time.
//
//   add       -> spare                      it is told what changes and copies what it lacks
//   replace   spare -> spare for a member   it is to take the member's place
//   join      spare -> joining, member -> leaving      two sets of six: quorums of both
//   finish    joining -> member, leaving -> spare      the new set alone
//   cancel    from either of the two steps before back to where it began
//   remove    spare -> gone
//
// Where groups lie on several sets of nodes a node leaves each set that it is in by these steps, one set after the
// other, its place in each taken by the node of its zone that is in the fewest (or by one that is named): `finish`
// begins with the next. Taken back, it stays in those that it has not left.
//
// `spread` moves groups so that the nodes of each zone have equal shares, also those added since: the sets are
// multiplied (group_sets.h), which moves nothing, and then one place in one set after the other goes from one node to
// another by the same steps. That it goes on after `finish` is known by the pair itself: who gives a place away is
// not leaving. Cancelled, what was moved stays, and nothing more is.
//
// One node is replaced at a time, and each zone keeps a member with pages (full segments): so any zone
// and one node more may be lost and pages are left. Pure; every record made here has the next membership epoch.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "pagestore/group_sets.h"
#include "pagestore/handshake.h"

namespace pagestore {

// Why it cannot be done, as a sentence, and what to do, if anything.
struct ChangeRefused {
  std::string why;
  std::string hint;
};
using ChangedRecord = std::variant<ClusterRecord, ChangeRefused>;

ChangedRecord add_spare(const ClusterRecord& record, const std::string& name,
                        const std::string& zone, const std::string& address,
                        SegmentKind kind = SegmentKind::full);
// `spare` empty: one of the zone, of the same kind if there is one.
ChangedRecord replace_member(const ClusterRecord& record, const std::string& member,
                             const std::string& spare);
ChangedRecord cancel_replacement(const ClusterRecord& record, const std::string& member);
ChangedRecord spread_groups(const ClusterRecord& record);
ChangedRecord remove_spare(const ClusterRecord& record, const std::string& name);

// What spread_groups() would do, or what is left of it: the first move is the one under way, if there is one.
struct SpreadPlan {
  bool is_under_way = false;
  std::size_t sets = 1;  // when it is done
  std::vector<GroupMove> moves;
  bool operator==(const SpreadPlan&) const = default;
};
SpreadPlan spread_plan(const ClusterRecord& record);

// What the node holds, and what it had better not throw away: it gets it by a spread that is under way.
HeldSets kept_by(const ClusterRecord& record, const std::string& node);

// The replacement under way, if there is one.
struct ReplacementPair {
  std::string member;
  std::string newcomer;
  bool is_joining = false;  // there are two sets
  std::size_t set = 0;      // of those that groups lie on, the one that changes

  bool operator==(const ReplacementPair&) const = default;
};
std::optional<ReplacementPair> replacement_of(const ClusterRecord& record);
// Requires a replacement that has not come to two sets yet. The newcomer should be nearly whole:
// from now on nothing is durable without it when only three others are left.
ClusterRecord join(const ClusterRecord& record);
// Requires two sets, and a newcomer that has all that counted before there were two (coverage.h).
ClusterRecord finish(const ClusterRecord& record);

// The first zone none of whose members has pages; nullopt: there is none.
std::optional<std::string> zone_without_pages(const std::vector<ClusterMember>& members);

}  // namespace pagestore
