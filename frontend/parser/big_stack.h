// A deep stack for work that recurses with the depth of its input.
#pragma once

#include <cstddef>
#include <functional>

namespace parser {

inline constexpr std::size_t kBigStackBytes = 8 << 20;

// Runs work(limit) on this thread's own big stack, made at first use and given back at thread
// exit; pages are touched only as deep as the work goes. `limit` is the lowest address that work
// should reach. Exceptions pass through. The work must not suspend or call run_on_big_stack.
void run_on_big_stack(const std::function<void(const char* limit)>& work);

}  // namespace parser
