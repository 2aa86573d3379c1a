// Pages in few words, for comparing copies (messages.h). A node that scrubs sums up its own the same way.
#include <algorithm>
#include <cstring>

#include "node_impl.h"

namespace pagestore {
namespace {

using wal::raw;

// Before asking for a version of an ancestor's shard once more: none is loaded in vain for ever.
constexpr std::size_t kLoadsMax = 4 * kPagePointsMax;

// No CRC: what one that is stored has not seen the same one here would not see either. The same on all
// nodes: another one would be another version of the protocol.
std::uint64_t hash_of(const wal::Page& page) {
  std::uint64_t hash = 0x9e3779b97f4a7c15ULL;
  for (std::size_t at = 0; at < wal::kPageSize; at += sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, page.bytes.data() + at, sizeof word);
    hash = (hash ^ word) * 0xd6e8feb86659fd93ULL;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace

struct NodeCore::Impl::PageSumming {
  GroupId group;
  std::vector<PagePoint> points;
  std::function<void(PageSums, std::uint64_t bytes)> done;
  PageSums sums;
  std::uint64_t bytes = 0;    // read for it
  std::size_t next = 0;       // of the points
  std::size_t loads = 0;
  std::size_t pending = 1;    // pages being built; and the walk itself
  // Points that read the version of the point before.
  std::vector<std::size_t> repeated;
  std::shared_ptr<void> hold;
};

void NodeCore::Impl::page_sums(Token token, GetPageSums request) {
  const Timeline* const timeline = find(request.group.timeline);
  if (timeline == nullptr) return refuse(token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of it lost");
  if (is_tail()) return refuse(token, RefusalReason::not_yet, kNoPagesHere);
  if (timeline->find_segment(request.group.group) == nullptr ||
      request.truncated != newest_truncation(timeline->truncations)) {
    return refuse(token, RefusalReason::not_yet, "another history");
  }
  if (request.points.size() > kPagePointsMax) return refuse(token, RefusalReason::malformed, "too many points");
  sum_pages(request.group, std::move(request.points), [this, token](PageSums sums, std::uint64_t) {
    if (stopped) return refuse(token, RefusalReason::stopped);
    reply(token, std::move(sums));
  });
}

// What the collector keeps of it for somebody.
bool NodeCore::Impl::is_kept(const Timeline& timeline, Lsn point) const {
  // Nobody reads a dropped timeline but its children, whatever was pinned on it.
  if (!timeline.dropped && (point >= timeline.horizon || std::ranges::binary_search(timeline.pins, point))) return true;
  return std::ranges::any_of(timeline.children, [&](const auto& child) { return child.second == point; });
}

// Of a segment that is there. `bytes`: read from the disk for it.
void NodeCore::Impl::sum_pages(GroupId group, std::vector<PagePoint> points,
                               std::function<void(PageSums, std::uint64_t bytes)> done) {
  const Timeline& timeline = *find(group.timeline);
  const auto summing = std::make_shared<PageSumming>();
  summing->group = group;
  summing->points = std::move(points);
  summing->done = std::move(done);
  summing->sums.truncated = newest_truncation(timeline.truncations);
  summing->sums.scl = timeline.scl(group.group);
  summing->sums.horizon = timeline.horizon;
  summing->sums.sums.resize(summing->points.size());
  summing->hold = hold_extents();
  continue_summing(summing);
}

void NodeCore::Impl::continue_summing(const std::shared_ptr<PageSumming>& summing) {
  index_pending();
  const Timeline* const timeline = find(summing->group.timeline);
  while (summing->next < summing->points.size()) {
    // Its history is another one now, or the group is others': what was to be compared is gone.
    if (stopped || timeline == nullptr || !answers_for(summing->group.group) ||
        newest_truncation(timeline->truncations) != summing->sums.truncated) {
      break;
    }
    if (!begin_sum(summing, *timeline, summing->next)) return;  // goes on when a shard is in memory
    ++summing->next;
  }
  finish_sum(summing);
}

// Starts building the version that the point reads; false: a shard must be loaded first.
bool NodeCore::Impl::begin_sum(const std::shared_ptr<PageSumming>& summing, const Timeline& timeline,
                               std::size_t place) {
  const auto [page_no, at] = summing->points[place];
  PageSum& sum = summing->sums.sums[place];
  if (timeline.group_of(page_no) != summing->group.group) return true;
  const auto load = [&](ShardId id) {
    if (++summing->loads > kLoadsMax) return true;
    load_shard(id, [this, summing](bool ok) {
      if (!ok) ++summing->next;  // its repair has been asked for
      continue_summing(summing);
    });
    return false;
  };
  const ShardId shard_id = shard_of(timeline.id, page_no);
  const Shard* const shard = index.find(shard_id);
  if (shard != nullptr && shard->repairing) return true;
  if (shard != nullptr && !shard->loaded) return load(shard_id);
  static const std::vector<Version> none;
  const auto& versions = shard == nullptr ? none : shard->versions(page_no);
  const auto next = std::upper_bound(
      versions.begin(), versions.end(), std::min(at, summing->sums.scl).value(),
      [](std::uint64_t lsn, const Version& version) { return lsn < version.lsn; });
  // Below the horizon a page that has not changed since is as it is there.
  const bool is_the_horizons =
      !timeline.dropped && (next == versions.end() || Lsn(next->lsn) > timeline.horizon);
  if (!is_the_horizons && !is_kept(timeline, at)) return true;
  if (next == versions.begin()) {
    sum = {true, wal::kNoLsn, 0};
    return true;
  }
  const Lsn lsn(std::prev(next)->lsn);
  if (place > 0 && summing->points[place - 1].page_no == page_no && summing->sums.sums[place - 1].lsn == lsn) {
    sum.lsn = lsn;
    summing->repeated.push_back(place);
    return true;
  }
  Chain chain = find_chain(timeline, page_no, lsn, Caching::pass_by);
  if (chain.state == Chain::State::unloaded) return load(chain.shard);
  sum.lsn = lsn;
  if (chain.state != Chain::State::found) {
    // An ancestor's may still be on its way here.
    if (chain.shard.timeline == timeline.id) want_shard_repair(chain.shard);
    return true;
  }
  for (const Link& link : chain.links) summing->bytes += link.version.length;
  ++summing->pending;
  build_page(std::move(chain), [this, summing, place](const PageCache::PagePtr& page) {
    if (page != nullptr) {
      PageSum& built = summing->sums.sums[place];
      built.hash = hash_of(*page);
      built.known = true;
    }
    finish_sum(summing);
  });
  return true;
}

void NodeCore::Impl::finish_sum(const std::shared_ptr<PageSumming>& summing) {
  if (--summing->pending > 0) return;
  auto& sums = summing->sums.sums;
  for (const std::size_t place : summing->repeated) sums[place] = sums[place - 1];
  summing->hold.reset();
  summing->done(std::move(summing->sums), summing->bytes);
}

}  // namespace pagestore
