// A collection under way: history that nobody may read any more is forgotten, and extents with
// little that is needed are emptied.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "page_index.h"

namespace pagestore {

// 1. mark: every shard in turn. Versions that no read point in reach needs are taken out of the
//    index; what the others take in each extent is added up.
// 2. move: what extents with little in use still hold is written again at the log's end.
// 3. settle: a checkpoint with the new places. When the root's other slot has been written over,
//    too, the extents are free: until then an opening might still go by the old places.
//
// In reach are: the granted horizon and everything above it, the pins granted with it, and every
// child's branch LSN.
struct Collection {
  enum class Phase { mark, move, settle } phase = Phase::mark;
  std::vector<ShardId> shards;
  std::size_t next_shard = 0;
  LogPosition began_at;                         // end of the log then
  bool loading = false;
  bool brought_in = false;                      // the next shard was loaded for this alone
  std::map<std::uint32_t, std::uint64_t> used;  // by extent, bytes
  std::set<std::uint32_t> victims;
  // Parts in them that waited when they were chosen: in no shard then.
  std::set<LogPosition> waiting;
  std::set<std::uint32_t> unreadable;           // something in it could not be moved
  bool parts_moved = false;
  std::size_t moves = 0;                        // under way
};

}  // namespace pagestore
