#include "timeline.h"

#include <algorithm>
#include <iterator>

#include "wal/check.h"

namespace pagestore {
namespace {

// Parts that peers ask for are the newest; the others are found by their lists.
constexpr std::size_t kListedInMemory = 256;

}  // namespace

StoredParts describe_parts(std::span<const HeldPart> parts) {
  StoredParts list;
  list.parts = static_cast<std::uint32_t>(parts.size());
  list.first_begin = parts.front().part.begin;
  list.last_begin = parts.back().part.begin;
  list.last_end = parts.back().part.end;
  std::map<std::uint32_t, std::uint64_t> extents;
  for (const HeldPart& held : parts) extents[held.at.extent] += held.length;
  list.extents.assign(extents.begin(), extents.end());
  return list;
}

bool Segment::holds(const LogPart& part) const {
  if (part.end <= scl_) return true;
  const auto found = waiting_.find(part.prev_part_end);
  return found != waiting_.end() && found->second.part.end == part.end;
}

void Segment::see_vdl(Lsn vdl) {
  if (vdl <= vdl_seen_) return;
  vdl_seen_ = vdl;
}

std::vector<HeldPart> Segment::add(HeldPart part) {
  if (holds(part.part)) return {};
  see_vdl(part.part.vdl);
  std::vector<HeldPart> linked;
  if (part.part.prev_part_end != scl_) {
    // A chain that starts inside what we hold cannot be true; it is never linked.
    if (part.part.prev_part_end > scl_) {
      waiting_.insert_or_assign(part.part.prev_part_end, std::move(part));
    }
    return linked;
  }
  for (;;) {
    scl_ = part.part.end;
    linked.push_back(part);
    linked_.push_back(std::move(part));
    auto next = waiting_.extract(scl_);
    if (next.empty()) break;
    part = std::move(next.mapped());
  }
  while (settled_ < linked_.size() && linked_[settled_].part.end <= vdl_seen_) {
    linked_[settled_++].refs = nullptr;
  }
  return linked;
}

std::vector<HeldPart> Segment::begin_at(Lsn log_from) {
  std::vector<HeldPart> linked;
  if (log_from <= scl_) return linked;
  linked_.clear();
  lists_.clear();
  settled_ = listed_ = 0;
  scl_ = log_floor_ = log_from;
  see_vdl(log_from);
  std::erase_if(waiting_, [&](const auto& item) { return item.first < log_from; });
  if (auto next = waiting_.extract(scl_)) linked = add(std::move(next.mapped()));
  return linked;
}

std::optional<Lsn> Segment::chain_point(Lsn at) const {
  if (scl_ <= at) return scl_;
  Lsn point = std::max(log_floor_, branch_lsn_);
  if (point > at) return std::nullopt;
  for (const StoredParts& list : lists_) {
    if (list.last_end <= at) point = std::max(point, list.last_end);
  }
  for (const HeldPart& held : linked_) {
    if (held.part.end <= at) point = std::max(point, held.part.end);
  }
  return point;
}

std::vector<HeldPart> Segment::annul(const std::vector<Truncation>& ranges) {
  std::erase_if(waiting_,
                [&](const auto& item) { return is_annulled(item.second.part.end, ranges); });
  // Behind an annulled part everything is the same fenced writer's.
  auto first = linked_.end();
  for (auto it = linked_.end(); it != linked_.begin();) {
    --it;
    if (it->part.end <= vdl_seen_) break;
    if (is_annulled(it->part.end, ranges)) first = it;
  }
  std::vector<HeldPart> gone;
  if (first == linked_.end()) return gone;
  scl_ = first->part.prev_part_end;
  gone.assign(std::make_move_iterator(first), std::make_move_iterator(linked_.end()));
  linked_.erase(first, linked_.end());
  settled_ = std::min(settled_, linked_.size());
  return gone;
}

bool Segment::settled_in(const Truncation& range) const {
  for (const StoredParts& list : lists_) {  // listed is settled
    if (list.last_end > range.after && list.first_begin < range.to) return true;
  }
  const auto next = std::upper_bound(
      linked_.begin(), linked_.end(), range.after,
      [](Lsn lsn, const HeldPart& held) { return lsn < held.part.end; });
  return next != linked_.end() && next->part.end <= std::min(range.to, vdl_seen_);
}

std::vector<LogPart> Segment::parts_above(Lsn vdl) const {
  std::vector<LogPart> parts;
  auto first = linked_.end();
  while (first != linked_.begin() && std::prev(first)->part.end > vdl) --first;
  for (; first != linked_.end(); ++first) parts.push_back(first->part);
  const auto linked = static_cast<std::ptrdiff_t>(parts.size());
  for (const auto& [prev, held] : waiting_) parts.push_back(held.part);
  std::sort(parts.begin() + linked, parts.end(),
            [](const LogPart& a, const LogPart& b) { return a.end < b.end; });
  return parts;
}

std::vector<const HeldPart*> Segment::parts_from(Lsn from) const {
  const auto first =
      std::lower_bound(linked_.begin(), linked_.end(), from,
                       [](const HeldPart& held, Lsn lsn) { return held.part.begin < lsn; });
  std::vector<const HeldPart*> parts;
  for (auto it = first; it != linked_.end(); ++it) parts.push_back(&*it);
  return parts;
}

void Segment::restore(HeldPart part, bool linked) {
  if (linked) {
    linked_.push_back(std::move(part));
  } else {
    waiting_.insert_or_assign(part.part.prev_part_end, std::move(part));
  }
}

std::span<const HeldPart> Segment::unlisted() {
  std::size_t end = listed_;
  while (end < linked_.size() && linked_[end].part.end <= vdl_seen_) ++end;
  return std::span(linked_).subspan(listed_, end - listed_);
}

void Segment::listed(const StoredParts& list) {
  if (listed_ + list.parts > linked_.size() ||
      linked_[listed_].part.begin != list.first_begin) {
    return;
  }
  lists_.push_back(list);
  listed_ += list.parts;
  CHECK(listed_ <= linked_.size());
  if (listed_ > kListedInMemory) {
    const std::size_t gone = listed_ - kListedInMemory;
    linked_.erase(linked_.begin(), linked_.begin() + static_cast<std::ptrdiff_t>(gone));
    listed_ -= gone;
    settled_ -= std::min(settled_, gone);
  }
}

void Segment::forget_lists(Lsn horizon) {
  Lsn floor = log_floor_;
  for (const StoredParts& list : lists_) {
    if (list.last_end > horizon) break;
    floor = std::max(floor, list.last_end);
  }
  begin_log_at(floor);
}

void Segment::begin_log_at(Lsn floor) {
  log_floor_ = std::max(log_floor_, floor);
  while (!lists_.empty() && lists_.front().last_end <= log_floor_) lists_.erase(lists_.begin());
  std::size_t gone = 0;
  while (gone < listed_ && linked_[gone].part.end <= log_floor_) ++gone;
  linked_.erase(linked_.begin(), linked_.begin() + static_cast<std::ptrdiff_t>(gone));
  listed_ -= gone;
  settled_ -= std::min(settled_, gone);
}

void Segment::check_invariants(Lsn branch_lsn) const {
  CHECK(listed_ <= linked_.size());
  CHECK(settled_ <= linked_.size());
  for (std::size_t i = 0; i < listed_; ++i) CHECK(linked_[i].part.end <= vdl_seen_);
  for (std::size_t i = 1; i < lists_.size(); ++i) {
    CHECK(lists_[i].first_begin >= lists_[i - 1].last_begin);
  }
  Lsn end = linked_.empty() ? scl_ : linked_.front().part.prev_part_end;
  CHECK(end >= branch_lsn);
  for (const HeldPart& held : linked_) {
    CHECK(held.part.prev_part_end == end);
    CHECK(held.part.begin >= end);
    CHECK(held.part.end > held.part.begin);
    CHECK(held.part.records == nullptr);
    end = held.part.end;
  }
  CHECK(scl_ == end);
  for (const auto& [prev, held] : waiting_) {
    CHECK(held.part.prev_part_end == prev);
    CHECK(prev > scl_);
  }
}

Segment& Timeline::segment(GroupNo group) {
  return segments.try_emplace(group, GroupId{id, group}, branch_lsn).first->second;
}

const Segment* Timeline::find_segment(GroupNo group) const {
  const auto found = segments.find(group);
  return found == segments.end() ? nullptr : &found->second;
}

Lsn Timeline::scl(GroupNo group) const {
  const Segment* segment = find_segment(group);
  return segment == nullptr ? branch_lsn : segment->scl();
}

void Timeline::check_invariants() const {
  CHECK(staged_epoch >= epoch);
  CHECK(staged_truncation >= ready_epoch);
  CHECK(staged_log || !has_log);
  CHECK(truncations.empty() || epoch >= truncations.back().epoch);
  for (const auto& [group, segment] : segments) {
    segment.check_invariants(branch_lsn);
    // They lie in order, as was just checked: the first above where a truncation begins tells for all.
    const auto& linked = segment.linked();
    for (const Truncation& truncation : truncations) {
      if (linked.empty()) break;
      if (truncation.to < linked.front().part.end || truncation.after >= linked.back().part.end) continue;
      const auto above = std::ranges::upper_bound(linked, truncation.after, {}, [](const HeldPart& held) { return held.part.end; });
      CHECK(above->part.end > truncation.to);
    }
    for (const auto& [prev, held] : segment.waiting()) {
      CHECK(!is_annulled(held.part.end, truncations));
    }
  }
}

}  // namespace pagestore
