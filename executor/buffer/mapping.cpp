#include <sys/mman.h>

#include <new>

#include "pool_impl.h"
#include "wal/check.h"

namespace buffer {

Mapping::Mapping(std::size_t bytes) : bytes_(bytes) {
  void* const address = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) throw std::bad_alloc();
  // No MADV_HUGEPAGE: the first touch of two megabytes at a time stalls whoever fills the pool, for
  // seconds per gigabyte where the hypervisor takes free huge pages back. Whether memory is backed
  // by huge pages stays the system's policy.
  data_ = static_cast<std::byte*>(address);
}

Mapping::~Mapping() { munmap(data_, bytes_); }

void Mapping::discard(std::size_t offset, std::size_t bytes) {
  CHECK(madvise(data_ + offset, bytes, MADV_DONTNEED) == 0);
}

}  // namespace buffer
