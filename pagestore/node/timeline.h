// What a node knows of one timeline: its place in the tree, its epochs, its segments.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "log_item.h"

namespace pagestore {

// A part the segment holds, without its records.
struct HeldPart {
  LogPart part;              // records null
  LogPosition at;            // of the entry
  std::uint32_t length = 0;  // of the whole entry, padding included
  // The page changes in it, kept until the part is at or below a VDL: what a truncation takes
  // back out of the page index.
  RecordRefs refs;
};

// A part_list entry in the log: linked parts, in chain order.
struct StoredParts {
  LogPosition at;
  std::uint32_t length = 0;  // of the entry
  std::uint32_t parts = 0;
  Lsn first_begin;
  Lsn last_begin;
  Lsn last_end;
  // The extents its parts stand in, with how many bytes in each.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> extents;
};

// Fills in everything but `at` and `length`. `parts` in chain order, not empty.
StoredParts describe_parts(std::span<const HeldPart> parts);

// One node's copy of one protection group of one timeline: which parts it holds, and how far
// they run without a gap. Knows durable parts only.
class Segment {
 public:
  Segment(GroupId id, Lsn branch_lsn) : id_(id), branch_lsn_(branch_lsn), scl_(branch_lsn) {}
  // As a checkpoint left it; then come its parts above the VDL seen, by restore().
  Segment(GroupId id, Lsn branch_lsn, Lsn scl, Lsn vdl_seen, Lsn log_floor,
          std::vector<StoredParts> lists)
      : id_(id),
        branch_lsn_(branch_lsn),
        scl_(scl),
        vdl_seen_(vdl_seen),
        log_floor_(log_floor),
        lists_(std::move(lists)) {}
  void restore(HeldPart part, bool linked);

  GroupId id() const { return id_; }
  Lsn scl() const { return scl_; }
  Lsn vdl_seen() const { return vdl_seen_; }

  bool holds(const LogPart& part) const;

  // Adds a synced part. Returns the parts that are linked now, in chain order: the part and those
  // that had waited for it; none when it is a duplicate or a part before it is missing.
  std::vector<HeldPart> add(HeldPart part);

  // Takes out every part that ends in one of the ranges, and what is linked behind it; returns
  // those that had been linked.
  std::vector<HeldPart> annul(const std::vector<Truncation>& ranges);
  // Its pages are whole through `log_from`, the end of a part, without the log below. Nothing when
  // it reaches as far already. Returns what is linked by that.
  std::vector<HeldPart> begin_at(Lsn log_from);
  // The highest end of a part at or below `at` from which the log goes on here; nullopt: that log
  // is gone.
  std::optional<Lsn> chain_point(Lsn at) const;

  // Whether annulling the range would take out a part at or below the VDL it has seen.
  bool settled_in(const Truncation& range) const;

  // How far the chain covers what is at or below `through`. Not the last part's end there: where
  // parts of long ago end is forgotten, and a branch may lie inside one.
  Lsn scl_through(Lsn through) const { return std::min(scl_, through); }
  bool has_parts() const { return scl_ > branch_lsn_ || !waiting_.empty(); }

  // --- what a checkpoint keeps of it ---
  // Linked parts at or below the VDL seen that no list holds yet.
  std::span<const HeldPart> unlisted();
  // They are in `list` now (unless begin_at() has done without them). Only the newest stay in
  // memory.
  void listed(const StoredParts& list);
  const std::vector<StoredParts>& lists() const { return lists_; }
  // Log that begins below this is gone.
  Lsn log_floor() const { return log_floor_; }
  // Forgets the lists that end at or below `horizon`.
  void forget_lists(Lsn horizon);
  // Log that ends at or below `floor`, the end of a part, is gone; the first list begins there.
  void begin_log_at(Lsn floor);
  std::vector<StoredParts>& mutable_lists() { return lists_; }
  std::vector<HeldPart>& mutable_linked() { return linked_; }
  std::map<Lsn, HeldPart>& mutable_waiting() { return waiting_; }
  std::size_t listed_in_memory() const { return listed_; }

