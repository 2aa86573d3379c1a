#include "page_index.h"

#include <algorithm>
#include <utility>

#include "wal/check.h"

namespace pagestore {
namespace {

bool before(const Version& a, const Version& b) {
  if (a.lsn != b.lsn) return a.lsn < b.lsn;
  return (a.kind == VersionKind::page_image) < (b.kind == VersionKind::page_image);
}

}  // namespace

void Shard::put(PageNo page, const Version& version) {
  std::vector<Version>& list = contents().pages[wal::raw(page) % kShardPages];
  std::uint32_t& unstored_from = contents_->unstored_from[wal::raw(page) % kShardPages];
  const auto note = [&](std::size_t at) {
    if (!version.stored()) unstored_from = std::min(unstored_from, static_cast<std::uint32_t>(at));
  };
  dirty = dirty || !version.stored();
  if (list.size() == list.capacity()) {
    // Millions of short lists: by half, where a vector of itself would double.
    const std::size_t before = list.capacity();
    list.reserve(before + before / 2 + 2);
    room_ += list.capacity() - before;
  }
  if (list.empty() || before(list.back(), version)) {  // nearly always
    note(list.size());
    list.push_back(version);
    ++count_;
    return;
  }
  const auto at = std::lower_bound(list.begin(), list.end(), version, before);
  note(static_cast<std::size_t>(at - list.begin()));
  if (at != list.end() && !before(version, *at)) {
    *at = version;
  } else {
    list.insert(at, version);
    ++count_;
  }
}

void Shard::remove(PageNo page, Lsn lsn) {
  count_ -= std::erase_if(change_versions(page), [&](const Version& version) {
    if (version.lsn != lsn.value()) return false;
    rewrite = rewrite || version.stored();
    return true;
  });
}

Shard::ChainSize Shard::lengthen(PageNo page, const Version& version) {
  ChainSize& chain = contents().chains[wal::raw(page) % kShardPages];
  if (version.is_base()) {
    chain = {};
  } else {
    ++chain.records;
    chain.bytes += version.length;
  }
  return chain;
}

void Shard::shorten(PageNo page) {
  ChainSize& chain = contents().chains[wal::raw(page) % kShardPages];
  chain = {};
  const auto& list = versions(page);
  for (auto it = list.rbegin(); it != list.rend() && !it->is_base(); ++it) {
    ++chain.records;
    chain.bytes += it->length;
  }
}

void Shard::recount() {
  count_ = room_ = 0;
  if (contents_ == nullptr) return;
  for (const auto& list : contents_->pages) {
    count_ += list.size();
    room_ += list.capacity();
  }
}

Shard::Unstored Shard::count_unstored(std::uint64_t lsn) const {
  Unstored count;
  if (contents_ == nullptr) return count;
  for (std::uint32_t page = 0; page < kShardPages; ++page) {
    const std::vector<Version>& list = contents_->pages[page];
    for (std::size_t i = contents_->unstored_from[page]; i < list.size(); ++i)
      if (!list[i].stored()) ++(list[i].lsn <= lsn ? count.up_to : count.newer);
  }
  return count;
}

void Shard::unload() {
  stored_pages_ = stored_pages();
  if (loaded) hidden_through_ = 0;
  if (contents_ != nullptr) {
    for (const auto& list : contents_->pages) {
      if (!list.empty()) hidden_through_ = std::max(hidden_through_, list.back().lsn);
    }
  }
  contents_.reset();
  count_ = room_ = 0;
  loaded = false;
}

void Shard::begin_unloaded(std::uint64_t pages, std::uint64_t through) {
  stored_pages_ = pages;
  hidden_through_ = through;
  loaded = false;
}

std::uint64_t Shard::stored_pages() const {
  // What was taken out is in the chunks still.
  if (rewrite) return kAllPages;
  std::uint64_t pages = loaded ? 0 : stored_pages_;
  if (contents_ == nullptr) return pages;
  for (std::uint32_t page = 0; page < kShardPages; ++page) {
    if (!versions(PageNo{page}).empty()) pages |= std::uint64_t{1} << page;
  }
  return pages;
}

void Shard::complete(Shard& stored) {
  const std::uint64_t known = stored_pages();
  for (std::uint32_t page = 0; page < kShardPages; ++page) {
    CHECK((known >> page & 1) != 0 || stored.versions(PageNo{page}).empty());
  }
  for (std::uint32_t page = 0; page < kShardPages; ++page) {
    for (const Version& version : versions(PageNo{page})) stored.put(PageNo{page}, version);
  }
  contents().pages.swap(stored.contents().pages);
  contents_->unstored_from = {};
  stored.contents_->unstored_from = {};
  count_ = stored.count_;
  room_ = stored.room_;
  loaded = true;
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

void PageIndex::erase_shards(TimelineId timeline, std::uint64_t first, std::uint64_t last) {
  boost::unordered::erase_if(shards_, [&](const auto& item) {
    return item.first.timeline == timeline && item.first.number >= first && item.first.number <= last;
  });
}

std::vector<ShardId> PageIndex::ids() const {
  std::vector<ShardId> ids;
  ids.reserve(shards_.size());
  for (const auto& [id, shard] : shards_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace pagestore
