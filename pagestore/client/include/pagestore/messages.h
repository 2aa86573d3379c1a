// What a writer (or reader) and a page-store node say to each other.
//
// Plain values, the same in process, on the wire and in the simulator. Terms as in
// pagestore/README.md: a segment is one node's copy of one protection group of one timeline.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "wal/ids.h"
#include "wal/lsn.h"
#include "wal/page.h"

namespace pagestore {

using wal::Epoch;
using wal::GroupNo;
using wal::Lsn;
using wal::PageNo;
using wal::TimelineId;

// What a node's segments are: all full, or all tails.
enum class SegmentKind : std::uint8_t {
  full = 1,  // log and pages
  tail = 2,  // log alone, for those that are full (SIGMOD 2018, section 4.2)
};

// A protection group of one timeline; with a node it names a segment.
struct GroupId {
  TimelineId timeline;
  GroupNo group;
  auto operator<=>(const GroupId&) const = default;
};

// Immutable bytes shared between the six sends of one batch.
using SharedBytes = std::shared_ptr<const std::vector<std::byte>>;

// The part of one chunk of the volume's log that belongs to one protection group.
//
// A chunk is a contiguous stretch (begin, end] of the volume's log made of whole
// mini-transactions: the unit in which the log becomes durable. It is split by group; it is
// durable when each of its `parts` is on a write quorum of its group. Because chunks are linked
// (`begin` is the previous chunk's end) and say how many parts they have, recovery can tell from
// the parts alone how far the volume's log is complete.
// Across an annulled range, `begin` and `prev_part_end` name the last chunk and part that survived.
struct LogPart {
  GroupId group;
  // Of the writer that sends it: a part that a later writer sends again, to repair a segment,
  // carries the later epoch.
  Epoch epoch{};
  // End of this group's previous part on this timeline: the chain behind the SCL. The group's
  // first part has the timeline's branch_lsn here, which is also the SCL of an empty segment.
  Lsn prev_part_end;
  Lsn begin;                // of the chunk, exclusive
  Lsn end;                  // of the chunk, inclusive
  std::uint32_t parts = 1;  // how many groups the chunk touches
  Lsn vdl;                  // the writer's VDL when it sent this
  SharedBytes records;      // encoded records of this group, ascending Lsn, back to back
};

// --- writing ---------------------------------------------------------------------------------

struct AppendLog {
  LogPart part;
};

// Sent when the part is synced on the node's disk. It acknowledges what is at or below `scl`, no
// more: an scl below the part's end says that a part before it is missing here (send it; the
// later part is kept). A part sent again is acknowledged again.
//
// A node takes parts of its own epoch only. Older: Refusal{stale_epoch}. Newer: Refusal{not_yet}
// with the node's epoch, until Seal and Truncate of that epoch have been applied here; a timeline
// without any log here takes them at once.
struct AppendAck {
  GroupId group;
  Epoch epoch{};
  Lsn scl;  // segment complete LSN: no gap at or below it
};

// --- reading ---------------------------------------------------------------------------------

// The page as of `read_point`. The node answers only when its segment's SCL is at or above
// `required_scl` (it waits a bounded time for it, then answers NotYet).
struct ReadPage {
  GroupId group;
  PageNo page_no{};
  Lsn read_point;
  Lsn required_scl;
  // The run of the node that was sealed: what its answer said of the ancestors of the timeline holds
  // for that run. Another one refuses (opened_anew): it may have lost files. 0: any.
  std::uint64_t run = 0;
};

struct PageContents {
  std::shared_ptr<const wal::Page> page;  // null: never written at or below the read point
};

// Which pages differ from what they were at a point of the timeline's own past: those that the
// history from there on wrote to. `base` is the timeline itself or one that it descends from, and
// `after` at or below where the way down leaves it. Otherwise asked and refused as ReadPage.
struct FindChanges {
  GroupId group;
  Lsn read_point;
  Lsn required_scl;
  TimelineId base;
  Lsn after;
  PageNo from{};      // the first one wanted
  PageNo through{};   // the last one
  std::uint64_t run = 0;
};

struct ChangedPages {
  std::vector<PageNo> pages;  // ascending
  PageNo next{};              // where to continue
  bool last = false;          // nothing is left
};

// A page from another copy, for the copy that answered `corrupt` at this read point. It is kept as
// an image of the version that the node's index has there; any other page is refused (malformed).
struct RepairPage {
  GroupId group;
  Epoch epoch{};
  PageNo page_no{};
  Lsn read_point;
  std::shared_ptr<const wal::Page> page;
};

// --- taking a volume over ----------------------------------------------------------------------

// Installs `epoch`: from the answer on, nothing of an older epoch is accepted for the timeline.
// Durable before it is answered. First step of every recovery. Refused (stale_epoch) when the
// node has a newer one; the same one again is answered afresh.
struct Seal {
  TimelineId timeline;
  Epoch epoch{};
};

struct SegmentState {
  GroupId group;
  Lsn scl;
  // Every part this segment holds above the highest VDL any of its parts has carried, without
  // their records, in chain order (gaps included: compare prev_part_end).
  std::vector<LogPart> parts_above_vdl;
  Lsn vdl_seen;
};

// Everything in (after, to] was annulled by the writer of `epoch`.
struct Truncation {
  Epoch epoch{};
  Lsn after;
  Lsn to;
  auto operator<=>(const Truncation&) const = default;
};

// What a node has of the history below a timeline's branch: a reader of the child must not ask a
// node whose copy of an ancestor lags behind or still holds annulled parts.
struct AncestorState {
  struct GroupEnd {
    GroupNo group{};
    Lsn scl;  // the ancestor's SCL, no higher than where the next timeline branches off
  };
  TimelineId timeline;
  Lsn branch_lsn;                       // the ancestor's own: the SCL of a group not listed
  Lsn through;                          // where the next timeline branches off
  std::vector<Truncation> truncations;  // as SealAck's, the ancestor's own
  std::vector<GroupEnd> groups;         // those it has parts of
};

struct SealAck {
  TimelineId timeline;
  Epoch epoch{};
  bool known = false;  // whether the node has the timeline at all; if not, the rest is empty
  // Newest truncation applied: everything in (truncated_after, truncated_to] is annulled.
  Lsn truncated_after;
  Lsn truncated_to;
  std::vector<SegmentState> segments;  // the groups of which it has parts