  // Parts above `vdl` in chain order, then those still waiting, by their end.
  std::vector<LogPart> parts_above(Lsn vdl) const;

  // Linked parts with begin >= from, ascending.
  std::vector<const HeldPart*> parts_from(Lsn from) const;

  const std::vector<HeldPart>& linked() const { return linked_; }
  const std::map<Lsn, HeldPart>& waiting() const { return waiting_; }

  void check_invariants(Lsn branch_lsn) const;

 private:
  void see_vdl(Lsn vdl);

  GroupId id_;
  Lsn branch_lsn_;
  Lsn scl_;
  Lsn vdl_seen_;
  std::vector<HeldPart> linked_;       // the newest, in chain order
  std::size_t settled_ = 0;            // linked_[0, settled_) gave up their refs
  std::size_t listed_ = 0;             // linked_[0, listed_) are in lists_, too
  Lsn log_floor_;
  std::vector<StoredParts> lists_;
  std::map<Lsn, HeldPart> waiting_;    // by prev_part_end
};

inline bool is_annulled(Lsn part_end, const std::vector<Truncation>& ranges) {
  for (const Truncation& range : ranges) {
    if (part_end > range.after && part_end <= range.to) return true;
  }
  return false;
}

struct Timeline {
  TimelineId id{};
  TimelineId parent{};
  Lsn branch_lsn;
  std::uint64_t pages_per_group = 0;

  // The staged values are what the last request set; they decide on the requests behind it. The
  // others follow when the entry is durable; they are what is reported.
  Epoch staged_epoch{};
  Epoch staged_truncation{};
  std::vector<Truncation> staged_truncations;
  Lsn staged_horizon;
  std::vector<Lsn> staged_pins;
  bool staged_log = false;      // a part was taken, ever
  bool staged_drop = false;

  Epoch epoch{};
  Epoch previous_epoch{};       // what the last seal found
  Epoch ready_epoch{};          // parts of this epoch are taken: its truncation was applied
  std::vector<Truncation> truncations;  // all that hold, ascending
  bool has_log = false;
  Lsn horizon;
  std::vector<Lsn> pins;        // as granted with it, ascending
  Lsn vdl_seen;
  bool created = false;         // durable
  bool dropped = false;
  // Log that may have fenced or truncated this timeline was damaged: nothing here can be trusted.
  bool damaged = false;
  // Damaged, emptied, and filled by peers.
  bool rejoining = false;
  bool takes_from_peers() const { return !damaged || rejoining; }

  std::map<TimelineId, Lsn> children;  // pins: child, branch LSN
  Lsn newest_branch;                    // no child ever began above it
  // The parent's, which stays while it has children. Null: it has none, or the parent was lost.
  Timeline* up = nullptr;
  void adopt(Timeline& child) {
    children.emplace(child.id, child.branch_lsn);
    newest_branch = std::max(newest_branch, child.branch_lsn);
    child.up = this;
    child.depth = depth + 1;
  }
  // Levels above it, as far as they are known.
  std::uint32_t depth = 0;
  // Pages that are changed here get an image here, so that none is ever put together from more levels than these.
  bool is_base() const { return depth != 0 && depth % kLevelsBetweenBases == 0; }
  static constexpr std::uint32_t kLevelsBetweenBases = 16;
  std::map<GroupNo, Segment> segments;

  // The group of a page; every page is in group 0 of a volume without a group size.
  GroupNo group_of(PageNo page) const {
    return GroupNo{pages_per_group == 0
                       ? 0
                       : static_cast<std::uint32_t>(wal::raw(page) / pages_per_group)};
  }
  Segment& segment(GroupNo group);
  const Segment* find_segment(GroupNo group) const;
  // SCL of the group here; branch_lsn where it has no log of its own.
  Lsn scl(GroupNo group) const;

  void check_invariants() const;
};

}  // namespace pagestore
