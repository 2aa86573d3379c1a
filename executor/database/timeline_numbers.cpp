#include "timeline_numbers.h"

#include <algorithm>

#include "btree/volume_header.h"
#include "buffer/paged_volume.h"
#include "system_table.h"
#include "wal/mini_transaction.h"

namespace database {
namespace {

constexpr std::uint64_t kAtATime = 1024;
constexpr auto kIndex = static_cast<std::size_t>(SystemSlot::timeline_counter);

}  // namespace

wal::TimelineId TimelineNumbers::next() {
  {
    const std::lock_guard lock(mutex_);
    if (block_.next < block_.end) return wal::TimelineId{block_.next++};
  }
  // Who comes meanwhile reserves a block as well. The last is kept, so that numbers rise: a child's is higher
  // than its parent's.
  Block block = reserve();
  const wal::TimelineId number{block.next++};
  const std::lock_guard lock(mutex_);
  if (block.next > block_.next) block_ = block;
  return number;
}

// Durable before anybody hears of a number. Else a crash would bring the old limit back beside a timeline that
// exists, and is dropped at the start as nobody's, and whoever got its number again would be refused it.
TimelineNumbers::Block TimelineNumbers::reserve() {
  Block block;
  wal::Lsn lsn;
  {
    auto header = system_.pages().exclusive(btree::kVolumeHeaderPage);
    // The system volume's own comes first.
    block.next = std::max(btree::slot_value(header.page(), btree::VolumeSlot::other_first, kIndex),
                          wal::raw(wal::kSystemTimeline) + 1);
    block.end = block.next + kAtATime;
    wal::MiniTransaction mtr(system_.volume());
    btree::write_slot(mtr, header, btree::VolumeSlot::other_first, kIndex, block.end);
    lsn = mtr.commit();
  }
  if (auto durable = system_.volume().wait_durable(lsn); !durable)
    throw StorageError("could not number a timeline", durable.error());
  return block;
}

}  // namespace database
