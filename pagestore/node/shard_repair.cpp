// Making shards of the page index whole again whose stored pieces, or whose pages, are damaged.
//
//  1. A peer gives the shards' pages as images at the node's own horizon and at the pins below it
//     (ReadSegment, as for a page copy; where the peer has forgotten more, its horizon is taken over).
//  2. What was changed above is in the node's own log: it is read again, part by part. A part or a
//     list of parts that does not verify is fetched from the peer, and written again.
//  3. In one step the shards get what was found in the place of all they had; a checkpoint follows.
//
// Nothing is taken away before its replacement is durable. One repair at a time, within the budget
// for repairs, and never beside a collection: that moves what is read here.
#include <algorithm>

#include <fmt/format.h>

#include "log_decode.h"
#include "node_impl.h"

namespace pagestore {
namespace {

using wal::raw;

constexpr std::size_t kShardsPerRepair = 32;         // of one repair
constexpr std::size_t kWantedMax = 4096;       // timelines
constexpr std::uint64_t kPiece = std::uint64_t{256} << 10;  // bytes asked for or read at once
constexpr unsigned kPauseTicks = 50;           // after one that failed

HeldPart held_part(const LogPart& part, LogPosition at, std::uint32_t size) {
  HeldPart held{part, at, size, nullptr};
  held.part.records = nullptr;
  return held;
}

bool is_below_horizon(const Response& response) {
  const auto* const refusal = std::get_if<Refusal>(&response);
  return refusal != nullptr && refusal->reason == RefusalReason::below_horizon;
}

}  // namespace

void NodeCore::Impl::want_shard_repair(ShardId id) {
  if (gossip.peers.empty() || closing || stopped || log.failed()) return;
  if (shards_wanted.size() >= kWantedMax && !shards_wanted.contains(id.timeline)) return;
  // What is left of groups that it does not hold any more is as good as gone: no peer could tell what it was.
  const Timeline* const timeline = find(id.timeline);
  if (timeline != nullptr && !holds_any_of(*timeline, id.number)) return;
  shards_wanted[id.timeline].insert(id.number);
}

// Whether a group that this node is to hold has pages in the shard.
bool NodeCore::Impl::holds_any_of(const Timeline& timeline, std::uint32_t shard) const {
  const std::uint64_t first = std::uint64_t{shard} * kShardPages;
  const auto group_at = [&](std::uint64_t page) {
    return raw(timeline.group_of(PageNo{static_cast<std::uint32_t>(page)}));
  };
  const std::uint32_t last = group_at(first + kShardPages - 1);
  for (std::uint32_t group = group_at(first); group <= last; ++group) {
    if (options.held.holds(GroupNo{group})) return true;
  }
  return false;
}

void NodeCore::Impl::want_pages_of(ShardId id, std::vector<std::size_t> peers) {
  want_shard_repair(id);
  const auto wanted = shards_wanted.find(id.timeline);
  if (wanted != shards_wanted.end() && wanted->second.contains(id.number)) right_copies[id] = std::move(peers);
}

void NodeCore::Impl::step_shard_repair(unsigned elapsed) {
  if (shard_repair != nullptr) return advance_shard_repair();
  shard_repair_pause -= std::min(shard_repair_pause, elapsed);
  if (shard_repair_pause > 0 || shards_wanted.empty() || collection != nullptr || !leaving.empty()) return;
  auto wanted = shards_wanted.upper_bound(last_repaired);
  if (wanted == shards_wanted.end()) wanted = shards_wanted.begin();
  last_repaired = wanted->first;
  const Timeline* const timeline = find(wanted->first);
  if (timeline == nullptr || timeline->damaged || !timeline->created) {
    std::erase_if(right_copies, [&](const auto& each) { return each.first.timeline == wanted->first; });
    shards_wanted.erase(wanted);
    return;
  }
  const auto repair = std::make_shared<ShardRepair>();
  repair->timeline = timeline->id;
  repair->truncated = newest_truncation(timeline->staged_truncations);
  repair->peer = gossip.next_source++ % gossip.peers.size();
  for (auto number = wanted->second.begin();
       number != wanted->second.end() && repair->shards.size() < kShardsPerRepair;) {
    Shard& shard = index.shard({timeline->id, *number});
    if (shard.loading) {
      ++number;
      continue;
    }
    const auto right = right_copies.find({timeline->id, *number});
    std::vector<std::size_t> sources = right == right_copies.end() ? std::vector<std::size_t>{} : right->second;
    // One peer gives them all: of groups on other nodes the next repair takes care.
    const GroupNo group = timeline->group_of(PageNo{*number * kShardPages});
    const bool fits = sources == repair->right_copies && options.held.set_of(group) == repair->set;
    if (!repair->shards.empty() && !fits) {
      ++number;
      continue;
    }
    repair->set = options.held.set_of(group);
    if (right != right_copies.end()) right_copies.erase(right);
    repair->right_copies = std::move(sources);
    shard.repairing = true;
    repair->shards.insert(*number);
    number = wanted->second.erase(number);
  }
  if (wanted->second.empty()) shards_wanted.erase(wanted);
  if (repair->shards.empty()) return;
  if (!repair->right_copies.empty()) repair->peer = repair->right_copies.front();
  shard_repair = repair;
  restart_shard_repair(*repair);
  advance_shard_repair();
}

// From the beginning, with the peer it names now.
void NodeCore::Impl::restart_shard_repair(ShardRepair& repair) {
  const Timeline& timeline = *find(repair.timeline);
  repair.stretches.clear();
  repair.groups.clear();
  repair.found.clear();
  repair.lists.clear();
  repair.open.clear();
  repair.log_begun = repair.failed = false;
  repair.why.clear();
  repair.next_stretch = 0;
  repair.hold = hold_extents();
  for (const std::uint32_t number : repair.shards) {
    const std::uint64_t first = std::uint64_t{number} * kShardPages;
    for (std::uint64_t page = first; page < first + kShardPages;) {
      const PageNo page_no{static_cast<std::uint32_t>(page)};
      const GroupNo group = timeline.group_of(page_no);
      std::uint64_t end = first + kShardPages;
      if (timeline.pages_per_group != 0) {
        end = std::min(end, (raw(group) + std::uint64_t{1}) * timeline.pages_per_group);
      }
      const Segment* const segment = timeline.find_segment(group);
      if (segment != nullptr) {
        // As the peer would choose: above a group's last part there is nothing of it. (What a dropped
        // timeline's last writer did not announce any more is as good as the rest.)
        const Lsn at = timeline.dropped
                           ? segment->scl()
                           : std::min({timeline.staged_horizon, timeline.vdl_seen, segment->scl()});
        repair.groups.try_emplace(group, ShardRepair::Group{at, repair.peers_points, {}, {}});
        if (at > timeline.branch_lsn || repair.peers_points) {
          repair.stretches.push_back({group, page_no, PageNo{static_cast<std::uint32_t>(end - 1)}});
        }
      }
      page = end;
    }
  }
  if (!repair.stretches.empty()) repair.next = repair.stretches.front().first;
}

void NodeCore::Impl::advance_shard_repair() {
  const auto repair = shard_repair;
  if (repair == nullptr || repair->busy > 0) return;
  const Timeline* const timeline = find(repair->timeline);
  if (closing || timeline == nullptr || timeline->damaged ||
      newest_truncation(timeline->staged_truncations) != repair->truncated) {
    repair->fail("its history changed");
    return end_shard_repair(false);
  }
  if (repair->failed) {
    const auto& right = repair->right_copies;
    const std::size_t sources = right.empty() ? gossip.peers.size() : right.size();
    if (++repair->peers_tried >= sources) return end_shard_repair(false);
    repair->peer = right.empty() ? (repair->peer + 1) % sources : right[repair->peers_tried];
    restart_shard_repair(*repair);
  }
  if (gossip.budget <= 0) return;  // the next tick
  if (repair->next_stretch < repair->stretches.size()) return ask_for_stretch(repair);
  if (!repair->log_begun) {
    begin_log_of_repair(*repair);
    if (repair->failed) return advance_shard_repair();
  }
  if (!repair->open.empty() || !repair->lists.empty()) return read_log_of_repair(repair);
  install_shards(*repair);
}

void NodeCore::Impl::end_shard_repair(bool done) {
  const auto repair = std::exchange(shard_repair, nullptr);
  for (const std::uint32_t number : repair->shards) {
    const ShardId id{repair->timeline, number};
    if (Shard* const shard = index.find(id)) shard->repairing = false;
    if (done) continue;
    if (repair->right_copies.empty()) {
      want_shard_repair(id);
    } else {
      want_pages_of(id, repair->right_copies);
    }
  }
  if (done) {
    checkpoint_wanted = true;
    return;
  }
  log_line(fmt::format("pages of timeline {} cannot be repaired yet: {}", raw(repair->timeline),
                       repair->why.empty() ? "no peer answers" : repair->why));
  shard_repair_pause = kPauseTicks;
}

// --- images at and below the horizon -----------------------------------------------------------

void NodeCore::Impl::ask_for_stretch(const std::shared_ptr<ShardRepair>& repair) {
  const ShardRepair::Stretch& stretch = repair->stretches[repair->next_stretch];
  const ShardRepair::Group& group = repair->groups.at(stretch.group);
  const std::uint64_t bytes = std::min(kPiece, options.repair_bytes_per_tick);
  gossip.budget -= static_cast<std::int64_t>(bytes);
  ++repair->busy;
  ask(repair->peer,
      ReadSegment{{repair->timeline, stretch.group}, repair->truncated,
                  group.peers_point ? wal::kNoLsn : group.at, repair->next, stretch.last, bytes},
      [this, repair, bytes](Response& response) {
        --repair->busy;
        if (!std::holds_alternative<SegmentPages>(response)) {
          gossip.budget += static_cast<std::int64_t>(bytes);
        }
        if (repair != shard_repair) return;
        on_stretch(repair, response);
        advance_shard_repair();
      });
}

void NodeCore::Impl::on_stretch(const std::shared_ptr<ShardRepair>& repair, Response& response) {
  const ShardRepair::Stretch& stretch = repair->stretches[repair->next_stretch];
  ShardRepair::Group& group = repair->groups.at(stretch.group);
  const GroupId group_id{repair->timeline, stretch.group};
  Timeline* const timeline = find(repair->timeline);
  const Segment* const segment = timeline == nullptr ? nullptr : timeline->find_segment(stretch.group);
  auto* const answer = std::get_if<SegmentPages>(&response);
  if (answer == nullptr) {
    const auto* const refusal = std::get_if<Refusal>(&response);
    const bool once_more = !group.peers_point && is_below_horizon(response);
    group.peers_point = true;
    if (!once_more) repair->fail(refusal == nullptr ? "" : refusal->detail);
    return;
  }
  if (segment == nullptr || answer->truncated != repair->truncated || answer->at < group.at ||
      (!group.peers_point && answer->at != group.at) || answer->at > segment->scl() ||
      !std::ranges::is_sorted(answer->pins) || !covers_children(*timeline, *answer)) {
    repair->fail("the peer has another history");
    return;
  }
  if (!timeline->dropped && answer->at > timeline->vdl_seen) {
    // A grant that did not come here, and no log that would tell of the VDL since: what was granted is durable, and
    // the next attempt knows it.
    adopt_horizon(*timeline, answer->at, answer->pins);
    repair->fail("what the peer was granted is not known here yet");
    return;
  }
  group.log_from = answer->log_from;
  if (group.peers_point) {
    group.peers_point = false;
    group.at = answer->at;
    adopt_horizon(*timeline, answer->at, answer->pins);
  }
  give_up_pins(*timeline, *answer);
  for (const auto& page : answer->pages) {
    if (page == nullptr || page->lsn() == wal::kNoLsn || page->lsn() > group.at ||
        timeline->group_of(PageNo{page->header().page_no}) != stretch.group ||
        PageNo{page->header().page_no} < stretch.first ||
        PageNo{page->header().page_no} > stretch.last) {
      repair->fail("not those pages");
      return;
    }
  }
  for (const auto& page : answer->pages) {
    ++repair->busy;
    append_image(group_id.timeline, *page,
                 [this, repair, page_no = PageNo{page->header().page_no},
                  lsn = page->lsn()](LogPosition at, std::uint32_t size) {
                   --repair->busy;
                   Version version;
                   version.lsn = lsn.value();
                   version.at = at;
                   version.length = size;
                   version.kind = VersionKind::page_image;
                   repair->found[page_no].push_back(version);
                   advance_shard_repair();
                 });
  }
  repair->next = answer->next;
  if (!answer->last) return;
  if (++repair->next_stretch < repair->stretches.size()) {
    repair->next = repair->stretches[repair->next_stretch].first;
  }
}

// --- the log above it --------------------------------------------------------------------------

void NodeCore::Impl::begin_log_of_repair(ShardRepair& repair) {
  repair.log_begun = true;
  index_pending();
  const Timeline& timeline = *find(repair.timeline);
  for (auto& [no, group] : repair.groups) {
    const Segment& segment = *timeline.find_segment(no);
    group.through = segment.scl();
    if (segment.log_floor() > group.at) {
      repair.fail("the log above the horizon is gone");
      return;
    }
    for (const StoredParts& list : segment.lists()) {
      if (list.last_end > group.at) repair.lists.emplace_back(segment.id(), list);
    }
    ShardRepair::OpenList rest;
    rest.group = segment.id();
    for (std::size_t i = segment.listed_in_memory(); i < segment.linked().size(); ++i) {
      rest.parts.push_back(segment.linked()[i]);
    }
    if (!rest.parts.empty()) repair.open.push_back(std::move(rest));
  }
}

void NodeCore::Impl::read_log_of_repair(const std::shared_ptr<ShardRepair>& repair) {
  if (repair->open.empty()) {
    auto [group, list] = std::move(repair->lists.front());
    repair->lists.pop_front();
    repair->open.push_back({group, std::move(list), {}, 0, {}, false});
    return open_list(repair);
  }
  ShardRepair::OpenList& list = repair->open.front();
  const Lsn at = repair->groups.at(list.group.group).at;
  std::uint64_t bytes = 0;
  ++repair->busy;
  while (list.next < list.parts.size() && bytes < std::min(kPiece, options.repair_bytes_per_tick)) {
    const std::size_t place = list.next++;
    if (list.parts[place].part.end <= at) continue;
    bytes += list.parts[place].length;
    read_part_of_repair(repair, place);
  }
  gossip.budget -= static_cast<std::int64_t>(bytes);
  --repair->busy;
  if (repair->busy == 0 && list.next == list.parts.size()) close_list(repair);
  if (bytes == 0) advance_shard_repair();
}

void NodeCore::Impl::open_list(const std::shared_ptr<ShardRepair>& repair) {
  const StoredParts stored = repair->open.front().stored;
  const GroupId group = repair->open.front().group;
  const auto opened = [this, repair, group, stored](std::span<const std::byte> bytes) {
    --repair->busy;
    if (repair != shard_repair) return;
    const auto entry = read_entry(bytes, stored.at);
    auto parts = entry && entry->kind() == EntryKind::part_list && entry->fixed<PartListHeader>()
                     ? decode_parts(group, entry->body<PartListHeader>())
                     : std::nullopt;
    if (!parts) return fetch_lost_list(repair);
    repair->open.front().parts = std::move(*parts);
    advance_shard_repair();
  };
  ++repair->busy;
  gossip.budget -= stored.length;
  const Extent* const extent = log.extent(stored.at.extent);
  if (extent == nullptr) return opened({});
  io.read(extent->file, stored.at.offset, stored.length, opened);
}

void NodeCore::Impl::read_part_of_repair(const std::shared_ptr<ShardRepair>& repair,
                                         std::size_t place) {
  const HeldPart held = repair->open.front().parts[place];
  const auto read = [this, repair, place, held](std::span<const std::byte> bytes) {
    --repair->busy;
    if (repair != shard_repair) return;
    const auto entry = read_entry(bytes, held.at);
    const auto effect = entry && entry->kind() == EntryKind::part ? decode_effect(*entry)
                                                                  : std::nullopt;
    const auto* const part = effect ? std::get_if<PartEffect>(&*effect) : nullptr;
    if (part == nullptr || part->part.end != held.part.end) {
      return fetch_lost_part(repair, place);
    }
    take_versions(*repair, held, *part->refs);
    go_on_with_list(repair);
  };
  ++repair->busy;
  const Extent* const extent = log.extent(held.at.extent);
  if (extent == nullptr) return read({});
  io.read(extent->file, held.at.offset, held.length, read);
}

void NodeCore::Impl::take_versions(ShardRepair& repair, const HeldPart& held,
                                   const std::vector<RecordRef>& refs) {
  const ShardRepair::Group& group = repair.groups.at(held.part.group.group);
  for (const RecordRef& ref : refs) {
    if (ref.lsn <= group.at || !repair.shards.contains(raw(ref.page_no) / kShardPages)) continue;
    repair.found[ref.page_no].push_back(version_of(ref, held.at));
  }
}

void NodeCore::Impl::go_on_with_list(const std::shared_ptr<ShardRepair>& repair) {
  if (repair->busy > 0 || repair->failed) return advance_shard_repair();
  const ShardRepair::OpenList& list = repair->open.front();
  if (list.next == list.parts.size()) close_list(repair);
  advance_shard_repair();
}

// Writes it again if its parts stand elsewhere now.
void NodeCore::Impl::close_list(const std::shared_ptr<ShardRepair>& repair) {
  const auto list = std::make_shared<ShardRepair::OpenList>(std::move(repair->open.front()));
  repair->open.pop_front();
  if (!list->changed || !list->stored.at) return;
  ++repair->busy;
  append_list(list->group, list->stored.at, list->parts, [this, repair, list] {
    --repair->busy;
    Timeline* const timeline = find(list->group.timeline);
    if (timeline != nullptr && list->after != wal::kNoLsn) {
      timeline->segment(list->group.group).begin_log_at(list->after);
    }
    advance_shard_repair();
  });
}

// --- log that is damaged here ------------------------------------------------------------------

void NodeCore::Impl::fetch_lost_part(const std::shared_ptr<ShardRepair>& repair,
                                     std::size_t place) {
  const HeldPart held = repair->open.front().parts[place];
  ++repair->busy;
  ask(repair->peer, FetchLog{held.part.group, held.part.begin, 1},
      [this, repair, place, held](Response& response) {
        --repair->busy;
        if (repair != shard_repair) return;
        auto* const answer = std::get_if<LogParts>(&response);
        const Timeline* const timeline = find(repair->timeline);
        if (is_below_horizon(response)) repair->peers_points = true;
        if (timeline == nullptr || answer == nullptr || answer->truncated != repair->truncated ||
            answer->parts.empty() || !answer->parts[0].records ||
            answer->parts[0].group != held.part.group ||
            answer->parts[0].begin != held.part.begin || answer->parts[0].end != held.part.end ||
            answer->parts[0].prev_part_end != held.part.prev_part_end) {
          repair->fail("the peer has not that part of the log");
          return advance_shard_repair();
        }
        LogPart part = held.part;
        part.records = std::move(answer->parts[0].records);
        write_lost_part(repair, place, std::move(part), held.at);
      });
}

// All parts of a list that is lost itself.
void NodeCore::Impl::fetch_lost_list(const std::shared_ptr<ShardRepair>& repair) {
  const ShardRepair::OpenList& list = repair->open.front();
  const StoredParts stored = list.stored;
  const Lsn from = !list.parts.empty()            ? list.parts.back().part.end
                   : list.after != wal::kNoLsn ? list.after
                                               : stored.first_begin;
  ++repair->busy;
  const std::uint64_t bytes = std::min(kPiece, options.repair_bytes_per_tick);
  gossip.budget -= static_cast<std::int64_t>(bytes);
  ask(repair->peer, FetchLog{list.group, from, bytes},
      [this, repair, stored, bytes](Response& response) {
        --repair->busy;
        gossip.budget += static_cast<std::int64_t>(bytes);  // what came is taken off as it is written
        if (repair != shard_repair) return;
        auto* const answer = std::get_if<LogParts>(&response);
        ShardRepair::OpenList& open = repair->open.front();
        if (open.parts.empty() && is_below_horizon(response)) {
          // What the list has at and below the point is not needed.
          const Lsn log_from = repair->groups.at(open.group.group).log_from;
          if (open.after == wal::kNoLsn && log_from != wal::kNoLsn) {
            open.after = log_from;
            return fetch_lost_list(repair);
          }
          repair->peers_points = true;
        }
        bool fits = answer != nullptr && answer->truncated == repair->truncated &&
                    !answer->parts.empty();
        for (std::size_t i = 0; fits && i < answer->parts.size(); ++i) {
          LogPart& part = answer->parts[i];
          if (part.begin > stored.last_begin) break;
          fits = part.group == open.group && part.records &&
                 (!open.parts.empty()          ? part.prev_part_end == open.parts.back().part.end
                  : open.after != wal::kNoLsn ? part.prev_part_end == open.after
                                              : part.begin == stored.first_begin);
          if (!fits) break;
          const std::size_t place = open.parts.size();
          open.parts.push_back(held_part(part, {}, 0));
          open.next = open.parts.size();
          write_lost_part(repair, place, std::move(part), {});
        }
        const bool whole = fits && open.parts.back().part.end == stored.last_end;
        fits = fits && (whole ? open.parts.size() == stored.parts || open.after != wal::kNoLsn
                              : open.parts.back().part.end < stored.last_end);
        if (!fits) {
          repair->fail("the peer has not those parts of the log");
        } else if (!whole) {
          return fetch_lost_list(repair);
        }
        advance_shard_repair();
      });
}

void NodeCore::Impl::write_lost_part(const std::shared_ptr<ShardRepair>& repair, std::size_t place,
                                     LogPart part, LogPosition old) {
  const Timeline* const timeline = find(repair->timeline);
  const RecordRefs refs = parse_records(part, *timeline);
  if (refs == nullptr) {
    repair->fail("the part of the log from the peer is malformed");
    return advance_shard_repair();
  }
  ++repair->busy;
  gossip.budget -= static_cast<std::int64_t>(part.records->size());
  LogItem item{OutgoingEntry(EntryKind::part, part_header(part), part.records), {}, {}, {}};
  item.then = [this, repair, place, part, refs, old](LogPosition at, std::uint32_t size) {
    --repair->busy;
    if (repair != shard_repair) return;
    Timeline* const owner = find(repair->timeline);
    if (owner == nullptr || repair->failed) return advance_shard_repair();
    for (HeldPart& each : owner->segment(part.group.group).mutable_linked()) {
      if (each.part.end != part.end || (old && each.at != old)) continue;
      each.at = at;
      each.length = size;
    }
    ShardRepair::OpenList& list = repair->open.front();
    list.parts[place].at = at;
    list.parts[place].length = size;
    list.changed = true;
    take_versions(*repair, list.parts[place], *refs);
    log_line(fmt::format("a part of the log of timeline {} at LSN {} was damaged and came from a peer",
                         raw(repair->timeline), part.end.value()));
    go_on_with_list(repair);
  };
  log.append(std::move(item));
}

// --- the end -----------------------------------------------------------------------------------

void NodeCore::Impl::install_shards(ShardRepair& repair) {
  index_pending();
  const Timeline& timeline = *find(repair.timeline);
  if (newest_truncation(timeline.truncations) != repair.truncated) return end_shard_repair(false);
  std::uint64_t pages = 0;
  for (const std::uint32_t number : repair.shards) {
    Shard& shard = index.shard({repair.timeline, number});
    for (std::uint32_t i = 0; i < kShardPages; ++i) {
      const PageNo page_no{number * kShardPages + i};
      const auto found = repair.found.find(page_no);
      const auto group = repair.groups.find(timeline.group_of(page_no));
      const Lsn through = group == repair.groups.end() ? wal::kNoLsn : group->second.through;
      std::vector<Version> old = std::exchange(shard.change_versions(page_no), {});
      for (const Version& version : old) {
        cache.erase({repair.timeline, page_no, Lsn(version.lsn)});
      }
      if (found != repair.found.end()) {
        for (const Version& version : found->second) shard.put(page_no, version);
        ++pages;
      }
      // What came while the log was read is newer than that.
      for (const Version& version : old) {
        if (version.lsn > through.value()) shard.put(page_no, version);
      }
      if (!shard.versions(page_no).empty()) shard.shorten(page_no);
    }
    shard.recount();
    shard.loaded = true;
    shard.dirty = shard.rewrite = true;
    log_line(fmt::format("pages {} to {} of timeline {} were repaired from another copy",
                         number * kShardPages, number * kShardPages + kShardPages - 1,
                         raw(repair.timeline)));
  }
  shortcuts.forget_all();
  gossip.counters.pages_repaired += pages;
  end_shard_repair(true);
  retry_waiting_reads();
}

}  // namespace pagestore
