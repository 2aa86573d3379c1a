#include "pagestore/coverage.h"

#include <algorithm>

#include "pagestore/membership.h"

namespace pagestore {
namespace {

const TimelineDigest* find(const NodeDigests& node, TimelineId id) {
  const auto found = node.find(id);
  return found == node.end() ? nullptr : &found->second;
}

// What is left of a timeline that was dropped and that nobody descends from; or log of it was lost.
bool is_name_only(const TimelineDigest& digest) { return digest.pages_per_group == 0; }
bool is_damaged(const TimelineDigest& digest) { return is_name_only(digest) && !digest.dropped; }

}  // namespace

bool Coverage::agreed(const Membership& members, const HoldersDigests& holders, TimelineId id, Wanted& wanted) const {
  wanted = {};
  for (const auto& [node, holder] : holders) {
    const TimelineDigest* const digest = find(holder, id);
    if (digest == nullptr || is_damaged(*digest)) continue;
    wanted.dropped |= digest->dropped;
    if (!is_name_only(*digest)) wanted.truncated = std::max(wanted.truncated, digest->truncated);
  }
  NodeSet votes;
  for (const auto& [node, holder] : holders) {
    const TimelineDigest* const digest = find(holder, id);
    if (digest != nullptr && is_damaged(*digest)) continue;
    if (digest == nullptr || is_name_only(*digest)) {
      votes.add(node);
      continue;
    }
    // Another one's end may be annulled by what it has not heard of.
    if (digest->truncated != wanted.truncated) continue;
    votes.add(node);
    for (const auto& segment : digest->segments) {
      if (!of_.holds(segment.group)) continue;
      Lsn& scl = wanted.scl[segment.group];
      scl = std::max(scl, segment.scl);
    }
  }
  return members.is_sure_read_quorum(votes);
}

bool Coverage::has(const NodeDigests& newcomer, TimelineId id, const Wanted& wanted) {
  const TimelineDigest* const digest = find(newcomer, id);
  if (digest == nullptr) return false;
  if (wanted.dropped && !digest->dropped) return false;
  if (is_name_only(*digest)) return digest->dropped;
  if (digest->truncated != wanted.truncated) return false;
  return std::ranges::all_of(wanted.scl, [&](const auto& group) {
    return std::ranges::any_of(digest->segments, [&](const TimelineDigest::SegmentEnd& segment) {
      return segment.group == group.first && segment.scl >= group.second;
    });
  });
}

void Coverage::update(const Membership& members, const HoldersDigests& holders, const NodeDigests& newcomer) {
  if (!made_) {
    for (const auto& [node, holder] : holders) {
      for (const auto& [id, digest] : holder) undecided_.insert(id);
    }
    made_ = true;
  } else {
    std::erase_if(wanted_, [&](const auto& each) { return has(newcomer, each.first, each.second); });
    // A takeover came between: what was wanted may have been annulled.
    for (auto at = wanted_.begin(); at != wanted_.end();) {
      Wanted now;
      if (agreed(members, holders, at->first, now) && now.truncated == at->second.truncated &&
          now.dropped == at->second.dropped) {
        ++at;
        continue;
      }
      undecided_.insert(at->first);
      at = wanted_.erase(at);
    }
  }
  for (auto at = undecided_.begin(); at != undecided_.end();) {
    Wanted wanted;
    if (!agreed(members, holders, *at, wanted)) {
      ++at;
      continue;
    }
    wanted_[*at] = std::move(wanted);
    at = undecided_.erase(at);
  }
  segments_ = 0;
  for (const auto& [node, holder] : holders) {
    std::size_t count = 0;
    for (const auto& [id, digest] : holder) {
      count += static_cast<std::size_t>(std::ranges::count_if(
          digest.segments, [&](const TimelineDigest::SegmentEnd& segment) { return of_.holds(segment.group); }));
    }
    segments_ = std::max(segments_, count);
  }
  log_bytes_left_ = 0;
  for (const auto& [id, wanted] : wanted_) {
    const TimelineDigest* const digest = find(newcomer, id);
    for (const auto& [group, scl] : wanted.scl) {
      Lsn have = digest == nullptr ? wal::kNoLsn : digest->branch_lsn;
      if (digest != nullptr) {
        for (const auto& segment : digest->segments) {
          if (segment.group == group) have = segment.scl;
        }
      }
      if (have != wal::kNoLsn && have < scl) log_bytes_left_ += distance(have, scl);
    }
  }
}

std::size_t Coverage::segments_left() const {
  std::size_t left = undecided_.size();
  for (const auto& [id, wanted] : wanted_) left += std::max<std::size_t>(1, wanted.scl.size());
  return left;
}

}  // namespace pagestore
