#include "log_fetch.h"

#include <memory>

#include "awaited.h"
#include "wal/volume_errc.h"

namespace wal {

using pagestore::RefusalReason;

Result<pagestore::LogParts> fetch_log(pagestore::StorageTier& tier, std::size_t node,
                                      pagestore::GroupId group, Lsn from, std::uint64_t max_bytes) {
  const auto awaited = std::make_shared<Awaited<pagestore::Response>>();
  tier.node(node).send(
      pagestore::FetchLog{group, from, max_bytes},
      [awaited](pagestore::Response response) { awaited->set(std::move(response)); });
  pagestore::Response response = awaited->get();
  if (auto* found = std::get_if<pagestore::LogParts>(&response)) return std::move(*found);
  const auto* refusal = std::get_if<pagestore::Refusal>(&response);
  if (refusal == nullptr) return make_error_code(VolumeErrc::corrupt);
  switch (refusal->reason) {
    case RefusalReason::below_horizon: return make_error_code(VolumeErrc::below_horizon);
    case RefusalReason::unknown_timeline: return make_error_code(VolumeErrc::unknown_timeline);
    case RefusalReason::corrupt: return make_error_code(VolumeErrc::corrupt);
    default: return make_error_code(VolumeErrc::quorum_lost);
  }
}

}  // namespace wal
