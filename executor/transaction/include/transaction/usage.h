// How much the relations of a volume are used, since it was opened: what pg_stat_user_tables and its
// kin tell. In memory alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include <boost/unordered/unordered_flat_map.hpp>

#include "buffer/striped_counters.h"

namespace transaction {

// One table's or index's. Thread-safe; counting costs a load and a store.
class RelationUsage {
 public:
  enum Counter : std::uint8_t {
    scans,          // begun: of a table, all of it; of an index, a range or a key
    rows_returned,  // by scans; of an index, its entries
    rows_fetched,   // of an index: rows found by its entries
    inserted,
    updated,
    updated_row_alone,  // of those: no index had to be told
    deleted,
    kCounters,
  };
  void add(Counter counter, std::uint64_t n = 1) { counters_.add(counter, n); }
  // Since reset().
  std::uint64_t sum(Counter counter) const { return counters_.sum(counter) - base_[counter].load(std::memory_order_relaxed); }
  // As if the relation were used for the first time.
  void reset();

  // True once, for whoever asks first: the count of rows begins with what the catalogue knows.
  bool begin_row_count() { return !counts_rows_.exchange(true, std::memory_order_relaxed); }

  // Rows changed since ANALYZE, inserted since VACUUM. Times: microseconds since 2000-01-01 UTC,
  // 0: never.
  std::uint64_t changed_since_analyze() const { return changed() - changed_at_analyze_.load(); }
  std::uint64_t inserted_since_vacuum() const { return counters_.sum(inserted) - inserted_at_vacuum_.load(); }
  struct Maintenance {
    std::int64_t last = 0;
    std::uint64_t count = 0;
  };
  void analyzed(std::int64_t now);
  void vacuumed(std::int64_t now);
  Maintenance analyze() const { return {last_analyze_.load(), analyze_count_.load()}; }
  Maintenance vacuum() const { return {last_vacuum_.load(), vacuum_count_.load()}; }

 private:
  std::uint64_t changed() const { return counters_.sum(inserted) + counters_.sum(updated) + counters_.sum(deleted); }

  buffer::StripedCounters<kCounters> counters_;
  std::atomic<bool> counts_rows_{false};
  std::atomic<std::uint64_t> changed_at_analyze_{0}, inserted_at_vacuum_{0};
  std::atomic<std::int64_t> last_analyze_{0}, last_vacuum_{0};
  std::atomic<std::uint64_t> analyze_count_{0}, vacuum_count_{0};
  std::atomic<std::uint64_t> base_[kCounters] = {};
};

// Those of a volume, and what its transactions came to. Thread-safe.
class UsageRegistry {
 public:
  enum Counter : std::uint8_t {
    commits,
    rollbacks,
    temporary_files,
    temporary_bytes,
    sessions,             // begun
    sessions_abandoned,   // by their clients, without a word
    sessions_fatal,       // ended by an error
    sessions_killed,      // by an operator
    // Microseconds of sessions: in all, running statements, between those of a transaction.
    session_us,
    active_us,
    idle_in_transaction_us,
    kCounters,
  };
  void add(Counter counter, std::uint64_t n = 1) { counters_.add(counter, n); }
  // Since reset().
  std::uint64_t sum(Counter counter) const { return counters_.sum(counter) - base_[counter].load(std::memory_order_relaxed); }
  // Everything counts from 0 again; `now`: microseconds since 2000-01-01 UTC.
  void reset(std::int64_t now);
  // One relation's counters alone.
  void reset_relation(std::uint32_t relation, std::int64_t now);
  // When that was last; 0: never.
  std::int64_t reset_at() const { return reset_at_.load(std::memory_order_relaxed); }

  // Of a relation by its OID; made when first asked for.
  std::shared_ptr<RelationUsage> of(std::uint32_t relation);
  // Null: nobody has used it.
  std::shared_ptr<const RelationUsage> find(std::uint32_t relation) const;
  // Over all relations, those that are gone included.
  std::uint64_t total(RelationUsage::Counter counter) const;

 private:
  void forget_unused();

  buffer::StripedCounters<kCounters> counters_;
  mutable std::mutex mutex_;
  boost::unordered_flat_map<std::uint32_t, std::shared_ptr<RelationUsage>> relations_;
  std::size_t sweep_at_ = 256;                                // that many relations
  std::uint64_t forgotten_[RelationUsage::kCounters] = {};    // counted by those that are gone
  std::atomic<std::uint64_t> base_[kCounters] = {};
  std::atomic<std::int64_t> reset_at_{0};
};

}  // namespace transaction
