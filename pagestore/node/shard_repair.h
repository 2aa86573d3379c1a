// Pieces of the page index, and the records they name, that are damaged here and taken from a peer.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "page_index.h"
#include "timeline.h"

namespace pagestore {

// Some shards of one timeline on their way to being whole again (shard_repair.cpp).
struct ShardRepair {
  // Its pages, as far as they are in one group.
  struct Stretch {
    GroupNo group{};
    PageNo first{};
    PageNo last{};
  };
  struct Group {
    Lsn at;                 // at and below it images, above it the log
    bool peers_point = false;  // `at` is for the peer to choose
    Lsn through;            // how far the log was read
    Lsn log_from;           // end of the peer's last part at or below `at`
  };
  // A list of parts, as it is being read.
  struct OpenList {
    GroupId group;
    StoredParts stored;     // `at` is nowhere: parts that no list holds
    std::vector<HeldPart> parts;
    std::size_t next = 0;   // to be read
    Lsn after;              // its parts at and below are gone on the peer; kNoLsn: none
    bool changed = false;   // some stand elsewhere now: the list is to be written anew
  };

  TimelineId timeline{};
  Epoch truncated{};
  std::set<std::uint32_t> shards;
  std::size_t set = 0;      // of nodes, on which their groups lie
  std::vector<Stretch> stretches;
  std::size_t next_stretch = 0;
  PageNo next{};            // of that stretch
  std::map<GroupNo, Group> groups;
  std::size_t peer = 0;
  std::size_t peers_tried = 0;
  std::vector<std::size_t> right_copies;  // of the peers these alone are asked; empty: any
  bool peers_points = false;  // the log from the own horizon on is gone on peers

  bool log_begun = false;
  std::deque<std::pair<GroupId, StoredParts>> lists;  // still to be opened
  std::deque<OpenList> open;

  std::map<PageNo, std::vector<Version>> found;
  std::size_t busy = 0;     // reads, writes and questions under way
  bool failed = false;      // with this peer
  std::string why;
  void fail(std::string reason) {
    failed = true;
    why = std::move(reason);
  }
  std::shared_ptr<void> hold;
};

}  // namespace pagestore
