// Reading what nobody reads, so that damage is found while other copies are whole.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "page_index.h"
#include "timeline.h"

namespace pagestore {

// Some pages beside their copies on peers.
struct Comparison {
  ShardId shard;
  GroupId group;
  std::vector<PagePoint> points;
  PageSums own;
  // What each peer has that could tell, by its number; the first ones that agree are enough.
  std::vector<std::pair<std::size_t, PageSums>> theirs;
  std::size_t first_peer = 0;
  std::size_t asked = 0;
  bool differs = false;  // from one of them
};

// One round under way (scrub.cpp).
struct Scrub {
  std::vector<ShardId> shards;
  std::size_t next_shard = 0;
  std::vector<GroupId> groups;
  std::size_t next_group = 0;

  // The log that the next opening would read, through `log_to`; then nowhere.
  LogPosition log_at;
  LogPosition log_to;
  std::uint32_t log_piece = 0;  // bytes the next entry takes; 0: not known

  // What is read next, all of one shard or of one group.
  ShardId shard;
  std::deque<std::pair<PageNo, Version>> versions;
  std::deque<StoredChunk> chunks;
  std::uint32_t compare_next = kShardPages;  // of the shard's pages
  GroupId group{};
  std::deque<StoredParts> lists;
  std::deque<HeldPart> parts;

  bool brought_in = false;  // the shard was loaded for this alone
  std::size_t busy = 0;     // reads under way
  std::int64_t budget = 0;  // bytes
  std::uint64_t damage = 0;
  std::shared_ptr<void> hold;
};

}  // namespace pagestore
