// Taking a page from another copy in the place of what is damaged here.
#include <algorithm>

#include <fmt/format.h>

#include "node_impl.h"

namespace pagestore {

using wal::raw;

void NodeCore::Impl::repair_page(Token token, const RepairPage& request) {
  if (stopped) return refuse(token, RefusalReason::stopped);
  if (is_tail()) return refuse(token, RefusalReason::malformed, kNoPagesHere);
  if (log.failed()) return refuse(token, RefusalReason::disk_failed, failure);
  const Timeline* timeline = find_open(request.group.timeline);
  if (timeline == nullptr) return refuse(token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of it lost");
  if (request.epoch != timeline->staged_epoch) {
    return refuse(token, RefusalReason::stale_epoch, {}, timeline->staged_epoch);
  }
  if (request.page == nullptr || request.page->header().page_no != raw(request.page_no) ||
      timeline->group_of(request.page_no) != request.group.group) {
    return refuse(token, RefusalReason::malformed, "not that page");
  }
  // The version may be an ancestor's.
  const Lsn lsn = request.page->lsn();
  Lsn limit = request.read_point;
  while (lsn <= timeline->branch_lsn && timeline->parent != wal::kNoTimeline) {
    limit = std::min(limit, timeline->branch_lsn);
    timeline = find(timeline->parent);
  }
  index_pending();
  const ShardId shard_id = shard_of(timeline->id, request.page_no);
  Shard* const shard = index.find(shard_id);
  if (shard != nullptr && !shard->loaded) {
    return load_shard(shard_id, [this, token, request](bool ok) {
      if (ok) return repair_page(token, request);
      refuse(token, RefusalReason::corrupt, "page index damaged on disk");
    });
  }
  if (shard == nullptr || lsn > timeline->vdl_seen) {
    return refuse(token, RefusalReason::malformed, "no such version here");
  }
  const auto& versions = shard->versions(request.page_no);
  const auto next = std::upper_bound(
      versions.begin(), versions.end(), limit.value(),
      [](std::uint64_t at, const Version& version) { return at < version.lsn; });
  if (next == versions.begin() || std::prev(next)->lsn != lsn.value()) {
    return refuse(token, RefusalReason::malformed, "another version is here");
  }
  const ImageHeader header{raw(timeline->id), lsn.value(), raw(request.page_no), 0};
  const ImageEffect effect{timeline->id, request.page_no, lsn};
  LogItem item{OutgoingEntry(EntryKind::page_image, header,
                             std::make_shared<const std::vector<std::byte>>(
                                 codec.compress(*request.page))),
               effect, token, {}};
  item.then = [this, effect](LogPosition at, std::uint32_t size) {
    apply(effect, at, size);
    log_line(fmt::format("page {} of timeline {} at LSN {} was repaired from another copy",
                         raw(effect.page_no), raw(effect.timeline), effect.lsn.value()));
  };
  log.append(std::move(item));
}

}  // namespace pagestore
