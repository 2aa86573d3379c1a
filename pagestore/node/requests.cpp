// What a node does with each request before anything is written: checks it against the state
// that the requests before it leave behind, and puts the entry into the log.
#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>

#include "node_impl.h"
#include "wal/record_codec.h"

namespace pagestore {
namespace {

using wal::raw;

constexpr std::int64_t kImageBudgetMax = std::int64_t{256} << 10;

// Nodes of one process that share a thread get the same bytes one after the other: what one has verified is not
// verified again.
class ParsedParts {
 public:
  RecordRefs find(const LogPart& part, const Timeline& timeline) const {
    for (const Entry& entry : entries_) {
      if (entry.bytes != part.records.get() || entry.begin != part.begin || entry.end != part.end ||
          entry.group != part.group.group || entry.pages_per_group != timeline.pages_per_group) {
        continue;
      }
      // Another vector may have got the place of one that is gone.
      if (entry.records.lock() == part.records) return entry.refs.lock();
    }
    return nullptr;
  }
  void add(const LogPart& part, const Timeline& timeline, const RecordRefs& refs) {
    entries_[next_++ % entries_.size()] = {part.records.get(), part.records, part.begin,
                                           part.end,           part.group.group, timeline.pages_per_group, refs};
  }

 private:
  struct Entry {
    const void* bytes = nullptr;
    std::weak_ptr<const std::vector<std::byte>> records;
    Lsn begin, end;
    GroupNo group{};
    std::uint64_t pages_per_group = 0;
    std::weak_ptr<const std::vector<RecordRef>> refs;
  };
  std::array<Entry, 8> entries_;  // some volumes' parts are under way at once
  std::size_t next_ = 0;
};

}  // namespace

RecordRefs parse_records(const LogPart& part, const Timeline& timeline) {
  thread_local ParsedParts parsed;
  if (RecordRefs known = parsed.find(part, timeline)) return known;
  const std::span<const std::byte> all(*part.records);
  auto refs = std::make_shared<std::vector<RecordRef>>();
  refs->reserve(all.size() / 96 + 1);
  wal::RecordReader reader(all);
  for (;;) {
    const auto offset = static_cast<std::uint32_t>(all.size() - reader.rest().size());
    const auto record = reader.next();
    if (!record) return nullptr;
    if (!*record) break;
    const wal::RecordView& view = **record;
    if (view.lsn <= part.begin || view.lsn > part.end) return nullptr;
    if (view.kind != wal::RecordKind::page_change) continue;
    if (timeline.group_of(view.page_no) != part.group.group) return nullptr;
    refs->push_back({view.lsn, view.prev_page_lsn, view.page_no, offset,
                     static_cast<std::uint32_t>(view.encoded.size()),
                     !view.payload.empty() &&
                         wal::sets_whole_page(static_cast<wal::RedoOp>(view.payload[0]))});
  }
  parsed.add(part, timeline, refs);
  return refs;
}

std::string contradiction(const Truncate& request, const Timeline& timeline) {
  const std::vector<Truncation>& list = request.truncations;
  if (list.empty() || list.back() != Truncation{request.epoch, request.after, request.to}) {
    return "truncation does not end its own list";
  }
  Lsn after = timeline.branch_lsn;
  std::optional<Epoch> epoch;
  for (const Truncation& range : list) {
    if (range.after < after || range.to < range.after || (epoch && range.epoch <= *epoch)) {
      return "impossible list of truncations";
    }
    after = range.after;
    epoch = range.epoch;
    if (std::ranges::find(timeline.truncations, range) != timeline.truncations.end()) continue;
    bool durable = range.after < timeline.vdl_seen && timeline.vdl_seen <= range.to;
    for (const auto& [group, segment] : timeline.segments) {
      durable = durable || segment.settled_in(range);
    }
    if (durable) {
      return fmt::format("truncation after {} would annul durable log (VDL seen {})",
                         range.after.value(), timeline.vdl_seen.value());
    }
  }
  return {};
}

void NodeCore::Impl::request(Token token, Request request) {
  if (stopped) return refuse(token, RefusalReason::stopped);
  struct Visitor {
    Impl& node;
    Token token;
    void operator()(AppendLog& r) { node.append(token, std::move(r)); }
    void operator()(ReadPage& r) {
      auto read = std::make_shared<PageRead>();
      read->token = token;
      read->request = r;
      node.start_read(std::move(read));
    }
    void operator()(Seal& r) { node.seal(token, r); }
    void operator()(Truncate& r) { node.truncate(token, r); }
    void operator()(FetchLog& r) { node.fetch(token, r); }
    void operator()(CreateTimeline& r) { node.create(token, r); }
    void operator()(DropTimeline& r) { node.drop(token, r); }
    void operator()(GrantHorizon& r) { node.grant(token, r); }
    void operator()(RepairPage& r) { node.repair_page(token, r); }
    void operator()(GetStatus&) { node.status(token); }
    void operator()(GetChanges& r) { node.changes(token, r); }
    void operator()(FetchTruncations& r) { node.fetch_truncations(token, r); }
    void operator()(ReadSegment& r) { node.read_segment(token, r); }
    void operator()(FindChanges& r) { node.find_changes(token, r); }
    void operator()(GetPageSums& r) { node.page_sums(token, std::move(r)); }
  };
  std::visit(Visitor{*this, token}, request);
}

void NodeCore::Impl::append(Token token, AppendLog request) {
  LogPart& part = request.part;
  if (log.failed()) return refuse(token, RefusalReason::disk_failed, failure);
  if (is_index_full()) {
    held_back.emplace_back(token, std::move(request));
    return;
  }
  Timeline* timeline = find_open(part.group.timeline);
  if (timeline == nullptr) return refuse(token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of the timeline lost");
  if (part.epoch < timeline->staged_epoch) {
    return refuse(token, RefusalReason::stale_epoch, {}, timeline->staged_epoch);
  }
  // A tail of an older epoch may be here that the takeover did not count: nothing is linked
  // behind it before it has been truncated.
  if (timeline->staged_log && (part.epoch > timeline->staged_epoch ||
                               timeline->staged_truncation < timeline->staged_epoch)) {
    return refuse(token, RefusalReason::not_yet, "epoch not sealed and truncated here",
                  timeline->staged_epoch);
  }
  if (!part.records || part.end <= part.begin || part.prev_part_end > part.begin ||
      part.prev_part_end < timeline->branch_lsn || part.parts == 0) {
    return refuse(token, RefusalReason::malformed, "impossible part");
  }
  if (is_annulled(part.end, timeline->staged_truncations)) {
    return refuse(token, RefusalReason::malformed, "part lies in an annulled range");
  }
  if (const Segment* segment = timeline->find_segment(part.group.group);
      segment != nullptr && segment->holds(part)) {
    // Sent again: durable already, so only the order of answers matters.
    log.append({{}, PartEffect{std::move(part), nullptr}, token, {}});
    return;
  }
  RecordRefs refs = parse_records(part, *timeline);
  if (refs == nullptr) return refuse(token, RefusalReason::malformed, "damaged records");
  // An epoch this node was not sealed with, on a timeline without log: there is nothing an older
  // epoch could have left here.
  timeline->staged_epoch = part.epoch;
  if (!timeline->staged_log) timeline->staged_truncation = part.epoch;
  timeline->staged_log = true;
  OutgoingEntry entry(EntryKind::part, part_header(part), part.records);
  image_budget = std::min(image_budget + static_cast<std::int64_t>(entry.size()), kImageBudgetMax);
  log.append({std::move(entry), PartEffect{std::move(part), std::move(refs)}, token, {}});
}

void NodeCore::Impl::log_change(Token token, EntryKind kind, const TimelineChange& change) {
  log.append({OutgoingEntry(kind, change), ChangeEffect{kind, change, {}, {}}, token, {}});
}

void NodeCore::Impl::seal(Token token, const Seal& request) {
  if (log.failed()) return refuse(token, RefusalReason::disk_failed, failure);
  Timeline* timeline = find_open(request.timeline);
  if (timeline == nullptr) {
    SealAck unknown;
    unknown.timeline = request.timeline;
    unknown.epoch = request.epoch;
    unknown.run = options.run;
    unknown.kind = options.kind;
    return reply(token, std::move(unknown));
  }
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of the timeline lost");
  if (request.epoch < timeline->staged_epoch) {
    return refuse(token, RefusalReason::stale_epoch, {}, timeline->staged_epoch);
  }
  timeline->staged_epoch = request.epoch;
  log_change(token, EntryKind::seal,
             {.timeline = raw(request.timeline), .epoch = raw(request.epoch)});
}

void NodeCore::Impl::truncate(Token token, const Truncate& request) {
  if (log.failed()) return refuse(token, RefusalReason::disk_failed, failure);
  Timeline* timeline = find_open(request.timeline);
  if (timeline == nullptr) return refuse(token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of the timeline lost");
  if (request.epoch < timeline->staged_epoch) {
    return refuse(token, RefusalReason::stale_epoch, {}, timeline->staged_epoch);
  }
  if (request.epoch > timeline->staged_epoch) {
    return refuse(token, RefusalReason::not_yet, "truncation before its seal",
                  timeline->staged_epoch);
  }
  if (std::string why = contradiction(request, *timeline); !why.empty()) {
    return refuse(token, RefusalReason::malformed, std::move(why));
  }
  stage_truncation(token, *timeline, request);
}

void NodeCore::Impl::stage_truncation(Token token, Timeline& timeline, const Truncate& request) {
  timeline.staged_truncation = request.epoch;
  timeline.staged_truncations = request.truncations;
  const TimelineChange change{.timeline = raw(request.timeline), .epoch = raw(request.epoch)};
  log.append({OutgoingEntry(EntryKind::truncate, change, encode_truncations(request.truncations)),
              ChangeEffect{EntryKind::truncate, change, request.truncations, {}}, token, {}});
}

void NodeCore::Impl::create(Token token, const CreateTimeline& request) {
  if (log.failed()) return refuse(token, RefusalReason::disk_failed, failure);
  if (request.timeline == wal::kNoTimeline) return refuse(token, RefusalReason::malformed);
  if (tombstones.contains(request.timeline)) {
    return refuse(token, RefusalReason::unknown_timeline, "dropped before");
  }
  Timeline* existing = find(request.timeline);
  if (existing != nullptr) {
    if (existing->staged_drop) {
      return refuse(token, RefusalReason::unknown_timeline, "dropped before");
    }
    if (existing->parent != request.parent || existing->branch_lsn != request.branch_lsn ||
        existing->pages_per_group != request.pages_per_group) {
      return refuse(token, RefusalReason::malformed, "exists with another origin");
    }
  } else {
    Timeline* up = nullptr;
    if (request.parent != wal::kNoTimeline) {
      Timeline* parent = find(request.parent);
      // Another child keeps that moment, be the parent dropped or its horizon higher.
      const bool is_kept = parent != nullptr && std::ranges::any_of(parent->children, [&](const auto& child) {
        return child.second == request.branch_lsn;
      });
      // A peer tells of a child whose parent was dropped since as well. One that is going cannot be kept by a child whose
      // entry comes behind the drop's: an opening, which sees the drop first, would not find it.
      if (parent == nullptr || is_going(*parent) || (parent->staged_drop && token != kNobody && !is_kept)) {
        return refuse(token, RefusalReason::unknown_timeline, "no parent");
      }
      if (parent->damaged) return refuse(token, RefusalReason::corrupt, "log of the parent lost");
      if (!is_kept && request.branch_lsn < parent->staged_horizon &&
          !std::ranges::binary_search(parent->staged_pins, request.branch_lsn)) {
        return refuse(token, RefusalReason::below_horizon);
      }
      if (request.branch_lsn < parent->branch_lsn ||
          request.pages_per_group != parent->pages_per_group) {
        return refuse(token, RefusalReason::malformed, "does not fit its parent");
      }
      // The pin counts from now on; it is durable with the child's entry.
      up = parent;
    }
    auto timeline = std::make_unique<Timeline>();
    timeline->id = request.timeline;
    timeline->parent = request.parent;
    timeline->branch_lsn = request.branch_lsn;
    if (up != nullptr) up->adopt(*timeline);
    timeline->pages_per_group = request.pages_per_group;
    timeline->vdl_seen = request.branch_lsn;
    timeline->horizon = timeline->staged_horizon = request.branch_lsn;
    timelines.emplace(request.timeline, std::move(timeline));
  }
  const TimelineChange change{.timeline = raw(request.timeline),
                              .parent = raw(request.parent),
                              .lsn = request.branch_lsn.value(),
                              .pages_per_group = request.pages_per_group};
  LogItem item{OutgoingEntry(EntryKind::create_timeline, change),
               ChangeEffect{EntryKind::create_timeline, change, {}, {}}, token, {}};
  item.patient = request.log_follows && !closing;
  log.append(std::move(item));
}

bool NodeCore::Impl::is_going(const Timeline& timeline) {
  std::vector<const Timeline*> left{&timeline};  // not by recursion: a thousand levels are nothing special
  while (!left.empty()) {
    const Timeline& next = *left.back();
    left.pop_back();
    if (!next.staged_drop) return false;
    for (const auto& [child, branch_lsn] : next.children) {
      const Timeline* const own = find(child);
      if (own == nullptr) return false;
      left.push_back(own);
    }
  }
  return true;
}

void NodeCore::Impl::drop(Token token, const DropTimeline& request) {
  if (log.failed()) return refuse(token, RefusalReason::disk_failed, failure);
  if (Timeline* timeline = find(request.timeline)) timeline->staged_drop = true;
  // Logged even for a timeline not known here: a late CreateTimeline must not bring it back.
  log_change(token, EntryKind::drop_timeline, {.timeline = raw(request.timeline)});
}

void NodeCore::Impl::grant(Token token, const GrantHorizon& request) {
  if (log.failed()) return refuse(token, RefusalReason::disk_failed, failure);
  Timeline* timeline = find_open(request.timeline);
  if (timeline == nullptr) return refuse(token, RefusalReason::unknown_timeline);
  if (timeline->damaged) return refuse(token, RefusalReason::corrupt, "log of the timeline lost");
  if (request.epoch < timeline->staged_epoch) {
    return refuse(token, RefusalReason::stale_epoch, {}, timeline->staged_epoch);
  }
  if (request.epoch > timeline->staged_epoch && timeline->staged_log) {
    return refuse(token, RefusalReason::not_yet, "epoch not sealed here", timeline->staged_epoch);
  }
  if (!std::ranges::is_sorted(request.pins)) return refuse(token, RefusalReason::malformed);
  if (request.horizon >= timeline->staged_horizon) {
    timeline->staged_horizon = request.horizon;
    timeline->staged_pins = request.pins;
  }
  const TimelineChange change{.timeline = raw(request.timeline), .lsn = request.horizon.value()};
  log.append({OutgoingEntry(EntryKind::horizon, change, encode_pins(request.pins)),
              ChangeEffect{EntryKind::horizon, change, {}, request.pins}, token, {}});
}

void NodeCore::Impl::status(Token token) {
  NodeStatus status;
  status.name = options.name;
  status.zone = options.zone;
  status.kind = options.kind;
  status.state = failure.empty() ? "ok" : failure;
  status.log_bytes = log.bytes_written();
  status.disk_bytes = log.disk_bytes();
  status.space = log_space();
  status.repair = gossip.counters;
  status.repair.segments_behind = gossip.lags.size();
  status.repair.segments_copying = gossip.copies.size();
  status.timelines.reserve(timelines.size() + tombstones.size());
  for (const auto& [id, timeline] : timelines) {
    TimelineStatus row;
    row.timeline = id;
    row.parent = timeline->parent;
    row.branch_lsn = timeline->branch_lsn;
    row.epoch = timeline->epoch;
    row.dropped = timeline->dropped;
    row.horizon = timeline->horizon;
    row.pages_per_group = timeline->pages_per_group;
    row.scl = timeline->branch_lsn;
    for (const auto& [group, segment] : timeline->segments) {
      row.scl = std::max(row.scl, segment.scl());
    }
    status.timelines.push_back(row);
  }
  // So that a node that slept through the drop does not bring the name back.
  for (const TimelineId id : tombstones) {
    TimelineStatus row;
    row.timeline = id;
    row.parent = wal::kNoTimeline;
    row.dropped = true;
    status.timelines.push_back(row);
  }
  reply(token, std::move(status));
}

}  // namespace pagestore
