// What answers where etcd should: anything may come, and is an answer or an error.
#include <cstdint>
#include <string_view>

#include "etcd_messages.h"
#include "wal/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto value = pagestore::parse_range_answer(text)) CHECK(value->mod_revision >= 0);
  (void)pagestore::parse_swap_answer(text);
  (void)pagestore::parse_error(text);
  return 0;
}
