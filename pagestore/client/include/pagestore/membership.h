// Which nodes hold the copies of every volume, and what a quorum of them is.
//
// Six copies, two per zone, of which three or more are full (the others, tails, keep log and no pages).
// Writing takes any four, so that a zone may be down, or all that are full, so that all tails may be;
// reading takes three of which one is full. So every read quorum meets every write quorum, and two write
// quorums meet. One node is replaced by another in two steps, each of which can be taken back: first {ABCDEF}
// becomes {ABCDEF} and {ABCDEG}, then one of the two alone. While there are two sets a quorum is
// one of each. Source: Verbitski et al., SIGMOD 2017, section 2; SIGMOD 2018, sections 4.1 and 4.2.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "wal/check.h"

namespace pagestore {

inline constexpr std::size_t kCopies = 6;
inline constexpr std::size_t kWriteQuorum = 4;
inline constexpr std::size_t kReadQuorum = 3;
// Fewer full ones are no write quorum by themselves, since others could be one without them.
inline constexpr std::size_t kFullQuorumMin = kCopies - kWriteQuorum + 1;
static_assert(kWriteQuorum + kReadQuorum > kCopies);
static_assert(2 * kWriteQuorum > kCopies);

// A node's place in the tier's list, and that of the copy it holds. Never given to another node
// while the tier lives.
using NodeIndex = std::size_t;  // [0, kNodesMax)
inline constexpr std::size_t kNodesMax = 64;

// Nodes by index.
class NodeSet {
 public:
  constexpr NodeSet() = default;
  constexpr NodeSet(std::initializer_list<NodeIndex> nodes) {
    for (const NodeIndex node : nodes) add(node);
  }
  static constexpr NodeSet first(std::size_t count) {
    NodeSet set;
    for (NodeIndex node = 0; node < count; ++node) set.add(node);
    return set;
  }

  constexpr void add(NodeIndex node) { bits_ |= bit(node); }
  constexpr void remove(NodeIndex node) { bits_ &= ~bit(node); }
  constexpr bool contains(NodeIndex node) const { return (bits_ & bit(node)) != 0; }
  constexpr std::size_t size() const { return static_cast<std::size_t>(std::popcount(bits_)); }
  constexpr bool empty() const { return bits_ == 0; }
  // The highest index and one.
  constexpr std::size_t limit() const { return static_cast<std::size_t>(std::bit_width(bits_)); }

  friend constexpr NodeSet operator&(NodeSet a, NodeSet b) { return NodeSet(a.bits_ & b.bits_); }
  friend constexpr NodeSet operator|(NodeSet a, NodeSet b) { return NodeSet(a.bits_ | b.bits_); }
  friend constexpr NodeSet operator-(NodeSet a, NodeSet b) { return NodeSet(a.bits_ & ~b.bits_); }
  constexpr bool operator==(const NodeSet&) const = default;

  class Iterator {
   public:
    using value_type = NodeIndex;
    using difference_type = std::ptrdiff_t;
    constexpr Iterator() = default;
    constexpr explicit Iterator(std::uint64_t rest) : rest_(rest) {}
    constexpr NodeIndex operator*() const { return static_cast<NodeIndex>(std::countr_zero(rest_)); }
    constexpr Iterator& operator++() {
      rest_ &= rest_ - 1;
      return *this;
    }
    constexpr Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    constexpr bool operator==(const Iterator&) const = default;

   private:
    std::uint64_t rest_ = 0;
  };
  constexpr Iterator begin() const { return Iterator(bits_); }
  constexpr Iterator end() const { return Iterator(0); }

 private:
  constexpr explicit NodeSet(std::uint64_t bits) : bits_(bits) {}
  static constexpr std::uint64_t bit(NodeIndex node) { return std::uint64_t{1} << node; }
  std::uint64_t bits_ = 0;
};

// One set of six, or two that differ in one node while it is being replaced.
class Membership {
 public:
  // The first six.
  constexpr Membership() : Membership(NodeSet::first(kCopies)) {}
  // All are full.
  constexpr explicit Membership(NodeSet set) : Membership(set, set) {}
  constexpr Membership(NodeSet before, NodeSet after) : Membership(before, after, before | after) {}
  // `full`: those of them that keep pages.
  constexpr Membership(NodeSet before, NodeSet after, NodeSet full)
      : before_(before), after_(after), full_(full & (before | after)) {
    CHECK(before.size() == kCopies && after.size() == kCopies);
    CHECK((before - after).size() <= 1);
  }

  constexpr NodeSet before() const { return before_; }
  constexpr NodeSet after() const { return after_; }
  constexpr NodeSet full() const { return full_; }
  // As it was before it began to change.
  constexpr Membership unchanged() const { return {before_, before_, full_}; }
  constexpr NodeSet all() const { return before_ | after_; }
  constexpr bool is_changing() const { return before_ != after_; }
  constexpr bool contains(NodeIndex node) const { return all().contains(node); }
  constexpr bool operator==(const Membership&) const = default;

  // Of one of the two sets: what is a write quorum by itself besides any four; empty when nothing is.
  constexpr NodeSet full_quorum(NodeSet set) const {
    const NodeSet full = set & full_;
    return full.size() >= kFullQuorumMin ? full : NodeSet();
  }

  constexpr bool is_write_quorum(NodeSet nodes) const {
    return has_written(before_, nodes) && has_written(after_, nodes);
  }
  // Meets every write quorum of this membership, and of the one before it began to change.
  constexpr bool is_read_quorum(NodeSet nodes) const { return has_read(before_, nodes) && has_read(after_, nodes); }
  // Also when any one of these nodes has lost, and does not know it, what it once had.
  constexpr bool is_sure_read_quorum(NodeSet nodes) const {
    bool is_sure = is_read_quorum(nodes);
    for (const NodeIndex node : nodes & all()) is_sure = is_sure && is_read_quorum(nodes - NodeSet{node});
    return is_sure;
  }
  // Without these nodes there is no write quorum.
  constexpr bool blocks_writes(NodeSet nodes) const { return !is_write_quorum(all() - nodes); }
  // Without these nodes there is no write quorum of either set: a node that is new may lack what
  // the one that it replaces has.
  constexpr bool blocks_each(NodeSet nodes) const {
    return !has_written(before_, before_ - nodes) && !has_written(after_, after_ - nodes);
  }

 private:
  constexpr bool has_written(NodeSet set, NodeSet nodes) const {
    const NodeSet full = full_quorum(set);
    return (set & nodes).size() >= kWriteQuorum || (!full.empty() && (full - nodes).empty());
  }
  constexpr bool has_read(NodeSet set, NodeSet nodes) const {
    const NodeSet full = full_quorum(set);
    return (set & nodes).size() >= kReadQuorum && (full.empty() || !(full & nodes).empty());
  }

  NodeSet before_, after_, full_;
};

}  // namespace pagestore
