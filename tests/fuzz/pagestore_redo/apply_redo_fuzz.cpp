// Any payload on a written page: applied or refused, never outside the page, never half.
#include <cstring>

#include "pagestore/apply_redo.h"
#include "wal/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  struct Guarded {
    std::array<std::byte, 64> before{};
    wal::Page page{};
    std::array<std::byte, 64> after{};
  };
  static_assert(sizeof(Guarded) == wal::kPageSize + 128);

  wal::RecordView record;
  record.lsn = wal::Lsn(200);
  record.prev_page_lsn = wal::Lsn(100);
  record.page_no = wal::PageNo{3};
  record.payload = std::as_bytes(std::span(data, size));

  Guarded first;
  first.page.header().lsn = 100;
  first.page.header().page_no = 3;
  for (std::size_t i = 16; i < wal::kPageSize; ++i) first.page.bytes[i] = std::byte(i * 31);
  Guarded second = first;
  const Guarded original = first;

  const bool applied = pagestore::apply_redo(record, first.page).has_value();
  CHECK(applied == pagestore::apply_redo(record, second.page).has_value());
  CHECK(std::memcmp(&first, &second, sizeof first) == 0);
  CHECK(first.before == original.before && first.after == original.after);
  if (applied) {
    CHECK(first.page.lsn() == wal::Lsn(200));
  } else {
    CHECK(std::memcmp(&first, &original, sizeof first) == 0);
  }
  return 0;
}
