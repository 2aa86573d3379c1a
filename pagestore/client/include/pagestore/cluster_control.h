// The nodes of a cluster as an operator sees and changes them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pagestore/messages.h"

namespace pagestore {

struct ClusterNode {
  std::string name, zone, address;
  std::string role;  // "member", "spare", "joining", "leaving"
  SegmentKind kind = SegmentKind::full;
  std::size_t shares = 0;  // of how many sets it holds the groups, or is to
};

// How far one node has come to take the place of another.
struct ReplacementProgress {
  std::string member, newcomer;
  std::string phase;               // "copying", "joining"
  std::uint64_t segments = 0;      // the newcomer is to have
  std::uint64_t segments_left = 0;
  std::uint64_t log_bytes_left = 0;
  std::string trouble;             // why nothing moves; empty: nothing is wrong
};

// Of the groups of one set one node's copies go to another one.
struct PlannedMove {
  std::size_t set = 0;
  std::string from, to;
};

struct ClusterView {
  std::uint64_t membership_epoch = 0;
  std::size_t sets = 1;  // of nodes that protection groups lie on (placement.h)
  std::vector<ClusterNode> nodes;
  std::optional<ReplacementProgress> replacement;
  // What spread_nodes() would do, or, while it runs, what is left of it: first the move under way.
  bool is_spreading = false;
  std::size_t sets_planned = 1;  // so many then
  std::vector<PlannedMove> moves;
};

// Thread-safe. Changes are carried out one after the other; each calls `done`, once, from a thread
// of the control's, when it is durable: with nothing, or with why it cannot be and what to do.
class ClusterControl {
 public:
  struct Refused {
    std::string why, hint;
  };
  using Done = std::function<void(std::optional<Refused>)>;

  virtual ~ClusterControl() = default;

  virtual ClusterView view() const = 0;
  // A spare: it begins to copy what the others have.
  virtual void add_node(std::string address, Done done) = 0;
  // A spare of its zone (`spare` empty: any) begins to take the place of a member; where groups lie on
  // several sets of nodes, others of its zone, one set after the other. Done when that is
  // durable; how far it has come view() tells.
  virtual void drain_node(std::string member, std::string spare, Done done) = 0;
  // The replacement that the node has a part in is taken back.
  virtual void keep_node(std::string node, Done done) = 0;
  // Groups move until the nodes of each zone have equal shares, one place after the other. Done when the first
  // one begins; keep_node() ends it, and calling this again goes on.
  virtual void spread_nodes(Done done) = 0;
  // A spare is one of the cluster's nodes no more.
  virtual void remove_node(std::string spare, Done done) = 0;
};

}  // namespace pagestore
