#include "node_log.h"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "wal/check.h"

namespace pagestore {
namespace {

// Bounds one batch, so that a flood of background entries does not hold up acknowledgements.
constexpr std::uint64_t kBatchBytesMax = std::uint64_t{2} << 20;
constexpr std::size_t kBatchItemsMax = 300;  // three slices each, and padding, stay below IOV_MAX

constexpr std::uint64_t kExtentBeginSize = entry_size(sizeof(ExtentBegin));

}  // namespace

NodeLog::NodeLog(const NodeOptions& options, Io& io, Durable durable, Failed failed)
    : options_(options),
      io_(io),
      durable_(std::move(durable)),
      report_failure_(std::move(failed)) {
  CHECK(std::has_single_bit(options.block_bytes) && options.block_bytes > sizeof(EntryHeader) &&
        options.block_bytes <= kBlockBytesMax);
}

void NodeLog::adopt_extent(Extent extent, std::vector<std::byte> tail) {
  CHECK(extents_.empty() || extent.number > current());
  next_file_ = std::max(next_file_, static_cast<std::uint32_t>(extent.file) + 1);
  synced_ = {extent.number, extent.end};
  extents_.emplace(extent.number, extent);
  tail_ = std::move(tail);
}

void NodeLog::adopt_free_file(FileNo file, std::uint64_t size) {
  next_file_ = std::max(next_file_, static_cast<std::uint32_t>(file) + 1);
  free_files_.push_back({file, size});
}

void NodeLog::adopt_unusable_file(FileNo file) {
  next_file_ = std::max(next_file_, static_cast<std::uint32_t>(file) + 1);
}

const Extent* NodeLog::extent(std::uint32_t number) const {
  const auto found = extents_.find(number);
  return found == extents_.end() ? nullptr : &found->second;
}

void NodeLog::append(LogItem item) {
  if (failed_) {
    std::vector<LogItem> items;
    items.push_back(std::move(item));
    report_failure_(nullptr, std::move(items));
    return;
  }
  urgent_ = urgent_ || !item.patient;
  gathered_.push_back(std::move(item));
}

void NodeLog::pump() {
  while (!failed_ && in_flight_.empty() && !gathered_.empty() && urgent_) {
    if (const std::uint64_t next = next_entry_size();
        next > 0 && !room_for(next) && !roll(next)) {
      return;  // goes on when the file is ready
    }
    start_batch();
  }
  // Have the next file ready before this one is full.
  if (const Extent* extent = this->extent(current());
      extent != nullptr && extent->end > extent->size / 2 && free_files_.empty() &&
      !prepare_failed_) {
    prepare(0);
  }
}

std::uint64_t NodeLog::next_entry_size() const {
  for (const LogItem& item : gathered_) {
    if (item.entry) return item.entry->size();
  }
  return 0;
}

std::uint64_t NodeLog::whole_blocks(std::uint64_t bytes) const {
  return (bytes + options_.block_bytes - 1) & ~std::uint64_t{options_.block_bytes - 1};
}

bool NodeLog::room_for(std::uint64_t bytes) const {
  if (extents_.empty()) return false;
  const Extent& extent = extents_.rbegin()->second;
  return extent.end + bytes <= extent.size;
}

// Opens the next extent, or asks for a file for it.
bool NodeLog::roll(std::uint64_t first_entry) {
  const std::uint64_t needed = kExtentBeginSize + first_entry;
  const auto file = std::find_if(free_files_.begin(), free_files_.end(),
                                 [&](const File& free) { return free.size >= needed; });
  if (file == free_files_.end()) {
    prepare(needed);  // also when an early attempt failed: the disk may have room now
    return false;
  }
  Extent extent{current() + 1, file->file, file->size, 0};
  free_files_.erase(file);
  const ExtentBegin begin{.format = kLogFormatVersion,
                          .number = extent.number,
                          .size = extent.size,
                          .previous_end =
                              extents_.empty()
                                  ? 0
                                  : LogPosition{current(), extents_.rbegin()->second.end}.packed()};
  extents_.emplace(extent.number, extent);
  tail_.clear();
  gathered_.insert(gathered_.begin(),
                   LogItem{OutgoingEntry(EntryKind::extent_begin, begin), {}, {}, {}});
  return true;
}

void NodeLog::prepare(std::uint64_t at_least) {
  if (preparing_) return;
  std::uint64_t size = options_.first_extent_bytes;
  for (std::size_t i = 0; i < extents_.size() && size < options_.extent_bytes; ++i) size *= 2;
  size = std::min(size, std::max(options_.extent_bytes, options_.first_extent_bytes));
  // An entry too long for the usual extent gets one of its own size.
  size = whole_blocks(std::max(size, at_least));
  preparing_ = File{FileNo{next_file_++}, size};
  io_.out().prepares.push_back({preparing_->file, size});
}

void NodeLog::file_ready(FileNo file, bool ok) {
  CHECK(preparing_ && preparing_->file == file);
  const File ready = *preparing_;
  preparing_.reset();
  if (ok) {
    free_files_.push_back(ready);
    return;
  }
  io_.out().removes.push_back({file});
  prepare_failed_ = true;
  if (in_flight_.empty() && !room_for(next_entry_size())) {
    fail("no space for the log: an extent could not be allocated");
  }
}

void NodeLog::start_batch() {
  Extent* const extent = extents_.empty() ? nullptr : &extents_.rbegin()->second;
  std::size_t count = 0;
  std::uint64_t bytes = 0;
  while (count < gathered_.size() && count < kBatchItemsMax) {
    const auto& entry = gathered_[count].entry;
    if (entry) {
      const std::uint64_t size = entry->size();
      if (extent->end + bytes + size > extent->size) break;
      if (bytes > 0 && bytes + size > kBatchBytesMax) break;
      bytes += size;
    }
    ++count;
  }
  CHECK(count > 0);
  const auto middle = gathered_.begin() + static_cast<std::ptrdiff_t>(count);
  in_flight_.assign(std::make_move_iterator(gathered_.begin()), std::make_move_iterator(middle));
  gathered_.erase(gathered_.begin(), middle);
  urgent_ = !gathered_.empty();
  in_flight_bytes_ = bytes;
  if (bytes == 0) {  // replies only
    on_written(true);
    return;
  }

  std::vector<std::span<const std::byte>> slices;
  slices.reserve(3 * count + 3);
  if (!tail_.empty()) slices.emplace_back(tail_);
  std::uint32_t offset = extent->end;
  for (LogItem& item : in_flight_) {
    if (!item.entry) continue;
    item.position = {extent->number, offset};
    previous_ = item.entry->seal(item.position, synced_, previous_);
    item.entry->append_slices(slices);
    offset += static_cast<std::uint32_t>(item.entry->size());
  }
  last_padding_ = pad(*extent, offset, slices);
  in_flight_bytes_ += last_padding_;
  io_.write(extent->file, extent->end - tail_.size(), std::move(slices),
            [this](bool ok) { on_written(ok); });
}

// Fills the batch's last block, which it has used up to `end`. Returns how far that moves the end.
std::uint64_t NodeLog::pad(const Extent& extent, std::uint64_t end,
                           std::vector<std::span<const std::byte>>& slices) {
  std::uint64_t room = whole_blocks(end) - end;
  if (room == 0) return 0;
  if (room < sizeof(EntryHeader)) {
    if (end + room == extent.size) {  // nothing more fits into this extent anyway
      slices.emplace_back(log_zeros(room));
      return 0;
    }
    room += options_.block_bytes;
  }
  padding_ = padding_header(room, {extent.number, static_cast<std::uint32_t>(end)}, synced_, previous_);
  previous_ = padding_.header_crc;
  slices.emplace_back(std::as_bytes(std::span(&padding_, 1)));
  slices.emplace_back(log_zeros(room - sizeof padding_));
  return room;
}

void NodeLog::on_written(bool ok) {
  if (!ok) {
    // What is on the disk now is unknown, and a later sync that succeeds would not say.
    fail("a write or sync of the log failed");
    return;
  }
  if (in_flight_bytes_ > 0) {
    Extent& extent = extents_.rbegin()->second;
    extent.end += static_cast<std::uint32_t>(in_flight_bytes_);
    synced_ = {extent.number, extent.end};
    synced_crc_ = previous_;  // one batch at a time: the last one sealed is the last one synced
    bytes_written_ += in_flight_bytes_;
    tail_.clear();
  }
  in_flight_bytes_ = 0;
  durable_(std::exchange(in_flight_, {}));
}

void NodeLog::fail(const char* what) {
  if (failed_) return;
  failed_ = true;
  std::vector<LogItem> lost = std::exchange(in_flight_, {});
  lost.insert(lost.end(), std::make_move_iterator(gathered_.begin()),
              std::make_move_iterator(gathered_.end()));
  gathered_.clear();
  report_failure_(what, std::move(lost));
}

void NodeLog::free_extent(std::uint32_t number) {
  CHECK(number != current());
  const auto found = extents_.find(number);
  CHECK(found != extents_.end());
  const File file{found->second.file, found->second.size};
  extents_.erase(found);
  // A young node's small files are not worth keeping, nor is more than one in reserve.
  if (file.size < options_.extent_bytes || free_files_.size() >= 2) {
    io_.out().removes.push_back({file.file});
  } else {
    free_files_.push_back(file);
  }
}

std::uint64_t NodeLog::disk_bytes() const {
  std::uint64_t bytes = kRootFileBytes;
  for (const auto& [number, extent] : extents_) bytes += extent.size;
  for (const File& file : free_files_) bytes += file.size;
  return bytes;
}

void NodeLog::check_invariants() const {
  LogPosition last;
  for (const auto& [number, extent] : extents_) {
    CHECK(extent.number == number);
    CHECK(extent.end <= extent.size);
    CHECK(extent.end % kEntryAlignment == 0);
    last = {number, extent.end};
  }
  CHECK(synced_ <= last);
  for (const File& free : free_files_) {
    for (const auto& [number, extent] : extents_) CHECK(extent.file != free.file);
  }
}

}  // namespace pagestore
