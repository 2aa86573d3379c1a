#include "xid_table.h"

#include <algorithm>
#include <thread>

#include "wal/check.h"

namespace transaction {

namespace {
constexpr std::uint64_t number(Xid xid) { return wal::raw(xid); }
}  // namespace

XidTable::XidTable(Xid first, std::vector<Xid> in_flight)
    : first_(first),
      stable_(in_flight.empty() ? first : in_flight.front()),
      has_in_flight_(!in_flight.empty()) {
  CHECK(std::is_sorted(in_flight.begin(), in_flight.end()));
  for (const Xid xid : in_flight) in_flight_.push_back({xid, wal::kNoLsn, InFlight::State::in_progress});
}

XidTable::~XidTable() = default;

XidTable::Word* XidTable::find(Xid xid) const {
  const std::uint64_t n = number(xid);
  constexpr auto mask = [](unsigned bits) { return (std::uint64_t{1} << bits) - 1; };
  const Node* node =
      root_[(n >> (kChunkBits + kNodeBits)) & mask(kRootBits)].load(std::memory_order_acquire);
  if (node == nullptr) return nullptr;
  Chunk* chunk = node->chunks[(n >> kChunkBits) & mask(kNodeBits)].load(std::memory_order_acquire);
  return chunk == nullptr ? nullptr : &chunk->words[n & mask(kChunkBits)];
}

void XidTable::prepare(Xid xid) {
  if (find(xid) != nullptr) return;
  std::lock_guard lock(mutex_);
  if (find(xid) != nullptr) return;
  const std::uint64_t n = number(xid);
  const std::uint64_t window_start = std::max(number(first_), number(stable()));
  CHECK(n - window_start < std::uint64_t{1} << (kChunkBits + kNodeBits + kRootBits - 1));
  auto& node_place =
      root_[(n >> (kChunkBits + kNodeBits)) & ((std::uint64_t{1} << kRootBits) - 1)];
  Node* node = node_place.load(std::memory_order_relaxed);
  if (node == nullptr) {
    node = all_nodes_.emplace_back(std::make_unique<Node>()).get();
    node_place.store(node, std::memory_order_release);
  }
  Chunk* chunk = nullptr;
  if (!free_chunks_.empty()) {
    chunk = free_chunks_.back();
    free_chunks_.pop_back();
    for (Word& word : chunk->words) word.store(kInProgress, std::memory_order_relaxed);
  } else {
    chunk = all_chunks_.emplace_back(std::make_unique<Chunk>()).get();
  }
  node->chunks[(n >> kChunkBits) & ((std::uint64_t{1} << kNodeBits) - 1)].store(
      chunk, std::memory_order_release);
}

XidFate XidTable::lookup(Xid xid) const {
  constexpr XidFate kLongAgo{XidFate::State::committed, wal::kNoLsn};
  if (xid < stable()) return kLongAgo;
  if (xid < first_) {
    if (!has_in_flight_.load(std::memory_order_acquire)) return kLongAgo;
    XidFate fate = kLongAgo;
    while (!found_in_flight(xid, fate)) std::this_thread::yield();
    return fate;
  }
  for (unsigned spins = 0;; ++spins) {
    Word* place = find(xid);
    const std::uint64_t value =
        place == nullptr ? kInProgress : place->load(std::memory_order_acquire);
    // The chunk may have been taken for other ids since; then this id has become stable first.
    std::atomic_thread_fence(std::memory_order_acquire);
    if (xid < stable_.load(std::memory_order_acquire)) return kLongAgo;
    if (value == kInProgress) return {};
    if ((value & kAbortedBit) != 0) return {XidFate::State::aborted, wal::kNoLsn};
    if (value != kCommitting) return {XidFate::State::committed, wal::Lsn(value)};
    // The committer holds no latch we could wait for; it is between marking and its append.
    if (spins > 64) std::this_thread::yield();
  }
}

// False: it is committing, ask again. Ids that are not among them ended long ago.
bool XidTable::found_in_flight(Xid xid, XidFate& fate) const {
  std::lock_guard lock(mutex_);
  const auto place = std::lower_bound(in_flight_.begin(), in_flight_.end(), xid,
                                      [](const InFlight& one, Xid id) { return one.xid < id; });
  if (place == in_flight_.end() || place->xid != xid) return true;
  switch (place->state) {
    case InFlight::State::committing: return false;
    case InFlight::State::in_progress: fate = {}; break;
    case InFlight::State::aborted: fate = {XidFate::State::aborted, wal::kNoLsn}; break;
    case InFlight::State::committed: fate = {XidFate::State::committed, place->end_lsn}; break;
  }
  return true;
}

void XidTable::end_in_flight(Xid xid, InFlight::State state, wal::Lsn lsn) {
  std::lock_guard lock(mutex_);
  for (InFlight& one : in_flight_) {
    if (one.xid != xid) continue;
    one.state = state;
    one.end_lsn = lsn;
  }
}

void XidTable::advance(Xid next, wal::Lsn horizon) {
  std::unique_lock advancing(advance_mutex_, std::try_to_lock);
  if (!advancing) return;
  const std::uint64_t begin = number(stable_.load(std::memory_order_relaxed));
  std::uint64_t n = begin;
  if (n < number(first_)) {
    std::lock_guard lock(mutex_);
    while (!in_flight_.empty() && in_flight_.front().end_lsn != wal::kNoLsn &&
           in_flight_.front().end_lsn <= horizon) {
      in_flight_.erase(in_flight_.begin());
    }
    if (in_flight_.empty()) has_in_flight_.store(false, std::memory_order_release);
    n = in_flight_.empty() ? number(first_) : number(in_flight_.front().xid);
  }
  if (n >= number(first_)) {
    while (n < number(next)) {
      const Word* place = find(Xid{n});
      if (place == nullptr) break;
      const std::uint64_t value = place->load(std::memory_order_acquire);
      if (value == kInProgress || value == kCommitting) break;
      if (wal::Lsn(value & ~kAbortedBit) > horizon) break;
      ++n;
    }
  }
  if (n == begin) return;
  stable_.store(Xid{n}, std::memory_order_seq_cst);
  recycle(std::max(begin, number(first_)), n);
}

void XidTable::recycle(std::uint64_t first, std::uint64_t end) {
  constexpr std::uint64_t kChunkSize = std::uint64_t{1} << kChunkBits;
  if (end / kChunkSize == first / kChunkSize) return;
  std::lock_guard lock(mutex_);
  for (std::uint64_t n = first / kChunkSize * kChunkSize; n + kChunkSize <= end; n += kChunkSize) {
    Node* node = root_[(n >> (kChunkBits + kNodeBits)) & ((std::uint64_t{1} << kRootBits) - 1)].load(
        std::memory_order_relaxed);
    if (node == nullptr) continue;
    auto& place = node->chunks[(n >> kChunkBits) & ((std::uint64_t{1} << kNodeBits) - 1)];
    if (Chunk* chunk = place.exchange(nullptr, std::memory_order_acq_rel)) {
      free_chunks_.push_back(chunk);
    }
  }
}

}  // namespace transaction
