#include "page_index.h"

#include <algorithm>

namespace pagestore {
namespace {

bool before(const Version& a, const Version& b) {
  if (a.lsn != b.lsn) return a.lsn < b.lsn;
  return (a.kind == VersionKind::page_image) < (b.kind == VersionKind::page_image);
}

}  // namespace

void Shard::put(PageNo page, const Version& version) {
  std::vector<Version>& list = versions(page);
  if (list.empty() || before(list.back(), version)) {  // nearly always
    list.push_back(version);
    return;
  }
  const auto at = std::lower_bound(list.begin(), list.end(), version, before);
  if (at != list.end() && !before(version, *at)) {
    *at = version;
  } else {
    list.insert(at, version);
  }
}

void Shard::remove(PageNo page, Lsn lsn) {
  std::erase_if(versions(page),
                [&](const Version& version) { return version.lsn == lsn.value(); });
}

Shard& PageIndex::shard(ShardId id) {
  auto& slot = shards_[id];
  if (!slot) slot = std::make_unique<Shard>();
  return *slot;
}

Shard* PageIndex::find(ShardId id) {
  const auto found = shards_.find(id);
  return found == shards_.end() ? nullptr : found->second.get();
}

const Shard* PageIndex::find(ShardId id) const {
  const auto found = shards_.find(id);
  return found == shards_.end() ? nullptr : found->second.get();
}

void PageIndex::erase_timeline(TimelineId timeline) {
  boost::unordered::erase_if(shards_,
                             [&](const auto& item) { return item.first.timeline == timeline; });
}

}  // namespace pagestore
