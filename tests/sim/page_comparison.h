// All segments of a protection group hold the same pages, byte by byte, wherever they are at the same
// LSN, and the same log, tails too; whatever writers think of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "pagestore/messages.h"
#include "sim_node.h"
#include "wal/ids.h"
#include "wal/lsn.h"
#include "world.h"

namespace sim {

// Asks the nodes themselves, without network. Those that are up, hold the same truncations and, below the
// timeline's branch, the same history are compared at the highest LSN that each of them has reached.
// Stops the process when two of their pages differ. What a node cannot answer (damaged, given up,
// a crash in between) is not compared.
class PageComparison {
 public:
  using Nodes = std::vector<std::unique_ptr<SimNode>>;

  PageComparison(World& world, const Nodes& nodes) : world_(world), nodes_(nodes) {}

  // Asks for a page; the answers are compared some milliseconds later. Ends with the world.
  void begin(wal::TimelineId timeline, wal::GroupNo group, wal::PageNo page_no);

  // Asks for the group's log, from where all that hold it have it.
  void begin_log(wal::TimelineId timeline, wal::GroupNo group);

  // So many parts of the log were the same on two nodes or more.
  std::uint64_t parts_compared() const { return parts_compared_; }
  // So many pages were the same on two nodes or more.
  std::uint64_t compared() const { return compared_; }
  bool is_done() const { return under_way_ == 0; }

 private:
  // What a page of a group follows from: two nodes with the same history read the same.
  struct History {
    struct Level {
      wal::TimelineId timeline;
      wal::Epoch truncated{};
      wal::Lsn branch;  // of the level before
      wal::Lsn scl;     // at most that
      bool operator==(const Level&) const = default;
    };
    std::vector<Level> ancestors;
    wal::Epoch truncated{};
    wal::Lsn scl;
  };
  struct Round;
  struct LogRound;

  std::optional<History> history(SimNode& node, wal::TimelineId timeline, wal::GroupNo group) const;
  void learn_reach(const History& of, wal::TimelineId timeline, wal::GroupNo group);
  void compare(const Round& round);
  void compare_log(const LogRound& round);

  World& world_;
  const Nodes& nodes_;
  // How far an ancestor of a timeline was seen to reach: some node has what a writer would require.
  std::map<std::tuple<wal::TimelineId, wal::Epoch, wal::GroupNo, wal::TimelineId>, wal::Lsn> reached_;
  std::uint64_t compared_ = 0, parts_compared_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace sim
