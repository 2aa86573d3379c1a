#include "undo_format.h"

#include <algorithm>

#include "wal/check.h"

namespace transaction {

void UndoRecord::encode(std::byte* to) {
  header.size = static_cast<std::uint16_t>(encoded_size());
  header.key_size = static_cast<std::uint16_t>(key.size());
  header.last_key_size = static_cast<std::uint16_t>(last_key.size());
  header.free_on_purge =
      static_cast<std::uint8_t>(free_on_purge.size() / sizeof(btree::OverflowRef));
  header.free_on_undo = static_cast<std::uint8_t>(free_on_undo.size() / sizeof(btree::OverflowRef));
  std::memcpy(to, &header, sizeof(header));
  to += sizeof(header);
  for (const Bytes part : {key, last_key, free_on_purge, free_on_undo, before}) {
    if (!part.empty()) std::memcpy(to, part.data(), part.size());
    to += part.size();
  }
}

std::size_t UndoRecord::encode_short(std::byte* to, std::uint16_t base_offset, std::uint16_t previous_offset,
                                     std::uint64_t base_xid, std::uint64_t base_undo) {
  const bool same_xid = header.before_xid == base_xid;
  const bool same_undo = header.before_undo == base_undo;
  const std::size_t size = sizeof(ShortUndoHeader) + (same_xid ? 0 : sizeof(std::uint64_t)) +
                           (same_undo ? 0 : sizeof(std::uint64_t)) + key.size() + before.size();
  const ShortUndoHeader brief{
      .size = static_cast<std::uint16_t>(size | kShortUndo),
      .what = static_cast<std::uint8_t>(static_cast<unsigned>(header.kind) | static_cast<unsigned>(header.form) << 3 |
                                        (same_xid ? kSameXid : 0u) | (same_undo ? kSameUndo : 0u)),
      .flags = static_cast<std::uint8_t>(header.before_flags | header.after_flags << 4),
      .key_size = static_cast<std::uint16_t>(key.size()),
      .base = base_offset,
      .previous = previous_offset};
  const auto put = [&to](const void* from, std::size_t bytes) {
    if (bytes != 0) std::memcpy(to, from, bytes);
    to += bytes;
  };
  put(&brief, sizeof(brief));
  if (!same_xid) put(&header.before_xid, sizeof(header.before_xid));
  if (!same_undo) put(&header.before_undo, sizeof(header.before_undo));
  put(key.data(), key.size());
  put(before.data(), before.size());
  return size;
}

UndoRecord parse_undo_record(Bytes bytes) {
  CHECK(bytes.size() >= sizeof(UndoRecordHeader));
  UndoRecord record;
  std::memcpy(&record.header, bytes.data(), sizeof(UndoRecordHeader));
  CHECK(record.header.size <= bytes.size());
  Bytes rest = bytes.first(record.header.size).subspan(sizeof(UndoRecordHeader));
  const auto take = [&rest](std::size_t size) {
    CHECK(size <= rest.size());
    const Bytes part = rest.first(size);
    rest = rest.subspan(size);
    return part;
  };
  record.key = take(record.header.key_size);
  record.last_key = take(record.header.last_key_size);
  record.free_on_purge = take(record.header.free_on_purge * sizeof(btree::OverflowRef));
  record.free_on_undo = take(record.header.free_on_undo * sizeof(btree::OverflowRef));
  record.before = rest;
  return record;
}

namespace {

constexpr std::uint8_t kKindBits = 0x07;
constexpr unsigned kFormShift = 3;
constexpr unsigned kFormBits = 0x03;
static_assert(static_cast<unsigned>(UndoKind::prepared) <= kKindBits);
static_assert(static_cast<unsigned>(BeforeForm::whole) <= kFormBits);

UndoRecord parse_short_record(const wal::Page& page, std::uint16_t offset) {
  Bytes rest = Bytes(page.bytes).subspan(offset);
  CHECK(rest.size() >= sizeof(ShortUndoHeader));
  ShortUndoHeader brief;
  std::memcpy(&brief, rest.data(), sizeof(brief));
  const auto size = static_cast<std::uint16_t>(brief.size & ~kShortUndo);
  CHECK(size >= sizeof(brief) && size <= rest.size());
  rest = rest.first(size).subspan(sizeof(brief));
  CHECK(brief.base >= sizeof(UndoPageHeader) && brief.base < offset && brief.previous < offset);

  UndoRecord record;
  UndoRecordHeader& header = record.header;
  CHECK(std::size_t{brief.base} + sizeof(header) <= wal::kPageSize);
  std::memcpy(&header, page.bytes.data() + brief.base, sizeof(header));
  CHECK((header.size & kShortUndo) == 0);
  header.size = size;
  header.kind = static_cast<UndoKind>(brief.what & kKindBits);
  header.form = static_cast<BeforeForm>(brief.what >> kFormShift & kFormBits);
  header.before_flags = brief.flags & 0x0f;
  header.after_flags = static_cast<std::uint8_t>(brief.flags >> 4);
  header.free_on_purge = header.free_on_undo = 0;
  header.key_size = brief.key_size;
  header.last_key_size = 0;
  header.undone = 0;
  header.previous = wal::raw(make_undo_pointer(wal::PageNo{page.header().page_no}, brief.previous));
  const auto take_number = [&rest](std::uint64_t& number) {
    CHECK(rest.size() >= sizeof(number));
    std::memcpy(&number, rest.data(), sizeof(number));
    rest = rest.subspan(sizeof(number));
  };
  if ((brief.what & kSameXid) == 0) take_number(header.before_xid);
  if ((brief.what & kSameUndo) == 0) take_number(header.before_undo);
  CHECK(brief.key_size <= rest.size());
  record.key = rest.first(brief.key_size);
  record.before = rest.subspan(brief.key_size);
  return record;
}

}  // namespace

UndoRecord parse_undo_record(const wal::Page& page, std::uint16_t offset) {
  CHECK(offset >= sizeof(UndoPageHeader) && offset <= wal::kPageSize - sizeof(std::uint16_t));
  std::uint16_t size = 0;
  std::memcpy(&size, page.bytes.data() + offset, sizeof(size));
  if ((size & kShortUndo) != 0) return parse_short_record(page, offset);
  return parse_undo_record(Bytes(page.bytes).subspan(offset));
}

void apply_before(const UndoRecord& record, std::vector<std::byte>& payload) {
  switch (record.header.form) {
    case BeforeForm::same:
      return;
    case BeforeForm::whole:
      payload.assign(record.before.begin(), record.before.end());
      return;
    case BeforeForm::ranges: {
      Bytes rest = record.before;
      while (!rest.empty()) {
        std::uint16_t place[2];
        CHECK(rest.size() >= sizeof(place));
        std::memcpy(place, rest.data(), sizeof(place));
        rest = rest.subspan(sizeof(place));
        CHECK(place[1] <= rest.size() && std::size_t{place[0]} + place[1] <= payload.size());
        std::memcpy(payload.data() + place[0], rest.data(), place[1]);
        rest = rest.subspan(place[1]);
      }
      return;
    }
  }
  CHECK(false);
}

void append_ranges(Bytes before, Bytes after, std::vector<std::byte>& out) {
  CHECK(before.size() == after.size());
  // A gap of equal bytes shorter than a range's own header is cheaper inside the range.
  constexpr std::size_t kWorthwhileGap = 5;
  std::size_t at = 0;
  while (true) {
    while (at < before.size() && before[at] == after[at]) ++at;
    if (at == before.size()) return;
    std::size_t end = at + 1;
    std::size_t equal = 0;
    for (std::size_t i = end; i < before.size() && equal < kWorthwhileGap; ++i) {
      if (before[i] == after[i]) {
        ++equal;
      } else {
        equal = 0;
        end = i + 1;
      }
    }
    const std::uint16_t place[2] = {static_cast<std::uint16_t>(at),
                                    static_cast<std::uint16_t>(end - at)};
    const std::byte* raw = reinterpret_cast<const std::byte*>(place);
    out.insert(out.end(), raw, raw + sizeof(place));
    out.insert(out.end(), before.begin() + static_cast<std::ptrdiff_t>(at),
               before.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
  }
}

}  // namespace transaction
