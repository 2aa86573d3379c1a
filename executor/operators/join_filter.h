// Sideways information passing: a hash join tells what is below its left side which rows can have a
// partner, so that scans leave the others out before they read the rest of them.
// Source: Bloom filters pushed down as of Ding et al., Bitvector-aware Query Optimization, SIGMOD 2020.
#pragma once

#include <cstdint>
#include <span>

#include "types/vector.h"

namespace operators {

// Asked by any number of threads while the left side is being read.
class JoinFilter {
 public:
  // Whether it can be asked in this run: the whole right side is in memory. Settled when the left
  // side is opened.
  virtual bool is_ready() const = 0;
  // Leaves of `rows`, of which keys[k] is the join's k-th key, those that may have a partner. `hashes`
  // and `out` have room for all; `out` may be where the rows come from.
  virtual std::uint32_t choose(std::span<const types::Vector* const> keys, types::Selection rows,
                               std::uint64_t* hashes, std::uint16_t* out) const = 0;

 protected:
  ~JoinFilter() = default;
};

}  // namespace operators
