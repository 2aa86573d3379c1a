// Materialisation: page images in the log, so that no read has to apply a long chain and history
// below the horizon can go.
#include <algorithm>

#include "node_impl.h"
#include "wal/check.h"

namespace pagestore {
namespace {

constexpr std::size_t kJobsMax = 20'000;
constexpr std::size_t kRunningMax = 8;

}  // namespace

void NodeCore::Impl::want_image(TimelineId timeline, PageNo page_no, Lsn at_most) {
  if (image_jobs.size() >= kJobsMax || !images_wanted.emplace(timeline, page_no).second) return;
  image_jobs.push_back({timeline, page_no, at_most});
}

bool NodeCore::Impl::step_images(bool idle) {
  if (images_running >= kRunningMax || image_jobs.empty() || log.failed()) return false;
  // Clients go first: while they are busy, images take no more of the log than they do.
  if (!idle && image_budget <= 0) return false;
  const ImageJob job = image_jobs.front();
  image_jobs.pop_front();
  ++images_running;
  images_under_way.emplace(job.timeline, job.page_no);
  make_image(job.timeline, job.page_no, job.at_most);
  return images_running < kRunningMax && !image_jobs.empty();
}

void NodeCore::Impl::retry_images(TimelineId timeline) {
  if (images_above_vdl.empty()) return;
  const auto waiting = images_above_vdl.extract(timeline);
  if (waiting.empty()) return;
  for (const PageNo page_no : waiting.mapped()) want_image(timeline, page_no, wal::kMaxLsn);
}

void NodeCore::Impl::make_image(TimelineId timeline_id, PageNo page_no, Lsn at_most) {
  const auto done = [this, timeline_id, page_no] {
    --images_running;
    images_under_way.erase({timeline_id, page_no});
    images_wanted.erase({timeline_id, page_no});
  };
  const Timeline* const timeline = find(timeline_id);
  const ShardId shard_id = shard_of(timeline_id, page_no);
  Shard* const shard = index.find(shard_id);
  if (timeline == nullptr || timeline->damaged || shard == nullptr) return done();
  if (!answers_for(timeline->group_of(page_no))) return done();  // it is about to go
  if (!shard->loaded) {
    return load_shard(shard_id, [this, timeline_id, page_no, at_most, done](bool ok) {
      if (!ok || index.find(shard_of(timeline_id, page_no)) == nullptr) return done();
      make_image(timeline_id, page_no, at_most);
    });
  }
  // Never above the VDL: a truncation annuls log, not images.
  const Lsn limit = std::min(at_most, timeline->vdl_seen);
  const auto& versions = shard->versions(page_no);
  const auto next = std::upper_bound(
      versions.begin(), versions.end(), limit.value(),
      [](std::uint64_t lsn, const Version& version) { return lsn < version.lsn; });
  if (next == versions.begin()) {
    if (!versions.empty() && at_most > timeline->vdl_seen && images_above_vdl.size() < kJobsMax) {
      images_above_vdl[timeline_id].insert(page_no);
    }
    return done();
  }
  if (std::prev(next)->kind != VersionKind::record) return done();
  const Lsn lsn(std::prev(next)->lsn);

  Chain chain = find_chain(*timeline, page_no, lsn);
  if (chain.state == Chain::State::unloaded) {  // an ancestor's
    return load_shard(chain.shard, [this, timeline_id, page_no, at_most, done](bool ok) {
      if (!ok) return done();
      make_image(timeline_id, page_no, at_most);
    });
  }
  if (chain.state != Chain::State::found) return done();
  build_page(std::move(chain), [this, timeline_id, page_no, lsn,
                                done](const PageCache::PagePtr& page) {
    if (page == nullptr || log.failed()) return done();
    auto body = std::make_shared<const std::vector<std::byte>>(codec.compress(*page));
    const ImageHeader header{wal::raw(timeline_id), lsn.value(), wal::raw(page_no), 0};
    LogItem item{OutgoingEntry(EntryKind::page_image, header, std::move(body)),
                 ImageEffect{timeline_id, page_no, lsn}, {}, {}};
    image_budget -= static_cast<std::int64_t>(item.entry->size());
    item.then = [this, done, effect = item.effect](LogPosition at, std::uint32_t size) {
      apply(effect, at, size);
      done();
    };
    log.append(std::move(item));
  });
}

}  // namespace pagestore
