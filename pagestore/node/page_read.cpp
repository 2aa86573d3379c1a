// Reading a page as of a read point: find its versions, fetch them, put them together.
#include <algorithm>
#include <cstring>

#include "node_impl.h"
#include "pagestore/apply_redo.h"
#include "wal/check.h"
#include "wal/record_codec.h"

namespace pagestore {
namespace {

// How long a read waits for the segment to catch up before it is answered not_yet.
constexpr int kWaitTicks = 2;

}  // namespace

// The group's chain must be whole up to `required`: on this timeline above its branch, on the
// ancestor whose log that stretch is below it.
bool NodeCore::Impl::scl_reached(const Timeline& timeline, GroupNo group, Lsn required) const {
  const Timeline* level = &timeline;
  while (required <= level->branch_lsn && level->parent != wal::kNoTimeline) {
    level = find(level->parent);
    CHECK(level != nullptr);  // a parent stays while it has children
  }
  return level->scl(group) >= required;
}

void NodeCore::Impl::start_read(std::shared_ptr<PageRead> read) {
  if (stopped) return refuse(read->token, RefusalReason::stopped);
  const ReadPage& request = read->request;
  const Timeline* timeline = find_open(request.group.timeline);
  if (timeline == nullptr) return refuse(read->token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(read->token, RefusalReason::corrupt, "log of it lost");
  if (timeline->group_of(request.page_no) != request.group.group) {
    return refuse(read->token, RefusalReason::malformed, "page is in another group");
  }
  if (request.read_point < timeline->horizon) {
    return refuse(read->token, RefusalReason::below_horizon);
  }
  if (!scl_reached(*timeline, request.group.group, request.required_scl)) {
    if (read->ticks_left == 0) read->ticks_left = kWaitTicks;
    waiting_reads.push_back(std::move(read));
    return;
  }
  index_pending();
  read->chain = find_chain(*timeline, request.page_no, request.read_point);
  switch (read->chain.state) {
    case Chain::State::damaged:
      return refuse(read->token, RefusalReason::corrupt, "a version of the page is missing");
    case Chain::State::absent:
      return reply(read->token, PageContents{nullptr});
    case Chain::State::found:
      return fetch_links(read);
    case Chain::State::unloaded: {
      const ShardId shard = read->chain.shard;
      return load_shard(shard, [this, read = std::move(read)](bool ok) {
        if (ok) return start_read(read);
        refuse(read->token, RefusalReason::corrupt, "page index damaged on disk");
      });
    }
  }
}

void NodeCore::Impl::retry_waiting_reads() {
  std::vector<std::shared_ptr<PageRead>> waiting = std::exchange(waiting_reads, {});
  for (auto& read : waiting) start_read(std::move(read));
}

void NodeCore::Impl::expire_waiting_reads() {
  std::vector<std::shared_ptr<PageRead>> waiting = std::exchange(waiting_reads, {});
  for (auto& read : waiting) {
    if (--read->ticks_left > 0) {
      waiting_reads.push_back(std::move(read));
    } else {
      refuse(read->token, RefusalReason::not_yet, "log not here yet");
    }
  }
}

Chain NodeCore::Impl::find_chain(const Timeline& timeline, PageNo page_no, Lsn read_point) {
  ++use_clock;
  Chain chain;
  const Timeline* level = &timeline;
  Lsn limit = read_point;
  // Lsn the next older version must have; unknown before the newest one is found.
  std::optional<std::uint64_t> expected;
  for (;;) {
    const ShardId shard_id = shard_of(level->id, page_no);
    Shard* const shard = index.find(shard_id);
    if (shard != nullptr) {
      shard->last_used = use_clock;
      const auto unloaded = [&] {
        chain = {};
        chain.state = Chain::State::unloaded;
        chain.shard = shard_id;
        return chain;
      };
      if (!shard->loaded && shard->out_of_order) return unloaded();
      const auto& versions = shard->versions(page_no);
      auto next = std::upper_bound(
          versions.begin(), versions.end(), limit.value(),
          [](std::uint64_t lsn, const Version& version) { return lsn < version.lsn; });
      while (next != versions.begin()) {
        const Version& version = *--next;
        if (expected && version.lsn > *expected) continue;  // an image passed by, or a hole
        if (expected && version.lsn != *expected) break;
        const PageCache::Key key{level->id, page_no, Lsn(version.lsn)};
        if (!expected) chain.key = key;
        chain.state = Chain::State::found;
        chain.base = cache.find(key);
        if (chain.base == nullptr) {
          chain.links.push_back({level->id, version, {}, nullptr, {}});
          if (version.kind == VersionKind::record) ++chain.records_since_image;
        }
        if (chain.base != nullptr || version.is_base()) {
          std::reverse(chain.links.begin(), chain.links.end());
          return chain;
        }
        expected = version.prev;
      }
      // What is stored may have the next older version, or the page's only ones.
      if (!shard->loaded && (!expected || *expected > level->branch_lsn.value())) {
        return unloaded();
      }
    }
    // Whatever this timeline's log says of the page and is not here is lost.
    if (expected && *expected > level->branch_lsn.value()) break;
    if (level->parent == wal::kNoTimeline) break;
    limit = std::min(limit, level->branch_lsn);
    level = find(level->parent);
    CHECK(level != nullptr);
  }
  if (expected) chain.state = Chain::State::damaged;
  return chain;
}

void NodeCore::Impl::fetch_links(const std::shared_ptr<PageRead>& shared) {
  ++shared->pending;  // held until every fetch has been started
  for (Link& link : shared->chain.links) {
    if (link.version.kind != VersionKind::page_image) {
      auto found = recent.find(link.version.at, link.version.length);
      if (found.owner != nullptr) {
        link.shared = std::move(found.owner);
        link.bytes = found.bytes;
        continue;
      }
    }
    const Extent* extent = log.extent(link.version.at.extent);
    if (extent == nullptr) {
      shared->failed = true;
      continue;
    }
    ++shared->pending;
    io.read(extent->file, link.version.at.offset, link.version.length,
            [this, shared, &link](std::span<const std::byte> bytes) {
              if (bytes.size() != link.version.length) {
                shared->failed = true;
              } else {
                link.own.assign(bytes.begin(), bytes.end());
                link.bytes = link.own;
              }
              if (--shared->pending == 0) finish_read(*shared);
            });
  }
  if (--shared->pending == 0) finish_read(*shared);
}

void NodeCore::Impl::finish_read(PageRead& read) {
  if (stopped) return refuse(read.token, RefusalReason::stopped);
  PageCache::PagePtr page = read.failed ? nullptr : assemble(read.chain);
  if (page == nullptr) {
    log_line("a version of page " + std::to_string(wal::raw(read.request.page_no)) +
             " of timeline " + std::to_string(wal::raw(read.request.group.timeline)) +
             " is damaged on disk");
    return refuse(read.token, RefusalReason::corrupt, "damaged on disk");
  }
  reply(read.token, PageContents{std::move(page)});
}

PageCache::PagePtr NodeCore::Impl::assemble(Chain& chain) {
  if (chain.links.empty()) return chain.base;
  auto page = chain.base != nullptr ? std::make_shared<wal::Page>(*chain.base)
                                    : std::make_shared<wal::Page>();
  for (std::size_t i = 0; i < chain.links.size(); ++i) {
    const Link& link = chain.links[i];
    const Version& version = link.version;
    if (version.kind == VersionKind::page_image) {
      const auto entry = read_entry(link.bytes, version.at);
      if (!entry || entry->kind() != EntryKind::page_image) return nullptr;
      const auto header = entry->fixed<ImageHeader>();
      if (!header || !codec.decompress(entry->body<ImageHeader>(), *page)) return nullptr;
    } else {
      wal::RecordReader reader(link.bytes);
      const auto record = reader.next();
      if (!record || !*record || (*record)->lsn.value() != version.lsn ||
          (*record)->page_no != chain.key.page_no) {
        return nullptr;
      }
      const bool starts = i == 0 && version.kind == VersionKind::image_record;
      const auto applied = starts ? apply_redo_image(**record, *page) : apply_redo(**record, *page);
      if (!applied) return nullptr;
    }
    if (page->lsn().value() != version.lsn ||
        page->header().page_no != wal::raw(chain.key.page_no)) {
      return nullptr;
    }
  }
  cache.put(chain.key, page);
  return page;
}

}  // namespace pagestore
