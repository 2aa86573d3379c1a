// Open databases that nobody uses are kept open, their caches warm, as long as there are not too
// many: what makes ten thousand clones, used one after the other, cost no more than a few. After a while
// those go that are soon open again: a clone that was used for one test holds no memory for ever.
#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "btree/space.h"
#include "buffer/buffer_pool.h"
#include "buffer/paged_volume.h"
#include "cluster_impl.h"
#include "sequences.h"

namespace database {
namespace {

// What an open database holds beside pages (measured: 160 KiB, 280 KiB once it was written to).
constexpr std::size_t kHeldBesidePages = std::size_t{256} << 10;

// Together they may hold a sixteenth of what the buffer pool does.
std::size_t most_idle(const buffer::BufferPool& pool) {
  return std::max<std::size_t>(16, pool.size_bytes() / 16 / kHeldBesidePages);
}

std::int64_t idle_us(const DatabaseEnvironment& environment) {
  return std::chrono::microseconds(environment.idle_time).count();
}

// What reading them again costs is what waking a database may: 4 MiB, some ten milliseconds. Whoever
// caches more stays, until there are too many.
constexpr std::size_t kPagesToLose = 512;

}  // namespace

void Cluster::became_idle(Entry& entry) {
  if (entry.state != Entry::State::open || entry.idle) return;
  entry.idle = idle_.insert(idle_.end(), entry.oid);
  entry.idle_since_us = now_us();
  // Once: a session that comes and goes leaves the timer alone.
  if (!std::exchange(entry.idle_timer_set, true)) idle_closer_->set(entry.oid, entry.idle_since_us + idle_us(environment_));
  while (idle_.size() > most_idle(environment_.pool)) {
    const Oid oldest = idle_.front();
    idle_.pop_front();
    entries_.at(oldest)->idle.reset();
    idle_closer_->set(oldest, 0);
  }
}

void Cluster::no_longer_idle(Entry& entry) {
  if (!entry.idle) return;
  idle_.erase(*entry.idle);
  entry.idle.reset();
}

void Cluster::close_idle(Oid oid) {
  std::shared_ptr<Entry> entry;
  std::unique_ptr<Database> database;
  {
    std::lock_guard lock(mutex_);
    const auto found = entries_.find(oid);
    if (found == entries_.end()) return;
    entry = found->second;
    entry->idle_timer_set = false;
    // Somebody may have come meanwhile, and left again.
    if (entry->state != Entry::State::open || !entry->uses.empty()) return;
    if (entry->idle) {
      if (const std::int64_t due = entry->idle_since_us + idle_us(environment_); due > now_us()) {
        entry->idle_timer_set = true;
        idle_closer_->set(oid, due);
        return;
      }
      if (entry->database->pages().caches_more_than(kPagesToLose)) return;
      no_longer_idle(*entry);
    }
    entry->state = Entry::State::closing;
    database = std::move(entry->database);
  }
  try {
    settle_sequences(*database);
  } catch (const std::exception& error) {
    spdlog::warn("closing database {}: its sequences will skip numbers: {}", oid, error.what());
  }
  // What is in the log and on no quorum yet would be annulled by the next to open it.
  if (auto durable = database->volume().wait_durable(database->volume().last_lsn()); !durable)
    spdlog::warn("closing database {}: {}", oid, durable.error().message());
  database.reset();
  std::lock_guard lock(mutex_);
  entry->state = Entry::State::closed;
  entry->wake_all();
}

}  // namespace database
