// Damage that no checksum sees: what a node has when memory erred while it folded a page.
#pragma once

#include <cstddef>
#include <random>

#include "pagestore/testing/memory_disk.h"

namespace pagestore::testing {

// Changes the contents of page images on the disk, headers and checksums left as they hold: about one
// image of `one_in`, as far as that can be done. Returns how many were changed. The node must not run.
std::size_t falsify_images(MemoryDisk& disk, std::mt19937_64& random, std::size_t one_in = 1);

}  // namespace pagestore::testing
