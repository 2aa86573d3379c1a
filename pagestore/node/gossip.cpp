// Telling peers what has changed, and hearing it from them (gossip.h).
#include "gossip.h"

#include <algorithm>
#include <utility>

#include "node_impl.h"
#include "wal/check.h"

namespace pagestore {
namespace {

constexpr std::size_t kDigestsMax = 256;       // in one answer
constexpr std::size_t kAgainMax = 256;         // timelines asked for once more; else: everything
constexpr std::size_t kLagsMax = 4096;
constexpr unsigned kPauseFactorMax = 16;

}  // namespace

// --- what peers are told -----------------------------------------------------------------------

void NodeCore::Impl::begin_gossip() {
  // Opening has changed everything.
  for (const auto& [id, timeline] : timelines) note_change(id);
  for (const TimelineId id : tombstones) note_change(id);
  gossip.peers.resize(options.peers);
  gossip.pause = gossip.due = options.gossip_ticks;
}

void NodeCore::Impl::note_change(TimelineId id) {
  const auto [place, is_new] = gossip.places.try_emplace(id);
  if (is_new) {
    place->second = gossip.changes.insert(gossip.changes.end(), {0, id});
  } else {
    gossip.changes.splice(gossip.changes.end(), gossip.changes, place->second);
  }
  place->second->sequence = ++gossip.last_sequence;
}

void NodeCore::Impl::changes(Token token, const GetChanges& request) {
  Changes answer;
  answer.run = options.run;
  answer.through = gossip.last_sequence;
  const auto tell = [&](TimelineId id) {
    TimelineDigest digest;
    digest.timeline = id;
    digest.kind = options.kind;
    const Timeline* const timeline = find(id);
    digest.dropped = timeline == nullptr || timeline->dropped;
    if (timeline != nullptr && timeline->created && !timeline->damaged) {
      digest.parent = timeline->parent;
      digest.branch_lsn = timeline->branch_lsn;
      digest.pages_per_group = timeline->pages_per_group;
      digest.truncated = newest_truncation(timeline->truncations);
      digest.segments.reserve(timeline->segments.size());
      for (const auto& [group, segment] : timeline->segments) {
        if (!segment.has_parts() || is_leaving(id, group)) continue;
        digest.segments.push_back({group, segment.scl(), segment.log_floor()});
      }
    }
    answer.timelines.push_back(std::move(digest));
  };
  const std::uint64_t since = request.run == options.run ? request.since : 0;
  auto first = gossip.changes.end();
  std::size_t news = 0;
  for (; first != gossip.changes.begin() && std::prev(first)->sequence > since; --first) ++news;
  answer.timelines.reserve(std::min(news, kDigestsMax) + std::min(request.again.size(), kAgainMax));
  for (; first != gossip.changes.end(); ++first) {
    if (answer.timelines.size() == kDigestsMax) {
      answer.through = std::prev(first)->sequence;
      answer.more = true;
      break;
    }
    tell(first->timeline);
  }
  for (const TimelineId id : request.again) {
    if (answer.timelines.size() >= kDigestsMax + kAgainMax) break;
    if (gossip.places.contains(id)) tell(id);
  }
  reply(token, std::move(answer));
}

void NodeCore::Impl::fetch_truncations(Token token, const FetchTruncations& request) {
  const Timeline* const timeline = find(request.timeline);
  if (timeline == nullptr) return refuse(token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of it lost");
  reply(token, Truncations{request.timeline, timeline->truncations});
}

// --- what peers tell ---------------------------------------------------------------------------

void NodeCore::Impl::ask(std::size_t peer, Request request, std::function<void(Response&)> then) {
  const std::uint64_t id = ++gossip.last_id;
  gossip.waiting.emplace(id, std::move(then));
  io.out().peer_requests.push_back({id, peer, std::move(request)});
}

unsigned NodeCore::Impl::peer_ticks_until_due() const {
  if (gossip.peers.empty() || closing || log.failed()) return 0;
  const bool busy = !gossip.lags.empty() || !rejoin.timelines.empty() || shard_repair != nullptr || scrub != nullptr || !shards_wanted.empty();
  return busy ? 1 : std::max(gossip.due, 1u);
}

void NodeCore::Impl::tick_peers(unsigned elapsed) {
  expire_leases(elapsed);
  if (gossip.peers.empty() || closing || stopped || log.failed()) return;
  const auto rate = static_cast<std::int64_t>(options.repair_bytes_per_tick);
  gossip.budget = std::min(gossip.budget + rate * elapsed, 2 * rate);
  for (auto& [group, lag] : gossip.lags) lag.age += elapsed;
  step_rejoin();
  step_catch_up();
  step_copies();
  step_shard_repair(elapsed);
  step_scrub(elapsed);
  gossip.due -= std::min(gossip.due, elapsed);
  if (gossip.due > 0) return;
  const bool news = std::ranges::any_of(
      gossip.peers, [](const Gossip::Peer& peer) { return peer.news || peer.from_beginning || !peer.again.empty(); });
  gossip.pause = news ? options.gossip_ticks
                      : std::min(gossip.pause * 2, options.gossip_ticks * kPauseFactorMax);
  gossip.due = gossip.pause;
  for (std::size_t i = 0; i < gossip.peers.size(); ++i) {
    const std::size_t peer = gossip.next_peer++ % gossip.peers.size();
    if (gossip.peers[peer].asked) continue;
    return ask_for_changes(peer);
  }
}

void NodeCore::Impl::ask_for_changes(std::size_t number) {
  Gossip::Peer& peer = gossip.peers[number];
  peer.asked = true;
  peer.news = false;
  if (std::exchange(peer.from_beginning, false)) peer.since = 0;
  GetChanges request{peer.run, peer.since, {}};
  const auto again = std::exchange(peer.again, {});
  request.again.assign(again.begin(), again.end());
  ask(number, std::move(request), [this, number, again](Response& response) {
    Gossip::Peer& asked = gossip.peers[number];
    asked.asked = false;
    if (const auto* changes = std::get_if<Changes>(&response)) return on_changes(number, *changes);
    for (const TimelineId id : again) ask_again(id);
  });
}

void NodeCore::Impl::on_changes(std::size_t number, const Changes& changes) {
  Gossip::Peer& peer = gossip.peers[number];
  if (peer.run != changes.run) peer.since = 0;
  peer.run = changes.run;
  peer.news = !changes.timelines.empty();
  // (Of a run that it did not know the peer has told everything from the beginning.)
  peer.since = changes.through;
  for (const TimelineDigest& digest : changes.timelines) on_digest(number, digest);
  if (changes.more && !closing) ask_for_changes(number);
}

void NodeCore::Impl::ask_again(TimelineId id, std::optional<std::size_t> not_of) {
  for (std::size_t i = 0; i < gossip.peers.size(); ++i) {
    if (not_of == i) continue;
    Gossip::Peer& peer = gossip.peers[i];
    peer.again.insert(id);
    if (peer.again.size() <= kAgainMax) continue;
    peer.again.clear();
    peer.from_beginning = true;
  }
}

void NodeCore::Impl::on_digest(std::size_t peer, const TimelineDigest& digest) {
  const TimelineId id = digest.timeline;
  if (tombstones.contains(id)) return;
  Timeline* timeline = find(id);
  const bool name_only = digest.pages_per_group == 0 && digest.segments.empty();
  if (!name_only && !digest.dropped) keep_parent(digest.parent);
  if (timeline == nullptr) {
    // What was dropped on a write quorum stays dropped whoever comes in the place of one of them.
    if (name_only && digest.dropped) drop(kNobody, {id});
    if (name_only) return;
    if (digest.parent != wal::kNoTimeline) {
      const Timeline* const parent = find(digest.parent);
      if (parent == nullptr || is_going(*parent)) {
        ask_again(id);  // its parent is told of later, or will be, perhaps anew
        return;
      }
    }
    create(kNobody, {id, digest.parent, digest.branch_lsn, digest.pages_per_group});
    timeline = find(id);
    // Another peer may have told before that it was dropped; then that meant nothing here.
    ask_again(id, peer);
    if (timeline == nullptr) return;
  }
  if (digest.dropped && !timeline->staged_drop) {
    // What is kept there is kept for a child. That must be known here first: what has no child is gone
    // with its drop.
    if (name_only || !timeline->children.empty()) {
      drop(kNobody, {id});
    } else {
      ask_again(id);
    }
    if (name_only) return;
  }
  if (!timeline->takes_from_peers() || name_only) return;
  note_told(peer, digest);
  const Epoch newest = newest_truncation(timeline->staged_truncations);
  if (digest.truncated > newest) return learn_truncations(peer, id);
  // A peer with an older list learns ours; until then what it has may be annulled.
  if (digest.truncated < newest) return;
  for (const TimelineDigest::SegmentEnd& theirs : digest.segments) {
    if (!options.held.holds(theirs.group)) continue;
    if (theirs.scl <= timeline->scl(theirs.group)) continue;
    const GroupId group{id, theirs.group};
    if (gossip.lags.size() >= kLagsMax && !gossip.lags.contains(group)) {
      ask_again(id);
      continue;
    }
    auto& sources = gossip.lags[group].sources;
    std::erase_if(sources, [&](const SegmentLag::Source& source) { return source.peer == peer; });
    sources.push_back({peer, theirs.scl, theirs.log_floor, digest.kind});
  }
}

// A child keeps its parent, dropped or not. Where only the drop was found in a damaged log, and not the
// creations before it, the parent is a mere name, and its peers have it: it is created anew.
void NodeCore::Impl::keep_parent(TimelineId parent) {
  if (parent == wal::kNoTimeline || tombstones.erase(parent) == 0) return;
  checkpoint_wanted = true;  // and forgets the name on disk, too
  shortcuts.forget_all();
  ask_again(parent);
}

// What the writer of the newest truncation said, or would have said, to this node itself. Like its
// own word it is refused once a newer writer has sealed this node.
void NodeCore::Impl::learn_truncations(std::size_t peer, TimelineId id) {
  if (!gossip.learning.insert(id).second) return;
  ask(peer, FetchTruncations{id}, [this, id](Response& response) {
    gossip.learning.erase(id);
    auto* const answer = std::get_if<Truncations>(&response);
    Timeline* const timeline = find(id);
    if (answer == nullptr || answer->truncations.empty() || timeline == nullptr) return ask_again(id);
    if (!timeline->takes_from_peers()) return;
    const Truncation newest = answer->truncations.back();
    if (newest.epoch <= newest_truncation(timeline->staged_truncations) ||
        newest.epoch < timeline->staged_epoch) {
      return;
    }
    const Truncate request{id, newest.epoch, newest.after, newest.to,
                           std::move(answer->truncations)};
    if (!contradiction(request, *timeline).empty()) return;
    timeline->staged_epoch = newest.epoch;
    stage_truncation(kNobody, *timeline, request);
  });
}

}  // namespace pagestore
