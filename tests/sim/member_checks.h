// What must hold of the nodes that hold a volume's groups, through whatever changes of members.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "pagestore/messages.h"
#include "sim_node.h"
#include "sim_writer.h"
#include "wal/ids.h"
#include "wal/lsn.h"

namespace sim {

// At most one node loses its files, or has a disk that rots: what it held counts for no check.
struct Harm {
  std::optional<std::size_t> lost_files;
  std::optional<std::size_t> rotten;  // chosen; it rots when has_rotted
  bool has_rotted = false;

  static constexpr std::size_t kNobody = ~std::size_t{0};
  std::size_t harmed() const { return lost_files ? *lost_files : has_rotted ? *rotten : kNobody; }
};

// Asks the nodes themselves, without network; those that are down say nothing. Stops the process when something does
// not hold.
class MemberChecks {
 public:
  using Nodes = std::vector<std::unique_ptr<SimNode>>;

  MemberChecks(const Nodes& nodes, const Harm& harm) : nodes_(nodes), harm_(harm) {}

  // Members that keep pages, of the set that counts before a change under way.
  std::vector<std::size_t> full_of(const wal::Membership& members) const;

  // At no step of a change is there a zone whose loss with one node more takes all pages of a group.
  void zones(const wal::Placement& placement) const;

  // All that the writer acknowledged of these groups is on four of six, but for the one node that is harmed, which may
  // have been one of the four.
  void durable(const wal::Placement& placement, SimWriter& writer, const std::vector<wal::GroupNo>& groups) const;

  // Whom a takeover has shut out stays shut out, whichever nodes are members now: in no set are there four again that
  // would take what an older writer sends. One of those that were sealed may have lost that with its files.
  // `writers`: all that the timeline ever had, by timeline.
  void seals(const wal::Placement& placement, const std::map<wal::TimelineId, std::vector<const SimWriter*>>& writers);

  // What log a tail has forgotten two full members of its six have made their own, whoever was away too long; one of
  // them may be the one that is harmed.
  void tails(const wal::Placement& placement);
  // It is about to go: what it has now it has while it is down.
  void goes_down(std::size_t node) { seen_[node] = digests_of(*nodes_[node]); }

 private:
  using Digests = std::map<wal::TimelineId, pagestore::TimelineDigest>;
  static Digests digests_of(SimNode& node);
  static bool has_made_its_own(const Digests& digests, pagestore::GroupId group, wal::Lsn end);

  const Nodes& nodes_;
  const Harm& harm_;
  std::map<wal::TimelineId, wal::Epoch> sealed_;  // the highest by which some writer has shut the older ones out
  std::map<std::size_t, Digests> seen_;           // full nodes, as last seen
};

}  // namespace sim
