#include "wal/writer_volume.h"

#include <utility>

#include "wal/mini_transaction.h"
#include "writer_core.h"

namespace wal {

Result<std::unique_ptr<WriterVolume>> WriterVolume::open(pagestore::StorageTier& tier,
                                                         TimelineId timeline,
                                                         WriterOptions options) {
  auto core = std::make_shared<Core>(tier, timeline, std::move(options));
  if (auto opened = core->open(); !opened) {
    core->close();
    return opened.error();
  }
  return std::unique_ptr<WriterVolume>(new WriterVolume(std::move(core)));
}

WriterVolume::WriterVolume(std::shared_ptr<Core> core) : core_(std::move(core)) {}

WriterVolume::~WriterVolume() { core_->close(); }

TimelineId WriterVolume::timeline() const { return core_->timeline(); }
Lsn WriterVolume::branch_lsn() const { return core_->branch_lsn(); }
Lsn WriterVolume::vdl() const { return core_->vdl(); }
Lsn WriterVolume::last_lsn() const { return core_->last_lsn(); }
Result<void> WriterVolume::wait_durable(Lsn lsn) { return core_->wait_durable(lsn); }
Result<void> WriterVolume::wait_for_room() { return core_->wait_for_room(); }

Result<void> WriterVolume::read_page(PageNo page_no, Lsn at_least, Page& into) {
  return core_->read_page(page_no, at_least, into);
}

void WriterVolume::read_pages(std::span<PageRead> reads) { core_->read_pages(reads); }

Lsn WriterVolume::append_control(RecordKind kind, std::span<const std::byte> payload) {
  MiniTransaction mtr(*this);
  mtr.control(kind, payload);
  return mtr.commit();
}

void WriterVolume::grant_horizon(Lsn lsn, std::span<const Lsn> pins) {
  core_->grant_horizon(lsn, pins);
}
Result<std::vector<PageNo>> WriterVolume::changed_pages(TimelineId base, Lsn after,
                                                        std::uint64_t end) const {
  return core_->changed_pages(base, after, end);
}
std::uint64_t WriterVolume::pages_per_group() const { return core_->pages_per_group(); }
Epoch WriterVolume::epoch() const { return core_->epoch(); }
std::vector<std::string> WriterVolume::copy_states() const { return core_->copy_states(); }

Lsn WriterVolume::append(MiniTransaction& mtr) { return core_->append(mtr.pending()); }

}  // namespace wal
