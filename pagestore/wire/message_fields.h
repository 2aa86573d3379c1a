// The field lists: every message's fields in the order they have on the wire, for both directions.
#pragma once

#include <concepts>
#include <type_traits>

#include "pagestore/messages.h"

namespace pagestore {

// T, const or not: one list writes and reads.
template <typename T, typename Message>
concept Of = std::same_as<std::remove_const_t<T>, Message>;

void check_kind(auto& wire, SegmentKind kind) {
  wire.check(kind == SegmentKind::full || kind == SegmentKind::tail);
}

void fields(auto& wire, Of<GroupId> auto& m) { wire(m.timeline, m.group); }
void fields(auto& wire, Of<LogPart> auto& m) {
  wire(m.group, m.epoch, m.prev_part_end, m.begin, m.end, m.parts, m.vdl, m.records);
}
void fields(auto& wire, Of<AppendLog> auto& m) {
  wire(m.part);
  wire.check(m.part.records != nullptr);
}
void fields(auto& wire, Of<AppendAck> auto& m) { wire(m.group, m.epoch, m.scl); }
void fields(auto& wire, Of<ReadPage> auto& m) {
  wire(m.group, m.page_no, m.read_point, m.required_scl, m.run);
}
void fields(auto& wire, Of<PageContents> auto& m) { wire(m.page); }
void fields(auto& wire, Of<FindChanges> auto& m) {
  wire(m.group, m.read_point, m.required_scl, m.base, m.after, m.from, m.through,
       m.run);
}
void fields(auto& wire, Of<ChangedPages> auto& m) { wire(m.pages, m.next, m.last); }
void fields(auto& wire, Of<RepairPage> auto& m) {
  wire(m.group, m.epoch, m.page_no, m.read_point, m.page);
  wire.check(m.page != nullptr);
}
void fields(auto& wire, Of<Seal> auto& m) { wire(m.timeline, m.epoch); }
void fields(auto& wire, Of<SegmentState> auto& m) {
  wire(m.group, m.scl, m.parts_above_vdl, m.vdl_seen);
}
void fields(auto& wire, Of<Truncation> auto& m) { wire(m.epoch, m.after, m.to); }
void fields(auto& wire, Of<AncestorState::GroupEnd> auto& m) { wire(m.group, m.scl); }
void fields(auto& wire, Of<AncestorState> auto& m) {
  wire(m.timeline, m.branch_lsn, m.through, m.truncations, m.groups);
}
void fields(auto& wire, Of<SealAck> auto& m) {
  wire(m.timeline, m.epoch, m.known, m.truncated_after, m.truncated_to, m.segments,
       m.previous_epoch, m.truncations, m.parent, m.branch_lsn, m.pages_per_group, m.ancestors,
       m.run, m.kind);
  check_kind(wire, m.kind);
}
void fields(auto& wire, Of<Truncate> auto& m) {
  wire(m.timeline, m.epoch, m.after, m.to, m.truncations);
}
void fields(auto& wire, Of<FetchLog> auto& m) { wire(m.group, m.from, m.max_bytes); }
void fields(auto& wire, Of<LogParts> auto& m) { wire(m.parts, m.truncated); }
void fields(auto& wire, Of<CreateTimeline> auto& m) {
  wire(m.timeline, m.parent, m.branch_lsn, m.pages_per_group, m.log_follows);
}
void fields(auto& wire, Of<DropTimeline> auto& m) { wire(m.timeline); }
void fields(auto& wire, Of<GrantHorizon> auto& m) {
  wire(m.timeline, m.epoch, m.horizon, m.pins);
}
void fields(auto&, Of<Done> auto&) {}
void fields(auto&, Of<GetStatus> auto&) {}
void fields(auto& wire, Of<TimelineStatus> auto& m) {
  wire(m.timeline, m.parent, m.branch_lsn, m.epoch, m.dropped, m.horizon, m.scl,
       m.pages_per_group);
}
void fields(auto& wire, Of<RepairStatus> auto& m) {
  wire(m.segments_behind, m.segments_copying, m.log_bytes_fetched, m.pages_copied,
       m.pages_repaired, m.scrub_bytes, m.scrub_bytes_total, m.scrub_rounds, m.scrub_damage);
}
void fields(auto& wire, Of<LogSpace> auto& m) { wire(m.needed, m.dead, m.leaving, m.fresh); }
void fields(auto& wire, Of<NodeStatus> auto& m) {
  wire(m.name, m.zone, m.state, m.log_bytes, m.disk_bytes, m.timelines, m.repair, m.kind, m.space);
  check_kind(wire, m.kind);
}
void fields(auto& wire, Of<GetChanges> auto& m) { wire(m.run, m.since, m.again); }
void fields(auto& wire, Of<TimelineDigest::SegmentEnd> auto& m) {
  wire(m.group, m.scl, m.log_floor);
}
void fields(auto& wire, Of<TimelineDigest> auto& m) {
  wire(m.timeline, m.dropped, m.parent, m.branch_lsn, m.pages_per_group, m.truncated, m.segments,
       m.kind);
  check_kind(wire, m.kind);
}
void fields(auto& wire, Of<Changes> auto& m) { wire(m.run, m.through, m.more, m.timelines); }
void fields(auto& wire, Of<FetchTruncations> auto& m) { wire(m.timeline); }
void fields(auto& wire, Of<Truncations> auto& m) { wire(m.timeline, m.truncations); }
void fields(auto& wire, Of<ReadSegment> auto& m) {
  wire(m.group, m.truncated, m.at, m.from, m.through, m.max_bytes);
}
void fields(auto& wire, Of<SegmentPages> auto& m) {
  wire(m.at, m.truncated, m.pins, m.log_from, m.scl, m.pages, m.next, m.last);
}
void fields(auto& wire, Of<PagePoint> auto& m) { wire(m.page_no, m.at); }
void fields(auto& wire, Of<GetPageSums> auto& m) {
  wire(m.group, m.truncated, m.points);
  wire.check(m.points.size() <= kPagePointsMax);
}
void fields(auto& wire, Of<PageSum> auto& m) { wire(m.known, m.lsn, m.hash); }
void fields(auto& wire, Of<PageSums> auto& m) {
  wire(m.truncated, m.scl, m.horizon, m.sums);
  wire.check(m.sums.size() <= kPagePointsMax);
}
void fields(auto& wire, Of<Refusal> auto& m) {
  wire(m.reason, m.epoch, m.detail);
  wire.check(m.reason <= RefusalReason::opened_anew);
}

}  // namespace pagestore
