// A volume opened for writing: its log on six copies of the page store.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "wal/result.h"
#include "wal/batch_reader.h"
#include "wal/volume.h"
#include "wal/volume_errc.h"

namespace pagestore {
class StorageTier;
}

namespace wal {

struct WriterOptions {
  // Where this writer runs: pages are read from copies in the same zone if possible.
  std::string zone;
  // Chunks sent and not yet durable. While so many are under way the next one fills; more of them
  // means a shorter wait for a commit that comes while a sync runs, and smaller chunks. One that
  // is large may be sent beside them.
  unsigned chunks_in_flight = 1;
  // How far the log may run ahead of the VDL before wait_for_room() parks.
  std::uint64_t room_bytes = std::uint64_t{64} << 20;
  // A read that was not answered by then is sent to a second copy as well.
  std::chrono::milliseconds hedge_after{20};
  // Without enough answering copies for so long, the volume gives up.
  std::chrono::milliseconds quorum_timeout{10'000};
  // Log that a copy lacks is kept by the others until it has been away so long, or so much is kept
  // for it; then it gets pages from them (wal/README.md).
  std::chrono::milliseconds away_limit = std::chrono::hours(1);
  std::uint64_t away_log_bytes = std::uint64_t{8} << 30;
  // How large the protection groups of a cluster are that has no timelines yet; later ones are as those that there
  // are. 0: 10 GiB, or 1 GiB where they lie on several sets of nodes.
  std::uint64_t pages_per_group = 0;
};

// Errors are VolumeErrc; once the volume failed (fenced, quorum_lost) it stays failed.
class WriterVolume final : public Volume, public BatchReader {
 public:
  // Takes the timeline over from whoever wrote to it before and recovers it: what was
  // acknowledged is there, everything else is annulled (wal/README.md). Parks; two round trips to
  // the nodes, one for a timeline that never had a writer.
  // `tier` must outlive the volume. A writer that was open on the timeline is fenced off.
  static Result<std::unique_ptr<WriterVolume>> open(pagestore::StorageTier& tier,
                                                    TimelineId timeline,
                                                    WriterOptions options = {});
  // Does not wait for what is not yet durable; nobody may be inside a call.
  ~WriterVolume() override;

  TimelineId timeline() const override;
  Lsn branch_lsn() const override;
  Lsn vdl() const override;
  Lsn last_lsn() const override;
  Result<void> wait_durable(Lsn lsn) override;
  Result<void> wait_for_room() override;
  Result<void> read_page(PageNo page_no, Lsn at_least, Page& into) override;
  void read_pages(std::span<PageRead> reads) override;
  Lsn append_control(RecordKind kind, std::span<const std::byte> payload) override;
  void grant_horizon(Lsn lsn, std::span<const Lsn> pins) override;

  // Pages below `end`, ascending, that differ from what they were on timeline `base` (this one, or
  // one it descends from) as of `after`: a superset of those whose bytes do. Parks.
  Result<std::vector<PageNo>> changed_pages(TimelineId base, Lsn after, std::uint64_t end) const;

  std::uint64_t pages_per_group() const;
  // This writer's epoch on the timeline.
  Epoch epoch() const;
  // Per member, first to last: "streaming", "catching up", "down: ...".
  std::vector<std::string> copy_states() const;

 private:
  class Core;
  explicit WriterVolume(std::shared_ptr<Core> core);
  Lsn append(MiniTransaction& mtr) override;

  std::shared_ptr<Core> core_;
};

}  // namespace wal
