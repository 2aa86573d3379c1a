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

UndoRecord parse_undo_record(const wal::Page& page, std::uint16_t offset) {
  CHECK(offset >= sizeof(UndoPageHeader) && offset < wal::kPageSize);
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
