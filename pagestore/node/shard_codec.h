// A chunk of the page index as it is stored.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "page_index.h"

namespace pagestore {

// Versions of a shard, page by page, both ascending.
struct ChosenVersions {
  std::vector<Version> versions;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pages;  // page % kShardPages, how many

  void add(std::uint32_t page, const Version& version) {
    if (pages.empty() || pages.back().first != page) pages.emplace_back(page, 0);
    ++pages.back().second;
    versions.push_back(version);
  }
};

// Body of an index_shard entry (docs/formats.md).
std::vector<std::byte> encode_versions(const ChosenVersions& chosen);

// Puts the versions into `shard` as chunk number `chunk`. False when the bytes make no sense;
// then some may have been put.
[[nodiscard]] bool decode_shard(std::span<const std::byte> body, std::uint16_t chunk, Shard& shard);

}  // namespace pagestore
