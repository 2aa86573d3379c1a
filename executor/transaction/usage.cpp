#include "transaction/usage.h"

#include <algorithm>

namespace transaction {

void RelationUsage::analyzed(std::int64_t now) {
  changed_at_analyze_.store(changed());
  last_analyze_.store(now);
  analyze_count_.fetch_add(1);
}

void RelationUsage::vacuumed(std::int64_t now) {
  inserted_at_vacuum_.store(sum(inserted));
  last_vacuum_.store(now);
  vacuum_count_.fetch_add(1);
}

void RelationUsage::reset() {
  for (int counter = 0; counter < kCounters; ++counter)
    base_[counter].store(counters_.sum(static_cast<Counter>(counter)), std::memory_order_relaxed);
  changed_at_analyze_.store(changed());
  inserted_at_vacuum_.store(counters_.sum(inserted));
  for (std::atomic<std::int64_t>* last : {&last_analyze_, &last_vacuum_}) last->store(0);
  for (std::atomic<std::uint64_t>* count : {&analyze_count_, &vacuum_count_}) count->store(0);
}

void UsageRegistry::reset(std::int64_t now) {
  const std::scoped_lock lock(mutex_);
  for (const auto& [oid, usage] : relations_) usage->reset();
  for (std::uint64_t& forgotten : forgotten_) forgotten = 0;
  for (int counter = 0; counter < kCounters; ++counter)
    base_[counter].store(counters_.sum(static_cast<Counter>(counter)), std::memory_order_relaxed);
  reset_at_.store(now, std::memory_order_relaxed);
}

void UsageRegistry::reset_relation(std::uint32_t relation, std::int64_t now) {
  const std::scoped_lock lock(mutex_);
  const auto found = relations_.find(relation);
  if (found == relations_.end()) return;
  found->second->reset();
  reset_at_.store(now, std::memory_order_relaxed);
}

std::shared_ptr<RelationUsage> UsageRegistry::of(std::uint32_t relation) {
  const std::scoped_lock lock(mutex_);
  if (relations_.size() >= sweep_at_ && !relations_.contains(relation)) forget_unused();
  std::shared_ptr<RelationUsage>& usage = relations_[relation];
  if (usage == nullptr) usage = std::make_shared<RelationUsage>();
  return usage;
}

std::shared_ptr<const RelationUsage> UsageRegistry::find(std::uint32_t relation) const {
  const std::scoped_lock lock(mutex_);
  const auto found = relations_.find(relation);
  return found == relations_.end() ? nullptr : found->second;
}

std::uint64_t UsageRegistry::total(RelationUsage::Counter counter) const {
  const std::scoped_lock lock(mutex_);
  std::uint64_t total = forgotten_[counter];
  for (const auto& [oid, usage] : relations_) total += usage->sum(counter);
  return total;
}

// Relations come and go (temporary tables by the thousand): what no descriptor refers to has most
// likely been dropped.
void UsageRegistry::forget_unused() {
  boost::unordered::erase_if(relations_, [this](const auto& entry) {
    if (entry.second.use_count() > 1) return false;
    for (int counter = 0; counter < RelationUsage::kCounters; ++counter)
      forgotten_[counter] += entry.second->sum(static_cast<RelationUsage::Counter>(counter));
    return true;
  });
  sweep_at_ = std::max<std::size_t>(256, 2 * relations_.size());
}

}  // namespace transaction
