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
constexpr unsigned kLevelsWorthAShortcut = 4;

}  // namespace

// The group's chain must be whole up to `required`: on this timeline above its branch, on the
// ancestor whose log that stretch is below it.
bool NodeCore::Impl::scl_reached(const Timeline& timeline, GroupNo group, Lsn required) const {
  if (required == wal::kNoLsn) return true;
  const Timeline* level = &timeline;
  while (required <= level->branch_lsn && level->parent != wal::kNoTimeline) {
    level = level->up;
    CHECK(level != nullptr);  // a parent stays while it has children
  }
  return level->scl(group) >= required;
}

void NodeCore::Impl::start_read(std::shared_ptr<PageRead> read) {
  if (stopped) return refuse(read->token, RefusalReason::stopped);
  if (is_tail()) return refuse(read->token, RefusalReason::not_yet, kNoPagesHere);
  const ReadPage& request = read->request;
  const Timeline* timeline = find_open(request.group.timeline);
  if (timeline == nullptr) return refuse(read->token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(read->token, RefusalReason::corrupt, "log of it lost");
  if (request.run != 0 && request.run != options.run) {
    return refuse(read->token, RefusalReason::opened_anew, "opened anew");
  }
  if (timeline->group_of(request.page_no) != request.group.group) {
    return refuse(read->token, RefusalReason::malformed, "page is in another group");
  }
  if (!answers_for(request.group.group)) return refuse(read->token, RefusalReason::not_yet, kHeldElsewhere);
  if (request.read_point < timeline->horizon) {
    return refuse(read->token, RefusalReason::below_horizon);
  }
  if (!scl_reached(*timeline, request.group.group, request.required_scl)) {
    if (read->ticks_left == 0) read->ticks_left = kWaitTicks;
    waiting_reads.push_back(std::move(read));
    return;
  }
  index_pending();
  Chain chain = find_chain(*timeline, request.page_no, request.read_point);
  switch (chain.state) {
    case Chain::State::damaged:
      want_shard_repair(chain.shard);
      return refuse(read->token, RefusalReason::corrupt, "a version of the page is missing");
    case Chain::State::absent:
      return reply(read->token, PageContents{nullptr});
    case Chain::State::found:
      if (chain.records_since_image > options.read_chain_records_max) {
        want_image(chain.key.timeline, chain.key.page_no, chain.key.lsn);
      }
      return build_page(std::move(chain), [this, read = std::move(read)](PageCache::PagePtr page) {
        finish_read(*read, std::move(page));
      });
    case Chain::State::unloaded:
      return load_levels(chain.shard, request.page_no, std::size_t{1} << std::min(read->loads++, 16u), [this, read](bool ok) {
        if (ok || !answers_for(read->request.group.group)) return start_read(read);
        refuse(read->token, RefusalReason::corrupt, "page index damaged on disk");
      });
  }
}

// The page may be in none but the last of many: each time a read comes this way it asks for twice as many.
void NodeCore::Impl::load_levels(ShardId first, PageNo page_no, std::size_t most, std::function<void(bool)> then) {
  std::vector<ShardId> wanted;
  for (const Timeline* level = find(first.timeline); level != nullptr && wanted.size() < most; level = level->up) {
    const ShardId id{level->id, first.number};
    const Shard* const shard = index.find(id);
    if (shard != nullptr && !shard->loaded && shard->may_store(page_no)) wanted.push_back(id);
  }
  struct Loads {
    std::size_t pending = 0;
    bool ok = false;   // the first: what is damaged further up is met again
    std::function<void(bool)> then;
  };
  const auto loads = std::make_shared<Loads>(Loads{wanted.size(), false, std::move(then)});
  for (const ShardId& id : wanted) {
    load_shard(id, [loads, is_first = id == first](bool ok) {
      if (is_first) loads->ok = ok;
      if (--loads->pending == 0) loads->then(loads->ok);
    });
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

// Whether the level has, or may have, anything of the page that a descendant can see which left it at `limit`.
bool NodeCore::Impl::has_any(const Shard* shard, PageNo page_no, Lsn limit) {
  if (shard == nullptr) return false;
  if (!shard->loaded && shard->may_store(page_no)) return true;
  const std::vector<Version>& versions = shard->versions(page_no);
  return !versions.empty() && versions.front().lsn <= limit.value();
}

void NodeCore::Impl::learn_shortcut(const PassedLevels& passed, const Timeline& to, PageNo page_no) {
  if (passed.levels < kLevelsWorthAShortcut) return;
  const Shortcuts::Shortcut shortcut{to.id, passed.limit};
  shortcuts.put(passed.from->id, page_no, shortcut);
  // Of many clones of a deep one each is read for the first time.
  shortcuts.put(passed.second->id, page_no, shortcut);
}

Chain NodeCore::Impl::find_chain(const Timeline& timeline, PageNo page_no, Lsn read_point, Caching caching) {
  ++use_clock;
  Chain chain;
  chain.caching = caching;
  const Timeline* level = &timeline;
  Lsn limit = read_point;
  // Lsn the next older version must have; unknown before the newest one is found.
  std::optional<std::uint64_t> expected;
  PassedLevels passed;
  for (;;) {
    const ShardId shard_id = shard_of(level->id, page_no);
    chain.shard = shard_id;
    Shard* const shard = index.find(shard_id);
    if (passed.from != nullptr && (level->up == nullptr || has_any(shard, page_no, passed.limit))) {
      learn_shortcut(passed, *level, page_no);
      passed = {};
    }
    if (shard != nullptr) {
      shard->last_used = use_clock;
      const auto unloaded = [&] {
        chain = {};
        chain.state = Chain::State::unloaded;
        chain.shard = shard_id;
        return chain;
      };
      const bool is_hidden = !shard->loaded && shard->may_store(page_no);
      const auto& versions = shard->versions(page_no);
      auto next = std::upper_bound(
          versions.begin(), versions.end(), limit.value(),
          [](std::uint64_t lsn, const Version& version) { return lsn < version.lsn; });
      if (!expected && next != versions.begin()) {
        const std::uint64_t newest = std::prev(next)->lsn;
        if (newest < limit.value() && shard->may_hide_newer(page_no, newest)) return unloaded();
      }
      while (next != versions.begin()) {
        const Version& version = *--next;
        if (expected && version.lsn > *expected) continue;  // an image passed by, or a hole
        if (expected && version.lsn != *expected) break;
        const PageCache::Key key{level->id, page_no, Lsn(version.lsn)};
        if (!expected) chain.key = key;
        chain.state = Chain::State::found;
        if (caching == Caching::use) chain.base = cache.find(key);
        if (chain.base == nullptr) {
          chain.links.push_back({level->id, version, {}, nullptr});
          if (version.kind == VersionKind::record) ++chain.records_since_image;
        }
        if (chain.base != nullptr || version.is_base()) {
          std::reverse(chain.links.begin(), chain.links.end());
          return chain;
        }
        expected = version.prev;
      }
      // What is stored may have the next older version, or the page's only ones.
      if (is_hidden && (!expected || *expected > level->branch_lsn.value())) {
        return unloaded();
      }
    }
    // Whatever this timeline's log says of the page and is not here is lost.
    if (expected && *expected > level->branch_lsn.value()) break;
    if (level->parent == wal::kNoTimeline) break;
    if (passed.from == nullptr) passed = {level, nullptr, level->branch_lsn, 0};
    const Shortcuts::Shortcut* const shortcut = shortcuts.find(level->id, page_no);
    // A version that is missing is missed on the level that it is of.
    if (shortcut != nullptr && (!expected || *expected <= shortcut->limit.value())) {
      passed.limit = std::min(passed.limit, shortcut->limit);
      level = find(shortcut->to);
    } else {
      passed.limit = std::min(passed.limit, level->branch_lsn);
      level = level->up;
      ++passed.levels;
    }
    CHECK(level != nullptr);
    if (passed.second == nullptr) passed.second = level;
    limit = std::min(limit, passed.limit);
  }
  if (expected) chain.state = Chain::State::damaged;
  return chain;
}

void NodeCore::Impl::build_page(Chain chain, std::function<void(PageCache::PagePtr)> done) {
  const auto build = std::make_shared<PageBuild>();
  build->chain = std::move(chain);
  build->done = std::move(done);
  build->hold = hold_extents();
  build->pending = 1;  // held until every fetch has been started
  const auto finish = [this, build] {
    if (--build->pending > 0) return;
    Chain& made = build->chain;
    auto page = build->failed ? nullptr : assemble(made);
    if (page == nullptr) {
      // assemble() stopped at the link that does not verify.
      const auto unread = std::ranges::find_if(
          made.links, [](const Link& link) { return link.bytes.empty(); });
      const Link& damaged = unread != made.links.end() ? *unread : made.links[made.assembled];
      want_shard_repair(shard_of(damaged.owner, made.key.page_no));
    }
    build->done(std::move(page));
  };
  FetchRun run;
  for (Link& link : build->chain.links) {
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
      build->failed = true;
      continue;
    }
    if (!run.take(link, extent->file)) {
      fetch(std::move(run), build, finish);
      run = {};
      run.take(link, extent->file);
    }
  }
  if (!run.links.empty()) fetch(std::move(run), build, finish);
  finish();
}

bool NodeCore::Impl::FetchRun::take(Link& link, FileNo in) {
  const std::uint64_t begin = link.version.at.offset, stop = begin + link.version.length;
  if (links.empty()) {
    file = in;
    offset = begin;
    end = stop;
  } else {
    if (in != file || begin < end || begin - end > kFetchGapMax || stop - offset > kFetchRunMax) return false;
    end = stop;
  }
  links.push_back(&link);
  return true;
}

void NodeCore::Impl::fetch(FetchRun run, std::shared_ptr<PageBuild> build, std::function<void()> finish) {
  ++build->pending;
  const FileNo file = run.file;
  const std::uint64_t offset = run.offset;
  const auto length = static_cast<std::uint32_t>(run.end - run.offset);
  io.read(file, offset, length,
          [this, run = std::move(run), build = std::move(build), finish = std::move(finish),
           length](std::span<const std::byte> bytes) {
            if (bytes.size() == length) {
              const auto read = std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end());
              for (Link* const link : run.links) {
                link->shared = read;
                link->bytes = std::span(*read).subspan(link->version.at.offset - run.offset, link->version.length);
              }
            } else if (run.links.size() == 1) {
              build->failed = true;
            } else {
              // Which of them it is that cannot be read.
              for (Link* const link : run.links) {
                FetchRun one;
                one.take(*link, run.file);
                fetch(std::move(one), build, finish);
              }
            }
            finish();
          });
}

void NodeCore::Impl::finish_read(const PageRead& read, PageCache::PagePtr page) {
  if (stopped) return refuse(read.token, RefusalReason::stopped);
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
    chain.assembled = i;
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
  if (chain.caching == Caching::use) cache.put(chain.key, page);
  return page;
}

}  // namespace pagestore
