// Shipping chunks, and bringing every copy to the end of every group's chain.
#include <algorithm>
#include <utility>

#include "log_shipper.h"
#include "wal/check.h"

namespace wal {

using pagestore::LogPart;

bool LogShipper::may_ship(Lsn end) const {
  if (phase_ != Phase::serving) return false;
  // Where this writer began, or what is durable: a takeover knows at least one of the two.
  const Lsn start = std::max(plan_->next_lsn, tracker_->vdl());
  return end <= start.advanced_by(kLsnReach);
}

Lsn LogShipper::vdl() const {
  CHECK(tracker_);
  return tracker_->vdl();
}

LogShipper::Group& LogShipper::make_group(GroupNo no, Lsn tail) {
  Group& group = groups_[no];
  group.tail = group.durable_tail = tail;
  group.copies.resize(links_.size());
  return group;
}

LogShipper::Group& LogShipper::group_of(GroupNo no) {
  if (const auto found = groups_.find(no); found != groups_.end()) return found->second;
  Group& group = make_group(no, plan_->branch_lsn);
  for (const CopyIndex copy : placement_.of(no).all()) {
    group.copies[copy].sent = plan_->branch_lsn;
    if (links_[copy].state == LinkState::streaming) {
      tracker_->reported(copy, no, plan_->branch_lsn);
    }
  }
  return group;
}

void LogShipper::ship(Chunk chunk) {
  CHECK(may_ship(chunk.end));
  CHECK(chunk.begin == chain_end_ && chunk.end > chunk.begin && !chunk.parts.empty());
  chain_end_ = chunk.end;
  std::vector<GroupNo> groups;
  for (Chunk::Part& part : chunk.parts) {
    Group& group = group_of(part.group);
    CHECK(part.prev_part_end == group.tail);
    settle(group);
    retained_bytes_ += part.records->size();
    group.retained.push_back({.group = {timeline_, part.group},
                              .epoch = epoch_,
                              .prev_part_end = part.prev_part_end,
                              .begin = chunk.begin,
                              .end = chunk.end,
                              .parts = static_cast<std::uint32_t>(chunk.parts.size()),
                              .vdl = {},
                              .records = std::move(part.records)});
    group.tail = chunk.end;
    group.ends.push_back(chunk.end);
    groups.push_back(part.group);
  }
  tracker_->chunk_sent(chunk.end, groups);
  for (const GroupNo no : groups) {
    Group& group = groups_.at(no);
    for (const CopyIndex copy : placement_.of(no).all()) pump(copy, no, group);
  }
  if (retained_bytes_ > options_.retained_bytes) trim_to_limit();
}

void LogShipper::append(CopyIndex copy, GroupNo group_no, Group& group, const LogPart& part) {
  LogPart copied = part;
  copied.epoch = epoch_;
  // A takeover that is interrupted here must leave no word that its VDL was reached.
  copied.vdl = phase_ == Phase::serving ? tracker_->vdl() : plan_->announced_vdl;
  Link& link = links_[copy];
  const auto bytes = static_cast<std::uint32_t>(part.records->size());
  link.window_used += bytes;
  CopyOfGroup& segment = group.copies[copy];
  ++segment.outstanding;
  segment.sent = part.end;
  send({.copy = copy, .kind = CallKind::append, .group = group_no, .bytes = bytes,
        .lsn = part.end},
       pagestore::AppendLog{std::move(copied)});
}

void LogShipper::pump(CopyIndex copy) {
  links_[copy].window_blocked = false;
  for (auto& [no, group] : groups_) {
    pump(copy, no, group);
    if (links_[copy].state != LinkState::streaming) return;
  }
}

void LogShipper::pump(CopyIndex copy, GroupNo group_no, Group& group) {
  if (!placement_.of(group_no).contains(copy)) return;  // it left while something was on its way
  Link& link = links_[copy];
  CopyOfGroup& segment = group.copies[copy];
  while (link.state == LinkState::streaming && segment.sent < group.tail && !segment.fetching) {
    if (link.window_used >= options_.window_bytes) {
      link.window_blocked = true;
      return;
    }
    // Mostly the newest part; a copy that lags is somewhere before.
    auto next = group.retained.end();
    if (!group.retained.empty() && group.retained.back().prev_part_end == segment.sent) {
      --next;
    } else {
      next = std::ranges::lower_bound(group.retained, segment.sent, {}, &LogPart::prev_part_end);
    }
    if (next == group.retained.begin() &&
        (group.retained.empty() || next->prev_part_end != segment.sent)) {
      return fetch(copy, group_no, group);
    }
    if (next == group.retained.end() || next->prev_part_end != segment.sent) {
      return link_lost(copy, "its log does not continue ours");
    }
    append(copy, group_no, group, *next);
  }
}

void LogShipper::fetch(CopyIndex target, GroupNo group_no, Group& group) {
  CopyOfGroup& segment = group.copies[target];
  for (std::size_t i = 0; i < links_.size(); ++i) {
    const CopyIndex peer = (target + 1 + fetches_ + i) % links_.size();
    if (peer == target || links_[peer].state != LinkState::streaming) continue;
    if (!placement_.of(group_no).contains(peer)) continue;  // what it has left of it nobody keeps
    if (tracker_->scl(peer, group_no) <= segment.sent) continue;
    ++fetches_;
    segment.fetching = true;
    send({.copy = peer, .kind = CallKind::fetch, .group = group_no, .target = target,
          .lsn = segment.sent},
         pagestore::FetchLog{{timeline_, group_no}, segment.sent, options_.fetch_bytes});
    return;
  }
  retry_later(target);
}

// What no peer has any more stays missing; asking costs them disk reads.
void LogShipper::retry_later(CopyIndex target) {
  constexpr unsigned kPauseMax = 512;
  Link& link = links_[target];
  link.retry_pause = std::clamp(link.retry_pause * 2, 1u, kPauseMax);
  link.retry_ticks = link.retry_pause;
}

void LogShipper::on_log_parts(const Call& call, const pagestore::LogParts& answer) {
  Group& group = group_of(call.group);
  Link& link = links_[call.target];
  CopyOfGroup& segment = group.copies[call.target];
  segment.fetching = false;
  if (link.state != LinkState::streaming) return;
  bool moved = false;
  for (const LogPart& part : answer.parts) {
    // A peer may hold later parts than the chain reaches, and one that lags is no help.
    if (part.group != pagestore::GroupId{timeline_, call.group} || part.prev_part_end != segment.sent ||
        part.end > group.tail || !part.records) {
      break;
    }
    append(call.target, call.group, group, part);
    moved = true;
  }
  if (moved) {
    segment.log_gone = false;
    link.retry_pause = 0;
    pump(call.target, call.group, group);
  } else {
    retry_later(call.target);
  }
}

// What a copy has by its peers' help.
void LogShipper::adopt_scls(CopyIndex copy, const pagestore::SealAck& ack) {
  for (const auto& state : ack.segments) {
    const GroupNo no = state.group.group;
    const auto found = groups_.find(no);
    if (found == groups_.end() || state.scl > found->second.tail || !placement_.of(no).contains(copy)) continue;
    CopyOfGroup& segment = found->second.copies[copy];
    if (state.scl <= segment.sent || segment.outstanding > 0 || segment.fetching) continue;
    segment.sent = state.scl;
    segment.log_gone = false;
    tracker_->acknowledged(copy, no, state.scl);
    links_[copy].retry_pause = 0;
  }
  if (phase_ == Phase::replicating) try_serve();
  pump(copy);
}

void LogShipper::on_append_ack(const Call& call, const pagestore::AppendAck& ack) {
  Link& link = links_[call.copy];
  Group& group = group_of(call.group);
  CopyOfGroup& segment = group.copies[call.copy];
  link.window_used -= call.bytes;
  --segment.outstanding;
  if (ack.epoch != epoch_ || ack.scl > group.tail) {
    return link_lost(call.copy, "acknowledged what it was not sent");
  }
  tracker_->acknowledged(call.copy, call.group, ack.scl);
  if (phase_ == Phase::replicating) try_serve();
  // Every part sent was answered and still something before them is missing there.
  if (segment.outstanding == 0 && !segment.fetching &&
      tracker_->scl(call.copy, call.group) < segment.sent) {
    return link_lost(call.copy, "lost a part that it was sent");
  }
  trim(call.group, group);
  if (link.window_blocked && link.window_used < options_.window_bytes) {
    pump(call.copy);
  } else {
    pump(call.copy, call.group, group);
  }
}

void LogShipper::settle(Group& group) const {
  while (!group.ends.empty() && group.ends.front() <= tracker_->vdl()) {
    group.durable_tail = group.ends.front();
    group.ends.pop_front();
  }
}

void LogShipper::trim(GroupNo group_no, Group& group) {
  while (!group.retained.empty()) {
    const LogPart& oldest = group.retained.front();
    for (const CopyIndex copy : placement_.of(group_no).all()) {
      if (tracker_->scl(copy, group_no) < oldest.end) return;
    }
    retained_bytes_ -= oldest.records->size();
    group.retained.pop_front();
  }
}

// What is durable can be had from a peer; what is not stays, bounded by the LSN reach.
void LogShipper::trim_to_limit() {
  for (auto& [no, group] : groups_) {
    while (retained_bytes_ > options_.retained_bytes && !group.retained.empty() &&
           group.retained.front().end <= tracker_->vdl()) {
      retained_bytes_ -= group.retained.front().records->size();
      group.retained.pop_front();
    }
  }
}

Lsn LogShipper::required_scl(GroupNo group_no) {
  const auto found = groups_.find(group_no);
  if (found == groups_.end()) return kNoLsn;
  settle(found->second);
  const Lsn tail = found->second.durable_tail;
  return tail == plan_->branch_lsn ? kNoLsn : tail;
}

bool LogShipper::can_read(CopyIndex copy, GroupNo group, Lsn scl) const {
  const Link& link = links_[copy];
  const bool answers = link.state == LinkState::streaming || (link.disk_failed && link.served);
  if (link.kind != pagestore::SegmentKind::full || !placement_.of(group).contains(copy)) return false;
  if (!answers || !link.ancestors_readable || link.ancestors_lack.contains(group)) return false;
  return scl == kNoLsn || tracker_->scl(copy, group) >= scl;
}

NodeSet LogShipper::with_pages(GroupNo group) const {
  NodeSet copies;
  for (const CopyIndex copy : placement_.of(group).all()) {
    if (links_[copy].kind != pagestore::SegmentKind::tail) copies.add(copy);
  }
  return copies;
}

void LogShipper::check_invariants() const {
  if (tracker_) tracker_->check_invariants();
  CHECK(plan_.has_value() == tracker_.has_value());
  CHECK((phase_ == Phase::failed) == error_.failed());
  CHECK(phase_ != Phase::serving || plan_);
  std::size_t retained = 0;
  for (const auto& [no, group] : groups_) {
    CHECK(group.durable_tail <= group.tail && group.tail <= chain_end_);
    CHECK(group.ends.empty() ? group.durable_tail == group.tail : group.ends.back() == group.tail);
    for (std::size_t i = 0; i < group.retained.size(); ++i) {
      const Lsn next = i + 1 < group.retained.size() ? group.retained[i + 1].prev_part_end
                                                     : group.tail;
      CHECK(group.retained[i].end == next);
      retained += group.retained[i].records->size();
    }
    for (const CopyIndex copy : placement_.of(no).all()) {
      CHECK(group.copies[copy].sent <= group.tail);
      if (links_[copy].state != LinkState::streaming) continue;
      CHECK(tracker_->scl(copy, no) <= group.tail);
      CHECK(tracker_->scl(copy, no) >= group.copies[copy].sent ||
            group.copies[copy].outstanding > 0);
    }
  }
  CHECK(retained == retained_bytes_);
}

}  // namespace wal
