// Which pages a history wrote to since a point of its past: their versions' places tell, no page
// is read. The newest version at or below a point that is kept is never collected, so pages whose
// changes in between were given up are found all the same.
#include <algorithm>

#include "node_impl.h"

namespace pagestore {
namespace {

// Looked at for one answer: a shard's worth of look-ups each, most of them misses.
constexpr std::uint32_t kShardsPerAnswer = 4096;

bool has_version_in(const std::vector<Version>& versions, Lsn after, Lsn through) {
  const auto next = std::upper_bound(
      versions.begin(), versions.end(), through.value(),
      [](std::uint64_t lsn, const Version& version) { return lsn < version.lsn; });
  return next != versions.begin() && std::prev(next)->lsn > after.value();
}

}  // namespace

void NodeCore::Impl::find_changes(Token token, const FindChanges& request) {
  if (stopped) return refuse(token, RefusalReason::stopped);
  if (is_tail()) return refuse(token, RefusalReason::not_yet, kNoPagesHere);
  if (!answers_for(request.group.group)) return refuse(token, RefusalReason::not_yet, kHeldElsewhere);
  const Timeline* const timeline = find_open(request.group.timeline);
  if (timeline == nullptr) return refuse(token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of it lost");
  if (request.run != 0 && request.run != options.run) {
    return refuse(token, RefusalReason::opened_anew, "opened anew");
  }
  if (request.read_point < timeline->horizon) {
    return refuse(token, RefusalReason::below_horizon);
  }
  if (!scl_reached(*timeline, request.group.group, request.required_scl)) {
    return refuse(token, RefusalReason::not_yet, "log not here yet");
  }
  index_pending();

  // Whose own versions count, and which.
  struct Stretch {
    TimelineId timeline;
    Lsn after;
    Lsn through;
  };
  std::vector<Stretch> stretches;
  Lsn through = request.read_point;
  for (const Timeline* level = timeline;; level = find(level->parent)) {
    const bool is_base = level->id == request.base;
    const Lsn after = is_base ? request.after : level->branch_lsn;
    if (after < through) stretches.push_back({level->id, after, through});
    if (is_base) break;
    if (level->parent == wal::kNoTimeline) {
      return refuse(token, RefusalReason::malformed, "no descendant of that timeline");
    }
    through = std::min(through, level->branch_lsn);
  }

  std::uint64_t page = wal::raw(request.from);
  std::uint64_t end = std::uint64_t{wal::raw(request.through)} + 1;
  if (timeline->pages_per_group != 0) {
    const std::uint64_t first = wal::raw(request.group.group) * timeline->pages_per_group;
    page = std::max(page, first);
    end = std::min(end, first + timeline->pages_per_group);
  }
  struct Found {
    const Shard* shard;
    Lsn after;
    Lsn through;
  };
  std::vector<Found> found;   // the stretches that have the shard at hand
  ChangedPages answer;
  ++use_clock;
  for (std::uint32_t shards = 0; page < end && shards < kShardsPerAnswer; ++shards) {
    const auto number = static_cast<std::uint32_t>(page / kShardPages);
    const std::uint64_t shard_end = std::min<std::uint64_t>((page / kShardPages + 1) * kShardPages, end);
    found.clear();
    for (const Stretch& stretch : stretches) {
      Shard* const shard = index.find({stretch.timeline, number});
      if (shard == nullptr) continue;
      if (!shard->loaded) {
        // Starts anew where it stands, with what was found so far given away.
        if (!answer.pages.empty()) {
          answer.next = PageNo{static_cast<std::uint32_t>(page)};
          return reply(token, std::move(answer));
        }
        FindChanges rest = request;
        rest.from = PageNo{static_cast<std::uint32_t>(page)};
        return load_shard({stretch.timeline, number}, [this, token, rest](bool ok) {
          if (ok) return find_changes(token, rest);
          refuse(token, RefusalReason::corrupt, "page index damaged on disk");
        });
      }
      shard->last_used = use_clock;
      found.push_back({shard, stretch.after, stretch.through});
    }
    for (; !found.empty() && page < shard_end; ++page) {
      const PageNo page_no{static_cast<std::uint32_t>(page)};
      if (std::ranges::any_of(found, [&](const Found& at) {
            return has_version_in(at.shard->versions(page_no), at.after, at.through);
          })) {
        answer.pages.push_back(page_no);
      }
    }
    page = shard_end;
  }
  answer.next = PageNo{static_cast<std::uint32_t>(std::min<std::uint64_t>(page, ~std::uint32_t{0}))};
  answer.last = page >= end;
  reply(token, std::move(answer));
}

}  // namespace pagestore
