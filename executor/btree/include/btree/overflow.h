// Values too large for a leaf: chains of overflow pages.
#pragma once

#include <cstdint>
#include <vector>

#include "btree/bytes.h"
#include "btree/space.h"
#include "wal/ids.h"

namespace btree {

// Stored in the row in place of the value. 16 bytes, little endian.
struct OverflowRef {
  std::uint32_t first_page;
  std::uint32_t reserved;     // 0
  std::uint32_t size;         // bytes of the value
  std::uint32_t stored_size;  // bytes in the pages; less than size = compressed with zstd
};
static_assert(sizeof(OverflowRef) == 16);

// Writes a value of up to 1 GiB in mini-transactions of its own, before the row that will refer to
// it. Parks. Whoever crashes between the two leaks the pages of values being written then.
OverflowRef write_overflow(Space& space, Bytes value);

// Replaces `into`. Parks; throws buffer::PageError (Errc::corrupt_value when the chain is damaged).
void read_overflow(buffer::PagedVolume& volume, const OverflowRef& ref,
                   std::vector<std::byte>& into);

// Parks. The chain must not be reachable any more.
void free_overflow(Space& space, const OverflowRef& ref);

}  // namespace btree
