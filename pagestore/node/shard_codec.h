// A chunk of the page index as it is stored.
#pragma once

#include <span>
#include <vector>

#include "page_index.h"

namespace pagestore {

// Body of an index_shard entry (docs/formats.md): the versions of `shard` that `wanted` says.
// Sets `count` to how many.
template <typename Wanted>
std::vector<std::byte> encode_shard(const Shard& shard, Wanted wanted, std::uint32_t& count);

// Puts the versions into `shard` as chunk number `chunk`. False when the bytes make no sense;
// then some may have been put.
[[nodiscard]] bool decode_shard(std::span<const std::byte> body, std::uint16_t chunk, Shard& shard);

// --- the rest is encode_shard's ----------------------------------------------------------------

namespace detail {
std::vector<std::byte> encode_pages(
    const std::vector<std::pair<std::uint32_t, std::vector<Version>>>& pages);
}

template <typename Wanted>
std::vector<std::byte> encode_shard(const Shard& shard, Wanted wanted, std::uint32_t& count) {
  std::vector<std::pair<std::uint32_t, std::vector<Version>>> pages;
  count = 0;
  for (std::uint32_t page = 0; page < kShardPages; ++page) {
    std::vector<Version> chosen;
    for (const Version& version : shard.versions(PageNo{page})) {
      if (wanted(version)) chosen.push_back(version);
    }
    count += static_cast<std::uint32_t>(chosen.size());
    if (!chosen.empty()) pages.emplace_back(page, std::move(chosen));
  }
  return detail::encode_pages(pages);
}

}  // namespace pagestore
