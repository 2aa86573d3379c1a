// What may be forgotten, and for whose sake it is not yet.
//
// Below the horizon tails keep nothing, and full copies pages alone. A copy that lacks log is waited
// for, up to a time and a number of bytes; past either it gets pages from a full copy. That must leave
// two full copies of each set beside it that are here and have all that is given up: with one of them
// lost, too, there is one, which any takeover finds. While there are not, log is kept without limit.
#include <algorithm>
#include <initializer_list>

#include "log_shipper.h"

namespace wal {
namespace {

// Full copies of a set that have what another one is not waited for any more.
constexpr std::ptrdiff_t kFullCopiesElsewhere = 2;

}  // namespace

// Between the VDL that recovery found and the first new LSN there is no log.
std::uint64_t LogShipper::log_between(Lsn from, Lsn to) const {
  if (from >= to) return 0;
  const std::uint64_t all = distance(from, to);
  const Lsn gap_from = std::max(from, plan_->vdl);
  const Lsn gap_to = std::min(to, plan_->next_lsn);
  return gap_from < gap_to ? all - distance(gap_from, gap_to) : all;
}

// Of a copy that was not heard of since this writer began nobody knows what it has: what was logged
// before does not count.
bool LogShipper::is_overdue(CopyIndex copy, GroupNo group_no, const Group& group) const {
  const Link& link = links_[copy];
  if (group.copies[copy].log_gone) return true;
  if (link.state == LinkState::streaming) return false;
  if (link.away_ticks >= options_.away_ticks) return true;
  const Lsn from = link.kind ? tracker_->scl(copy, group_no) : std::max(tracker_->scl(copy, group_no), plan_->vdl);
  return log_between(from, tracker_->vdl()) > options_.away_bytes;
}

bool LogShipper::has_pages_elsewhere(CopyIndex copy, GroupNo group_no, const Group& group) const {
  const auto is_here = [&](CopyIndex other) {
    const Link& link = links_[other];
    return other != copy && link.kind == pagestore::SegmentKind::full &&
           link.state == LinkState::streaming && !is_overdue(other, group_no, group);
  };
  const Membership& members = placement_.of(group_no);
  return std::ranges::all_of(std::initializer_list{members.before(), members.after()}, [&](NodeSet set) {
    return !set.contains(copy) || std::ranges::count_if(set, is_here) >= kFullCopiesElsewhere;
  });
}

bool LogShipper::is_waited_for(CopyIndex copy, GroupNo group_no, const Group& group) const {
  return !is_overdue(copy, group_no, group) || !has_pages_elsewhere(copy, group_no, group);
}

Lsn LogShipper::whole_through() const {
  Lsn through = kMaxLsn;
  for (const auto& [no, group] : groups_) {
    for (const CopyIndex copy : placement_.of(no).all()) {
      const Lsn scl = tracker_->scl(copy, no);
      if (scl < group.tail && is_waited_for(copy, no, group)) through = std::min(through, scl);
    }
  }
  return through;
}

void LogShipper::grant_horizon(Lsn horizon, std::vector<Lsn> pins) {
  if (phase_ != Phase::serving) return;
  asked_horizon_ = std::max(asked_horizon_, horizon);
  horizon = std::max(horizon_, std::min(horizon, whole_through()));
  if (horizon == kNoLsn || (horizon == horizon_ && pins == pins_)) return;
  horizon_ = horizon;
  pins_ = std::move(pins);
  for (const CopyIndex copy : placement_.all()) {
    if (links_[copy].state != LinkState::streaming) continue;
    send({.copy = copy, .kind = CallKind::horizon, .lsn = {}},
         pagestore::GrantHorizon{timeline_, epoch_, horizon_, pins_});
  }
}

std::vector<pagestore::KeptLog> LogShipper::kept_log() const {
  std::vector<KeptLog> kept;
  if (phase_ != Phase::serving) return kept;
  for (const CopyIndex copy : placement_.all()) {
    KeptLog of{.node = copy};
    for (const auto& [no, group] : groups_) {
      const Lsn scl = tracker_->scl(copy, no);
      if (scl >= group.tail || !placement_.of(no).contains(copy)) continue;
      const bool is_waited = is_waited_for(copy, no, group);
      if (is_waited) of.bytes = std::max(of.bytes, log_between(std::max(scl, horizon_), asked_horizon_));
      of.is_overdue = of.is_overdue || (is_waited && is_overdue(copy, no, group));
      of.is_given_up = of.is_given_up || (!is_waited && scl < horizon_);
    }
    if (of.bytes == 0 && !of.is_given_up) continue;
    const unsigned away = links_[copy].away_ticks;
    of.is_nearly_overdue = of.is_overdue || away >= options_.away_ticks / 2 || of.bytes >= options_.away_bytes / 2;
    kept.push_back(of);
  }
  return kept;
}

}  // namespace wal
