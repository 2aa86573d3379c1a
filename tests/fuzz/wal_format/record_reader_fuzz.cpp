// Any bytes as redo records: the reader refuses or hands out what is safe to apply.
#include <cstdint>
#include <cstring>

#include "wal/check.h"
#include "wal/crc32c.h"
#include "wal/record_codec.h"

namespace {

// Reads to the end or the first error; what comes out must be in bounds and in order.
void read_all(std::span<const std::byte> bytes) {
  wal::RecordReader reader(bytes);
  wal::Lsn last;
  for (;;) {
    const auto record = reader.next();
    if (!record) {
      CHECK(reader.next().has_error());  // an error sticks
      return;
    }
    if (!*record) {
      CHECK(reader.rest().empty());
      return;
    }
    const wal::RecordView& view = **record;
    CHECK(view.lsn > last && view.prev_page_lsn < view.lsn);
    last = view.lsn;
    CHECK(view.encoded.data() >= bytes.data());
    CHECK(view.encoded.data() + view.encoded.size() <= bytes.data() + bytes.size());
    if (view.kind != wal::RecordKind::page_change) continue;
    wal::OperationReader operations(view.payload);
    for (;;) {
      const auto operation = operations.next();
      CHECK(operation.has_value());  // the record reader has looked at every one
      if (!*operation) break;
      CHECK((*operation)->offset >= wal::kPageLsnSize);
      CHECK((*operation)->offset + (*operation)->length <= wal::kPageSize);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  read_all(bytes);

  // The same with every length and CRC made right, as far as records fit: random bytes alone
  // never get past the checksum.
  std::vector<std::byte> sealed(bytes.begin(), bytes.end());
  std::uint64_t lsn = 1'000'000;
  std::size_t at = 0;
  while (sealed.size() - at >= sizeof(wal::RecordHeader)) {
    wal::RecordHeader header;
    std::memcpy(&header, sealed.data() + at, sizeof header);
    const std::size_t left = sealed.size() - at;
    header.length = static_cast<std::uint32_t>(
        sizeof header + header.length % (left - sizeof header + 1));
    header.lsn = lsn += header.length;
    header.prev_page_lsn %= header.lsn;
    header.kind = static_cast<std::uint8_t>(header.kind % 6);
    header.flags &= 3;
    header.reserved &= 1;
    std::memcpy(sealed.data() + at, &header, sizeof header);
    const std::uint32_t crc =
        wal::crc32c(std::span<const std::byte>(sealed).subspan(at + 4, header.length - 4));
    std::memcpy(sealed.data() + at, &crc, sizeof crc);
    at += header.length;
  }
  read_all(sealed);
  return 0;
}
