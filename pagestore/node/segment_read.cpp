// Reading a segment's pages for a peer that copies them (page_copy.cpp is its side).
#include <algorithm>

#include "node_impl.h"

namespace pagestore {
namespace {

using wal::raw;

constexpr unsigned kLeaseTicks = 100;
constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{4} << 20;
// Looked at for one answer, most of them not there.
constexpr std::uint32_t kShardsMax = 4096;

}  // namespace

struct NodeCore::Impl::SegmentRead {
  Token token = 0;
  ReadSegment request;
  std::vector<Lsn> points;     // ascending; the last one is `at`, unless it was dropped
  std::uint64_t through = 0;   // the last page
  std::uint64_t page = 0;      // the next one
  std::uint32_t shards = 0;    // looked at
  SegmentPages answer;
  std::size_t pending = 1;     // pages being built; and the walk itself
  bool failed = false;
  std::shared_ptr<void> hold;
};

void NodeCore::Impl::read_segment(Token token, const ReadSegment& request) {
  const Timeline* const timeline = find(request.group.timeline);
  if (timeline == nullptr) return refuse(token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of it lost");
  if (is_tail()) return refuse(token, RefusalReason::not_yet, kNoPagesHere);
  if (!answers_for(request.group.group)) return refuse(token, RefusalReason::not_yet, kHeldElsewhere);
  const Segment* const segment = timeline->find_segment(request.group.group);
  if (segment == nullptr || request.truncated != newest_truncation(timeline->truncations)) {
    return refuse(token, RefusalReason::not_yet, "another history");
  }
  // Here every page of the segment is readable now, and no log below it is needed. Nobody reads a dropped
  // timeline above its children's branches, nor announces a VDL there any more.
  const Lsn reach =
      timeline->dropped ? segment->scl() : std::min(timeline->vdl_seen, segment->scl());
  const Lsn now = timeline->dropped ? reach : std::min(timeline->horizon, reach);
  const Lsn at = request.at == wal::kNoLsn ? now : request.at;
  if (at == wal::kNoLsn || at > segment->scl()) return refuse(token, RefusalReason::not_yet, "not that far");
  const auto lease = leases.find(request.group);
  if (at < now && (lease == leases.end() || lease->second.at > at)) {
    return refuse(token, RefusalReason::below_horizon);
  }
  const std::optional<Lsn> log_from = segment->chain_point(at);
  if (!log_from) return refuse(token, RefusalReason::below_horizon, "its log is gone");
  leases[request.group] = {at, kLeaseTicks};

  const auto read = std::make_shared<SegmentRead>();
  read->token = token;
  read->request = request;
  // Of a dropped timeline only what its children need is left, nothing for its pins nor `at` itself. A group's
  // last part may well be below where they branch off; then what they read here is what `at` reads.
  const auto add_point = [&](Lsn point) {
    if (timeline->dropped) {
      read->points.push_back(std::min(point, at));
    } else if (point < at) {
      read->points.push_back(point);
    }
  };
  for (const auto& [child, branch] : timeline->children) add_point(branch);
  if (!timeline->dropped) {
    for (const Lsn pin : timeline->pins) add_point(pin);
  }
  std::ranges::sort(read->points);
  const auto twice = std::ranges::unique(read->points);
  read->points.erase(twice.begin(), twice.end());
  read->answer.at = at;
  read->answer.truncated = request.truncated;
  read->answer.pins = read->points;
  read->answer.log_from = *log_from;
  read->answer.scl = segment->scl();
  if (!timeline->dropped) read->points.push_back(at);
  read->page = raw(request.from);
  read->through = raw(request.through);
  if (timeline->pages_per_group != 0) {
    const std::uint64_t first = raw(request.group.group) * timeline->pages_per_group;
    read->page = std::max(read->page, first);
    read->through = std::min(read->through, first + timeline->pages_per_group - 1);
  }
  read->hold = hold_extents();
  continue_segment_read(read);
}

void NodeCore::Impl::continue_segment_read(const std::shared_ptr<SegmentRead>& read) {
  if (stopped) return refuse(read->token, RefusalReason::stopped);
  index_pending();
  const std::uint64_t bytes_max = std::clamp<std::uint64_t>(read->request.max_bytes,
                                                            wal::kPageSize, kAnswerBytesMax);
  const TimelineId id = read->request.group.timeline;
  if (find(id) == nullptr) return refuse(read->token, RefusalReason::unknown_timeline);
  if (!answers_for(read->request.group.group)) return refuse(read->token, RefusalReason::not_yet, kHeldElsewhere);
  while (read->page <= read->through && read->shards < kShardsMax && !read->failed &&
         read->answer.pages.size() * wal::kPageSize < bytes_max) {
    const PageNo page_no{static_cast<std::uint32_t>(read->page)};
    Shard* const shard = index.find(shard_of(id, page_no));
    if (shard == nullptr) {
      ++read->shards;
      read->page = (read->page / kShardPages + 1) * kShardPages;
      continue;
    }
    if (!read_page_versions(read, page_no)) return;  // goes on when a shard is in memory
    ++read->page;
  }
  read->answer.next = PageNo{static_cast<std::uint32_t>(read->page)};
  read->answer.last = read->page > read->through;
  if (--read->pending > 0) return;
  if (read->failed) return refuse(read->token, RefusalReason::corrupt, "a page is damaged");
  reply(read->token, std::move(read->answer));
}

// Starts building the page's versions at each point; false: a shard must be loaded first.
bool NodeCore::Impl::read_page_versions(const std::shared_ptr<SegmentRead>& read, PageNo page_no) {
  const Timeline& timeline = *find(read->request.group.timeline);
  const auto load = [&](ShardId id) {
    load_shard(id, [this, read](bool ok) {
      read->failed = read->failed || !ok;
      continue_segment_read(read);
    });
    return false;
  };
  const ShardId shard_id = shard_of(timeline.id, page_no);
  const Shard* const shard = index.find(shard_id);
  if (!shard->loaded) return load(shard_id);
  std::vector<Chain> chains;
  std::uint64_t last = 0;
  const auto& versions = shard->versions(page_no);
  for (const Lsn point : read->points) {
    const auto next = std::upper_bound(
        versions.begin(), versions.end(), point.value(),
        [](std::uint64_t lsn, const Version& version) { return lsn < version.lsn; });
    if (next == versions.begin() || std::prev(next)->lsn == last) continue;
    last = std::prev(next)->lsn;
    Chain chain = find_chain(timeline, page_no, Lsn(last));
    if (chain.state == Chain::State::unloaded) return load(chain.shard);
    if (chain.state != Chain::State::found) {
      read->failed = true;
      return true;
    }
    chains.push_back(std::move(chain));
  }
  for (Chain& chain : chains) {
    const std::size_t place = read->answer.pages.size();
    read->answer.pages.emplace_back();
    ++read->pending;
    build_page(std::move(chain), [this, read, place](PageCache::PagePtr page) {
      read->failed = read->failed || page == nullptr;
      read->answer.pages[place] = std::move(page);
      if (--read->pending > 0) return;
      if (stopped) return refuse(read->token, RefusalReason::stopped);
      if (read->failed) return refuse(read->token, RefusalReason::corrupt, "a page is damaged");
      reply(read->token, std::move(read->answer));
    });
  }
  return true;
}

void NodeCore::Impl::expire_leases(unsigned elapsed) {
  for (auto lease = leases.begin(); lease != leases.end();) {
    lease->second.ticks -= std::min(lease->second.ticks, elapsed);
    lease = lease->second.ticks == 0 ? leases.erase(lease) : std::next(lease);
  }
}

}  // namespace pagestore
