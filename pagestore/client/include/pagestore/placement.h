// Which nodes hold which protection groups.
//
// Groups lie on sets of six nodes by turns: group g on set g mod the number of sets, of every timeline alike. So
// where a group lies is known without an entry for it, a clone's pages lie where those of its ancestors do, and to
// have twice as many sets, each of them twice, moves nothing. One set: all groups on the same six nodes.
//
// What concerns one group alone counts by its set. What concerns a timeline (that it exists, its epochs and
// truncations) counts by every set: no writer knows which groups another one is about to write to.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "pagestore/membership.h"
#include "wal/check.h"
#include "wal/ids.h"

namespace pagestore {

inline constexpr std::size_t kSetsMax = 64;

// The groups of which one node is to have copies, by their sets.
struct HeldSets {
  std::size_t sets = 1;
  std::uint64_t mask = 1;  // bit by set
  std::size_t set_of(wal::GroupNo group) const { return wal::raw(group) % sets; }
  bool holds(wal::GroupNo group) const { return ((mask >> set_of(group)) & 1) != 0; }
  bool operator==(const HeldSets&) const = default;
};

// Whom a node shares its promises with: the others of each six that it is in, numbered as its peers are. Empty:
// that is not known, or it is in none.
using SetMates = std::vector<std::vector<std::size_t>>;

class Placement {
 public:
  Placement() : Placement(Membership()) {}
  Placement(const Membership& only) : Placement(std::vector<Membership>{only}) {}  // NOLINT: one set is a placement
  explicit Placement(std::vector<Membership> sets) {
    CHECK(!sets.empty() && sets.size() <= kSetsMax);
    for (const Membership& set : sets) all_ = all_ | set.all();
    sets_ = std::make_shared<const std::vector<Membership>>(std::move(sets));
  }

  std::size_t size() const { return sets_->size(); }
  const std::vector<Membership>& sets() const { return *sets_; }
  std::size_t set_of(wal::GroupNo group) const { return wal::raw(group) % sets_->size(); }
  const Membership& of(wal::GroupNo group) const { return (*sets_)[set_of(group)]; }

  // Who holds something.
  NodeSet all() const { return all_; }
  bool contains(NodeIndex node) const { return all_.contains(node); }
  bool is_changing() const { return any(&Membership::is_changing); }
  bool operator==(const Placement& other) const { return *sets_ == *other.sets_; }

  // Of a whole timeline, as Membership's of a group.
  bool is_write_quorum(NodeSet nodes) const {
    return std::ranges::all_of(*sets_, [&](const Membership& set) { return set.is_write_quorum(nodes); });
  }
  bool is_read_quorum(NodeSet nodes) const {
    return std::ranges::all_of(*sets_, [&](const Membership& set) { return set.is_read_quorum(nodes); });
  }
  bool is_sure_read_quorum(NodeSet nodes) const {
    return std::ranges::all_of(*sets_, [&](const Membership& set) { return set.is_sure_read_quorum(nodes); });
  }
  bool blocks_writes(NodeSet nodes) const { return !is_write_quorum(all_ - nodes); }
  bool blocks_each(NodeSet nodes) const {
    return std::ranges::any_of(*sets_, [&](const Membership& set) { return set.blocks_each(nodes); });
  }

 private:
  bool any(bool (Membership::*of)() const) const {
    return std::ranges::any_of(*sets_, [&](const Membership& set) { return (set.*of)(); });
  }

  std::shared_ptr<const std::vector<Membership>> sets_;  // shared: copies are cheap
  NodeSet all_;
};

}  // namespace pagestore
