// Entries on their way into a tree, or out of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "btree/bytes.h"

namespace table {

// Keys and payloads of a batch, back to back.
struct EntryRun {
  struct Place {
    std::size_t key, key_size, payload, payload_size;
    std::uint8_t flags;
    std::uint32_t row;
  };
  std::string keys;
  std::vector<std::byte> payloads;
  std::vector<Place> places;

  void add(std::string_view key, btree::Bytes payload, std::uint8_t flags, std::uint32_t row) {
    places.push_back({keys.size(), key.size(), payloads.size(), payload.size(), flags, row});
    keys.append(key);
    payloads.insert(payloads.end(), payload.begin(), payload.end());
  }
  std::string_view key(const Place& place) const {
    return std::string_view(keys).substr(place.key, place.key_size);
  }
  btree::Bytes payload(const Place& place) const {
    return btree::Bytes(payloads).subspan(place.payload, place.payload_size);
  }
  std::size_t bytes() const { return keys.size() + payloads.size() + places.size() * sizeof(Place); }
  void sort() {
    const auto less = [this](const Place& a, const Place& b) { return key(a) < key(b); };
    if (!std::is_sorted(places.begin(), places.end(), less)) {
      std::stable_sort(places.begin(), places.end(), less);
    }
  }
};

}  // namespace table
