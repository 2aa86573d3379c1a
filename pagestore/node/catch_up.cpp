// Fetching from peers the log that a segment lacks.
#include <algorithm>
#include <tuple>

#include "node_impl.h"

namespace pagestore {
namespace {

constexpr std::size_t kFetchesMax = 4;
constexpr std::uint64_t kFetchBytes = std::uint64_t{1} << 20;

}  // namespace

void NodeCore::Impl::step_catch_up() {
  for (auto at = gossip.lags.begin(); at != gossip.lags.end();) {
    const GroupId group = at->first;
    SegmentLag& lag = at->second;
    const Timeline* const timeline = find(group.timeline);
    const Lsn scl = timeline == nullptr ? wal::kMaxLsn : timeline->scl(group.group);
    if (!lag.fetching) {
      std::erase_if(lag.sources,
                    [&](const SegmentLag::Source& source) { return source.scl <= scl; });
    }
    const bool is_held = options.held.holds(group.group);
    if ((lag.sources.empty() || !is_held) && !lag.fetching) {
      at = gossip.lags.erase(at);
      continue;
    }
    ++at;
    if (lag.fetching || lag.age < options.behind_ticks) continue;
    if (gossip.fetches >= kFetchesMax || gossip.budget <= 0) continue;
    // Log from whoever has it; pages from one that is full.
    const auto best = std::ranges::max_element(
        lag.sources, {}, [&](const SegmentLag::Source& source) {
          return std::tuple(source.log_floor <= scl, source.kind == SegmentKind::full, source.scl);
        });
    if (best->log_floor <= scl) {
      fetch_from_peer(group, best->peer, scl);
    } else if (best->kind == SegmentKind::full) {
      begin_copy(group, best->peer);
    }
  }
}

void NodeCore::Impl::fetch_from_peer(GroupId group, std::size_t peer, Lsn from) {
  gossip.lags.at(group).fetching = true;
  ++gossip.fetches;
  gossip.budget -= static_cast<std::int64_t>(kFetchBytes);
  ask(peer, FetchLog{group, from, kFetchBytes}, [this, group, peer](Response& response) {
    --gossip.fetches;
    gossip.budget += static_cast<std::int64_t>(kFetchBytes);  // what came is taken off below
    const auto lag = gossip.lags.find(group);
    if (lag == gossip.lags.end()) return;
    lag->second.fetching = false;
    if (const auto* refusal = std::get_if<Refusal>(&response);
        refusal != nullptr && refusal->reason == RefusalReason::below_horizon) {
      for (SegmentLag::Source& source : lag->second.sources) {
        if (source.peer == peer) source.log_floor = wal::kMaxLsn;
      }
      return;
    }
    auto* const answer = std::get_if<LogParts>(&response);
    if (answer == nullptr || answer->parts.empty()) return give_up_source(group, peer);
    std::uint64_t bytes = 0;
    bool taken = false;
    for (std::size_t i = 0; i < answer->parts.size(); ++i) {
      LogPart& part = answer->parts[i];
      if (part.group != group || !part.records) break;
      const std::uint64_t size = part.records->size();
      std::function<void()> then;
      if (i + 1 == answer->parts.size()) {
        // The next piece when this one is in place.
        then = [this, group] {
          const auto waiting = gossip.lags.find(group);
          if (waiting == gossip.lags.end()) return;
          waiting->second.fetching = false;
          step_catch_up();
        };
      }
      const bool last = then != nullptr;
      if (!take_from_peer(std::move(part), answer->truncated, std::move(then))) continue;
      bytes += size;
      taken = true;
      if (last) gossip.lags.at(group).fetching = true;
    }
    gossip.counters.log_bytes_fetched += bytes;
    gossip.budget -= static_cast<std::int64_t>(bytes);
    if (!taken) give_up_source(group, peer);
  });
}

// It may be better later: the peer is asked about the timeline once more.
void NodeCore::Impl::give_up_source(GroupId group, std::size_t peer) {
  std::erase_if(gossip.lags.at(group).sources,
                [&](const SegmentLag::Source& source) { return source.peer == peer; });
  gossip.peers[peer].again.insert(group.timeline);
}

// As if the part's writer had sent it when it sent it to the peer: while both nodes hold the same
// list of truncations, what one of them has not annulled the other one may have. A node that was
// sealed since, and not yet truncated, takes it, too: its truncation will find it.
bool NodeCore::Impl::take_from_peer(LogPart part, Epoch truncated, std::function<void()> then) {
  if (log.failed()) return false;
  Timeline* const timeline = find(part.group.timeline);
  if (timeline == nullptr || !timeline->takes_from_peers() || !timeline->created) return false;
  if (truncated != newest_truncation(timeline->staged_truncations)) return false;
  if (timeline->staged_log && part.epoch > timeline->staged_epoch) return false;
  if (part.end <= part.begin || part.prev_part_end > part.begin ||
      part.prev_part_end < timeline->branch_lsn || part.parts == 0 ||
      is_annulled(part.end, timeline->staged_truncations)) {
    return false;
  }
  if (const Segment* segment = timeline->find_segment(part.group.group);
      segment != nullptr && segment->holds(part)) {
    return false;
  }
  RecordRefs refs = parse_records(part, *timeline);
  if (refs == nullptr) return false;
  timeline->staged_epoch = std::max(timeline->staged_epoch, part.epoch);
  if (!timeline->staged_log) {
    timeline->staged_truncation = std::max(timeline->staged_truncation, part.epoch);
  }
  timeline->staged_log = true;
  LogItem item{OutgoingEntry(EntryKind::part, part_header(part), part.records),
               PartEffect{std::move(part), std::move(refs)}, {}, {}};
  if (then) {
    item.then = [this, effect = item.effect, then = std::move(then)](LogPosition at,
                                                                     std::uint32_t size) {
      apply(effect, at, size);
      then();
    };
  }
  log.append(std::move(item));
  return true;
}

}  // namespace pagestore
