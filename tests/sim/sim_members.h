// The writer's process in the simulator, as far as members are concerned: it takes the cluster over,
// changes its record and replaces nodes, by the real decisions; nodes keep the record.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "pagestore/cluster_decision.h"
#include "pagestore/group_sets.h"
#include "pagestore/node_replacement.h"
#include "sim_network.h"
#include "sim_node.h"
#include "world.h"

namespace sim {

class SimMembers {
 public:
  // `nodes`: the first `founders` are the cluster's, the others come later; groups move to them when it `spreads`.
  // `changed` makes volumes count by the placement, before it is told that it was adopted.
  SimMembers(World& world, SimNetwork& network, std::vector<std::unique_ptr<SimNode>>& nodes, std::size_t founders,
             bool spreads, std::function<void(const pagestore::Placement& before)> changed);

  bool is_serving() const { return serving_; }
  bool is_replacing() const { return replacement_.has_value(); }
  const pagestore::Placement& placement() const { return placement_; }
  std::size_t replaced() const { return replaced_; }

  // The process is gone with all that it had under way.
  void kill();
  // A new one takes over; `done` when members are known from a write quorum of nodes and theirs.
  void take_over(std::function<void()> done);
  // A node is added, one begins to be replaced, or that is taken back; meanwhile other spares come and go.
  void meddle();
  // Nothing goes wrong any more: what runs is to end.
  void hurry() { pace_ = 20'000; }
  void lost_files(std::size_t node) { records_[node] = {}; }

 private:
  static constexpr std::uint64_t kClient = std::uint64_t{1} << 40;

  pagestore::NodeIndex index_of(const std::string& name) const;
  void tell(std::size_t node, const pagestore::ClusterRecord& record);
  void survey(std::size_t node, std::uint64_t process);
  void decide();
  void change(pagestore::ClusterRecord next, pagestore::RecordVersion seen, std::function<void()> then);
  void insist(std::size_t node, std::uint64_t attempt);
  void settle(std::size_t node, std::uint64_t attempt);
  pagestore::Placement placement_for(const pagestore::ClusterRecord& record) const;
  void resume();
  void drive();
  void tick(std::uint64_t number);
  pagestore::ChangedRecord change_spares();

  World& world_;
  const bool spreads_;
  SimNetwork& network_;
  std::vector<std::unique_ptr<SimNode>>& nodes_;
  const std::function<void(const pagestore::Placement&)> changed_;
  std::vector<pagestore::ClusterRecord> records_;  // on the nodes' disks

  // Of the process.
  std::uint64_t process_ = 1;
  bool serving_ = true;
  pagestore::ClusterRecord record_;
  pagestore::Placement placement_;
  std::function<void()> taken_over_;
  std::vector<pagestore::SurveyedNode> surveyed_;
  std::optional<pagestore::NodeReplacement> replacement_;
  std::uint64_t replacement_number_ = 0;
  std::size_t replaced_ = 0;
  std::uint64_t pace_ = 20'000;  // of looks at a replacement, microseconds

  // The change under way.
  struct Change {
    pagestore::ClusterRecord next;
    pagestore::RecordVersion seen;
    pagestore::Placement before, after;
    pagestore::NodeSet adopted;
    std::function<void()> then;
  };
  std::uint64_t attempt_ = 0;
  std::optional<Change> change_;
  Change last_;  // what nodes that come back adopt
};

}  // namespace sim
