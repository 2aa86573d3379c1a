// A timeline of which this node may have lost promises - seals, truncations, log that it acknowledged -
// takes no part in anything until its peers have made it whole again.
//
//  1. At opening all that is here of it is forgotten. It stays `damaged`: every request of writers and
//     readers is refused, so that no takeover counts on this copy.
//  2. Its list of truncations, log and pages come from peers like those of any node that lags.
//  3. A write quorum had acknowledged whatever this node did, or was sealed with it: so any three of the
//     other five, with a full one among them, include one that knows of each of its promises. When it has all that
//     three such of each six that it is in told since this opening (of all its peers all but two, where it does not
//     know who they are), it knows them, too. One entry (rejoined) says so and raises the epoch to the
//     highest among them. Who has taken another's place since the promise counts among the three: it has
//     that other's log and truncations, and took over their seals before it got the place
//     (control/node_replacement.h).
//
// The entry is written only when a checkpoint since the opening has left the damage behind.
#include <algorithm>
#include <map>
#include <ranges>
#include <vector>

#include <fmt/format.h>

#include "node_impl.h"

namespace pagestore {
namespace {

using wal::raw;

constexpr std::size_t kPeersHeardMin = kReadQuorum;
constexpr std::size_t kPeersUnheardMax = kCopies - 1 - kPeersHeardMin;

// Whether any promise of this node's, made to a quorum of any six that it is in, is known to one of these peers.
using Heard = std::map<std::size_t, SegmentKind>;  // by peer
bool meet_every_promise(const Heard& heard, const SetMates& mates, std::size_t peers) {
  const auto is_full = [&](std::size_t peer) {
    const auto found = heard.find(peer);
    return found != heard.end() && found->second == SegmentKind::full;
  };
  if (heard.size() < kPeersHeardMin) return false;
  if (mates.empty()) {
    return heard.size() + kPeersUnheardMax >= peers && std::ranges::any_of(std::views::keys(heard), is_full);
  }
  return std::ranges::all_of(mates, [&](const std::vector<std::size_t>& six) {
    const auto count = std::ranges::count_if(six, [&](std::size_t peer) { return heard.contains(peer); });
    return static_cast<std::size_t>(count) >= kPeersHeardMin && std::ranges::any_of(six, is_full);
  });
}

}  // namespace

void NodeCore::Impl::begin_rejoining() {
  if (options.peers == 0) return;  // alone, nobody can help
  rejoin.after_checkpoint = root.sequence + 1;
  for (auto& [id, timeline] : timelines) {
    if (!timeline->damaged) continue;
    to_index.erase_timeline(id);
    index.erase_timeline(id);
    timeline->segments.clear();
    timeline->truncations.clear();
    timeline->staged_truncations.clear();
    timeline->pins.clear();
    timeline->staged_pins.clear();
    timeline->epoch = timeline->staged_epoch = timeline->previous_epoch = Epoch{};
    timeline->ready_epoch = timeline->staged_truncation = Epoch{};
    timeline->horizon = timeline->staged_horizon = timeline->vdl_seen = timeline->branch_lsn;
    timeline->has_log = timeline->staged_log = false;
    timeline->rejoining = true;
    rejoin.timelines.emplace(id, Rejoin::Told{});
    checkpoint_wanted = true;
  }
}

void NodeCore::Impl::note_told(std::size_t peer, const TimelineDigest& digest) {
  const auto told = rejoin.timelines.find(digest.timeline);
  if (told != rejoin.timelines.end()) told->second[peer] = digest;
}

void NodeCore::Impl::step_rejoin() {
  if (rejoin.timelines.empty()) return;
  for (std::size_t peer = 0; peer < gossip.peers.size(); ++peer) {
    if (rejoin.asked.contains(peer)) continue;
    rejoin.asked.insert(peer);
    ask(peer, GetStatus{}, [this, peer](Response& response) {
      const auto* const status = std::get_if<NodeStatus>(&response);
      if (status == nullptr) {
        rejoin.asked.erase(peer);  // the next tick
        return;
      }
      auto& epochs = rejoin.epochs[peer];
      for (const TimelineStatus& row : status->timelines) epochs[row.timeline] = row.epoch;
      // One that was down has yet to be told of some: it is asked again.
      const bool knows_all = std::ranges::all_of(
          rejoin.timelines, [&](const auto& each) { return epochs.contains(each.first); });
      if (!knows_all) rejoin.asked.erase(peer);
    });
  }
  for (auto at = rejoin.timelines.begin(); at != rejoin.timelines.end();) {
    const Timeline* const timeline = find(at->first);
    if (timeline == nullptr || !timeline->damaged) {
      at = rejoin.timelines.erase(at);
      continue;
    }
    for (const auto& [peer, digest] : at->second) {  // it learned of the timeline after it was asked
      const auto epochs = rejoin.epochs.find(peer);
      if (epochs != rejoin.epochs.end() && !epochs->second.contains(at->first)) {
        rejoin.epochs.erase(epochs);
        rejoin.asked.erase(peer);
      }
    }
    const Timeline* const parent = find(timeline->parent);
    const bool on_ground = timeline->parent == wal::kNoTimeline || (parent != nullptr && !parent->damaged);
    const auto epoch = on_ground && !rejoin.writing.contains(at->first) &&
                               root.sequence >= rejoin.after_checkpoint
                           ? promised_epoch(*timeline, at->second)
                           : std::nullopt;
    if (epoch) write_rejoined(*timeline, *epoch);
    ++at;
  }
}

// Nullopt: not yet as whole as enough peers are.
std::optional<Epoch> NodeCore::Impl::promised_epoch(const Timeline& timeline,
                                                    const Rejoin::Told& told) const {
  Epoch epoch = newest_truncation(timeline.truncations);
  Heard heard;
  for (const auto& [peer, digest] : told) {
    const auto statuses = rejoin.epochs.find(peer);
    if (statuses == rejoin.epochs.end()) continue;
    const auto status = statuses->second.find(timeline.id);
    if (status == statuses->second.end()) continue;
    const Epoch newest = newest_truncation(timeline.staged_truncations);
    if (digest.truncated > newest || newest != newest_truncation(timeline.truncations)) {
      return std::nullopt;
    }
    // One that is behind the others, perhaps because a writer that is no more has fenced it off, says
    // nothing of what they promised: it does not count.
    if (digest.truncated < newest) continue;
    for (const TimelineDigest::SegmentEnd& segment : digest.segments) {
      if (!options.held.holds(segment.group)) continue;  // no promise of this node's
      if (timeline.scl(segment.group) < segment.scl) return std::nullopt;
    }
    epoch = std::max(epoch, status->second);
    heard.emplace(peer, digest.kind);
  }
  if (!meet_every_promise(heard, options.mates, gossip.peers.size())) return std::nullopt;
  return epoch;
}

void NodeCore::Impl::write_rejoined(const Timeline& timeline, Epoch epoch) {
  rejoin.writing.insert(timeline.id);
  const TimelineChange change{.timeline = raw(timeline.id), .epoch = raw(epoch)};
  LogItem item{OutgoingEntry(EntryKind::rejoined, change),
               ChangeEffect{EntryKind::rejoined, change, {}, {}}, {}, {}};
  item.then = [this, id = timeline.id, effect = item.effect](LogPosition at, std::uint32_t size) {
    apply(effect, at, size);
    rejoin.timelines.erase(id);
    rejoin.writing.erase(id);
    log_line(fmt::format("timeline {} is whole again and takes part", raw(id)));
    note_change(id);
    ask_again(id);
  };
  log.append(std::move(item));
}

}  // namespace pagestore
