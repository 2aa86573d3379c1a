#include "siread_locks.h"

#include <algorithm>
#include <cstring>

namespace transaction {
namespace {

std::uint64_t hash_of(btree::Bytes key) {
  std::uint64_t h = 0x9ae1'6a3b'2f90'404fu ^ key.size();
  for (std::size_t at = 0; at < key.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data() + at, std::min<std::size_t>(8, key.size() - at));
    h = (h ^ word) * 0x9e37'79b9'7f4a'7c15u;
    h ^= h >> 29;
  }
  return h;
}

std::string_view text_of(btree::Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void SireadLocks::take_away(TreeLocks& tree, const Sxact& holder, const SireadHeld::OfTree& held) {
  for (const std::uint64_t hash : held.keys) {
    const auto [first, last] = tree.keys.equal_range(hash);
    for (auto at = first; at != last; ++at) {
      if (at->second.get() != &holder) continue;
      tree.keys.erase(at);
      break;
    }
  }
  if (held.ranges != 0)
    std::erase_if(tree.ranges, [&](const Range& range) { return range.holder.get() == &holder; });
  if (held.whole)
    std::erase_if(tree.whole, [&](const SxactPtr& other) { return other.get() == &holder; });
}

void SireadLocks::take_whole(TreeLocks& tree, const SxactPtr& holder, SireadHeld::OfTree& held) {
  take_away(tree, *holder, held);
  held = {};
  held.whole = true;
  tree.whole.push_back(holder);
}

void SireadLocks::add_key(const SxactPtr& holder, SireadHeld& held, wal::PageNo root,
                          btree::Bytes key) {
  SireadHeld::OfTree& own = held.trees[wal::raw(root)];
  if (own.whole) return;
  const std::uint64_t hash = hash_of(key);
  if (!own.keys.insert(hash).second) return;
  Shard& shard = shard_of(wal::raw(root));
  std::lock_guard lock(shard.mutex);
  TreeLocks& tree = shard.trees[wal::raw(root)];
  tree.keys.emplace(hash, holder);
  if (own.keys.size() > kMaxKeys) take_whole(tree, holder, own);
}

void SireadLocks::add_range(const SxactPtr& holder, SireadHeld& held, wal::PageNo root,
                            btree::Bytes lower, btree::Bytes upper) {
  SireadHeld::OfTree& own = held.trees[wal::raw(root)];
  if (own.whole) return;
  Shard& shard = shard_of(wal::raw(root));
  std::lock_guard lock(shard.mutex);
  TreeLocks& tree = shard.trees[wal::raw(root)];
  if ((lower.empty() && upper.empty()) || own.ranges >= kMaxRanges) {
    take_whole(tree, holder, own);
    return;
  }
  for (const Range& range : tree.ranges) {
    if (range.holder == holder && range.lower == text_of(lower) && range.upper == text_of(upper))
      return;
  }
  tree.ranges.push_back({std::string(text_of(lower)), std::string(text_of(upper)), holder});
  ++own.ranges;
}

void SireadLocks::add_everything(const SxactPtr& holder, SireadHeld& held) {
  std::lock_guard lock(everything_mutex_);
  held.everything = true;
  everything_.push_back(holder);
  has_everything_.store(true);
}

void SireadLocks::give_up_everything(const Sxact& holder, SireadHeld& held) {
  if (!held.everything) return;
  held.everything = false;
  std::lock_guard lock(everything_mutex_);
  std::erase_if(everything_, [&](const SxactPtr& other) { return other.get() == &holder; });
  has_everything_.store(!everything_.empty());
}

void SireadLocks::release(const Sxact& holder, SireadHeld& held) {
  give_up_everything(holder, held);
  for (const auto& [root, own] : held.trees) {
    Shard& shard = shard_of(root);
    std::lock_guard lock(shard.mutex);
    const auto tree = shard.trees.find(root);
    if (tree == shard.trees.end()) continue;
    take_away(tree->second, holder, own);
    if (tree->second.empty()) shard.trees.erase(tree);
  }
  held.trees.clear();
}

void SireadLocks::summarise(const Sxact& holder, SireadHeld& held, std::uint64_t commit) {
  if (held.everything) {
    summarised_everything_.store(std::max(summarised_everything_.load(), commit));
    give_up_everything(holder, held);
  }
  for (const auto& [root, own] : held.trees) {
    Shard& shard = shard_of(root);
    std::lock_guard lock(shard.mutex);
    TreeLocks& tree = shard.trees[root];
    take_away(tree, holder, own);
    tree.summarised = std::max(tree.summarised, commit);
  }
  held.trees.clear();
}

void SireadLocks::forget_summaries(std::uint64_t commit) {
  if (summarised_everything_.load() <= commit) summarised_everything_.store(0);
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    for (auto tree = shard.trees.begin(); tree != shard.trees.end();) {
      if (tree->second.summarised <= commit) tree->second.summarised = 0;
      tree = tree->second.empty() ? shard.trees.erase(tree) : std::next(tree);
    }
  }
}

std::uint64_t SireadLocks::readers_of(wal::PageNo root, btree::Bytes key,
                                      std::vector<SxactPtr>& into) const {
  const std::uint64_t summarised = summarised_everything_.load();
  if (has_everything_.load()) {
    std::lock_guard lock(everything_mutex_);
    into = everything_;
  }
  const Shard& shard = shard_of(wal::raw(root));
  std::lock_guard lock(shard.mutex);
  const auto found = shard.trees.find(wal::raw(root));
  if (found == shard.trees.end()) return summarised;
  const TreeLocks& tree = found->second;
  const auto [first, last] = tree.keys.equal_range(hash_of(key));
  for (auto at = first; at != last; ++at) into.push_back(at->second);
  const std::string_view text = text_of(key);
  for (const Range& range : tree.ranges) {
    if (range.lower <= text && (range.upper.empty() || text < range.upper))
      into.push_back(range.holder);
  }
  into.insert(into.end(), tree.whole.begin(), tree.whole.end());
  return std::max(summarised, tree.summarised);
}

}  // namespace transaction
