// The scrub beside other copies: what verifies here may still not be what the log makes of it, when memory
// or a processor erred where a page was folded. Segments are the same at equal LSN, so their sums are
// compared: each page as it is now, at what is pinned, and wherever an image stands for it.
//
// One other copy that agrees is enough. Where one differs all are asked; a page of which two or more
// say the same, and more than say what is here, is wrong here, and its shard is copied from those. Which of two
// is right nobody can tell; that is told to the operator, and every round asks again.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "node_impl.h"

namespace pagestore {
namespace {

using wal::raw;

constexpr std::size_t kPointsMax = 64;  // of one comparison, but for a page that has more alone

using SumKey = std::pair<Lsn, std::uint64_t>;  // what a page is there

SumKey key_of(const PageSum& sum) { return {sum.lsn, sum.hash}; }

// Both looked at the same stretch of history there.
bool is_comparable(const Comparison& comparison, std::size_t place, const PageSums& theirs) {
  const Lsn at = comparison.points[place].at;
  return comparison.own.sums[place].known && theirs.sums[place].known &&
         std::min(at, comparison.own.scl) == std::min(at, theirs.scl);
}

}  // namespace

// Takes up as many of the shard's next pages as make one comparison.
void NodeCore::Impl::compare_pages() {
  const ShardId id = scrub->shard;
  const Timeline* const timeline = find(id.timeline);
  const Shard* const shard = index.find(id);
  // (In memory it was for its versions; a checkpoint may have stored it since, and the next round comes.)
  if (timeline == nullptr || shard == nullptr || !shard->loaded || shard->repairing || timeline->damaged ||
      is_tail()) {
    scrub->compare_next = kShardPages;
    return;
  }
  const auto comparison = std::make_shared<Comparison>();
  comparison->shard = id;
  comparison->first_peer = gossip.next_source++ % gossip.peers.size();
  const Segment* segment = nullptr;
  for (; scrub->compare_next < kShardPages; ++scrub->compare_next) {
    const PageNo page_no{id.number * kShardPages + scrub->compare_next};
    const GroupId group{id.timeline, timeline->group_of(page_no)};
    if (segment == nullptr || comparison->group != group) {
      if (!comparison->points.empty()) break;
      segment = timeline->find_segment(group.group);
      comparison->group = group;
    }
    // (What is left of groups that it does not hold any more nobody keeps up.)
    if (segment != nullptr && options.held.holds(group.group) && !list_points(*comparison, *timeline, *segment, page_no)) break;
  }
  if (comparison->points.empty()) return;
  ++scrub->busy;
  sum_pages(comparison->group, comparison->points,
            [this, round = scrub, comparison](PageSums sums, std::uint64_t bytes) {
              --round->busy;
              if (round != scrub || stopped || closing) return;
              round->budget -= static_cast<std::int64_t>(bytes);
              comparison->own = std::move(sums);
              ask_for_sums(comparison);
            });
}

// The points at which the page shall be compared, the newest first, each with another version; false: there is
// no room for them any more.
bool NodeCore::Impl::list_points(Comparison& comparison, const Timeline& timeline, const Segment& segment,
                                 PageNo page_no) const {
  const auto& versions = index.find(comparison.shard)->versions(page_no);
  std::vector<Lsn> points;
  if (!timeline.dropped) {
    // A quiet group ends below the horizon: there it reads as at its end.
    const Lsn now = std::max(timeline.horizon, std::min(timeline.vdl_seen, segment.scl()));
    points.push_back(now);
    points.push_back(timeline.horizon);
    for (const Version& version : versions) {
      const Lsn lsn(version.lsn);
      if (version.kind == VersionKind::page_image && lsn > timeline.horizon && lsn < now) points.push_back(lsn);
    }
    points.insert(points.end(), timeline.pins.begin(), timeline.pins.end());
  }
  for (const auto& [child, branch] : timeline.children) points.push_back(branch);
  std::ranges::sort(points, std::greater());

  std::vector<PagePoint> chosen;
  std::optional<std::uint64_t> last;
  for (const Lsn at : points) {
    const auto next = std::upper_bound(
        versions.begin(), versions.end(), std::min(at, segment.scl()).value(),
        [](std::uint64_t lsn, const Version& version) { return lsn < version.lsn; });
    const std::uint64_t lsn = next == versions.begin() ? 0 : std::prev(next)->lsn;
    if (last == lsn || chosen.size() == kPagePointsMax) continue;
    last = lsn;
    chosen.push_back({page_no, at});
  }
  if (!comparison.points.empty() && comparison.points.size() + chosen.size() > kPointsMax) return false;
  comparison.points.insert(comparison.points.end(), chosen.begin(), chosen.end());
  return true;
}

void NodeCore::Impl::ask_for_sums(const std::shared_ptr<Comparison>& comparison) {
  const auto round = scrub;
  const std::size_t peer = (comparison->first_peer + comparison->asked++) % gossip.peers.size();
  ++round->busy;
  ask(peer, GetPageSums{comparison->group, comparison->own.truncated, comparison->points},
      [this, round, comparison, peer](Response& response) {
        --round->busy;
        if (round != scrub || stopped || closing) return;
        const auto* const theirs = std::get_if<PageSums>(&response);
        if (theirs != nullptr) learn_granted(*comparison, *theirs);
        const bool agrees = theirs != nullptr && note_sums(*comparison, peer, *theirs);
        if (!agrees && comparison->asked < gossip.peers.size()) return ask_for_sums(comparison);
        if (comparison->differs) decide(*comparison);
        if (round->busy == 0) advance_scrub();
      });
}

// Below its horizon a peer does not know any more what a page was where this node, which was not told of the grant, would
// compare it: the next round compares it above.
void NodeCore::Impl::learn_granted(const Comparison& comparison, const PageSums& theirs) {
  Timeline* const timeline = find(comparison.group.timeline);
  if (timeline == nullptr || timeline->dropped || theirs.truncated != newest_truncation(timeline->truncations)) return;
  timeline->vdl_seen = std::max(timeline->vdl_seen, theirs.horizon);
}

// Whether nobody else need be asked.
bool NodeCore::Impl::note_sums(Comparison& comparison, std::size_t peer, const PageSums& theirs) const {
  if (theirs.sums.size() != comparison.points.size() || theirs.truncated != comparison.own.truncated) return false;
  bool all = true;
  for (std::size_t i = 0; i < comparison.points.size(); ++i) {
    const bool comparable = is_comparable(comparison, i, theirs);
    // What is not known here is on its way to being repaired.
    all = all && (comparable || !comparison.own.sums[i].known);
    if (comparable && theirs.sums[i] != comparison.own.sums[i]) comparison.differs = true;
  }
  comparison.theirs.emplace_back(peer, theirs);
  return all && !comparison.differs;
}

// All have been asked, and there are two opinions at least.
void NodeCore::Impl::decide(const Comparison& comparison) {
  const Timeline* const timeline = find(comparison.group.timeline);
  // An answer of before its history changed tells nothing.
  if (timeline == nullptr || newest_truncation(timeline->truncations) != comparison.own.truncated) return;
  std::vector<std::size_t> right;  // peers that have every page that is wrong here
  bool is_wrong = false;
  for (std::size_t i = 0; i < comparison.points.size(); ++i) {
    const SumKey own = key_of(comparison.own.sums[i]);
    std::map<SumKey, std::vector<std::size_t>> votes;
    for (const auto& [peer, theirs] : comparison.theirs) {
      if (is_comparable(comparison, i, theirs)) votes[key_of(theirs.sums[i])].push_back(peer);
    }
    const std::size_t with_us = 1 + votes[own].size();
    votes.erase(own);
    if (votes.empty()) continue;
    const auto most = std::ranges::max_element(votes, {}, [](const auto& each) { return each.second.size(); });
    const auto& peers = most->second;
    const PagePoint& point = comparison.points[i];
    if (peers.size() < 2 || peers.size() <= with_us) {
      if (with_us < 2) {
        log_line(fmt::format("scrub: page {} of timeline {} at LSN {} differs from another copy's, and no third one "
                             "tells which is right",
                             raw(point.page_no), raw(comparison.group.timeline), point.at.value()));
      }
      continue;
    }
    ++scrub->damage;
    ++gossip.counters.scrub_damage;
    log_line(fmt::format("scrub: page {} of timeline {} at LSN {} is another one than on {} other copies",
                         raw(point.page_no), raw(comparison.group.timeline), point.at.value(), peers.size()));
    if (!is_wrong) {
      right = peers;
    } else {
      std::erase_if(right, [&](std::size_t peer) { return std::ranges::find(peers, peer) == peers.end(); });
    }
    is_wrong = true;
  }
  if (!is_wrong) return;
  if (right.empty()) {
    log_line("scrub: no one copy has all these pages right; the next round asks again");
    return;
  }
  want_pages_of(comparison.shard, std::move(right));
}

}  // namespace pagestore
