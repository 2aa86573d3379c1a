#include "wal/log_read.h"

#include <algorithm>
#include <vector>

#include "log_fetch.h"
#include "pagestore/storage_tier.h"
#include "wal/volume_errc.h"

namespace wal {
namespace {

using pagestore::LogPart;
using pagestore::StorageTier;

constexpr std::uint64_t kReadBytes = std::uint64_t{4} << 20;

}  // namespace

Result<void> read_log(StorageTier& tier, TimelineId timeline, GroupNo group, Lsn branch_lsn,
                      Lsn after, Lsn through, const std::function<void(const LogPart&)>& visit) {
  const pagestore::GroupId id{timeline, group};
  const Lsn from(after.value() - std::min(distance(branch_lsn, after), kLongestChunk));

  // What is durable, and which truncation is the newest, is on a write quorum: a read quorum that
  // answers knows it. A copy that slept through a truncation may still hold what it annulled.
  struct Copy {
    std::size_t node;
    pagestore::Epoch truncated;
  };
  std::vector<Copy> copies;
  bool is_gone = false;
  const pagestore::Placement placement = tier.placement();
  const pagestore::Membership members = placement.of(group).unchanged();
  pagestore::NodeSet answering;
  for (const std::size_t node : members.all()) {
    auto first = fetch_log(tier, node, id, from, 1);
    if (first) {
      copies.push_back({node, first->truncated});
      answering.add(node);
    } else {
      is_gone = is_gone || first.error() == make_error_code(VolumeErrc::below_horizon);
    }
  }
  if (!members.is_read_quorum(answering))
    return make_error_code(is_gone ? VolumeErrc::below_horizon : VolumeErrc::quorum_lost);
  const auto newest = std::ranges::max(copies, {}, &Copy::truncated).truncated;

  // From one copy as far as it goes, then from the next: no read quorum goes further, that is the end.
  Lsn begun = from;         // parts that begin below it were seen
  std::optional<Lsn> tail;  // end of the last part
  pagestore::NodeSet asked;
  for (const Copy& copy : copies) {
    if (copy.truncated != newest) continue;
    bool told = true;  // a node that fails on the way may have had more
    for (bool more = true; more;) {
      auto found = fetch_log(tier, copy.node, id, begun, kReadBytes);
      told = found && found->truncated == newest;
      if (!told) break;
      more = false;
      for (const LogPart& part : found->parts) {
        if (part.begin >= through) break;
        // A gap in this copy.
        if (tail ? part.prev_part_end != *tail : (part.prev_part_end > after)) break;
        begun = part.end;
        tail = part.end;
        more = true;
        if (part.end > after) visit(part);
      }
    }
    if (told) asked.add(copy.node);
  }
  if (!members.is_read_quorum(asked)) return make_error_code(VolumeErrc::quorum_lost);
  return {};
}

}  // namespace wal