  // The epoch this Seal replaced; 0 when no writer was ever installed here.
  Epoch previous_epoch{};
  // All truncations that hold here, ascending: what the newest Truncate said. The list whose last
  // epoch is the highest is the true one; a node that was away has another.
  std::vector<Truncation> truncations;
  // As created.
  TimelineId parent = wal::kNoTimeline;
  Lsn branch_lsn;
  std::uint64_t pages_per_group = 0;
  // Parent first.
  std::vector<AncestorState> ancestors;
  std::uint64_t run = 0;  // of the node: another one since it opened anew
  SegmentKind kind = SegmentKind::full;
};

// Annuls (after, to] for good. Part of every takeover, on every node before it gets the new
// epoch's parts or page reads, also when nothing is known to be annulled: a node that slept
// through may hold a tail nobody counted. (Only the first writer of a timeline sends none.)
//
// `truncations` are all that hold, ascending, this one last; they replace the node's list. Parts
// that end in one of them are gone, the SCL falls back if it must, and none of them is accepted
// again. A truncation the node has and the list has not was an interrupted takeover's, never
// valid: what it annulled is accepted again. Durable before it is answered; idempotent; requires
// epoch == the sealed one. Refused as malformed when it would newly annul anything at or below a
// VDL this node has seen.
struct Truncate {
  TimelineId timeline;
  Epoch epoch{};
  Lsn after;
  Lsn to;
  std::vector<Truncation> truncations;
};

// Asks for the parts of a group with begin >= from, with their records (repair, gossip).
struct FetchLog {
  GroupId group;
  Lsn from;
  std::uint64_t max_bytes = 0;
};

struct LogParts {
  std::vector<LogPart> parts;  // ascending; empty when there is nothing at or above `from`
  // Epoch of the newest truncation that held here when they were chosen; 0: none. A peer takes
  // them only while the same one is its own newest, too.
  Epoch truncated{};
};

// --- between nodes -------------------------------------------------------------------------------

// What has changed on this node? Nodes ask each other in turn (gossip), FetchLog what they miss,
// and ReadSegment where the log for it is gone.
struct GetChanges {
  // As the node's last answer said; 0: everything. A node that opened anew in between has another
  // run and tells everything.
  std::uint64_t run = 0;
  std::uint64_t since = 0;
  // Wanted once more, changed or not.
  std::vector<TimelineId> again;
};

// A timeline in few words.
struct TimelineDigest {
  struct SegmentEnd {
    GroupNo group{};
    Lsn scl;
    Lsn log_floor;  // log that begins below this is gone here
  };
  TimelineId timeline;
  bool dropped = false;  // for good; the rest is empty
  TimelineId parent;
  Lsn branch_lsn;
  std::uint64_t pages_per_group = 0;
  Epoch truncated{};      // of the newest truncation; 0: none. The same one: the same list.
  std::vector<SegmentEnd> segments;  // the groups it has parts of
  SegmentKind kind = SegmentKind::full;
};

struct Changes {
  std::uint64_t run = 0;
  std::uint64_t through = 0;  // ask for what is since this next
  bool more = false;          // ask at once: one answer is bounded
  std::vector<TimelineDigest> timelines;  // oldest change first
};

// All truncations that hold for a timeline, for a peer whose list is older.
struct FetchTruncations {
  TimelineId timeline;
};
struct Truncations {
  TimelineId timeline;
  std::vector<Truncation> truncations;  // as SealAck's
};

// Copies a segment's pages from a peer: the pages from `from` on, as images at the points from
// from which they can be read, page by page. The log above follows by FetchLog. A tail refuses (not_yet);
// one that asks has no use for pages and begins behind the last one, at kNoPage.
struct ReadSegment {
  GroupId group;
  Epoch truncated{};      // as in LogParts; another one is refused (not_yet)
  // Kept readable by the peer while it is asked again and again; kNoLsn in the first request: the
  // peer's own horizon. Refused (below_horizon) when it is gone: begin anew. Who names one knows it to be
  // durable, which the peer may not have been told.
  Lsn at;
  PageNo from{};
  PageNo through{};       // the last one wanted
  std::uint64_t max_bytes = 0;
};

struct SegmentPages {
  Lsn at;
  Epoch truncated{};
  // Below `at`, ascending: what stays readable for children and snapshots.
  std::vector<Lsn> pins;
  Lsn log_from;           // end of the group's last part at or below `at`: the log continues there
  Lsn scl;
  // At each pin and at `at` the newest version at or below it that this timeline's own records
  // made, each once, ascending by page and LSN (both are in the page's header).
  std::vector<std::shared_ptr<const wal::Page>> pages;
  PageNo next{};          // where to continue
  bool last = false;      // nothing is left
};

// What full nodes tell each other of their pages in few words. Of each point: the page's newest version at or
// below it that this timeline's own records made, as the disk has it. Nodes with the same history answer the
// same wherever both can read, so a page that no checksum finds wrong is found by the others' (scrub). A tail
// refuses (not_yet), and who asks for more points than kPagePointsMax.
struct PagePoint {
  PageNo page_no{};
  Lsn at;
};
inline constexpr std::size_t kPagePointsMax = 256;
struct GetPageSums {
  GroupId group;
  Epoch truncated{};      // as in LogParts; another one is refused (not_yet)
  std::vector<PagePoint> points;
};

struct PageSum {
  bool known = false;     // false: not readable here, or damaged
  Lsn lsn;                // of the version; kNoLsn: there is none
  std::uint64_t hash = 0; // of the page (page_sums.cpp)
  bool operator==(const PageSum&) const = default;
};
struct PageSums {
  Epoch truncated{};
  Lsn scl;                    // what is above was not looked at
  Lsn horizon;                // what was granted: durable, so one that missed the grant and got no log since learns of it
  std::vector<PageSum> sums;  // of each point, in their order
};

// --- timelines -----------------------------------------------------------------------------------

// Creating a child first pins its parent at branch_lsn, in one durable step. Idempotent.
// parent == kNoTimeline: a new history that begins empty at branch_lsn.
struct CreateTimeline {
  TimelineId timeline;
  TimelineId parent;
  Lsn branch_lsn;
  std::uint64_t pages_per_group = 0;
  // The sender has log on its way that becomes durable with it: the node may wait for that, a tick at
  // most, so that both stand in one block.
  bool log_follows = false;
};

// Removes the name; data stays as long as children or pins need it. Idempotent.
struct DropTimeline {
  TimelineId timeline;
};

// History below `horizon` may be forgotten, pins excepted. No grant, no forgetting.
//
// `pins`, ascending: points below it that stay readable. They replace those of the grant before.
// A child pins its parent by itself where it is known; here are those that a node may not have
// heard of yet, so that it can still be made there. A grant below the node's horizon changes
// nothing.
struct GrantHorizon {
  TimelineId timeline;
  Epoch epoch{};
  Lsn horizon;
  std::vector<Lsn> pins;
};

struct Done {};  // durable

// --- status --------------------------------------------------------------------------------------

struct GetStatus {};

struct TimelineStatus {
  TimelineId timeline;
  TimelineId parent;
  Lsn branch_lsn;
  Epoch epoch{};
  bool dropped = false;
  Lsn horizon;
  Lsn scl;                   // highest over its groups
  std::uint64_t pages_per_group = 0;
};

// What a node did and does to be and stay whole. Counted since it opened.
struct RepairStatus {
  std::uint64_t segments_behind = 0;      // peers have more of them, now
  std::uint64_t segments_copying = 0;     // page by page, now
  std::uint64_t log_bytes_fetched = 0;    // from peers
  std::uint64_t pages_copied = 0;         // from peers, images
  std::uint64_t pages_repaired = 0;       // in place: damaged here, whole on another copy
  std::uint64_t scrub_bytes = 0;          // read in the background
  std::uint64_t scrub_bytes_total = 0;    // of this round
  std::uint64_t scrub_rounds = 0;         // finished
  std::uint64_t scrub_damage = 0;         // pages found damaged or unlike a peer's
};

// What a node's log takes on its disk, bytes. The rest of disk_bytes is room for log to come.
struct LogSpace {
  std::uint64_t needed = 0;   // when a collection last looked it through
  std::uint64_t dead = 0;     // the rest of the same extents: it stays until most of its extent is dead
  std::uint64_t leaving = 0;  // extents that are given back with the next checkpoints
  std::uint64_t fresh = 0;    // written since
};

struct NodeStatus {
  std::string name;  // "a1"
  std::string zone;  // "a"
  std::string state; // "ok", or why it refuses work
  std::uint64_t log_bytes = 0;
  std::uint64_t disk_bytes = 0;
  std::vector<TimelineStatus> timelines;
  RepairStatus repair{};
  SegmentKind kind = SegmentKind::full;
  LogSpace space{};
};

// --- refusals ------------------------------------------------------------------------------------

enum class RefusalReason : std::uint8_t {
  stale_epoch,        // a newer writer has taken over
  unknown_timeline,
  not_yet,            // SCL below required_scl
  below_horizon,      // the read point's history is gone
  corrupt,            // this copy is damaged: try another, repair follows
  disk_failed,        // a sync failed or the disk is full: no further acknowledgement from here
  stopped,
  malformed,
  opened_anew,        // since the seal that the request relies on: seal again
};

struct Refusal {
  RefusalReason reason;
  Epoch epoch{};        // the node's, for stale_epoch
  std::string detail;   // for the operator's log
};

using Request = std::variant<AppendLog, ReadPage, Seal, Truncate, FetchLog, CreateTimeline,
                             DropTimeline, GrantHorizon, RepairPage, GetStatus, GetChanges,
                             FetchTruncations, ReadSegment, FindChanges, GetPageSums>;
using Response = std::variant<AppendAck, PageContents, SealAck, LogParts, Done, NodeStatus, Refusal,
                              Changes, Truncations, SegmentPages, ChangedPages, PageSums>;

}  // namespace pagestore
