// What copies that lag cost the others.
#pragma once

#include <cstdint>

#include "pagestore/membership.h"

namespace pagestore {

// Log of a volume that its copies keep for a node's sake, or gave up in spite of it.
struct KeptLog {
  NodeIndex node = 0;
  std::uint64_t bytes = 0;         // that would be let go, were the node whole
  bool is_nearly_overdue = false;  // half of the time or the bytes that it may be away has gone
  bool is_overdue = false;         // it has been away too long, yet too few others have the pages
  bool is_given_up = false;        // it has to copy pages
};

}  // namespace pagestore
