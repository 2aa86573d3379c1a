#include "wal/mini_transaction.h"

#include <cstring>
#include <utility>

#include "wal/check.h"
#include "wal/record_codec.h"

namespace wal {
namespace {

using PendingRecord = MiniTransaction::PendingRecord;

constexpr std::size_t kWriteHeaderSize = 5;  // u8 kind, u16 offset, u16 length

void check_in_page(std::size_t offset, std::size_t length) {
  CHECK(offset >= kPageLsnSize && offset <= kPageSize);
  CHECK(length <= kPageSize - offset);
}

// Folds a write into the record's last operation when that is a write the new one starts inside
// of or just behind: a page built field by field then costs one operation.
bool extend_last_write(PendingRecord& record, std::size_t offset,
                       std::span<const std::byte> bytes) {
  if (record.last_write == 0) return false;
  std::byte* const operation = record.encoded.data() + record.last_write;
  std::uint16_t old_offset, old_length;
  std::memcpy(&old_offset, operation + 1, 2);
  std::memcpy(&old_length, operation + 3, 2);
  if (offset < old_offset || offset > std::size_t{old_offset} + old_length) return false;
  const std::size_t at = offset - old_offset;
  if (at + bytes.size() > old_length) {
    const auto new_length = static_cast<std::uint16_t>(at + bytes.size());
    std::memcpy(operation + 3, &new_length, 2);
    record.encoded.resize(record.last_write + kWriteHeaderSize + new_length);
  }
  std::memcpy(record.encoded.data() + record.last_write + kWriteHeaderSize + at, bytes.data(),
              bytes.size());
  return true;
}

}  // namespace

MiniTransaction::MiniTransaction(Volume& volume) : volume_(volume) {}

MiniTransaction::~MiniTransaction() { CHECK(empty()); }

MiniTransaction::PendingRecord& MiniTransaction::record_for(Page& page) {
  // A mini-transaction touches a handful of pages, the latest again and again.
  for (std::size_t i = used_; i-- > 0;) {
    if (records_[i].page == &page) return records_[i];
  }
  if (used_ == records_.size()) records_.emplace_back();
  PendingRecord& record = records_[used_++];
  record.page = &page;
  record.kind = RecordKind::page_change;
  record.last_write = 0;
  begin_record(record.encoded, RecordKind::page_change, kNoPage);
  return record;
}

// A record that outgrew its page says less than the page itself.
void MiniTransaction::bound(PendingRecord& record) {
  if (record.encoded.size() <= sizeof(RecordHeader) + kPageSize) return;
  begin_record(record.encoded, RecordKind::page_change, kNoPage);
  append_image(record.encoded, *record.page);
  record.last_write = 0;
}

void MiniTransaction::write(Page& page, std::size_t offset, std::span<const std::byte> bytes) {
  check_in_page(offset, bytes.size());
  if (bytes.empty()) return;
  std::memmove(page.bytes.data() + offset, bytes.data(), bytes.size());
  // From here on the page's own bytes: `bytes` may have been a part of it.
  const auto written = std::span<const std::byte>(page.bytes).subspan(offset, bytes.size());
  PendingRecord& record = record_for(page);
  if (!extend_last_write(record, offset, written)) {
    record.last_write = record.encoded.size();
    append_write(record.encoded, offset, written);
  }
  bound(record);
}

void MiniTransaction::move(Page& page, std::size_t destination, std::size_t source,
                           std::size_t length) {
  check_in_page(destination, length);
  check_in_page(source, length);
  if (length == 0 || destination == source) return;
  std::memmove(page.bytes.data() + destination, page.bytes.data() + source, length);
  PendingRecord& record = record_for(page);
  append_move(record.encoded, destination, source, length);
  record.last_write = 0;
  bound(record);
}

void MiniTransaction::fill(Page& page, std::size_t offset, std::size_t length, std::byte value) {
  check_in_page(offset, length);
  if (length == 0) return;
  std::memset(page.bytes.data() + offset, std::to_integer<int>(value), length);
  PendingRecord& record = record_for(page);
  append_fill(record.encoded, offset, length, value);
  record.last_write = 0;
  bound(record);
}

void MiniTransaction::image(Page& page) {
  PendingRecord& record = record_for(page);
  begin_record(record.encoded, RecordKind::page_change, kNoPage);
  append_image(record.encoded, page);
  record.last_write = 0;
}

void MiniTransaction::control(RecordKind kind, std::span<const std::byte> payload) {
  CHECK(kind != RecordKind::page_change);
  CHECK(payload.size() <= kMaxRecordLength - sizeof(RecordHeader));
  if (controls_used_ == controls_.size()) controls_.emplace_back();
  PendingRecord& record = controls_[controls_used_++];
  record.page = nullptr;
  record.kind = kind;
  begin_record(record.encoded, kind, kNoPage);
  record.encoded.insert(record.encoded.end(), payload.begin(), payload.end());
}

std::span<MiniTransaction::PendingRecord> MiniTransaction::pending() {
  for (PendingRecord& record : std::span(records_).first(used_)) {
    std::memcpy(record.encoded.data() + offsetof(RecordHeader, page_no),
                &record.page->header().page_no, sizeof(RecordHeader::page_no));
  }
  // Control records ride behind the pages' in the same array; swapping keeps both sets of buffers.
  for (PendingRecord& control : std::span(controls_).first(controls_used_)) {
    if (used_ == records_.size()) records_.emplace_back();
    std::swap(records_[used_++], control);
  }
  controls_used_ = 0;
  return std::span(records_).first(used_);
}

Lsn MiniTransaction::commit() {
  if (empty()) return volume_.last_lsn();
  const Lsn end = volume_.append(*this);
  used_ = 0;
  CHECK(controls_used_ == 0);
  return end;
}

}  // namespace wal
