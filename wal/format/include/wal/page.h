// The page: what redo changes, storage keeps and the buffer pool caches.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "wal/ids.h"
#include "wal/lsn.h"

namespace wal {

inline constexpr std::size_t kPageSize = 8192;

// The first bytes of every page, little endian. `lsn` is set by whoever applies a record and is
// never itself the target of a redo operation; everything behind it belongs to the page's owner.
struct PageHeader {
  std::uint64_t lsn;        // Lsn of the newest record applied; 0 = never written
  std::uint32_t page_no;    // this page's own number: a misdirected read is seen
  std::uint8_t kind;        // the owner's page kinds (executor/buffer/page_kind.h); 0 = free
  std::uint8_t flags;       // the owner's
  std::uint16_t reserved;   // 0
};
static_assert(sizeof(PageHeader) == 16);
static_assert(std::has_unique_object_representations_v<PageHeader>);

// Redo operations may touch bytes [kPageLsnSize, kPageSize) only.
inline constexpr std::size_t kPageLsnSize = 8;

struct alignas(64) Page {
  std::array<std::byte, kPageSize> bytes;

  PageHeader& header() { return *reinterpret_cast<PageHeader*>(bytes.data()); }
  const PageHeader& header() const { return *reinterpret_cast<const PageHeader*>(bytes.data()); }
  Lsn lsn() const { return Lsn(header().lsn); }
};
static_assert(sizeof(Page) == kPageSize);

}  // namespace wal
