// On which six nodes each set of protection groups lies (pagestore/placement.h): the arithmetic of it. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pagestore/handshake.h"
#include "pagestore/placement.h"

namespace pagestore {

// Sets for these nodes, who are in three zones, two at least in each: in every set two of each zone, of which one
// keeps pages; as many sets as it takes for the nodes of a zone to be in equally many, within reason. Where a zone
// has tails, a set has one if that is even. Deterministic. Empty for six nodes: there is nothing to choose.
std::vector<GroupSet> spread(const std::vector<ClusterMember>& nodes);

// One place in a set that goes from a node to another one of its zone.
struct GroupMove {
  std::size_t set = 0;
  std::string from, to;
  bool operator==(const GroupMove&) const = default;
};

// How many sets, a multiple of those there are, it takes for the nodes of each zone to have shares that differ by an
// eighth of the mean at most: the fewest; where none will do, those with the least above it.
std::size_t sets_wanted(const ClusterRecord& record);

// So many sets, a multiple: group g lies on set g mod their number, so each set is repeated with the same nodes, and
// no group lies elsewhere than before.
void multiply_sets(ClusterRecord& record, std::size_t sets);

// Of a zone whose nodes are in so different numbers of sets that it helps: from one of those in the most to one of
// those in the fewest, where the zone keeps pages in the set. nullopt: there is none. Each takes one off what the
// shares differ by, so there are as few as can be.
std::optional<GroupMove> next_move(const ClusterRecord& record);

// How many sets the node is in, or joins.
std::size_t sets_with(const ClusterRecord& record, const std::string& node);

// Who takes the place of `leaver` in the set: the node of its zone that is in the fewest sets, not in this one, not
// leaving, and with which the zone keeps pages there; of the same kind as the leaver if all else is equal. Where a
// node `replaces` it, none but that. nullptr: there is none.
const ClusterMember* successor(const ClusterRecord& record, const GroupSet& set, const ClusterMember& leaver);

// Roles as the sets say: spare or member, and whoever leaves and is in no set any more has left.
void settle_roles(ClusterRecord& record);

// Who holds what, by the index of nodes; nullopt: not six in each set, names that are no nodes, or two sets that
// differ in more than a node, which no step of a change makes.
std::optional<Placement> placement_of(const ClusterRecord& record,
                                      const std::function<NodeIndex(const std::string&)>& index);

// What the node holds, or copies because it is to. Without sets: everything, also a spare.
HeldSets held_by(const ClusterRecord& record, const std::string& node);

// The others of each six that the node counts in, by `number`; of two sixes while one of its sets changes.
SetMates mates_of(const ClusterRecord& record, const std::string& node,
                  const std::function<std::optional<std::size_t>(const std::string&)>& number);

}  // namespace pagestore
