#include "statement_statistics.h"

#include <algorithm>
#include <chrono>
#include <vector>

namespace session {

// The variance of all by what each adds (Welford, Technometrics 1962).
void StatementStatistics::Entry::add(double milliseconds, std::int64_t rows) {
  std::lock_guard lock(mutex_);
  Counts& c = counts_;
  ++c.calls;
  c.rows += rows;
  c.total += milliseconds;
  c.least = c.calls == 1 ? milliseconds : std::min(c.least, milliseconds);
  c.most = std::max(c.most, milliseconds);
  const double before = c.mean;
  c.mean += (milliseconds - before) / static_cast<double>(c.calls);
  c.squares += (milliseconds - before) * (milliseconds - c.mean);
}

StatementStatistics::Counts StatementStatistics::Entry::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

StatementStatistics::EntryPtr StatementStatistics::find(const Key& key, const std::function<std::string()>& text) {
  Shard& shard = shard_of(key);
  const std::uint64_t use = clock_.fetch_add(1, std::memory_order_relaxed);
  std::lock_guard lock(shard.mutex);
  if (const auto found = shard.entries.find(key); found != shard.entries.end()) {
    found->second->last_use_.store(use, std::memory_order_relaxed);
    return found->second;
  }
  if (shard.entries.size() >= std::max<std::size_t>(1, most_ / shards_.size())) make_room(shard);
  auto made = std::make_shared<Entry>(key, text());
  made->last_use_.store(use, std::memory_order_relaxed);
  shard.entries.emplace(key, made);
  return made;
}

// A twentieth goes at once, so that it is seldom done.
void StatementStatistics::make_room(Shard& shard) {
  std::vector<std::uint64_t> uses;
  for (const auto& [key, entry] : shard.entries) uses.push_back(entry->last_use_.load(std::memory_order_relaxed));
  const auto limit = uses.begin() + static_cast<std::ptrdiff_t>(uses.size() / 20);
  std::nth_element(uses.begin(), limit, uses.end());
  const std::uint64_t oldest = *limit;
  std::erase_if(shard.entries, [&](const auto& item) {
    if (item.second->last_use_.load(std::memory_order_relaxed) > oldest) return false;
    item.second->gone_.store(true, std::memory_order_relaxed);
    return true;
  });
  deallocations_.fetch_add(1, std::memory_order_relaxed);
}

void StatementStatistics::reset(std::uint32_t user, std::uint32_t database, std::uint64_t query) {
  for (Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    std::erase_if(shard.entries, [&](const auto& item) {
      const Key& key = item.first;
      if ((user != 0 && key.user != user) || (database != 0 && key.database != database) ||
          (query != 0 && key.query != query))
        return false;
      item.second->gone_.store(true, std::memory_order_relaxed);
      return true;
    });
  }
  if (user != 0 || database != 0 || query != 0) return;
  deallocations_.store(0, std::memory_order_relaxed);
  reset_time_.store(now(), std::memory_order_relaxed);
}

void StatementStatistics::for_each(const std::function<void(const Entry&)>& visit) const {
  for (const Shard& shard : shards_) {
    std::vector<EntryPtr> entries;
    {
      std::lock_guard lock(shard.mutex);
      for (const auto& [key, entry] : shard.entries) entries.push_back(entry);
    }
    for (const EntryPtr& entry : entries) visit(*entry);
  }
}

std::int64_t StatementStatistics::now() {
  using namespace std::chrono;
  constexpr std::int64_t kUnixToPostgres = 946'684'800'000'000;  // microseconds up to 2000-01-01
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count() - kUnixToPostgres;
}

}  // namespace session
