// Reading what nobody reads, so that damage is found while other copies are whole.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "page_index.h"
#include "timeline.h"

namespace pagestore {

// One round under way (scrub.cpp).
struct Scrub {
  std::vector<ShardId> shards;
  std::size_t next_shard = 0;
  std::vector<GroupId> groups;
  std::size_t next_group = 0;

  // What is read next, all of one shard or of one group.
  ShardId shard;
  std::deque<std::pair<PageNo, Version>> versions;
  std::deque<StoredChunk> chunks;
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
